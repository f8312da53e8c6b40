#include "api/json_parts.h"
#include "api/keys.h"
#include "api/variable_json.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using json::Writer;

void write_switch(Writer& writer, std::string_view name, const std::optional<std::uint8_t>& value) {
  writer.key(name);
  value ? writer.number(*value) : writer.null();
}

void write_certificate(Writer& writer, const efi::ListedCertificate& listed) {
  const seal::Certificate& certificate = listed.certificate;
  writer.begin_object().member("variable", listed.variable).member("name", certificate.name());
  writer.member("subject", certificate.subject).member("issuer", certificate.issuer);
  writer.member("serial_hex", certificate.serial_hex);
  writer.member("sha256", octets::to_hex(certificate.sha256))
      .member("sha1", octets::to_hex(certificate.sha1));
  writer.member("not_before", certificate.not_before).member("not_after", certificate.not_after);
  writer.member("expired", listed.is_expired).member("key_kind", certificate.key_kind);
  writer.member("key_bits", std::uint64_t{certificate.key_bits}).member("owner", listed.owner.text());
  writer.key("known_as");
  listed.known == nullptr ? writer.null() : writer.string(listed.known->name);
  writer.member("offset_bytes", listed.offset_bytes).end_object();
}

void write_variables(Writer& writer, const efi::SecureBootKeys& keys) {
  writer.key("variables").begin_array();
  for (const efi::KeyVariable* variable : keys.all()) {
    writer.begin_object().member("name", variable->name).member("present", variable->is_present);
    writer.member("lists", std::uint64_t{variable->database.lists.size()});
    writer.member("signatures", std::uint64_t{variable->database.signature_count()});
    const auto stamp = variable::parse_timestamp(variable->time);
    const auto time = stamp ? variable::rfc3339(*stamp) : std::nullopt;
    writer.key("time");
    time ? writer.string(*time) : writer.null();
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

std::string to_json(const KeysListReport& report) {
  const efi::SecureBootReport& state = report.secure_boot;
  Writer writer = begin_document("keys.list");
  write_place_of(writer, report.place);
  writer.member("setup_mode", state.is_setup_mode).member("verifies_programs", state.verifies_programs);
  write_switch(writer, "secure_boot_enable", report.keys.secure_boot_enable);
  write_switch(writer, "custom_mode", report.keys.custom_mode);
  write_variables(writer, report.keys);
  writer.key("certificates").begin_array();
  for (const efi::ListedCertificate& listed : state.certificates) write_certificate(writer, listed);
  writer.end_array();
  writer.member("allowed_digests", std::uint64_t{state.allowed_digests});
  writer.member("revoked_digests", std::uint64_t{state.revoked_digests});
  writer.member("dummy_revocation", state.has_dummy_revocation);
  writer.member("receives_new_revocations", state.receives_new_revocations);
  writer.member("starts_new_windows_media", state.starts_new_windows_media);
  writer.member("starts_new_third_party_media", state.starts_new_third_party_media);
  writer.key("missing").begin_array();
  for (const efi::KnownCertificate* known : state.missing) {
    writer.begin_object().member("name", known->name).member("sha256", known->sha256_hex).end_object();
  }
  writer.end_array().key("platform_key");
  if (state.platform_key == nullptr) {
    writer.null();
  } else {
    writer.begin_object().member("name", state.platform_key->name);
    writer.member("key_update_published", state.platform_key->has_key_update);
    writer.member("private_key_public", state.platform_key->is_private_key_public).end_object();
  }
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const KeysVerifyReport& report) {
  Writer writer = begin_document("keys.verify");
  write_place_of(writer, report.place);
  writer.member("file", report.file).member("starts", report.program_starts());
  writer.member("verdict", efi::to_string(report.verdict.verdict));
  writer.member("machine", efi::machine_name(report.image.machine));
  writer.member("sha256", octets::to_hex(report.verdict.sha256)).key("signatures").begin_array();
  for (std::size_t i = 0; i < report.verdict.signatures.size(); ++i) {
    const efi::SignatureOpinion& opinion = report.verdict.signatures[i];
    writer.begin_object().member("signer", report.signers[i]);
    writer.member("algorithm", seal::to_string(opinion.algorithm));
    writer.member("offset_bytes", opinion.offset_bytes).member("digest_matches", opinion.digest_matches);
    writer.member("allowed", !opinion.allowed_by.empty()).member("revoked", !opinion.revoked_by.empty());
    writer.end_object();
  }
  writer.end_array().key("sbat").begin_array();
  for (const efi::SbatEntry& entry : report.image.sbat) {
    writer.begin_object().member("component", entry.component).member("generation", entry.generation);
    writer.member("rest", entry.rest).end_object();
  }
  writer.end_array();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const KeysEditReport& report, std::string_view schema) {
  Writer writer = begin_document(schema);
  writer.member("setup_mode", report.is_setup_mode).member("verifies_programs", report.verifies_programs);
  writer.key("steps").begin_array();
  for (const KeyStep& step : report.steps) {
    writer.begin_object().member("variable", step.variable);
    writer.member("action", step.added ? "added" : "removed").member("type", step.type);
    writer.key("name");
    step.name.empty() ? writer.null() : writer.string(step.name);
    writer.member("digest_hex", step.digest_hex).end_object();
  }
  writer.end_array().strings("notes", report.notes);
  write_edit(writer, report.edit);
  return writer.end_object().take();
}

std::string to_json(const KeysMakeReport& report) {
  Writer writer = begin_document("keys.make");
  writer.member("private_key_path", report.private_key_path);
  writer.member("certificate_path", report.certificate_path);
  writer.member("subject", report.certificate.subject);
  writer.member("sha256", octets::to_hex(report.certificate.sha256));
  return writer.member("not_after", report.certificate.not_after).end_object().take();
}

}  // namespace nonvol::api
