#include "efi/describe.h"

#include <fmt/format.h>

#include <algorithm>

#include "efi/boot.h"
#include "efi/describe_values.h"
#include "efi/load_option.h"
#include "efi/signature_list.h"
#include "seal/certificate.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Guid;
using variable::Variable;

constexpr Guid kMonotonicCounter = octets::guid_literal("eb704011-1402-11d3-8e77-00a0c969723b");
constexpr Guid kMemoryTypes = octets::guid_literal("4c19049f-4137-4dd3-9c10-8b97a83ffdfa");
constexpr Guid kErrorFlag = octets::guid_literal("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa");

using Describer = Description (*)(const Variable&, std::string_view name);

Description described_load_option(const Variable& variable, std::string_view name) {
  auto option = parse_load_option(variable.data, name);
  if (!option) {
    Description result = describe_bytes(variable.data);
    result.findings.push_back(to_finding(option.error()));
    return result;
  }
  DevicePaths paths = device_paths(*option, name);
  Description result{.kind = "load option"};
  std::vector<std::string> texts;
  for (const DevicePath& path : paths.paths) texts.push_back(path.text());
  result.findings = std::move(paths.findings);
  const std::string description = shown_text(option->description_utf16);
  const bool leads_nowhere = texts.empty() || texts.front().empty();
  result.summary =
      fmt::format("{}: {}{}", description, leads_nowhere ? "an empty device path" : texts.front(),
                  option->active() ? "" : " (not active)");
  for (std::size_t i = 1; i < texts.size(); ++i) result.lines.push_back("also " + texts[i]);
  if (option->made_by_firmware()) {
    result.lines.emplace_back("made by the boot manager, which removes it when the device is gone");
  } else if (!option->optional_data.empty()) {
    result.lines.push_back("optional data: " + shown_bytes(option->optional_data));
  }
  result.fields = {{"description", description},
                   {"active", option->active()},
                   {"attributes", load_option_attribute_names(option->attributes)},
                   {"device_paths", std::move(texts)},
                   {"made_by_firmware", option->made_by_firmware()},
                   {"optional_data_hex", octets::to_hex(option->optional_data)}};
  return result;
}

// BootOrder, DriverOrder, ...: numbers of load options.
Description described_order(const Variable& variable, std::string_view name) {
  const std::string_view prefix = name.substr(0, name.size() - std::string_view("Order").size());
  std::vector<std::string> names;
  octets::Reader reader(variable.data);
  while (reader.left_bytes() >= 2) names.push_back(fmt::format("{}{:04X}", prefix, reader.u16("number")));
  Description result{.kind = "load option numbers", .summary = fmt::format("{}", fmt::join(names, ", "))};
  if (reader.left_bytes() != 0) {
    result.findings.push_back({Severity::kError,
                               ErrorId::kBootOrderLength,
                               fmt::format("{} has {} bytes, {} numbers of 2 bytes and 1 byte too many", name,
                                           variable.data.size(), names.size()),
                               {},
                               {}});
  }
  result.fields = {{"order", std::move(names)}};
  return result;
}

Description described_boot_number(const Variable& variable, std::string_view) {
  const auto number = whole_number(variable.data, 2);
  if (!number) return describe_bytes(variable.data);
  const std::string name = option_name(OptionKind::kBoot, static_cast<std::uint16_t>(*number));
  return {.kind = "load option numbers", .summary = name, .fields = {{"entry", name}}};
}

Description described_timeout(const Variable& variable, std::string_view) {
  const auto seconds = whole_number(variable.data, 2);
  if (!seconds) return describe_bytes(variable.data);
  // UEFI 2.10, 3.1.2: 0 starts the first entry at once, 0xffff waits for the user.
  const std::string summary = *seconds == 0xffff ? "waits for the user" : fmt::format("{} seconds", *seconds);
  return {.kind = "number", .summary = summary, .fields = {{"seconds", *seconds}}};
}

Description described_device_paths(const Variable& variable, std::string_view name) {
  DevicePaths paths = parse_device_paths(variable.data, name);
  std::vector<std::string> texts;
  for (const DevicePath& path : paths.paths) {
    for (std::string& text : path.instance_texts()) texts.push_back(std::move(text));
  }
  if (texts.empty()) {
    Description result = describe_bytes(variable.data);
    result.findings = std::move(paths.findings);
    return result;
  }
  Description result{.kind = "device paths"};
  result.summary = texts.size() == 1 ? texts.front() : fmt::format("{} devices", texts.size());
  if (texts.size() > 1) result.lines = texts;
  result.fields = {{"device_paths", std::move(texts)}};
  result.findings = std::move(paths.findings);
  return result;
}

