#include "efi/boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace nonvol::efi {
namespace {

using octets::Bytes;
using variable::Identity;
using variable::Variable;
using Variables = std::span<const Variable>;
using Numbers = std::set<std::uint16_t>;

constexpr std::uint32_t kUsualAttributes =
    variable::attribute::kNonVolatile | variable::attribute::kBootService | variable::attribute::kRuntime;
constexpr std::uint32_t kNumbers = 0x10000;

// A name of ours: ASCII, so that it always has an identity.
Identity global(std::string_view name) {
  return variable::make_identity(name, variable::vendor::kGlobal).value_or(Identity{});
}

std::string order_name(OptionKind kind) {
  return std::string(option_prefix(kind)) + "Order";
}

const Variable* find(Variables variables, const Identity& identity) {
  const auto found = std::ranges::find(variables, identity, &Variable::identity);
  return found == variables.end() ? nullptr : &*found;
}

std::vector<std::uint16_t> numbers_in(Bytes value) {
  std::vector<std::uint16_t> numbers;
  octets::Reader reader(value);
  while (reader.left_bytes() >= 2) numbers.push_back(reader.u16("number"));
  return numbers;
}

std::vector<std::uint8_t> bytes_of(std::span<const std::uint16_t> numbers) {
  std::vector<std::uint8_t> bytes;
  for (const std::uint16_t number : numbers) {
    bytes.push_back(static_cast<std::uint8_t>(number));
    bytes.push_back(static_cast<std::uint8_t>(number >> 8));
  }
  return bytes;
}

std::vector<std::uint16_t> order_in(Variables variables, OptionKind kind) {
  const Variable* order = find(variables, global(order_name(kind)));
  return order == nullptr ? std::vector<std::uint16_t>{} : numbers_in(order->data);
}

std::optional<std::uint16_t> number_in(Variables variables, std::string_view name) {
  const Variable* found = find(variables, global(name));
  if (found == nullptr || found->data.size() != 2) return std::nullopt;
  return numbers_in(found->data).front();
}

// A variable with a new value: all else stays as it is, and a new one has what the specification asks of
// boot variables (UEFI 2.10, table 3.1).
Variable with_value(Variables variables, const Identity& identity, std::vector<std::uint8_t> data) {
  const Variable* found = find(variables, identity);
  Variable result = found != nullptr ? *found : Variable{};
  if (found == nullptr) {
    result.identity = identity;
    result.attributes = kUsualAttributes;
  }
  result.data = std::move(data);
  return result;
}

void set_value(Variables variables, std::string_view name, std::vector<std::uint8_t> data, BootEdit& edit) {
  const Identity identity = global(name);
  const Variable* found = find(variables, identity);
  if (data.empty()) {
    if (found != nullptr) edit.remove.push_back(identity);
  } else if (found == nullptr || found->data != data) {
    edit.set.push_back(with_value(variables, identity, std::move(data)));
  }
}

Error no_such_entry(OptionKind kind, std::uint16_t number, const Numbers& exist) {
  return Error(ErrorId::kNoSuchBootEntry,
               fmt::format("boot entry {} does not exist: none of the {} variables of that kind has the name",
                           option_name(kind, number), exist.size()));
}

Numbers existing_numbers(Variables variables, OptionKind kind) {
  Numbers exist;
  for (const Variable& variable : variables) {
    if (const auto number = option_number(variable.identity, kind)) exist.insert(*number);
  }
  return exist;
}

// Collects entries and findings for boot_view().
class Viewer {
 public:
  Viewer(Variables variables, std::string_view file, OptionKind kind)
      : variables_(variables), file_(file), kind_(kind), exist_(existing_numbers(variables, kind)) {}

  BootView view() && {
    read_order();
    if (kind_ == OptionKind::kBoot) {
      view_.next = read_number("BootNext");
      view_.current = read_number("BootCurrent");
      view_.timeout_seconds = read_number("Timeout");
    }
    read_entries();
    compare();
    return std::move(view_);
  }

