#include <fmt/format.h>

#include "api/json_parts.h"
#include "api/tpm.h"

namespace nonvol::api {
namespace {

void write_counters(json::Writer& writer, const serve::TpmCounters& counters) {
  writer.key("counters").begin_object();
  writer.member("starts", counters.starts).member("stores", counters.stores);
  writer.member("stored_bytes", counters.stored_bytes).member("unchanged", counters.unchanged);
  writer.member("failed", counters.failed).member("delayed", counters.delayed);
  writer.member("delayed_ms", counters.delayed_us / 1000);
  writer.key("limit_bytes_per_second");
  counters.limit_bytes_per_second == 0 ? writer.null() : writer.number(counters.limit_bytes_per_second);
  writer.member("library_version", counters.library_version);
  writer.end_object();
}

std::string_view to_string(TpmImageOutcome outcome) {
  switch (outcome) {
    case TpmImageOutcome::kCreated:
      return "created";
    case TpmImageOutcome::kFilled:
      return "filled";
    case TpmImageOutcome::kReplaced:
      return "replaced";
  }
  return {};
}

void write_parts(json::Writer& writer, const std::vector<TpmImportReport::Part>& parts) {
  writer.key("states").begin_array();
  for (const TpmImportReport::Part& part : parts) {
    writer.begin_object().member("name", tpm::entry_name(part.kind)).member("size_bytes", part.size_bytes);
    writer.end_object();
  }
  writer.end_array();
}

void write_first(json::Writer& writer, const TpmFirstReport& first) {
  writer.key("keys").begin_array();
  for (const tpm::MadeKey& key : first.made.keys) {
    writer.begin_object().member("kind", tpm::to_string(key.key.kind));
    writer.member("handle", fmt::format("{:#010x}", key.handle)).end_object();
  }
  writer.end_array().key("certificates").begin_array();
  for (const tpm::StoredCertificate& certificate : first.made.certificates) {
    const bool of_key = certificate.kind == tpm::CertificateKind::kEndorsementKey;
    writer.begin_object().member("kind", of_key ? "endorsement-key" : "platform");
    writer.member("index", fmt::format("{:#010x}", certificate.index));
    writer.member("size_bytes", certificate.der.size()).end_object();
  }
  writer.end_array().key("authority");
  first.authority_directory.empty() ? writer.null() : writer.string(first.authority_directory);
  writer.member("authority_made", first.authority_made);
}

void write_inventory(json::Writer& writer, const tpm::TpmInventory& inventory) {
  writer.begin_object().member("manufacturer", inventory.manufacturer).member("vendor", inventory.vendor);
  writer.member("level", std::uint64_t{inventory.level})
      .member("revision", std::uint64_t{inventory.revision});
  writer.member("firmware_version", fmt::format("{:#x}", inventory.firmware_version));
  writer.key("pcr_banks").begin_array();
  for (const tpm::PcrSelection& bank : inventory.banks) {
    writer.begin_object().member("algorithm", tpm::hash_name(bank.algorithm));
    writer.member("active", bank.registers != 0).end_object();
  }
  writer.end_array().key("persistent_objects").begin_array();
  for (const tpm::PersistentObject& object : inventory.objects) {
    writer.string(fmt::format("{:#010x}", object.handle));
  }
  writer.end_array().key("indices").begin_array();
  for (const tpm::NvPublic& index : inventory.indices) {
    writer.begin_object().member("index", fmt::format("{:#010x}", index.index));
    writer.member("size_bytes", std::uint64_t{index.size_bytes}).end_object();
  }
  writer.end_array();
  writer.member("owner_password", inventory.owner_password);
  writer.member("endorsement_password", inventory.endorsement_password);
  writer.member("lockout_password", inventory.lockout_password);
  writer.member("in_lockout", inventory.in_lockout);
  writer.member("lockout_failures", std::uint64_t{inventory.lockout_failures});
  writer.member("lockout_limit", std::uint64_t{inventory.lockout_limit}).end_object();
}

}  // namespace

std::string to_json(const TpmCreateReport& report) {
  json::Writer writer = begin_document("tpm.create");
  writer.member("image", report.image).member("outcome", to_string(report.outcome));
  writer.member("dry_run", report.dry_run).member("version", tpm::to_string(report.version));
  writer.member("encrypted", report.encrypted).member("state_bytes", report.state_bytes);
  writer.member("generation", report.generation);
  write_first(writer, report.first);
  return writer.end_object().take();
}

std::string to_json(const TpmImportReport& report) {
  json::Writer writer = begin_document("tpm.import");
  writer.member("image", report.image).member("source", report.source);
  writer.member("outcome", to_string(report.outcome)).member("nothing_to_do", report.nothing_to_do);
  writer.member("dry_run", report.dry_run).member("version", tpm::to_string(report.version));
  writer.member("generation", report.generation);
  write_parts(writer, report.parts);
  return writer.end_object().take();
}

std::string to_json(const TpmExportReport& report) {
  json::Writer writer = begin_document("tpm.export");
  writer.member("image", report.image).member("target", report.target);
  writer.member("form", report.form == SwtpmForm::kDirectory ? "dir" : "linear");
  writer.member("encrypted", report.encrypted).member("nothing_to_do", report.nothing_to_do);
  writer.member("dry_run", report.dry_run).key("swtpm_key_option");
  report.swtpm_key_option.empty() ? writer.null() : writer.string(report.swtpm_key_option);
  writer.member("version", tpm::to_string(report.version)).key("files").begin_array();
  for (const std::string& file : report.files) writer.string(file);
  writer.end_array();
  write_parts(writer, report.parts);
  return writer.end_object().take();
}

std::string to_json(const TpmShowReport& report) {
  json::Writer writer = begin_document("tpm.show");
  write_image_facts(writer, report.image);
  writer.member("in_use", report.in_use).key("version");
  report.permanent ? writer.string(tpm::to_string(report.permanent->version)) : writer.null();
  writer.key("state_format");
  report.permanent ? writer.number(report.permanent->format_version) : writer.null();
  writer.key("library_version");
  report.library_version.empty() ? writer.null() : writer.string(report.library_version);
  writer.key("entries").begin_array();
  for (const TpmShowReport::Entry& entry : report.entries) {
    writer.begin_object();
    write_entry_members(writer, entry.info);
    writer.member("state", vnvram::to_string(entry.state.state));
    writer.member("used_bytes", entry.state.used_bytes).member("generation", entry.state.generation);
    writer.end_object();
  }
  writer.end_array();
  if (report.has_counters) {
    write_counters(writer, report.counters);
  } else {
    writer.key("counters").null();
  }
  writer.key("tpm");
  if (report.inventory) {
    write_inventory(writer, *report.inventory);
  } else {
    writer.null();
  }
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const TpmCheckReport& report) {
  json::Writer writer = begin_document("tpm.check");
  writer.member("image", report.image).key("version");
  report.version ? writer.string(tpm::to_string(*report.version)) : writer.null();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const serve::TpmServeReport& report) {
  json::Writer writer = begin_document("tpm.run");
  writer.member("image", report.image).member("version", tpm::to_string(report.version));
  writer.member("commands", report.commands).member("ended_by", report.ended_by);
  write_counters(writer, report.counters);
  return writer.end_object().take();
}

}  // namespace nonvol::api
