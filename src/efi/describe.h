#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "outcome/result.h"
#include "variable/variable.h"

namespace nonvol::efi {

using DescriptionValue = std::variant<bool, std::uint64_t, std::string, std::vector<std::string>>;

// What the value of a variable means, for people and for programs.
struct Description {
  // "load option", "load option numbers", "device paths", "number", "text", "switch", "flags",
  // "memory types", "hot key", "signature lists", "empty" or "bytes"
  std::string kind;
  std::string summary;             // one line: "debian: HD(1,GPT,…)/\EFI\debian\shimx64.efi"
  std::vector<std::string> lines;  // more, where one line does not do
  std::vector<std::pair<std::string, DescriptionValue>> fields;  // names are those of JSON members
  std::vector<Finding> findings;
};

// Knows what the UEFI specification, edk2 and shim keep in variables; text is recognised whoever owns it.
// Signatures are only counted. Never fails: what is damaged or not known is "bytes".
Description describe(const variable::Variable& variable);

// The same with every certificate and digest of a signature list on a line of its own; reads certificates,
// which loads OpenSSL's libcrypto.
Description describe_in_full(const variable::Variable& variable);

}  // namespace nonvol::efi