 private:
  void report(Severity severity, ErrorId id, std::string message) {
    view_.findings.push_back({severity, id, std::move(message), Place::in_file(file_), {}});
  }

  void read_order() {
    const Variable* order = find(variables_, global(order_name(kind_)));
    if (order == nullptr) return;
    view_.order = numbers_in(order->data);
    if (order->data.size() % 2 != 0) {
      report(Severity::kError, ErrorId::kBootOrderLength,
             fmt::format("{} has {} bytes, {} numbers of 2 bytes and 1 byte too many", order_name(kind_),
                         order->data.size(), view_.order.size()));
    }
  }

  std::optional<std::uint16_t> read_number(std::string_view name) {
    const Variable* found = find(variables_, global(name));
    if (found != nullptr && found->data.size() != 2) {
      report(Severity::kError, ErrorId::kBootVariableSize,
             fmt::format("{} has {} bytes, it is a number of 2", name, found->data.size()));
    }
    return number_in(variables_, name);
  }

  void read_entries() {
    for (const Variable& variable : variables_) {
      const auto number = option_number(variable.identity, kind_);
      if (!number) continue;
      BootEntry entry{*number, variable.identity, std::nullopt, false};
      const std::string name = option_name(kind_, *number);
      if (auto option = parse_load_option(variable.data, name)) {
        for (Finding& finding : device_paths(*option, name).findings) {
          report(finding.severity, finding.id, std::move(finding.message));
        }
        entry.option = std::move(*option);
      } else {
        report(Severity::kError, option.error().id, option.error().message);
      }
      view_.entries.push_back(std::move(entry));
    }
  }

  void compare() {
    std::map<std::uint16_t, std::size_t> place;  // of each number in the order
    for (std::size_t i = 0; i < view_.order.size(); ++i) {
      const std::uint16_t number = view_.order[i];
      if (const auto [first, is_new] = place.try_emplace(number, i); !is_new) {
        report(Severity::kWarning, ErrorId::kBootOrderTwice,
               fmt::format("{} names {} at positions {} and {}", order_name(kind_),
                           option_name(kind_, number), first->second + 1, i + 1));
        continue;
      }
      if (!exist_.contains(number)) {
        report(Severity::kWarning, ErrorId::kBootEntryMissing,
               fmt::format("{} names {} at position {}, which does not exist", order_name(kind_),
                           option_name(kind_, number), i + 1));
      }
    }
    for (BootEntry& entry : view_.entries) {
      entry.in_order = place.contains(entry.number);
      // Applications such as the setup menu are started by other means (UEFI 2.10, 3.1.3).
      const bool application = entry.option && (entry.option->attributes & load_option::kCategory) ==
                                                   load_option::kCategoryApplication;
      if (!entry.in_order && !application) {
        report(Severity::kNote, ErrorId::kBootEntryNotInOrder,
               fmt::format("{} is none of the {} entries that {} names", option_name(kind_, entry.number),
                           view_.order.size(), order_name(kind_)));
      }
    }
    if (view_.next && !exist_.contains(*view_.next)) {
      report(Severity::kWarning, ErrorId::kBootNextMissing,
             fmt::format("BootNext names {}, which does not exist", option_name(kind_, *view_.next)));
    }
    std::ranges::sort(view_.entries, {}, [&](const BootEntry& entry) {
      return std::pair(entry.in_order ? place[entry.number] : view_.order.size(), entry.number);
    });
  }

  Variables variables_;
  std::string file_;
  OptionKind kind_;
  Numbers exist_;
  BootView view_;
};

}  // namespace

std::string_view option_prefix(OptionKind kind) {
  switch (kind) {
    case OptionKind::kDriver:
      return "Driver";
    case OptionKind::kSysPrep:
      return "SysPrep";
    case OptionKind::kBoot:
      break;
  }
  return "Boot";
}

