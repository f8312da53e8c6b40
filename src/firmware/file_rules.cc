#include "firmware/file_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"
#include "descriptor/flash_sizes.h"
#include "firmware/claims.h"
#include "firmware/fit.h"
#include "octets/text.h"

namespace nonvol::firmware {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FailedRule;
using descriptor::Request;
using descriptor::Rule;

// The features that the request wants to be there.
std::vector<std::string> relied_on(const Request& request) {
  std::vector<std::string> result = request.require;
  if (request.secure_boot == true) result.emplace_back(descriptor::kSecureBoot);
  return result;
}

class Examination {
 public:
  Examination(FirmwareFileCache& cache, const Descriptor& descriptor, const Request& request,
              std::vector<FailedRule>& failed)
      : cache_(cache),
        mapping_(descriptor.mapping),
        descriptor_(descriptor),
        request_(request),
        failed_(failed) {}

  void run(bool trust_claims) {
    const FileFacts& code = cache_.file(mapping_.executable.path);
    const FileFacts* variables = nullptr;
    if (mapping_.nvram_template) variables = &cache_.file(mapping_.nvram_template->path);
    if (mapping_.uefi_vars_template) variables = &cache_.file(*mapping_.uefi_vars_template);
    bool all_there = is_there(code, "executable", mapping_.executable.path);
    if (variables != nullptr) all_there = is_there(*variables, template_role(), template_path()) && all_there;
    if (!all_there) return;
    is_of_format(code, mapping_.executable, "executable");
    if (mapping_.nvram_template) is_of_format(*variables, *mapping_.nvram_template, template_role());
    sizes(code, mapping_.nvram_template ? variables : nullptr);
    if (mapping_.device == Device::kFlash && code.format == "raw") is_more_than_a_store(code);
    if (mapping_.nvram_template) is_pair(code, *variables);
    if (mapping_.uefi_vars_template) is_json();
    if (is_combined() && code.format == "raw") holds_store(code, mapping_.executable.path);
    // Of what fails otherwise nobody needs to know whether its claims are true, and knowing costs.
    if (!trust_claims && failed_.empty()) claims(code);
  }

 private:
  void fail(Rule rule, std::string message) { failed_.push_back({rule, std::move(message)}); }

  bool is_combined() const {
    return mapping_.device == Device::kFlash && mapping_.mode == descriptor::FlashMode::kCombined;
  }
  bool is_x86() const { return descriptor::is_x86(request_.architecture); }

  std::string_view template_role() const {
    return mapping_.nvram_template ? "NVRAM template" : "variables template";
  }
  const std::string& template_path() const {
    return mapping_.nvram_template ? mapping_.nvram_template->path : *mapping_.uefi_vars_template;
  }
  // The file whose variables a new guest starts with.
  const std::string* variables_path() const {
    if (mapping_.nvram_template || mapping_.uefi_vars_template) return &template_path();
    return is_combined() ? &mapping_.executable.path : nullptr;
  }

  bool is_there(const FileFacts& file, std::string_view role, const std::string& path) {
    if (!file.trouble) return true;
    if (request_.allow_missing_files) return false;
    switch (file.trouble->id) {
      case ErrorId::kFileMissing:
        fail(Rule::kFileMissing, fmt::format("its {} {} does not exist", role, path));
        break;
      case ErrorId::kFirmwareFileMissing:  // it is something else: the message has the path
        fail(Rule::kFileMissing, fmt::format("its {} {}", role, file.trouble->message));
        break;
      default:
        fail(Rule::kFileMissing, fmt::format("its {}: {}", role, file.trouble->message));
    }
    return false;
  }

  void is_of_format(const FileFacts& file, const descriptor::FirmwareFile& said, std::string_view role) {
    if (file.format == said.format) return;
    fail(Rule::kFileFormat,
         fmt::format("its {} {} is to be opened as {}, and is {}", role, said.path, said.format,
                     file.format == "raw" ? "no image of any format" : file.format));
  }

  void sizes(const FileFacts& code, const FileFacts* variables) {
    // What a machine takes is not asked of firmware that is for other machines.
    for (const FailedRule& failed : failed_) {
      if (failed.rule == Rule::kArchitecture || failed.rule == Rule::kMachine) return;
    }
    if (mapping_.device == Device::kFlash &&
        !descriptor::has_flash(request_.architecture, request_.machine)) {
      return fail(Rule::kFileSize, fmt::format("machine {} has no flash", request_.machine));
    }
    if (auto trouble = size_trouble(mapping_, request_.architecture, request_.machine, code, variables))
      fail(Rule::kFileSize, *std::move(trouble));
  }

  void is_more_than_a_store(const FileFacts& code) {
    // Reading it is only worth while where it has the size of a store.
    if (flash::layout_of_volume(code.inside_bytes).volume_bytes == 0) return;
    const TemplateFacts& held = cache_.variables(code.path);
    if (held.trouble || held.form != forms::Form::kFlash || held.blank != flash::Blank::kNo ||
        held.volume_bytes != code.inside_bytes) {
      return;
    }
    fail(Rule::kPair,
         fmt::format("its executable {} is a variable store and holds no code", mapping_.executable.path));
  }

