#include "cli/text_guest.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "octets/text.h"
#include "variable/variable.h"

namespace nonvol::cli {
namespace {

using guest::EntryState;

std::string bytes_text(std::uint64_t size_bytes) {
  return octets::with_commas(size_bytes) + " bytes";
}

std::string file_text(const guest::FirmwareFile& file) {
  return fmt::format("{} ({}, {}, sha256 {}…)", printable(file.path), file.format,
                     bytes_text(file.size_bytes), octets::to_hex(file.sha256).substr(0, 12));
}

std::string record_text(const guest::Record& record, const std::string& nvram_path) {
  std::string result = field("guest", record.name);
  result +=
      field("machine", fmt::format("{}, {}", printable(record.machine), printable(record.architecture)));
  result += field("firmware", fmt::format("{}, {}, {}", record.interface, record.device, record.mode));
  result += field("descriptor", printable(record.descriptor));
  result += field("executable", file_text(record.executable));
  if (record.nvram_template) result += field("template", file_text(*record.nvram_template));
  result += field("nvram", fmt::format("{} ({})", printable(nvram_path), record.nvram.format));
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
  return result + record_text(report.record, report.nvram_path);
}

std::string text_of(const api::GuestShowReport& report) {
  std::string result = record_text(report.record, report.nvram_path);
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
  return result + field("in use", report.in_use ? "yes, a QEMU has the store open" : "no");
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
    const std::string state = guest.in_use ? "running" : std::string(word_for(guest.state));
    rows.push_back(
        {"  " + printable(guest.name), printable(guest.machine), printable(guest.executable), state});
  }
  if (!rows.empty()) result += table(rows);
  if (!report.findings.empty()) result += "attention\n" + text_of(report.findings);
  result += "next\n";
  for (const std::string& command : report.next) result += fmt::format("  {}\n", command);
  return result;
}

std::string text_of(const api::VariablesListReport& report) {
  const flash::VariableStore& store = report.store;
  if (store.blank != flash::Blank::kNo) {
    return fmt::format("blank store (all {}): no variables\n",
                       store.blank == flash::Blank::kZero ? "zero" : "0xff");
  }
  std::vector<std::vector<std::string>> rows;
  const auto flags = [](std::uint32_t attributes) {
    // NV, BS, RT, HR, AW, AT, AP, EA: the letters of the shell's dmpstore, as far as it has them.
    static constexpr std::string_view kFlags[] = {"NV", "BS", "RT", "HR", "AW", "AT", "AP", "EA"};
    std::vector<std::string> words;
    for (std::size_t bit = 0; bit < std::size(kFlags); ++bit) {
      if ((attributes >> bit & 1u) != 0) words.emplace_back(kFlags[bit]);
    }
    return words.empty() ? std::string("-") : joined(words, "+");
  };
  const auto row = [&](const flash::Record& record) {
    std::vector<std::string> cells;
    if (report.all) cells = {fmt::format("{:#08x}", record.offset_bytes), flash::state_name(record.state)};
    cells.insert(cells.end(), {record.vendor.text(), flags(record.attributes),
                               fmt::format("{}", store.data(record).size()), printable(record.name.text)});
    rows.push_back(std::move(cells));
  };
  if (report.all) {
    for (const flash::Record& record : store.records) row(record);
  } else {
    for (const flash::Record* record : report.live) row(*record);
  }
  return rows.empty() ? "no variables\n" : table(rows);
}

std::string text_of(const api::VariableGetReport& report) {
  std::string result =
      field("name", printable(report.record.name.text)) + field("guid", report.record.vendor.text());
  result += field("attributes", joined(variable::attribute_names(report.record.attributes)));
  if (report.record.timestamp) {
    const auto time = variable::rfc3339(*report.record.timestamp);
    result += field("time", time ? *time : octets::to_hex(report.record.timestamp->raw));
  }
  result += field("size", bytes_text(report.data.size()));
  return result + octets::hexdump(report.data);
}

}  // namespace nonvol::cli
