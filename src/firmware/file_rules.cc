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
    // What flash a machine has is not asked of firmware that is for other machines.
    const bool for_machine = std::ranges::none_of(failed_, [](const FailedRule& failed) {
      return failed.rule == Rule::kArchitecture || failed.rule == Rule::kMachine;
    });
    if (mapping_.device == Device::kFlash && for_machine)
      flash(code, mapping_.nvram_template ? variables : nullptr);
    if (mapping_.nvram_template && variables->format == "raw") is_pair(code);
    if (!trust_claims) claims(code);
  }

 private:
  void fail(Rule rule, std::string message) { failed_.push_back({rule, std::move(message)}); }

  std::string_view template_role() const {
    return mapping_.nvram_template ? "NVRAM template" : "variables template";
  }
  const std::string& template_path() const {
    return mapping_.nvram_template ? mapping_.nvram_template->path : *mapping_.uefi_vars_template;
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

  void flash(const FileFacts& code, const FileFacts* variables) {
    if (!descriptor::has_flash(request_.architecture, request_.machine)) {
      return fail(Rule::kFileSize, fmt::format("machine {} has no flash", request_.machine));
    }
    descriptor::FlashSizes sizes;
    sizes.code_bytes = code.inside_bytes;
    if (variables != nullptr) sizes.variables_bytes = variables->inside_bytes;
    if (auto trouble = descriptor::flash_size_trouble(request_.architecture, request_.machine, sizes))
      fail(Rule::kFileSize, *std::move(trouble));
  }

  void is_pair(const FileFacts& code) {
    const auto expected = expected_store(code, nullptr);
    if (!expected) return;
    const TemplateFacts& held = cache_.variables(template_path());
    if (held.trouble || held.form != forms::Form::kFlash || held.volume_bytes == 0 ||
        held.volume_bytes == expected->volume_bytes) {
      return;
    }
    fail(Rule::kPair, fmt::format("its code expects a store of layout {}, and its template has layout {}",
                                  flash::layout_of_volume(expected->volume_bytes).name, held.layout->name));
  }

  void claims(const FileFacts& code) {
    const std::vector<std::string> wanted = relied_on(request_);
    for (const std::string& feature : wanted) {
      if (feature == descriptor::kEnrolledKeys) keys_are_enrolled();
      const auto claim = std::ranges::find(code_claims(), feature, &CodeClaim::feature);
      if (claim == code_claims().end() || !descriptor_.has_feature(feature)) continue;
      const CodeLook& look = cache_.code(code.path);
      const flash::Trait& trait = look.facts.*(claim->trait);
      if (trait.value != false || trait.certainty != flash::Certainty::kProven) continue;
      fail(Rule::kClaim,
           fmt::format("it claims {}, and its code does not have it: {}", feature, trait.rests_on));
    }
    if (std::ranges::find(request_.forbid, descriptor::kEnrolledKeys) != request_.forbid.end() &&
        has_template() && cache_.variables(template_path()).verifies_programs) {
      fail(Rule::kClaim, "it does not claim enrolled-keys, and its template has keys");
    }
  }

  bool has_template() const { return mapping_.nvram_template || mapping_.uefi_vars_template; }

  void keys_are_enrolled() {
    if (!has_template() || !descriptor_.has_feature(descriptor::kEnrolledKeys)) return;
    const TemplateFacts& held = cache_.variables(template_path());
    if (held.trouble || held.keys_are_enrolled()) return;
    fail(Rule::kClaim, fmt::format("it claims enrolled-keys, and {}", held.blank == flash::Blank::kNo
                                                                          ? "its template does not have them"
                                                                          : "its template is blank"));
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
  // Of what fails otherwise nobody needs to know whether its claims are true, and knowing costs.
  const bool trust_claims = trust_claims_ || !failed.empty();
  Examination(cache_, descriptor, request, failed).run(trust_claims);
}

}  // namespace nonvol::firmware
