#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor/machine.h"
#include "descriptor/search.h"

namespace nonvol::descriptor {

// What is asked of a firmware. Everything given must hold; what is absent constrains nothing.
struct Request {
  std::string architecture;
  std::string machine;  // as people type it: an alias or a concrete name
  std::string interface = "uefi";
  std::vector<std::string> require;
  std::vector<std::string> forbid;
  std::optional<FlashMode> mode;
  std::string format;               // of the executable: "raw" or "qcow2"; empty for any
  std::optional<bool> secure_boot;  // must have, or must not have, the feature secure-boot
  bool allow_missing_files = false;
  std::optional<QemuVersion> qemu_version;  // settles what an alias means
};

// The rules, in the order in which they are examined.
enum class Rule {
  kMasked,
  kOverridden,
  kBroken,
  kInterface,
  kArchitecture,
  kMachine,
  kMode,
  kFormat,
  kFeatureMissing,
  kFeatureForbidden,
  kSecureBoot,
  kFileMissing,
};
// Stable codes for programs: "interface", "feature-missing", ...
std::string_view code(Rule rule);

struct FailedRule {
  Rule rule;
  std::string message;
};

struct Verdict {
  const DescriptorFile* file;
  std::vector<FailedRule> failed;  // empty: fits
};

struct PassedOver {
  std::string path;
  std::vector<FailedRule> failed;
};

struct Selection {
  std::optional<DescriptorFile> chosen;
  // Descriptors ahead of the chosen one (or of the end) that fit in everything but have a file that is not
  // there.
  std::vector<PassedOver> passed_over;
  std::size_t examined = 0;  // how many descriptors could be read at all
};

// kContradiction where no descriptor could ever satisfy the request.
Result<void> check_request(const Request& request);

// The first in order that satisfies the request. What comes behind it is not read: it could not change the
// answer. Files named by descriptors are looked at only where nothing else stands against them.
Selection select_firmware(DescriptorSearch& search, const Request& request, storage::FileSource& files);

// Every descriptor with every rule it fails, in order.
std::vector<Verdict> explain(const DescriptorSet& set, const Request& request, storage::FileSource& files);

}  // namespace nonvol::descriptor
