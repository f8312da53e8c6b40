#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor/descriptor.h"
#include "descriptor/machine.h"
#include "storage/file_source.h"

namespace nonvol::descriptor {

// What is asked of a firmware. Everything given must hold; what is absent constrains nothing.
struct Request {
  std::string architecture;
  std::string machine;  // as people type it: an alias or a concrete name
  std::string interface = "uefi";
  std::vector<std::string> require;
  std::vector<std::string> forbid;
  std::optional<Device> device;
  std::optional<FlashMode> mode;
  std::string format;               // of the executable: "raw" or "qcow2"; empty for any
  std::optional<bool> secure_boot;  // must have, or must not have, the feature secure-boot
  bool allow_missing_files = false;
  std::optional<QemuVersion> qemu_version;  // settles what an alias means
  friend bool operator==(const Request&, const Request&) = default;
};

// kContradiction where no descriptor could ever satisfy the request.
Result<void> check_request(const Request& request);

// The rules, in the order in which they are examined.
enum class Rule {
  kMasked,
  kOverridden,
  kBroken,
  kInterface,
  kArchitecture,
  kMachine,
  kDevice,
  kMode,
  kFormat,
  kFeatureMissing,
  kFeatureForbidden,
  kSecureBootAsked,
  kConfidential,  // a build for confidential guests that was not asked for, or an ordinary one where it was
  kFileMissing,
  kFileSize,    // not what the machine's flash takes
  kFileFormat,  // the file is not of the format that the descriptor says
  kPair,        // code and template are of different layouts
  kClaim,       // a file shows that a claim the request relies on is false
  kStore,       // the variable store at hand does not go with it
};
// Stable codes for programs: "interface", "feature-missing", ...
std::string_view code(Rule rule);

struct FailedRule {
  Rule rule;
  std::string message;
};

// Whether firmware is built for confidential guests alone: it supports SEV or TDX and keeps no variables,
// since a host that can change them could change what the guest boots.
bool is_confidential_build(const Descriptor& descriptor);
// Whether the request is for such: it requires one of the features amd-sev*, intel-tdx, and does not name a
// mode that keeps variables.
bool asks_for_confidential(const Request& request);

// One request, made ready for judging many descriptors. The request must outlive it.
class Rules {
 public:
  explicit Rules(const Request& request);

  // Appends each rule that a usable descriptor fails, its files aside; examines all of them.
  void examine(const Descriptor& descriptor, std::vector<FailedRule>& failed) const;
  // Whether there is none; stops at the first, and makes no words.
  bool fits(const Descriptor& descriptor) const;

  const Request& request() const { return request_; }
  // What the machine's name stands for.
  const std::string& canonical_machine() const { return canonical_machine_; }
  bool for_confidential() const { return for_confidential_; }
  bool is_for_machine(const Target& target) const;

 private:
  const Request& request_;
  std::string canonical_machine_;
  bool for_confidential_;
};

// A request that the descriptor would satisfy, and how it differs from the one that was made.
struct NearMiss {
  Request request;
  std::string with;     // options to give: "--machine q35"
  std::string without;  // options to leave out: "--require acpi-s4"
  std::size_t changes = 0;
};
// Nothing where the descriptor fits as it is, or no request is known that it would satisfy.
std::optional<NearMiss> near_miss(const Descriptor& descriptor, const Request& request);

// Looks into the files of descriptors. Asked only about those that nothing else stands against, but by
// explain().
class FileRules {
 public:
  virtual ~FileRules() = default;
  virtual void examine(const Descriptor& descriptor, const Request& request,
                       std::vector<FailedRule>& failed) = 0;
};

// Whether the files exist, and nothing more.
class ExistingFiles final : public FileRules {
 public:
  explicit ExistingFiles(storage::FileSource& files) : files_(files) {}
  void examine(const Descriptor& descriptor, const Request& request,
               std::vector<FailedRule>& failed) override;

 private:
  storage::FileSource& files_;
};

}  // namespace nonvol::descriptor
