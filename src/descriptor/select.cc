#include "descriptor/select.h"

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

// Examines one descriptor after the other against one request. Choosing among a thousand must not cost a
// thousand sentences, so that words are made only where somebody will read them.
class Judge {
 public:
  Judge(const Request& request, storage::FileSource& files)
      : request_(request),
        files_(files),
        canonical_(canonical_machine(request.architecture, request.machine, request.qemu_version)) {}

  // True when every rule but the files' holds; stops at the first that does not.
  bool fits(const Descriptor& descriptor) { return examine(descriptor, nullptr); }

  std::vector<FailedRule> failed_rules(const DescriptorFile& file) {
    std::vector<FailedRule> failed;
    switch (file.state) {
      case FileState::kMasked:
        failed.push_back({Rule::kMasked, "the file is empty or a link to /dev/null, which hides the name"});
        break;
      case FileState::kOverridden:
        failed.push_back({Rule::kOverridden, fmt::format("{} takes its place", file.overridden_by)});
        break;
      case FileState::kBroken:
        failed.push_back({Rule::kBroken, file.error->message});
        break;
      case FileState::kUsable:
        examine(*file.descriptor, &failed);
        missing_files(*file.descriptor, failed);
        break;
    }
    return failed;
  }

  void missing_files(const Descriptor& descriptor, std::vector<FailedRule>& failed) {
    if (request_.allow_missing_files) return;
    const auto look = [&](std::string_view what, const std::string& path) {
      const Result<storage::FileStatus> status = files_.status(path);
      if (status && status->kind != storage::FileKind::kDirectory) return;
      const bool absent = !status && status.error().id == ErrorId::kFileMissing;
      failed.push_back({Rule::kFileMissing, absent ? fmt::format("its {} {} does not exist", what, path)
                                            : !status
                                                ? fmt::format("its {}: {}", what, status.error().message)
                                                : fmt::format("its {} {} is a directory", what, path)});
    };
    const Mapping& mapping = descriptor.mapping;
    look("executable", mapping.executable.path);
    if (mapping.nvram_template) look("NVRAM template", mapping.nvram_template->path);
    if (mapping.uefi_vars_template) look("variables template", *mapping.uefi_vars_template);
  }

 private:
  bool examine(const Descriptor& descriptor, std::vector<FailedRule>* failed) {
    bool fits = true;
    // Whether to go on: always where reasons are collected, else only while nothing failed.
    const auto rule = [&](bool holds, Rule which, auto&& words) {
      if (holds) return true;
      fits = false;
      if (failed == nullptr) return false;
      failed->push_back({which, words()});
      return true;
    };
    if (!rule(contains(descriptor.interface_types, request_.interface), Rule::kInterface, [&] {
          return fmt::format("asked for interface {}, it has {}", request_.interface,
                             joined(descriptor.interface_types));
        })) {
      return false;
    }
    if (!examine_target(descriptor, rule)) return false;
    if (!examine_mapping(descriptor.mapping, rule)) return false;
    examine_features(descriptor, rule);
    return fits;
  }

  template <class RuleCheck>
  bool examine_target(const Descriptor& descriptor, RuleCheck& rule) {
    bool architecture = false;
    bool machine = false;
    for (const Target& target : descriptor.targets) {
      if (target.architecture != request_.architecture) continue;
      architecture = true;
      machine = machine || std::ranges::any_of(target.machines, [&](const std::string& glob) {
                  return matches_glob(canonical_, glob);
                });
    }
    if (!rule(architecture, Rule::kArchitecture, [&] {
          std::vector<std::string> names;
          for (const Target& target : descriptor.targets) names.push_back(target.architecture);
          return fmt::format("asked for architecture {}, it is for {}", request_.architecture, joined(names));
        })) {
      return false;
    }
    return !architecture || rule(machine, Rule::kMachine, [&] { return machine_words(descriptor); });
  }

  std::string machine_words(const Descriptor& descriptor) const {
    std::vector<std::string> globs;
    for (const Target& target : descriptor.targets) {
      if (target.architecture == request_.architecture) {
        globs.insert(globs.end(), target.machines.begin(), target.machines.end());
      }
    }
    std::string asked = request_.machine;
    if (canonical_ != request_.machine) asked += fmt::format(" ({})", canonical_);
    return fmt::format("asked for machine {}, it is for {}", asked, joined(globs));
  }

  template <class RuleCheck>
  bool examine_mapping(const Mapping& mapping, RuleCheck& rule) {
    const bool flash = mapping.device == Device::kFlash;
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

  template <class RuleCheck>
  bool examine_features(const Descriptor& descriptor, RuleCheck& rule) {
    for (const std::string& feature : request_.require) {
      if (!rule(descriptor.has_feature(feature), Rule::kFeatureMissing,
                [&] { return fmt::format("the required feature {} is missing", feature); })) {
        return false;
      }
    }
    for (const std::string& feature : request_.forbid) {
      if (!rule(!descriptor.has_feature(feature), Rule::kFeatureForbidden,
                [&] { return fmt::format("it has the forbidden feature {}", feature); })) {
        return false;
      }
    }
    return !request_.secure_boot ||
           rule(descriptor.has_feature(kSecureBoot) == *request_.secure_boot, Rule::kSecureBoot, [&] {
             return std::string(*request_.secure_boot ? "asked for Secure Boot, it does not have it"
                                                      : "asked for no Secure Boot, it has it");
           });
  }

  const Request& request_;
  storage::FileSource& files_;
  std::string canonical_;
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
    case Rule::kMode:
      return "mode";
    case Rule::kFormat:
      return "format";
    case Rule::kFeatureMissing:
      return "feature-missing";
    case Rule::kFeatureForbidden:
      return "feature-forbidden";
    case Rule::kSecureBoot:
      return "secure-boot";
    case Rule::kFileMissing:
      return "file-missing";
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
  return {};
}

Selection select_firmware(DescriptorSearch& search, const Request& request, storage::FileSource& files) {
  Judge judge(request, files);
  Selection result;
  while (std::optional<DescriptorFile> file = search.next()) {
    if (file->state != FileState::kUsable) continue;
    ++result.examined;
    if (!judge.fits(*file->descriptor)) continue;
    std::vector<FailedRule> failed;
    judge.missing_files(*file->descriptor, failed);
    if (failed.empty()) {
      result.chosen = *std::move(file);
      break;
    }
    result.passed_over.push_back({std::move(file->path), std::move(failed)});
  }
  return result;
}

std::vector<Verdict> explain(const DescriptorSet& set, const Request& request, storage::FileSource& files) {
  Judge judge(request, files);
  std::vector<Verdict> result;
  for (const DescriptorFile& file : set.files) result.push_back({&file, judge.failed_rules(file)});
  return result;
}

}  // namespace nonvol::descriptor