std::string option_name(OptionKind kind, std::uint16_t number) {
  return fmt::format("{}{:04X}", option_prefix(kind), number);
}

std::optional<std::uint16_t> option_number(const Identity& identity, OptionKind kind) {
  if (identity.vendor != variable::vendor::kGlobal) return std::nullopt;
  const octets::Utf8Text name = identity.name();
  const std::string_view prefix = option_prefix(kind);
  if (name.text.size() != prefix.size() + 4 || !name.text.starts_with(prefix)) return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : name.text.substr(prefix.size())) {
    const std::size_t digit = std::string_view("0123456789ABCDEF").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number << 4 | static_cast<std::uint32_t>(digit);
  }
  return static_cast<std::uint16_t>(number);
}

BootView boot_view(Variables variables, std::string_view file, OptionKind kind) {
  return Viewer(variables, file, kind).view();
}

Result<AddedEntry> add_boot_entry(Variables variables, const LoadOption& option, OrderPosition position,
                                  OptionKind kind) {
  Numbers taken = existing_numbers(variables, kind);
  std::vector<std::uint16_t> order = order_in(variables, kind);
  taken.insert(order.begin(), order.end());
  if (kind == OptionKind::kBoot) {
    if (const auto next = number_in(variables, "BootNext")) taken.insert(*next);
  }
  std::uint32_t free = 0;
  for (const std::uint16_t number : taken) {
    if (number != free) break;
    ++free;
  }
  if (free == kNumbers) {
    return Error(ErrorId::kNoFreeBootNumber,
                 fmt::format("number of a new {} entry: all {} are taken", option_prefix(kind), kNumbers));
  }
  AddedEntry added;
  added.number = static_cast<std::uint16_t>(free);
  set_value(variables, option_name(kind, added.number), load_option_bytes(option), added.edit);
  if (position == OrderPosition::kNone) return added;
  order.insert(position == OrderPosition::kFirst ? order.begin() : order.end(), added.number);
  set_value(variables, order_name(kind), bytes_of(order), added.edit);
  return added;
}

Result<BootEdit> delete_boot_entry(Variables variables, std::uint16_t number, OptionKind kind) {
  const Numbers exist = existing_numbers(variables, kind);
  if (!exist.contains(number)) {
    return no_such_entry(kind, number, exist);
  }
  BootEdit edit;
  edit.remove.push_back(global(option_name(kind, number)));
  std::vector<std::uint16_t> order = order_in(variables, kind);
  if (std::erase(order, number) != 0) set_value(variables, order_name(kind), bytes_of(order), edit);
  if (kind == OptionKind::kBoot && number_in(variables, "BootNext") == number) {
    edit.remove.push_back(global("BootNext"));
  }
  return edit;
}

Result<BootEdit> set_boot_order(Variables variables, std::span<const std::uint16_t> order, bool allow_missing,
                                OptionKind kind) {
  const Numbers exist = existing_numbers(variables, kind);
  Numbers named;
  for (const std::uint16_t number : order) {
    if (!named.insert(number).second) {
      return Error(ErrorId::kBootRequest,
                   fmt::format("new {}: names {} twice", order_name(kind), option_name(kind, number)));
    }
    if (!exist.contains(number) && !allow_missing) {
      return no_such_entry(kind, number, exist);
    }
  }
  BootEdit edit;
  set_value(variables, order_name(kind), bytes_of(order), edit);
  return edit;
}

Result<BootEdit> set_boot_next(Variables variables, std::optional<std::uint16_t> number) {
  BootEdit edit;
  if (number) {
    const Numbers exist = existing_numbers(variables, OptionKind::kBoot);
    if (!exist.contains(*number)) {
      return no_such_entry(OptionKind::kBoot, *number, exist);
    }
  }
  const std::uint16_t value[] = {number.value_or(0)};
  set_value(variables, "BootNext", number ? bytes_of(value) : std::vector<std::uint8_t>{}, edit);
  return edit;
}

}  // namespace nonvol::efi
