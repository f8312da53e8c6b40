#include "cli/text_guest.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using guest::EntryState;

std::string file_text(const guest::FirmwareFile& file) {
  return fmt::format("{} ({}, {}, sha256 {}…)", printable(file.path), file.format,
                     bytes_text(file.size_bytes), octets::to_hex(file.sha256).substr(0, 12));
}

std::string nvram_text(const guest::Record& record, const std::string& nvram_path) {
  if (record.nvram) {
    return fmt::format("{} ({}{})", printable(nvram_path), record.nvram->format,
                       record.nvram->master ? ", overlay" : "");
  }
  return record.interface == "uefi" ? "none: variables are gone at power-off" : "none";
}

std::string tpm_text(const guest::Record& record, const std::optional<api::GuestTpm>& tpm) {
  if (!record.tpm || !tpm) return {};
  return field("tpm", fmt::format("{} ({})", record.tpm->version, printable(tpm->image_path))) +
         field("", "listens at " + printable(tpm->socket_path));
}

std::string way_text(const guest::Record& record) {
  if (record.device != descriptor::Device::kFlash) return std::string(to_string(record.device));
  return fmt::format("{}, {}", to_string(record.device), to_string(record.mode));
}

std::string record_text(const guest::Record& record, const std::string& nvram_path,
                        const std::string& master_path) {
  std::string result = field("guest", record.name);
  result +=
      field("machine", fmt::format("{}, {}", printable(record.machine), printable(record.architecture)));
  result += field("firmware", fmt::format("{}, {}", record.interface, way_text(record)));
  result += field("descriptor", printable(record.descriptor));
  result += field("executable", file_text(record.executable));
  if (record.nvram_template) result += field("template", file_text(*record.nvram_template));
  result += field("nvram", nvram_text(record, nvram_path));
  if (record.nvram && record.nvram->master) {
    result += field("master", fmt::format("{} ({})", printable(master_path),
                                          bytes_text(record.nvram->master->size_bytes)));
  }
  result += field("features", record.features.empty() ? "none" : printable(joined(record.features)));
  return result;
}

std::string_view word_for(EntryState state) {
  switch (state) {
    case EntryState::kGuest:
      return "";
    case EntryState::kKeptStore:
      return "kept store, no guest";
    case EntryState::kDamaged:
      return "damaged record";
    case EntryState::kUnfinished:
      return "left behind";
  }
  return "";
}

}  // namespace

std::string text_of(const api::GuestCreateReport& report) {
  if (report.nothing_to_do) {
    return fmt::format("{} exists already, made from the same firmware; nothing to do\n", report.record.name);
  }
  std::string result =
      fmt::format("{} {}\n", report.dry_run ? "would create" : "created", report.record.name);
  return result + record_text(report.record, report.nvram_path, report.master_path) +
         tpm_text(report.record, report.tpm);
}

std::string text_of(const api::GuestShowReport& report) {
  std::string result = record_text(report.record, report.nvram_path, report.master_path);
  result += tpm_text(report.record, report.tpm);
  if (report.store) {
    const auto& store = *report.store;
    result +=
        field("store", store.blank ? fmt::format("{} layout, blank", store.layout)
                                   : fmt::format("{} layout, {} variables, {} of {} used", store.layout,
                                                 store.live_variables, octets::with_commas(store.used_bytes),
                                                 bytes_text(store.capacity_bytes)));
  }
  result +=
      field("created", fmt::format("{} by nonvol {}", report.record.created, report.record.nonvol_version));
  std::string in_use = report.in_use ? "yes, a QEMU has the store open" : "no";
  if (report.tpm && report.tpm->in_use) {
    in_use = report.in_use ? in_use + ", and the TPM runs" : "yes, the TPM runs";
  }
  return result + field("in use", in_use);
}

std::string tpm_note(const std::optional<api::TpmToStart>& tpm) {
  if (!tpm) return {};
  return fmt::format("note: start the guest's TPM first: {}\n", printable(joined(tpm->commands, ", or ")));
}

std::string text_of(const api::GuestUpgradeReport& report) {
  const guest::Record& record = report.after;
  if (report.nothing_to_do())
    return fmt::format("{} has this firmware already; nothing to do\n", record.name);
  std::string result = fmt::format("{} {}\n", report.dry_run ? "would upgrade" : "upgraded", record.name);
  result += field("descriptor", printable(record.descriptor));
  result += field("executable", file_text(record.executable));
  if (report.before.executable != record.executable) {
    result += field("before", file_text(report.before.executable));
  }
  if (report.image_changes) {
    result += field("nvram", fmt::format("new code behind the guest's own {} of variables",
                                         bytes_text(report.variables_bytes)));
  }
  return result;
}

std::string text_of(const api::GuestDeleteReport& report) {
  std::string result;
  for (const std::string& path : report.deleted.removed) {
    result += fmt::format("{} {}\n", report.dry_run ? "would remove" : "removed", printable(path));
  }
  for (const std::string& path : report.deleted.kept) {
    result += fmt::format("{} {}\n", report.dry_run ? "would keep" : "kept", printable(path));
  }
  return result;
}

std::string text_of(const api::StatusReport& report) {
  std::string result = field("nonvol", api::kVersion);
  std::string firmware = fmt::format("{} usable descriptors", report.usable_descriptors);
  if (report.usable_descriptors == 0) firmware = "no usable descriptors";
  result += field("firmware", firmware);
  if (report.choice && report.choice->chosen) {
    result += field("", fmt::format("{} {} would boot {}", report.choice->rules.architecture,
                                    report.choice->rules.machine,
                                    printable(report.choice->chosen->mapping.executable.path)));
  }
  result += field("guests", fmt::format("{} in {}", report.guests.size(), printable(report.home)));
  std::vector<std::vector<std::string>> rows;
  for (const api::StatusReport::Guest& guest : report.guests) {
    std::string state = guest.in_use ? "running" : std::string(word_for(guest.state));
    if (!guest.tpm_version.empty()) {
      state += fmt::format("{}TPM {}{}", state.empty() ? "" : ", ", guest.tpm_version,
                           guest.tpm_in_use ? " running" : "");
    }
    rows.push_back(
        {"  " + printable(guest.name), printable(guest.machine), printable(guest.executable), state});
  }
  if (!rows.empty()) result += table(rows);
  if (!report.findings.empty()) result += "attention\n" + text_of(report.findings);
  result += "next\n";
  for (const std::string& command : report.next) result += fmt::format("  {}\n", command);
  return result;
}

}  // namespace nonvol::cli
