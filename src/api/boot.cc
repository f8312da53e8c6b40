#include "api/boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "efi/device_path.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using efi::BootEdit;
using efi::OptionKind;
using variable::Variable;
using varstore::Change;
using Variables = std::vector<Variable>;
using Numbers = std::vector<std::uint16_t>;

std::string kind_option(OptionKind kind) {
  switch (kind) {
    case OptionKind::kDriver:
      return " --kind driver";
    case OptionKind::kSysPrep:
      return " --kind sysprep";
    case OptionKind::kBoot:
      break;
  }
  return {};
}

// What efi/ refuses, with where and what to type, which it cannot know.
Error in_store(Error error, const std::string& target, OptionKind kind) {
  error.place = Place::in_file(target);
  if (error.id == ErrorId::kNoSuchBootEntry || error.id == ErrorId::kNoFreeBootNumber) {
    error.hint = fmt::format("nonvol boot list {}{}", octets::shell_path(target), kind_option(kind));
  }
  return error;
}

// An order without what does not exist and what is named twice. `with_absent`: then those that it lacks.
std::string sound_order(const BootListReport& report, bool with_absent) {
  std::string words;
  for (const ListedBootEntry& listed : report.entries) {
    // Applications are in no order (UEFI 2.10, 3.1.3).
    const bool application =
        listed.entry.option && (listed.entry.option->attributes & efi::load_option::kCategory) ==
                                   efi::load_option::kCategoryApplication;
    if (listed.position || (with_absent && !application)) {
      words += fmt::format(" {:04X}", listed.entry.number);
    }
  }
  return words;
}

std::string damaged_entries(const BootListReport& report) {
  std::string words;
  for (const ListedBootEntry& listed : report.entries) {
    if (!listed.entry.option) words += fmt::format(" {:04X}", listed.entry.number);
  }
  return words;
}

// A command that mends it; empty where there is none.
std::string hint_of(ErrorId id, const BootListReport& report, const std::string& target) {
  const std::string path = octets::shell_path(target);
  const std::string kind = kind_option(report.kind);
  switch (id) {
    case ErrorId::kBootOrderLength:
    case ErrorId::kBootEntryMissing:
    case ErrorId::kBootOrderTwice: {
      const std::string order = sound_order(report, false);
      if (!order.empty()) return fmt::format("nonvol boot order {}{}{}", path, order, kind);
      return fmt::format("nonvol vars delete {} {}Order", path, efi::option_prefix(report.kind));
    }
    case ErrorId::kBootEntryNotInOrder:
      return fmt::format("nonvol boot order {}{}{}", path, sound_order(report, true), kind);
    case ErrorId::kBootNextMissing:
      return fmt::format("nonvol boot next {} --clear", path);
    case ErrorId::kLoadOption:
      return fmt::format("nonvol boot delete {}{}{}", path, damaged_entries(report), kind);
    case ErrorId::kBootVariableSize:
      return fmt::format("nonvol vars list {} --long", path);
    default:
      return {};
  }
}

void collect_entries(efi::BootView& view, BootListReport& report) {
  for (efi::BootEntry& entry : view.entries) {
    ListedBootEntry listed;
    listed.name = efi::option_name(report.kind, entry.number);
    const auto found = std::ranges::find(view.order, entry.number);
    if (found != view.order.end()) {
      listed.position = static_cast<std::size_t>(found - view.order.begin()) + 1;
    }
    if (entry.option) {
      for (const efi::DevicePath& path : efi::device_paths(*entry.option, listed.name).paths) {
        listed.device_paths.push_back(path.text());
      }
    }
    listed.entry = std::move(entry);
    report.entries.push_back(std::move(listed));
  }
}

// First what is set and then what goes, so that on a device, where one change follows the other, no state in
// between has an order with an entry that is gone.
std::vector<Change> changes_of(BootEdit edit) {
  std::vector<Change> changes;
  for (Variable& variable : edit.set) changes.push_back({Change::Kind::kSet, std::move(variable)});
  for (variable::Identity& identity : edit.remove) {
    Change change;
    change.kind = Change::Kind::kRemove;
    change.variable.identity = std::move(identity);
    changes.push_back(std::move(change));
  }
  return changes;
}

using MakeEdit = std::function<Result<BootEdit>(const Variables&)>;

