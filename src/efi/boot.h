#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "efi/load_option.h"
#include "variable/variable.h"

namespace nonvol::efi {

// The families of numbered load options (UEFI 2.10, 3.1): Boot0003 and BootOrder, Driver0000 and DriverOrder,
// ...
enum class OptionKind { kBoot, kDriver, kSysPrep };
std::string_view option_prefix(OptionKind kind);  // "Boot"

// "Boot0003".
std::string option_name(OptionKind kind, std::uint16_t number);
// The number in "Boot0003"; nullopt for other variables. Digits are four and in upper case, as the
// specification has them: firmware sees no option in others.
std::optional<std::uint16_t> option_number(const variable::Identity& identity, OptionKind kind);

struct BootEntry {
  std::uint16_t number = 0;
  variable::Identity identity;
  std::optional<LoadOption> option;  // absent: the value is damaged, see the findings
  bool in_order = false;
};

struct BootView {
  std::vector<std::uint16_t> order;  // as stored, with what is wrong in it
  std::optional<std::uint16_t> next;
  std::optional<std::uint16_t> current;          // only a running machine has it
  std::optional<std::uint16_t> timeout_seconds;  // 0xffff: waits for ever
  std::vector<BootEntry> entries;                // in the boot order, then the others by number
  std::vector<Finding> findings;
};

// What the boot manager finds. `file` is where the variables are, for the findings. `next`, `current` and
// `timeout_seconds` are of OptionKind::kBoot alone.
BootView boot_view(std::span<const variable::Variable> variables, std::string_view file,
                   OptionKind kind = OptionKind::kBoot);

// A change as a value: variables to set, whole, and variables to delete. Empty where there is nothing to do.
struct BootEdit {
  std::vector<variable::Variable> set;
  std::vector<variable::Identity> remove;

  bool empty() const { return set.empty() && remove.empty(); }
};

enum class OrderPosition { kFirst, kLast, kNone };

struct AddedEntry {
  std::uint16_t number = 0;
  BootEdit edit;
};

// Takes the first number that neither an entry nor the order nor BootNext uses.
Result<AddedEntry> add_boot_entry(std::span<const variable::Variable> variables, const LoadOption& option,
                                  OrderPosition position, OptionKind kind = OptionKind::kBoot);

// Also takes it out of the order, and BootNext with it if that names it.
Result<BootEdit> delete_boot_entry(std::span<const variable::Variable> variables, std::uint16_t number,
                                   OptionKind kind = OptionKind::kBoot);

// Each entry once; only entries that exist, unless `allow_missing`. An empty order deletes the variable.
Result<BootEdit> set_boot_order(std::span<const variable::Variable> variables,
                                std::span<const std::uint16_t> order, bool allow_missing = false,
                                OptionKind kind = OptionKind::kBoot);

// nullopt clears it.
Result<BootEdit> set_boot_next(std::span<const variable::Variable> variables,
                               std::optional<std::uint16_t> number);

}  // namespace nonvol::efi
