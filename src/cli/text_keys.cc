#include "cli/text_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "cli/text_vars.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

// As many digits as tell certificates apart at a glance; --json has all.
std::string short_digest(octets::Bytes sha256) {
  constexpr std::size_t kShownBytes = 6;
  return octets::to_hex(sha256.first(kShownBytes));
}

std::string mode_text(bool is_setup_mode, bool verifies_programs) {
  if (is_setup_mode) return "off: setup mode, there is no PK and nothing is verified";
  return verifies_programs ? "on: programs are verified" : "off: switched off by SecureBootEnable";
}

std::string certificate_note(const efi::ListedCertificate& listed) {
  std::string text = fmt::format("{} {}", listed.is_expired ? "expired" : "until",
                                 std::string_view(listed.certificate.not_after).substr(0, 10));
  if (listed.known != nullptr) text += ", Microsoft's";
  return text;
}

std::string certificates_text(const api::KeysListReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const efi::ListedCertificate& listed : report.secure_boot.certificates) {
    rows.push_back({std::string(listed.variable), short_digest(listed.certificate.sha256),
                    certificate_note(listed), printable(listed.certificate.name())});
  }
  return rows.empty() ? std::string() : "\n" + table(rows);
}

std::string digests_text(const efi::SecureBootReport& state) {
  std::string text = fmt::format("{} in db, {} in dbx", octets::with_commas(state.allowed_digests),
                                 octets::with_commas(state.revoked_digests));
  if (state.has_dummy_revocation) text += " and the dummy of templates";
  return text;
}

std::string_view yes_or_no(bool is_so) {
  return is_so ? "yes" : "no";
}

std::string missing_text(const efi::SecureBootReport& state) {
  std::string text;
  for (const efi::KnownCertificate* known : state.missing) {
    text += fmt::format("  {}  {}, until {}\n", known->sha256_hex.substr(0, 12), known->name,
                        known->not_after.substr(0, 10));
  }
  return text.empty() ? text : "\nof Microsoft's seven certificates there are not:\n" + text;
}

std::string signature_text(const efi::SignatureOpinion& opinion, const std::string& signer) {
  std::string_view judgement = "not known to db";
  if (!opinion.unreadable.empty()) {
    judgement = "cannot be read";
  } else if (!opinion.digest_matches) {
    judgement = "is for another program";
  } else if (!opinion.revoked_by.empty()) {
    judgement = "revoked by dbx";
  } else if (!opinion.allowed_by.empty()) {
    judgement = "allowed by db";
  }
  return fmt::format("{} ({}): {}", printable(signer), seal::to_string(opinion.algorithm), judgement);
}

// The bytes of signature lists say nothing to people that the steps do not; a changed time stamp does.
api::StoreEditReport without_steps(const api::KeysEditReport& report) {
  api::StoreEditReport edit = report.edit;
  std::erase_if(edit.changes, [&](const api::VariableChange& change) {
    const std::string name = change.identity().name().text;
    const bool has_steps =
        std::ranges::find(report.steps, name, &api::KeyStep::variable) != report.steps.end();
    const bool same_stamp = !change.before || !change.after || change.before->time == change.after->time;
    return has_steps && same_stamp;
  });
  return edit;
}

}  // namespace

std::string text_of(const api::KeysListReport& report) {
  const efi::SecureBootReport& state = report.secure_boot;
  std::string text = field("Secure Boot", mode_text(state.is_setup_mode, state.verifies_programs));
  const auto& enable = report.keys.secure_boot_enable;
  text += field("switch", enable ? fmt::format("SecureBootEnable is {}", *enable)
                                 : "no SecureBootEnable: on as soon as there is a PK");
  if (report.keys.custom_mode.value_or(0) != 0) text += field("custom mode", "until the next start");
  text += field("digests", digests_text(state));
  text += certificates_text(report);
  std::vector<std::vector<std::string>> verdicts;
  verdicts.push_back({"receives new revocations", std::string(yes_or_no(state.receives_new_revocations))});
  verdicts.push_back({"new Windows media start", std::string(yes_or_no(state.starts_new_windows_media))});
  verdicts.push_back(
      {"new third-party media start", std::string(yes_or_no(state.starts_new_third_party_media))});
  return text + "\n" + table(verdicts) + missing_text(state);
}

std::string text_of(const api::KeysVerifyReport& report) {
  std::string text = field("program", printable(report.file));
  text += field("verdict", efi::to_string(report.verdict.verdict));
  text += field("sha256", octets::to_hex(report.verdict.sha256));
  for (std::size_t i = 0; i < report.verdict.signatures.size(); ++i) {
    text += field("signature", signature_text(report.verdict.signatures[i], report.signers[i]));
  }
  for (const efi::SbatEntry& entry : report.image.sbat) {
    text += field("sbat", printable(fmt::format("{} {}", entry.component, entry.generation)));
  }
  return text;
}

std::string text_of(const api::KeysEditReport& report) {
  std::string text;
  for (const api::KeyStep& step : report.steps) {
    text += fmt::format("{} {}: {}\n", step.added ? "+" : "-", step.variable,
                        step.name.empty() ? step.type + " " + step.digest_hex
                                          : fmt::format("{} ({})", printable(step.name), step.digest_hex));
  }
  return text + text_of(without_steps(report)) +
         field("afterwards", "Secure Boot is " + mode_text(report.is_setup_mode, report.verifies_programs));
}

std::string text_of(const api::KeysMakeReport& report) {
  return field("private key", printable(report.private_key_path)) +
         field("certificate", printable(report.certificate_path)) +
         field("sha256", octets::to_hex(report.certificate.sha256)) +
         field("until", report.certificate.not_after);
}

}  // namespace nonvol::cli