Result<StoreEditReport> edit_boot(const Context& context, const StoreEditRequest& request, OptionKind kind,
                                  const MakeEdit& make) {
  return edit_store(context, request, [&](const varstore::Contents& contents) -> Result<std::vector<Change>> {
    auto edit = make(contents.variables());
    if (!edit) return in_store(edit.error(), request.target, kind);
    return changes_of(*std::move(edit));
  });
}

// The variables as they are after an edit.
void carry_out(const BootEdit& edit, Variables& variables) {
  for (const Variable& changed : edit.set) {
    const auto found = std::ranges::find(variables, changed.identity, &Variable::identity);
    if (found == variables.end()) {
      variables.push_back(changed);
    } else {
      *found = changed;
    }
  }
  for (const variable::Identity& identity : edit.remove) {
    std::erase_if(variables, [&](const Variable& each) { return each.identity == identity; });
  }
}

// Two edits, one after the other, as one.
void join(BootEdit& all, BootEdit next) {
  for (Variable& changed : next.set) {
    const auto found = std::ranges::find(all.set, changed.identity, &Variable::identity);
    if (found == all.set.end()) {
      all.set.push_back(std::move(changed));
    } else {
      *found = std::move(changed);
    }
  }
  for (variable::Identity& identity : next.remove) {
    std::erase_if(all.set, [&](const Variable& each) { return each.identity == identity; });
    all.remove.push_back(std::move(identity));
  }
}

Result<BootEdit> delete_entries(Variables variables, const Numbers& numbers, OptionKind kind) {
  BootEdit all;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto already = numbers.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(numbers.begin(), already, numbers[i]) != already) continue;
    auto edit = efi::delete_boot_entry(variables, numbers[i], kind);
    if (!edit) return edit.error();
    carry_out(*edit, variables);
    join(all, *std::move(edit));
  }
  return all;
}

Result<BootEdit> order_entries(const Variables& variables, const BootOrderRequest& wanted,
                               const efi::BootView& before) {
  auto edit = efi::set_boot_order(variables, wanted.numbers, false, wanted.kind);
  if (!edit || !wanted.keep_others) return edit;
  // What the others are is the store's affair, existing or not; twice is once.
  Numbers order = wanted.numbers;
  std::set<std::uint16_t> named(order.begin(), order.end());
  for (const std::uint16_t number : before.order) {
    if (named.insert(number).second) order.push_back(number);
  }
  return efi::set_boot_order(variables, order, true, wanted.kind);
}

// What stays behind is seen only by people who look for it.
std::vector<Finding> entries_left_out(const BootOrderRequest& wanted, const efi::BootView& before,
                                      const std::string& target) {
  std::vector<Finding> findings;
  const std::set<std::uint16_t> named(wanted.numbers.begin(), wanted.numbers.end());
  for (const efi::BootEntry& entry : before.entries) {
    if (wanted.keep_others || !entry.in_order || named.contains(entry.number)) continue;
    findings.push_back({Severity::kNote, ErrorId::kBootEntryNotInOrder,
                        fmt::format("{} is no longer among the entries that {}Order names, {} now",
                                    efi::option_name(wanted.kind, entry.number),
                                    efi::option_prefix(wanted.kind), wanted.numbers.size()),
                        Place::in_file(target),
                        fmt::format("nonvol vars undo {}", octets::shell_path(target))});
  }
  return findings;
}

// QEMU counts in milliseconds, in 16 bits (-boot in its manual).
std::string menu_time_hint(std::uint16_t seconds) {
  constexpr std::uint32_t kMost = 0xffff;
  return fmt::format("qemu-system-x86_64 -boot menu=on,splash-time={}",
                     std::min(std::uint32_t{seconds} * 1000, kMost));
}

std::optional<std::uint16_t> number_from(std::string_view word, OptionKind kind) {
  if (word.starts_with(efi::option_prefix(kind))) word.remove_prefix(efi::option_prefix(kind).size());
  std::uint16_t number = 0;
  const auto [end, trouble] = std::from_chars(word.data(), word.data() + word.size(), number, 16);
  if (trouble != std::errc() || end != word.data() + word.size() || word.size() > 4) return std::nullopt;
  return number;
}

}  // namespace