  // What is inside a qcow2 image is only known by its size: opening it would cost more than all the rest.
  void is_pair(const FileFacts& code, const FileFacts& variables) {
    const auto expected = expected_store(code, nullptr);
    if (variables.format != "raw") {
      if (variables.format != "qcow2" || !expected || !is_x86() ||
          variables.inside_bytes == expected->volume_bytes)
        return;
      return fail(Rule::kPair, fmt::format("its code expects a store of {} bytes, and its template has {}",
                                           octets::with_commas(expected->volume_bytes),
                                           octets::with_commas(variables.inside_bytes)));
    }
    if (!holds_store(variables, template_path()) || !expected) return;
    const TemplateFacts& held = cache_.variables(template_path());
    if (held.volume_bytes != 0 && held.volume_bytes != expected->volume_bytes) {
      return fail(Rule::kPair,
                  fmt::format("its code expects a store of layout {}, and its template has layout {}",
                              flash::layout_of_volume(expected->volume_bytes).name, held.layout->name));
    }
    if (is_x86() && variables.inside_bytes != expected->volume_bytes) {
      fail(Rule::kPair, fmt::format("its code expects a store of {} bytes, and its template has {}",
                                    octets::with_commas(expected->volume_bytes),
                                    octets::with_commas(variables.inside_bytes)));
    }
  }

  // Whether the file is, or begins with, a store that the firmware would use.
  bool holds_store(const FileFacts& file, const std::string& path) {
    const TemplateFacts& held = cache_.variables(path);
    if (held.trouble) {
      fail(Rule::kPair, fmt::format("{} is no variable store: {}", path, held.trouble->message));
      return false;
    }
    if (held.form != forms::Form::kFlash) {
      fail(Rule::kPair, fmt::format("{} is {}, and no store in flash", path, to_string(held.form)));
      return false;
    }
    // edk2 for Arm formats such a store; OVMF does not.
    if (held.blank != flash::Blank::kNo && is_x86() && file.inside_bytes != 0) {
      fail(Rule::kPair, fmt::format("{} is blank, and this firmware does not make a store of that", path));
      return false;
    }
    return true;
  }

  void is_json() {
    const TemplateFacts& held = cache_.variables(template_path());
    if (!held.trouble && held.form == forms::Form::kQemuJson) return;
    fail(Rule::kPair,
         fmt::format("its template {} is not {}", template_path(), to_string(forms::Form::kQemuJson)));
  }

  void claims(const FileFacts& code) {
    bool looked_into_code = false;
    for (const std::string& feature : relied_on(request_)) {
      if (feature == descriptor::kEnrolledKeys) keys_are_enrolled();
      const auto claim = std::ranges::find(code_claims(), feature, &CodeClaim::feature);
      if (claim == code_claims().end() || !descriptor_.has_feature(feature)) continue;
      looked_into_code = true;
      const flash::Trait& trait = cache_.code(code.path).facts.*(claim->trait);
      if (trait.value == false && trait.certainty == flash::Certainty::kProven) {
        fail(Rule::kClaim,
             fmt::format("it claims {}, and its code does not have it: {}", feature, trait.rests_on));
      }
    }
    if (looked_into_code) is_code_for_it(cache_.code(code.path));
    const std::string* path = variables_path();
    const bool without_keys =
        std::ranges::find(request_.forbid, descriptor::kEnrolledKeys) != request_.forbid.end();
    if (without_keys && path != nullptr && cache_.variables(*path).verifies_programs)
      fail(Rule::kClaim, fmt::format("it does not claim enrolled-keys, and {} has keys", *path));
  }

  // Since it is unpacked already: that it is code at all, and needs nothing that it does not say.
  void is_code_for_it(const CodeLook& look) {
    if (look.trouble) return;
    const std::string& architecture = look.facts.architecture;
    if (!architecture.empty() && architecture != request_.architecture) {
      return fail(Rule::kClaim, fmt::format("it is offered to {}, and its code is for {}",
                                            request_.architecture, architecture));
    }
    for (const std::string_view feature : {descriptor::kRequiresSmm, descriptor::kHostUefiVars}) {
      const auto claim = std::ranges::find(code_claims(), feature, &CodeClaim::feature);
      const flash::Trait& trait = look.facts.*(claim->trait);
      if (trait.value != true || trait.certainty == flash::Certainty::kUnknown ||
          descriptor_.has_feature(feature))
        continue;
      fail(Rule::kClaim, fmt::format("it does not claim {}, without which its code does not start: {}",
                                     feature, trait.rests_on));
    }
  }

  void keys_are_enrolled() {
    const std::string* path = variables_path();
    if (path == nullptr || !descriptor_.has_feature(descriptor::kEnrolledKeys)) return;
    const TemplateFacts& held = cache_.variables(*path);
    if (held.trouble || held.keys_are_enrolled()) return;
    fail(Rule::kClaim, fmt::format("it claims enrolled-keys, and {} does not have them", *path));
  }

  FirmwareFileCache& cache_;
  const descriptor::Mapping& mapping_;
  const Descriptor& descriptor_;
  const Request& request_;
  std::vector<FailedRule>& failed_;
};

}  // namespace

void CheckedFiles::examine(const Descriptor& descriptor, const Request& request,
                           std::vector<FailedRule>& failed) {
  Examination(cache_, descriptor, request, failed).run(trust_claims_);
}

}  // namespace nonvol::firmware