// A variable that is text by its name, however short.
Description described_text(const Variable& variable, std::string_view) {
  return describe_text(variable.data, 1).value_or(describe_bytes(variable.data));
}

// One byte, 0 or 1, whose two meanings are words.
Description described_switch(const Variable& variable, std::string_view off, std::string_view on) {
  const auto value = whole_number(variable.data, 1);
  if (!value || *value > 1) return describe_bytes(variable.data);
  return {
      .kind = "switch", .summary = std::string(*value != 0 ? on : off), .fields = {{"value", *value != 0}}};
}

Description described_secure_boot_enable(const Variable& variable, std::string_view) {
  return described_switch(variable, "Secure Boot is off, even with a platform key",
                          "Secure Boot is on if there is a platform key");
}

Description described_custom_mode(const Variable& variable, std::string_view) {
  return described_switch(variable, "standard mode: changes of the keys must be signed",
                          "custom mode: the setup menu may change the keys");
}

Description described_mok_state(const Variable& variable, std::string_view) {
  return described_switch(variable, "shim checks signatures", "shim does not check signatures");
}

Description described_vendor_keys(const Variable& variable, std::string_view) {
  return described_switch(variable, "the keys were changed since the vendor set them",
                          "the keys are those that the vendor set");
}

Description described_monotonic_counter(const Variable& variable, std::string_view) {
  const auto count = whole_number(variable.data, 4);
  if (!count) return describe_bytes(variable.data);
  return {
      .kind = "number",
      .summary = fmt::format("{}, the upper half of the monotonic counter: it grows with each start", *count),
      .fields = {{"count", *count}}};
}

Description described_os_indications(const Variable& variable, std::string_view) {
  const auto value = whole_number(variable.data, 8);
  if (!value) return describe_bytes(variable.data);
  std::vector<std::string> names = os_indication_names(*value);
  const std::string summary =
      names.empty() ? "nothing is asked of the firmware" : fmt::format("{}", fmt::join(names, ", "));
  return {.kind = "flags", .summary = summary, .fields = {{"value", *value}, {"names", std::move(names)}}};
}

// What edk2's variable driver could not write (VAR_ERROR_FLAG in MdeModulePkg). Flags are 0 where they are
// set.
Description described_error_flag(const Variable& variable, std::string_view) {
  const auto value = whole_number(variable.data, 1);
  if (!value) return describe_bytes(variable.data);
  const bool system_error = (*value & 0x10) == 0;
  const bool user_error = (*value & 0x01) == 0;
  std::string summary = "the store had room for everything";
  if (system_error) {
    summary = "the store was full: a variable of the system was not saved";
  } else if (user_error) {
    summary = "the users' share of the store was full: a variable was not saved";
  }
  return {.kind = "flags",
          .summary = std::move(summary),
          .fields = {{"system_error", system_error}, {"user_error", user_error}}};
}

// How many of each; certificates are not read.
Description described_signature_lists(const Variable& variable, std::string_view name) {
  const SignatureDatabase database = parse_signatures(variable.data, name);
  std::uint64_t certificates = 0;
  for (const SignatureList& list : database.lists) {
    if (list.type == signature_type::kX509) certificates += list.signatures.size();
  }
  const std::uint64_t digests = database.signature_count() - certificates;
  const auto counted = [](std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", octets::with_commas(count), what, count == 1 ? "" : "s");
  };
  Description result;
  result.kind = "signature lists";
  result.summary = fmt::format("{}, {}, {}", counted(database.lists.size(), "list"),
                               counted(certificates, "certificate"), counted(digests, "digest"));
  if (!database.rest.empty()) {
    result.summary += fmt::format(", {} that are no list", counted(database.rest.size(), "byte"));
  }
  result.fields = {{"lists", std::uint64_t{database.lists.size()}},
                   {"certificates", certificates},
                   {"digests", digests},
                   {"rest_bytes", std::uint64_t{database.rest.size()}}};
  result.findings = database.findings;
  return result;
}

Description described_memory_types(const Variable& variable, std::string_view) {
  return describe_memory_types(variable.data).value_or(describe_bytes(variable.data));
}

struct Known {
  std::string_view name;
  Guid vendor;
  Describer describer;
};

