#include "cli/text_tpm.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using api::TpmImageOutcome;
using octets::with_commas;

using Rows = std::vector<std::vector<std::string>>;

std::string_view rehearsed(bool dry_run) {
  return dry_run ? "would be " : "";
}

std::string outcome_text(TpmImageOutcome outcome, const std::string& image, bool dry_run) {
  const std::string_view would = rehearsed(dry_run);
  switch (outcome) {
    case TpmImageOutcome::kCreated:
      return fmt::format("{} {}created", printable(image), would);
    case TpmImageOutcome::kFilled:
      return fmt::format("{} {}filled", printable(image), would);
    case TpmImageOutcome::kReplaced:
      return fmt::format("{} {}replaced, and what was sealed to the TPM before {}lost", printable(image),
                         would, would);
  }
  return {};
}

std::string parts_text(const std::vector<api::TpmImportReport::Part>& parts) {
  Rows rows;
  for (const auto& part : parts) {
    rows.push_back({"  " + std::string(tpm::entry_name(part.kind)), bytes_text(part.size_bytes)});
  }
  return table(rows);
}

std::string limit_text(const serve::TpmCounters& counters) {
  if (counters.limit_bytes_per_second == 0) return "none";
  return bytes_text(counters.limit_bytes_per_second) + " a second";
}

void add_counters(Rows& rows, const serve::TpmCounters& counters) {
  rows.push_back({"starts", with_commas(counters.starts)});
  rows.push_back({"stores", fmt::format("{}, {}; {} of what was there already, {} failed",
                                        with_commas(counters.stores), bytes_text(counters.stored_bytes),
                                        with_commas(counters.unchanged), with_commas(counters.failed))});
  rows.push_back({"limit", limit_text(counters)});
  rows.push_back({"delayed", fmt::format("{} answers, {} ms", with_commas(counters.delayed),
                                         with_commas(counters.delayed_us / 1000))});
}

std::string banks_text(const tpm::TpmInventory& inventory) {
  std::string text;
  for (const tpm::PcrSelection& bank : inventory.banks) {
    if (bank.registers == 0) continue;
    text += (text.empty() ? "" : ", ") + tpm::hash_name(bank.algorithm);
  }
  return text.empty() ? "none" : text;
}

void add_inventory(Rows& rows, const tpm::TpmInventory& inventory) {
  rows.push_back({"model", fmt::format("{} {}, firmware {:#x}", printable(inventory.manufacturer),
                                       printable(inventory.vendor), inventory.firmware_version)});
  rows.push_back({"PCR banks", banks_text(inventory)});
  rows.push_back({"lockout", fmt::format("{} of {} wrong passwords{}", inventory.lockout_failures,
                                         inventory.lockout_limit, inventory.in_lockout ? ", locked" : "")});
  for (const tpm::PersistentObject& object : inventory.objects) {
    rows.push_back({"key", fmt::format("{:#010x}", object.handle)});
  }
  for (const tpm::NvPublic& index : inventory.indices) {
    rows.push_back({"index", fmt::format("{:#010x}, {}", index.index, bytes_text(index.size_bytes))});
  }
}

}  // namespace

std::string text_of(const serve::TpmServeReport& report) {
  return fmt::format("TPM {} of {} ended by {}: {} commands; {} stores in the image's life\n",
                     tpm::to_string(report.version), printable(report.image), report.ended_by,
                     with_commas(report.commands), with_commas(report.counters.stores));
}

std::string text_of(const api::TpmCreateReport& report) {
  std::string text = outcome_text(report.outcome, report.image, report.dry_run) +
                     fmt::format(": TPM {}, {} of state{}\n", tpm::to_string(report.version),
                                 bytes_text(report.state_bytes), report.encrypted ? ", encrypted" : "");
  Rows rows;
  for (const tpm::MadeKey& key : report.first.made.keys) {
    rows.push_back({"  key", std::string(tpm::to_string(key.key.kind)), fmt::format("{:#010x}", key.handle)});
  }
  for (const tpm::StoredCertificate& certificate : report.first.made.certificates) {
    const bool of_key = certificate.kind == tpm::CertificateKind::kEndorsementKey;
    rows.push_back({"  certificate", of_key ? "of a key" : "of the platform",
                    fmt::format("{:#010x}", certificate.index)});
  }
  text += table(rows);
  if (!report.first.authority_directory.empty()) {
    text += fmt::format("  signed by the authority in {}{}\n", printable(report.first.authority_directory),
                        !report.first.authority_made ? ""
                        : report.dry_run             ? ", which would be new"
                                                     : ", which is new");
  }
  return text;
}

std::string text_of(const api::TpmImportReport& report) {
  if (report.nothing_to_do) {
    return fmt::format("{} holds this TPM already; nothing to do\n", printable(report.image));
  }
  return outcome_text(report.outcome, report.image, report.dry_run) +
         fmt::format(": TPM {} of {}\n", tpm::to_string(report.version), printable(report.source)) +
         parts_text(report.parts) + "from now on use only one of the two: they are the same TPM\n";
}

std::string text_of(const api::TpmExportReport& report) {
  if (report.nothing_to_do) {
    return fmt::format("{} holds this TPM already; nothing to do\n", printable(report.target));
  }
  std::string text =
      fmt::format("TPM {} of {} {}{}\n", tpm::to_string(report.version), printable(report.image),
                  report.dry_run ? "would be written" : "written", report.encrypted ? ", encrypted" : "");
  for (const std::string& file : report.files) text += "  " + printable(file) + "\n";
  if (!report.swtpm_key_option.empty()) {
    text += fmt::format("swtpm opens it with --key {}\n", printable(report.swtpm_key_option));
  }
  return text + "from now on use only one of the two: they are the same TPM\n";
}

std::string text_of(const api::TpmShowReport& report) {
  Rows rows = {{"image", fmt::format("{}, {}{}", printable(report.image.target),
                                     bytes_text(report.image.image_bytes), report.in_use ? ", in use" : "")}};
  if (report.permanent) {
    rows.push_back({"TPM", fmt::format("{}, state format {}", tpm::to_string(report.permanent->version),
                                       report.permanent->format_version)});
  }
  rows.push_back({"libtpms", report.library_version.empty() ? "not installed" : report.library_version});
  if (report.inventory) add_inventory(rows, *report.inventory);
  if (report.has_counters) add_counters(rows, report.counters);
  std::string text = table(rows);
  rows = {{"NAME", "STATE", "USED", "CAPACITY", "GENERATION"}};
  for (const api::TpmShowReport::Entry& entry : report.entries) {
    rows.push_back({entry.info.name, std::string(vnvram::to_string(entry.state.state)),
                    with_commas(entry.state.used_bytes), with_commas(entry.info.capacity_bytes),
                    fmt::format("{}", entry.state.generation)});
  }
  return text + table(rows) + text_of(report.findings);
}

std::string text_of(const api::TpmCheckReport& report) {
  if (report.findings.empty()) {
    return fmt::format("{}: nothing wrong with its TPM {}\n", printable(report.image),
                       tpm::to_string(*report.version));
  }
  return text_of(report.findings);
}

}  // namespace nonvol::cli
