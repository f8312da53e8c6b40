#include "cli/text_vars.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

std::vector<std::string> cells_of(const variable::Variable& variable) {
  return {variable.identity.vendor.text(), flags_of(variable.attributes),
          fmt::format("{}", variable.data.size()), printable(variable.identity.name().text)};
}

std::string way_text(const api::StoreEditReport& report) {
  using Way = varstore::ChangePlan::Way;
  const std::string_view would = report.dry_run ? "would be " : "";
  std::string text;
  switch (report.plan.way) {
    case Way::kNothing:
      return "nothing to do\n";
    case Way::kInPlace:
      text = fmt::format("{}written in place", would);
      break;
    case Way::kReplace:
      text = fmt::format("{}written as a new file in its place", would);
      break;
  }
  if (report.plan.formats) text += ", formatted first";
  if (report.plan.completes_pending_write) text += ", with the interrupted write carried out";
  if (report.plan.compacts) text += ", without its dead records";
  return fmt::format("{}: {}\n", printable(report.place.path), text);
}

}  // namespace

std::string time_text(const variable::Variable& variable) {
  const auto stamp = variable::parse_timestamp(variable.time);
  if (!stamp) return {};
  const auto time = variable::rfc3339(*stamp);
  return time ? *time : octets::to_hex(variable.time);
}

std::string short_value(const std::vector<std::uint8_t>& data) {
  constexpr std::size_t kShownBytes = 16;
  const octets::Bytes bytes(data);
  if (bytes.size() <= kShownBytes) return octets::to_hex(bytes);
  return fmt::format("{}… ({} bytes)", octets::to_hex(bytes.first(kShownBytes)), bytes.size());
}

std::string differences_of(const variable::Variable& before, const variable::Variable& after) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& was, const std::string& is) {
    if (was != is) text += fmt::format("    {}: {} -> {}\n", name, was, is);
  };
  line("attributes", flags_of(before.attributes), flags_of(after.attributes));
  line("time", time_text(before), time_text(after));
  line("count", fmt::format("{}", before.monotonic_count), fmt::format("{}", after.monotonic_count));
  line("key index", fmt::format("{}", before.public_key_index), fmt::format("{}", after.public_key_index));
  line("digest", octets::to_hex(before.digest), octets::to_hex(after.digest));
  // Long values can look alike where they are cut short.
  if (before.data != after.data) {
    text += fmt::format("    data: {} -> {}\n", short_value(before.data), short_value(after.data));
  }
  return text;
}

std::string flags_of(std::uint32_t attributes) {
  static constexpr std::string_view kFlags[] = {"NV", "BS", "RT", "HR", "AW", "AT", "AP", "EA"};
  std::vector<std::string> words;
  for (std::size_t bit = 0; bit < std::size(kFlags); ++bit) {
    if ((attributes >> bit & 1u) != 0) words.emplace_back(kFlags[bit]);
  }
  return words.empty() ? std::string("-") : joined(words, "+");
}

std::string text_of(const api::VariablesListReport& report) {
  const auto& flash = report.contents.flash;
  if (flash && flash->blank != flash::Blank::kNo) {
    return fmt::format("blank store (all {}): no variables\n",
                       flash->blank == flash::Blank::kZero ? "zero" : "0xff");
  }
  std::vector<std::vector<std::string>> rows;
  if (flash && report.raw) {
    for (const flash::Record& record : flash->records) {
      std::vector<std::string> cells = {fmt::format("{:#08x}", record.offset_bytes),
                                        flash::state_name(record.state)};
      for (std::string& cell : cells_of(flash::variable_of(*flash, record))) cells.push_back(std::move(cell));
      rows.push_back(std::move(cells));
    }
  } else {
    for (const variable::Variable& variable : report.variables) rows.push_back(cells_of(variable));
  }
  return rows.empty() ? "no variables\n" : table(rows);
}

std::string text_of(const api::VariableGetReport& report) {
  const variable::Variable& variable = report.variable;
  std::string result = field("name", printable(variable.identity.name().text)) +
                       field("guid", variable.identity.vendor.text());
  result += field("attributes", joined(variable::attribute_names(variable.attributes)));
  if (const std::string time = time_text(variable); !time.empty()) result += field("time", time);
  result += field("size", bytes_text(variable.data.size()));
  return result + octets::hexdump(variable.data);
}

std::string text_of(const std::vector<api::VariableChange>& changes) {
  std::string text;
  for (const api::VariableChange& change : changes) {
    const std::string name =
        fmt::format("{} ({})", printable(change.identity().name().text), change.identity().vendor.text());
    if (!change.before) {
      text += fmt::format("  + {}: {} {}\n", name, flags_of(change.after->attributes),
                          short_value(change.after->data));
    } else if (!change.after) {
      text += fmt::format("  - {}: {} {}\n", name, flags_of(change.before->attributes),
                          short_value(change.before->data));
    } else {
      text += fmt::format("  ~ {}\n", name);
      text += differences_of(*change.before, *change.after);
    }
  }
  return text;
}

std::string text_of(const api::StoreEditReport& report) {
  return text_of(report.changes) + way_text(report);
}

}  // namespace nonvol::cli
