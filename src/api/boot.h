#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/store_edit.h"
#include "efi/boot.h"

// The boot manager's variables: what it would find, and commands that change them. Errors beyond those named:
// those of variables_list and edit_store.
namespace nonvol::api {

struct ListedBootEntry {
  std::string name;                       // "Boot0003"
  std::optional<std::size_t> position;    // in the order, counted from 1
  std::vector<std::string> device_paths;  // as text; the first one is what is started
  efi::BootEntry entry;
};

struct BootListReport {
  StorePlace place;
  efi::OptionKind kind = efi::OptionKind::kBoot;
  std::vector<std::uint16_t> order;  // as stored
  std::optional<std::uint16_t> next;
  std::optional<std::uint16_t> current;
  std::optional<std::uint16_t> timeout_seconds;  // 0xffff: waits for ever
  std::vector<ListedBootEntry> entries;          // in the order, then the others by number
  std::vector<Finding> findings;                 // of the store, then of the boot manager's variables
};
Result<BootListReport> boot_list(const Context& context, const std::string& target, efi::OptionKind kind);

// Numbers as people name entries: "0003" or "3", hexadecimal, or "Boot0003". Error: kBootNumber.
Result<std::vector<std::uint16_t>> boot_numbers(const std::vector<std::string>& words, efi::OptionKind kind);

struct BootOrderRequest {
  efi::OptionKind kind = efi::OptionKind::kBoot;
  std::vector<std::uint16_t> numbers;
  bool keep_others = false;  // behind these; otherwise they go out of the order
};
// Errors: kNoSuchBootEntry, kBootRequest.
Result<StoreEditReport> boot_order(const Context& context, const StoreEditRequest& request,
                                   const BootOrderRequest& wanted);

// What the next start boots, once; nullopt: the order decides. Error: kNoSuchBootEntry.
Result<StoreEditReport> boot_next(const Context& context, const StoreEditRequest& request,
                                  std::optional<std::uint16_t> number);

inline constexpr std::uint16_t kWaitsForEver = 0xffff;
Result<StoreEditReport> boot_timeout(const Context& context, const StoreEditRequest& request,
                                     std::uint16_t seconds);

struct BootAddRequest {
  efi::OptionKind kind = efi::OptionKind::kBoot;
  std::string description;
  std::string device_path;  // as text
  std::vector<std::uint8_t> optional_data;
  efi::OrderPosition position = efi::OrderPosition::kLast;
  bool active = true;
};
struct BootAddReport {
  StoreEditReport edit;
  efi::OptionKind kind = efi::OptionKind::kBoot;
  std::uint16_t number = 0;
};
// Errors: kDevicePathText, kBootRequest, kNoFreeBootNumber.
Result<BootAddReport> boot_add(const Context& context, const StoreEditRequest& request,
                               const BootAddRequest& wanted);

// All of them or none; they also go out of the order, and out of BootNext. Error: kNoSuchBootEntry.
Result<StoreEditReport> boot_delete(const Context& context, const StoreEditRequest& request,
                                    const std::vector<std::uint16_t>& numbers, efi::OptionKind kind);

std::string to_json(const BootListReport& report);
std::string to_json(const BootAddReport& report);

}  // namespace nonvol::api
