#include "api/guest_tpm.h"
#include "api/guests.h"
#include "api/json_parts.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using guest::EntryState;
using json::Writer;

void write_file(Writer& writer, std::string_view name, const guest::FirmwareFile& file) {
  writer.key(name).begin_object().member("path", file.path).member("format", file.format);
  writer.member("size_bytes", file.size_bytes).member("sha256", octets::to_hex(file.sha256)).end_object();
}

void write_tpm(Writer& writer, const guest::Record& record, const std::optional<GuestTpm>& tpm) {
  writer.key("tpm");
  if (!record.tpm || !tpm) {
    writer.null();
    return;
  }
  writer.begin_object().member("path", tpm->image_path).member("version", record.tpm->version);
  writer.member("size_bytes", record.tpm->size_bytes).member("socket_path", tpm->socket_path);
  writer.member("in_use", tpm->in_use).end_object();
}

void write_record(Writer& writer, const guest::Record& record, const std::string& nvram_path,
                  const std::string& master_path) {
  writer.member("guest", record.name).member("created", record.created);
  writer.member("nonvol_version", record.nonvol_version).member("architecture", record.architecture);
  writer.member("machine", record.machine).member("interface", record.interface);
  writer.member("device", to_string(record.device)).key("mode");
  record.device == descriptor::Device::kFlash ? writer.string(to_string(record.mode)) : writer.null();
  writer.member("descriptor", record.descriptor).strings("features", record.features);
  write_file(writer, "executable", record.executable);
  if (record.nvram_template) {
    write_file(writer, "nvram_template", *record.nvram_template);
  } else {
    writer.key("nvram_template").null();
  }
  writer.key("nvram");
  if (!record.nvram) {
    writer.null();
    return;
  }
  writer.begin_object().member("path", nvram_path).member("format", record.nvram->format);
  writer.member("size_bytes", record.nvram->size_bytes).key("master");
  if (const auto& master = record.nvram->master) {
    writer.begin_object().member("path", master_path).member("size_bytes", master->size_bytes);
    writer.member("sha256", octets::to_hex(master->sha256)).end_object();
  } else {
    writer.null();
  }
  writer.end_object();
}

std::string_view word_for(EntryState state) {
  switch (state) {
    case EntryState::kGuest:
      return "guest";
    case EntryState::kKeptStore:
      return "kept-store";
    case EntryState::kDamaged:
      return "damaged";
    case EntryState::kUnfinished:
      return "unfinished";
  }
  return "damaged";
}

}  // namespace

void write_tpm_to_start(Writer& writer, const std::optional<TpmToStart>& tpm) {
  writer.key("tpm");
  if (!tpm) {
    writer.null();
    return;
  }
  writer.begin_object().member("socket_path", tpm->socket_path).strings("start", tpm->commands).end_object();
}

std::string to_json(const GuestCreateReport& report) {
  Writer writer = begin_document("create");
  writer.member("dry_run", report.dry_run).member("changed", !report.dry_run && !report.nothing_to_do);
  write_record(writer, report.record, report.nvram_path, report.master_path);
  write_tpm(writer, report.record, report.tpm);
  writer.member("directory", report.directory).key("passed_over").begin_array();
  for (const PassedOver& passed : report.passed_over) writer.string(passed.path);
  writer.end_array();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const GuestShowReport& report) {
  Writer writer = begin_document("show");
  write_record(writer, report.record, report.nvram_path, report.master_path);
  write_tpm(writer, report.record, report.tpm);
  writer.member("directory", report.directory).member("in_use", report.in_use).key("store");
  if (report.store) {
    writer.begin_object().member("layout", report.store->layout).member("blank", report.store->blank);
    writer.member("live_variables", report.store->live_variables);
    writer.member("used_bytes", report.store->used_bytes);
    writer.member("capacity_bytes", report.store->capacity_bytes).end_object();
  } else {
    writer.null();
  }
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const GuestDeleteReport& report) {
  Writer writer = begin_document("delete");
  writer.member("guest", report.name).member("dry_run", report.dry_run);
  writer.member("changed", !report.dry_run && !report.deleted.removed.empty());
  writer.strings("removed", report.deleted.removed).strings("kept", report.deleted.kept);
  return writer.end_object().take();
}

std::string to_json(const StatusReport& report) {
  Writer writer = begin_document("status");
  writer.member("nonvol_version", kVersion).member("architecture", report.architecture);
  writer.member("home", report.home).key("firmware").begin_object();
  writer.strings("directories", report.firmware_directories);
  writer.member("usable_descriptors", report.usable_descriptors).key("choice");
  const bool chosen = report.choice && report.choice->chosen;
  chosen ? writer.string(report.choice->path) : writer.null();
  writer.end_object().key("guests").begin_array();
  for (const StatusReport::Guest& guest : report.guests) {
    writer.begin_object().member("name", guest.name).member("state", word_for(guest.state));
    writer.member("machine", guest.machine).member("executable", guest.executable);
    writer.member("in_use", guest.in_use).key("tpm");
    if (guest.tpm_version.empty()) {
      writer.null();
    } else {
      writer.begin_object().member("version", guest.tpm_version).member("in_use", guest.tpm_in_use);
      writer.end_object();
    }
    writer.end_object();
  }
  writer.end_array();
  write_findings(writer, report.findings);
  return writer.strings("next", report.next).end_object().take();
}

std::string to_json(const EmitQemuReport& report) {
  Writer writer = begin_document("emit.qemu");
  writer.member("guest", report.guest).strings("qemu_arguments", report.arguments);
  write_tpm_to_start(writer, report.tpm);
  return writer.end_object().take();
}

}  // namespace nonvol::api