constexpr Known kKnown[] = {
    {"BootOrder", variable::vendor::kGlobal, described_order},
    {"DriverOrder", variable::vendor::kGlobal, described_order},
    {"SysPrepOrder", variable::vendor::kGlobal, described_order},
    {"BootNext", variable::vendor::kGlobal, described_boot_number},
    {"BootCurrent", variable::vendor::kGlobal, described_boot_number},
    {"Timeout", variable::vendor::kGlobal, described_timeout},
    {"Lang", variable::vendor::kGlobal, described_text},
    {"PlatformLang", variable::vendor::kGlobal, described_text},
    {"ConIn", variable::vendor::kGlobal, described_device_paths},
    {"ConOut", variable::vendor::kGlobal, described_device_paths},
    {"ErrOut", variable::vendor::kGlobal, described_device_paths},
    {"ConInDev", variable::vendor::kGlobal, described_device_paths},
    {"ConOutDev", variable::vendor::kGlobal, described_device_paths},
    {"ErrOutDev", variable::vendor::kGlobal, described_device_paths},
    {"OsIndications", variable::vendor::kGlobal, described_os_indications},
    {"OsIndicationsSupported", variable::vendor::kGlobal, described_os_indications},
    {"SecureBootEnable", variable::vendor::kSecureBootEnable, described_secure_boot_enable},
    {"CustomMode", variable::vendor::kCustomMode, described_custom_mode},
    {"VendorKeysNv", variable::vendor::kVendorKeys, described_vendor_keys},
    {"MTC", kMonotonicCounter, described_monotonic_counter},
    {"MemoryTypeInformation", kMemoryTypes, described_memory_types},
    {"VarErrorFlag", kErrorFlag, described_error_flag},
    {"PK", variable::vendor::kGlobal, described_signature_lists},
    {"KEK", variable::vendor::kGlobal, described_signature_lists},
    {"db", variable::vendor::kImageSecurityDatabase, described_signature_lists},
    {"dbx", variable::vendor::kImageSecurityDatabase, described_signature_lists},
    {"dbt", variable::vendor::kImageSecurityDatabase, described_signature_lists},
    {"dbr", variable::vendor::kImageSecurityDatabase, described_signature_lists},
    {"MokList", variable::vendor::kShim, described_signature_lists},
    {"MokListX", variable::vendor::kShim, described_signature_lists},
    {"MokNew", variable::vendor::kShim, described_signature_lists},
    {"SbatLevel", variable::vendor::kShim, described_text},
    {"MokSBState", variable::vendor::kShim, described_mok_state},
};

bool is_load_option(const variable::Identity& identity) {
  return std::ranges::any_of(
      std::initializer_list{OptionKind::kBoot, OptionKind::kDriver, OptionKind::kSysPrep},
      [&](OptionKind kind) { return option_number(identity, kind).has_value(); });
}

}  // namespace

Description describe(const Variable& variable) {
  if (variable.data.empty()) return {.kind = "empty", .summary = "no data"};
  const std::string name = variable.identity.name().text;
  if (is_load_option(variable.identity)) return described_load_option(variable, name);
  if (is_hot_key(variable.identity)) {
    return describe_hot_key(variable.data).value_or(describe_bytes(variable.data));
  }
  const auto known = std::ranges::find_if(kKnown, [&](const Known& candidate) {
    return candidate.name == name && candidate.vendor == variable.identity.vendor;
  });
  if (known != std::end(kKnown)) return known->describer(variable, name);
  // Less than three letters can be a number as well.
  return describe_text(variable.data, 3).value_or(describe_bytes(variable.data));
}

Description describe_in_full(const Variable& variable) {
  Description result = describe(variable);
  if (result.kind != "signature lists") return result;
  const octets::Utf8Text name = variable.identity.name();
  for (const SignatureList& list : parse_signatures(variable.data, name.text).lists) {
    const SignatureType* type = find_signature_type(list.type);
    const std::string kind = type != nullptr ? std::string(type->name) : list.type.text();
    for (const Signature& signature : list.signatures) {
      std::string what = octets::to_hex(signature.data);
      if (list.type == signature_type::kX509) {
        const auto certificate = seal::parse_certificate(signature.data);
        what = certificate ? fmt::format("{}, until {}, SHA-256 {}", certificate->name(),
                                         certificate->not_after, octets::to_hex(certificate->sha256))
                           : certificate.error().message;
      }
      result.lines.push_back(fmt::format("{}, owner {}: {}", kind, signature.owner.text(), what));
    }
  }
  return result;
}

}  // namespace nonvol::efi