Result<BootListReport> boot_list(const Context& context, const std::string& target, OptionKind kind) {
  auto listed = variables_list(context, target, false);
  if (!listed) return listed.error();
  efi::BootView view = efi::boot_view(listed->variables, listed->place.path, kind);
  BootListReport report;
  report.place = std::move(listed->place);
  report.kind = kind;
  collect_entries(view, report);
  report.order = std::move(view.order);
  report.next = view.next;
  report.current = view.current;
  report.timeout_seconds = view.timeout_seconds;
  report.findings = listed->contents.findings();
  for (Finding& finding : view.findings) {
    finding.hint = hint_of(finding.id, report, target);
    report.findings.push_back(std::move(finding));
  }
  return report;
}

Result<Numbers> boot_numbers(const std::vector<std::string>& words, OptionKind kind) {
  Numbers numbers;
  for (const std::string& word : words) {
    const auto number = number_from(word, kind);
    if (!number) {
      return Error(ErrorId::kBootNumber,
                   fmt::format("number of a boot entry is '{}', and must be 1 to 4 hexadecimal digits, or a "
                               "name such as {}",
                               word, efi::option_name(kind, 3)))
          .with_hint("nonvol help boot list");
    }
    numbers.push_back(*number);
  }
  return numbers;
}

Result<StoreEditReport> boot_order(const Context& context, const StoreEditRequest& request,
                                   const BootOrderRequest& wanted) {
  std::vector<Finding> left_out;
  auto report = edit_boot(context, request, wanted.kind, [&](const Variables& variables) {
    const efi::BootView before = efi::boot_view(variables, request.target, wanted.kind);
    left_out = entries_left_out(wanted, before, request.target);
    return order_entries(variables, wanted, before);
  });
  if (report) report->findings.insert(report->findings.end(), left_out.begin(), left_out.end());
  return report;
}

Result<StoreEditReport> boot_next(const Context& context, const StoreEditRequest& request,
                                  std::optional<std::uint16_t> number) {
  return edit_boot(context, request, OptionKind::kBoot,
                   [&](const Variables& variables) { return efi::set_boot_next(variables, number); });
}

Result<StoreEditReport> boot_timeout(const Context& context, const StoreEditRequest& request,
                                     std::uint16_t seconds) {
  auto report =
      edit_boot(context, request, OptionKind::kBoot, [&](const Variables& variables) -> Result<BootEdit> {
        Variable timeout;
        timeout.identity =
            variable::make_identity("Timeout", variable::vendor::kGlobal).value_or(variable::Identity{});
        timeout.attributes = variable::usual_attributes(timeout.identity);
        const auto found = std::ranges::find(variables, timeout.identity, &Variable::identity);
        if (found != variables.end()) timeout = *found;
        timeout.data = {static_cast<std::uint8_t>(seconds), static_cast<std::uint8_t>(seconds >> 8)};
        BootEdit edit;
        edit.set.push_back(std::move(timeout));
        return edit;
      });
  // PlatformBootManagerBeforeConsole of OvmfPkg's and ArmVirtPkg's PlatformBootManagerLib.
  if (report) {
    report->findings.push_back({Severity::kNote, ErrorId::kTimeoutSetByQemu,
                                "edk2's builds for QEMU write Timeout anew at each start: with them the time "
                                "is QEMU's to say",
                                Place::in_file(report->place.path), menu_time_hint(seconds)});
  }
  return report;
}

Result<BootAddReport> boot_add(const Context& context, const StoreEditRequest& request,
                               const BootAddRequest& wanted) {
  auto path = efi::device_path_from_text(wanted.device_path);
  if (!path) return path.error();
  auto option = efi::make_load_option(wanted.description, *std::move(path), wanted.optional_data);
  if (!option) return option.error();
  if (!wanted.active) option->attributes &= ~efi::load_option::kActive;
  BootAddReport report;
  report.kind = wanted.kind;
  auto edit = edit_boot(context, request, wanted.kind, [&](const Variables& variables) -> Result<BootEdit> {
    auto added = efi::add_boot_entry(variables, *option, wanted.position, wanted.kind);
    if (!added) return added.error();
    report.number = added->number;
    return std::move(added->edit);
  });
  if (!edit) return edit.error();
  report.edit = *std::move(edit);
  return report;
}

Result<StoreEditReport> boot_delete(const Context& context, const StoreEditRequest& request,
                                    const Numbers& numbers, OptionKind kind) {
  return edit_boot(context, request, kind,
                   [&](const Variables& variables) { return delete_entries(variables, numbers, kind); });
}

}  // namespace nonvol::api
