#include "descriptor/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"

namespace nonvol::descriptor {
namespace {

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) {
    result += result.empty() ? "" : ", ";
    result += word;
  }
  return result.empty() ? "nothing" : result;
}

// Examines one descriptor against one request. Choosing among a thousand must not cost a thousand sentences,
// so that words are made only where somebody will read them.
class Examination {
 public:
  Examination(const Descriptor& descriptor, const Rules& rules, std::vector<FailedRule>* failed)
      : descriptor_(descriptor), rules_(rules), request_(rules.request()), failed_(failed) {}

  bool run() {
    return interface() && target() && mapping() && features() && secure_boot() && confidential() && fits_;
  }

 private:
  // Whether to go on: always where reasons are collected, else only while nothing failed.
  template <class Words>
  bool rule(bool holds, Rule which, Words&& words) {
    if (holds) return true;
    fits_ = false;
    if (failed_ == nullptr) return false;
    failed_->push_back({which, words()});
    return true;
  }

  bool interface() {
    return rule(contains(descriptor_.interface_types, request_.interface), Rule::kInterface, [&] {
      return fmt::format("asked for interface {}, it has {}", request_.interface,
                         joined(descriptor_.interface_types));
    });
  }

  bool target() {
    bool architecture = false;
    bool machine = false;
    for (const Target& target : descriptor_.targets) {
      if (target.architecture != request_.architecture) continue;
      architecture = true;
      machine = machine || rules_.is_for_machine(target);
    }
    if (!rule(architecture, Rule::kArchitecture, [&] {
          std::vector<std::string> names;
          for (const Target& target : descriptor_.targets) names.push_back(target.architecture);
          return fmt::format("asked for architecture {}, it is for {}", request_.architecture, joined(names));
        })) {
      return false;
    }
    return !architecture || rule(machine, Rule::kMachine, [&] { return machine_words(); });
  }

  std::string machine_words() const {
    std::vector<std::string> globs;
    for (const Target& target : descriptor_.targets) {
      if (target.architecture == request_.architecture) {
        globs.insert(globs.end(), target.machines.begin(), target.machines.end());
      }
    }
    const std::string& canonical = rules_.canonical_machine();
    std::string asked = request_.machine;
    if (canonical != request_.machine) asked += fmt::format(" ({})", canonical);
    return fmt::format("asked for machine {}, it is for {}", asked, joined(globs));
  }

  bool mapping() {
    const Mapping& mapping = descriptor_.mapping;
    const bool flash = mapping.device == Device::kFlash;
    if (request_.device && mapping.device != *request_.device) {
      // Modes and formats are flash's: no more needs saying.
      return rule(false, Rule::kDevice, [&] {
        return fmt::format("asked for firmware in {}, it is for {}", to_string(*request_.device),
                           to_string(mapping.device));
      });
    }
    if (request_.mode && !rule(flash && mapping.mode == *request_.mode, Rule::kMode, [&] {
          return fmt::format(
              "asked for flash mode {}, it is {}", to_string(*request_.mode),
              flash ? to_string(mapping.mode) : fmt::format("no flash but {}", to_string(mapping.device)));
        })) {
      return false;
    }
    return request_.format.empty() || rule(mapping.executable.format == request_.format, Rule::kFormat, [&] {
             return fmt::format("asked for format {}, its executable is {}", request_.format,
                                mapping.executable.format);
           });
  }

  bool features() {
    for (const std::string& feature : request_.require) {
      if (!rule(descriptor_.has_feature(feature), Rule::kFeatureMissing,
                [&] { return fmt::format("the required feature {} is missing", feature); })) {
        return false;
      }
    }
    for (const std::string& feature : request_.forbid) {
      if (!rule(!descriptor_.has_feature(feature), Rule::kFeatureForbidden,
                [&] { return fmt::format("it has the forbidden feature {}", feature); })) {
        return false;
      }
    }
    return true;
  }

  bool secure_boot() {
    return !request_.secure_boot ||
           rule(descriptor_.has_feature(kSecureBoot) == *request_.secure_boot, Rule::kSecureBootAsked, [&] {
             return std::string(*request_.secure_boot ? "asked for Secure Boot, it does not have it"
                                                      : "asked for no Secure Boot, it has it");
           });
  }

  bool confidential() {
    const bool asked = rules_.for_confidential();
    const bool build = is_confidential_build(descriptor_);
    // What has none of the features at all has failed for that already.
    if (asked && !build && !has_any_confidential_feature()) return true;
    return rule(asked == build, Rule::kConfidential, [&] {
      return std::string(asked
                             ? "asked for a confidential guest, it is an ordinary build that keeps variables"
                             : "it is built for confidential guests, and none was asked for");
    });
  }

  bool has_any_confidential_feature() const {
    return std::ranges::any_of(descriptor_.features, is_confidential_feature);
  }

  const Descriptor& descriptor_;
  const Rules& rules_;
  const Request& request_;
  std::vector<FailedRule>* failed_;
  bool fits_ = true;
};

}  // namespace

std::string_view code(Rule rule) {
  switch (rule) {
    case Rule::kMasked:
      return "masked";
    case Rule::kOverridden:
      return "overridden";
    case Rule::kBroken:
      return "broken";
    case Rule::kInterface:
      return "interface";
    case Rule::kArchitecture:
      return "architecture";
    case Rule::kMachine:
      return "machine";
    case Rule::kDevice:
      return "device";
    case Rule::kMode:
      return "mode";
    case Rule::kFormat:
      return "format";
    case Rule::kFeatureMissing:
      return "feature-missing";
    case Rule::kFeatureForbidden:
      return "feature-forbidden";
    case Rule::kSecureBootAsked:
      return "secure-boot";
    case Rule::kConfidential:
      return "confidential";
    case Rule::kFileMissing:
      return "file-missing";
    case Rule::kFileSize:
      return "file-size";
    case Rule::kFileFormat:
      return "file-format";
    case Rule::kPair:
      return "pair";
    case Rule::kClaim:
      return "claim";
    case Rule::kStore:
      return "store";
  }
  return "unknown";
}

Result<void> check_request(const Request& request) {
  const auto contradiction = [](std::string message) {
    return Error(ErrorId::kContradiction, std::move(message));
  };
  for (const std::string& feature : request.require) {
    if (contains(request.forbid, feature)) {
      return contradiction(fmt::format("the feature {} is both required and forbidden", feature));
    }
  }
  if (request.secure_boot == true && contains(request.forbid, kSecureBoot)) {
    return contradiction("--secure-boot on and --forbid secure-boot exclude each other");
  }
  if (request.secure_boot == false) {
    for (const std::string_view feature : {kSecureBoot, kEnrolledKeys}) {
      if (contains(request.require, feature)) {
        return contradiction(fmt::format("--secure-boot off and --require {} exclude each other", feature));
      }
    }
  }
  if (request.device && request.mode && *request.device != Device::kFlash) {
    return contradiction(fmt::format("--device {} and --mode {} exclude each other: only flash has modes",
                                     to_string(*request.device), to_string(*request.mode)));
  }
  return {};
}

bool is_confidential_build(const Descriptor& descriptor) {
  if (!std::ranges::any_of(descriptor.features, is_confidential_feature)) return false;
  const Mapping& mapping = descriptor.mapping;
  if (mapping.device == Device::kFlash) return mapping.mode == FlashMode::kStateless;
  return !mapping.uefi_vars_template && !descriptor.has_feature(kHostUefiVars);
}

bool asks_for_confidential(const Request& request) {
  if (request.mode && *request.mode != FlashMode::kStateless) return false;
  return std::ranges::any_of(request.require, is_confidential_feature);
}

Rules::Rules(const Request& request)
    : request_(request),
      canonical_machine_(
          descriptor::canonical_machine(request.architecture, request.machine, request.qemu_version)),
      for_confidential_(asks_for_confidential(request)) {}

void Rules::examine(const Descriptor& descriptor, std::vector<FailedRule>& failed) const {
  Examination(descriptor, *this, &failed).run();
}

bool Rules::fits(const Descriptor& descriptor) const {
  return Examination(descriptor, *this, nullptr).run();
}

bool Rules::is_for_machine(const Target& target) const {
  return std::ranges::any_of(target.machines,
                             [&](const std::string& glob) { return matches_glob(canonical_machine_, glob); });
}

void ExistingFiles::examine(const Descriptor& descriptor, const Request& request,
                            std::vector<FailedRule>& failed) {
  if (request.allow_missing_files) return;
  const auto look = [&](std::string_view what, const std::string& path) {
    const Result<storage::FileStatus> status = files_.status(path);
    if (status && status->kind != storage::FileKind::kDirectory) return;
    const bool absent = !status && status.error().id == ErrorId::kFileMissing;
    failed.push_back({Rule::kFileMissing, absent    ? fmt::format("its {} {} does not exist", what, path)
                                          : !status ? fmt::format("its {}: {}", what, status.error().message)
                                                    : fmt::format("its {} {} is a directory", what, path)});
  };
  const Mapping& mapping = descriptor.mapping;
  look("executable", mapping.executable.path);
  if (mapping.nvram_template) look("NVRAM template", mapping.nvram_template->path);
  if (mapping.uefi_vars_template) look("variables template", *mapping.uefi_vars_template);
}

}  // namespace nonvol::descriptor
