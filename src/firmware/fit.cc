#include "firmware/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "descriptor/features.h"
#include "descriptor/flash_sizes.h"
#include "descriptor/machine.h"
#include "octets/text.h"

namespace nonvol::firmware {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using flash::Certainty;
using octets::with_commas;

// hw/i386/x86.c, x86_bios_rom_init: what -bios loads is a multiple of this.
constexpr std::uint64_t kBiosBlockBytes = 64 * 1024;

struct Pointers {
  std::string executable;
  std::string executable_format;
  std::string template_file;
  std::string template_format;
};

Pointers pointers_of(const descriptor::Mapping& mapping) {
  if (mapping.device == Device::kFlash) {
    return {"/mapping/executable/filename", "/mapping/executable/format", "/mapping/nvram-template/filename",
            "/mapping/nvram-template/format"};
  }
  return {"/mapping/filename", "/mapping/filename", "/mapping/uefi-vars/template",
          "/mapping/uefi-vars/template"};
}

std::string missing_keys(const TemplateFacts& facts) {
  if (facts.blank != flash::Blank::kNo) return "the template is blank";
  std::vector<std::string_view> missing;
  if (!facts.has_platform_key) missing.emplace_back("PK");
  if (!facts.has_key_exchange_keys) missing.emplace_back("KEK");
  if (!facts.has_signatures) missing.emplace_back("db");
  if (missing.empty()) return "the template has keys, and SecureBootEnable switches Secure Boot off";
  return fmt::format("the template has no {}", fmt::join(missing, ", no "));
}

// ARM's variable driver formats a store that is nothing but erased bytes or zeros; OVMF's does not, and takes
// what it finds: with FF throughout it ends in an exception, with zeros it keeps variables in memory only.
void add_blank(const Subject& subject, flash::Blank blank, const std::string& path,
               const std::string& pointer, FindingList& findings) {
  const bool is_zero = blank == flash::Blank::kZero;
  const bool for_x86 = std::ranges::any_of(subject.descriptor.targets, [](const descriptor::Target& target) {
    return descriptor::is_x86(target.architecture);
  });
  const std::string_view then =
      !for_x86  ? "firmware formats it at its first start"
      : is_zero ? "x86 firmware does not format it, and would start guests that never save a variable"
                : "x86 firmware does not format it, and would end in an exception before it starts anything";
  findings.add(for_x86 ? Severity::kError : Severity::kNote, ErrorId::kTemplateBlank,
               fmt::format("the template, {}, is blank, nothing but {} bytes: {}", path,
                           is_zero ? "zero" : "FF", then),
               pointer, "the template's bytes");
}

bool opened(const FileFacts& file) {
  return !file.trouble && (file.format == "raw" || file.format == "qcow2");
}

// Of a combined image the guest's copy is its variable store, too.
void check_own_store(const Subject& subject, FirmwareFileCache& files, FindingList& findings) {
  const std::string& path = subject.descriptor.mapping.executable.path;
  const TemplateFacts& held = files.variables(path);
  check_template(subject, held, path, false, "/mapping/executable/filename", findings);
  check_keys(subject, held, findings);
}

}  // namespace

std::optional<std::string> size_trouble(const descriptor::Mapping& mapping, std::string_view architecture,
                                        std::string_view machine, const FileFacts& code,
                                        const FileFacts* variables) {
  if (mapping.device == Device::kFlash) {
    descriptor::FlashSizes sizes;
    sizes.code_bytes = code.inside_bytes;
    if (variables != nullptr) sizes.variables_bytes = variables->inside_bytes;
    return descriptor::flash_size_trouble(architecture, machine, sizes);
  }
  const bool fits = code.file_bytes != 0 && code.file_bytes % kBiosBlockBytes == 0;
  if (mapping.device != Device::kMemory || !descriptor::is_x86(architecture) || fits) return std::nullopt;
  return fmt::format("the firmware has {} bytes, and QEMU loads multiples of {} only",
                     with_commas(code.file_bytes), with_commas(kBiosBlockBytes));
}

std::optional<ExpectedStore> expected_store(const FileFacts& code_file, const flash::CodeFacts* code) {
  if (code != nullptr && code->store) {
    return ExpectedStore{code->store->volume_bytes, code->store->certainty, code->store->rests_on};
  }
  if (code_file.trouble) return std::nullopt;
  const flash::Layout* layout = flash::layout_of_code(code_file.inside_bytes);
  if (layout == nullptr) return std::nullopt;
  return ExpectedStore{layout->volume_bytes, Certainty::kLikely,
                       fmt::format("the code's size, {} bytes, which {} has",
                                   with_commas(code_file.inside_bytes), layout->name)};
}

void check_there(const FileFacts& file, const std::string& path, std::string_view role,
                 const std::string& pointer, FindingList& findings) {
  if (!file.trouble) {
    if (file.file_bytes != 0) return;
    findings.add(Severity::kError, ErrorId::kFileSizeForMachine,
                 fmt::format("the {}, {}, has 0 bytes", role, path), pointer, "the file's size");
    return;
  }
  if (file.trouble->id != ErrorId::kFirmwareFileMissing && file.trouble->id != ErrorId::kFileMissing) {
    findings.add_resting(Severity::kError, file.trouble->id,
                         fmt::format("the {} cannot be looked at: {}", role, file.trouble->message), pointer,
                         Certainty::kProven, "the file system");
    return;
  }
  const bool is_other = file.trouble->id == ErrorId::kFirmwareFileMissing;
  findings.add(Severity::kError, ErrorId::kFirmwareFileMissing,
               is_other ? fmt::format("the {}, {}", role, file.trouble->message)
                        : fmt::format("the {}, {}, does not exist", role, path),
               pointer, "the file system");
}

void check_format(const FileFacts& file, const descriptor::FirmwareFile& said, std::string_view role,
                  const std::string& pointer, FindingList& findings) {
  if (file.trouble || file.file_bytes == 0 || file.format == said.format) return;
  findings.add(
      Severity::kError, ErrorId::kFormatNotAsSaid,
      fmt::format("the {}, {}, is {}, and is to be opened as {}", role, said.path,
                  file.format == "raw" ? "no image of any format" : fmt::format("a {} image", file.format),
                  said.format),
      pointer, "the file's first bytes");
}

void check_sizes(const Subject& subject, const FileFacts& code, const FileFacts* variables,
                 FindingList& findings) {
  if (!opened(code) || code.file_bytes == 0) return;
  const bool has_variables = variables != nullptr && opened(*variables) && variables->file_bytes != 0;
  std::vector<std::string> said;
  const std::vector<descriptor::Target>& targets = subject.descriptor.targets;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    for (std::size_t m = 0; m < targets[t].machines.size(); ++m) {
      const auto trouble = size_trouble(subject.descriptor.mapping, targets[t].architecture,
                                        targets[t].machines[m], code, has_variables ? variables : nullptr);
      if (!trouble || std::ranges::find(said, *trouble) != said.end()) continue;
      said.push_back(*trouble);
      findings.add(Severity::kError, ErrorId::kFileSizeForMachine,
                   fmt::format("machine {} of {} would not start: {}", targets[t].machines[m],
                               targets[t].architecture, *trouble),
                   fmt::format("/targets/{}/machines/{}", t, m), "the files' sizes");
    }
  }
}

void check_template(const Subject& subject, const TemplateFacts& facts, const std::string& path, bool is_json,
                    const std::string& pointer, FindingList& findings) {
  if (facts.trouble) {
    // What could not be opened may well be a store.
    const ErrorId id = facts.trouble->id;
    const bool closed = id == ErrorId::kNvramInContainer || id == ErrorId::kQemuToolMissing ||
                        id == ErrorId::kQemuToolFailed || id == ErrorId::kLibraryMissing;
    findings.add_resting(
        closed ? Severity::kNote : Severity::kError,
        closed ? ErrorId::kClaimUnproven : ErrorId::kTemplateNoStore,
        closed ? fmt::format("what the template holds is not known: {}", facts.trouble->message)
               : fmt::format("the template, {}, is no variable store that firmware could use: {}", path,
                             facts.trouble->message),
        pointer, closed ? Certainty::kUnknown : Certainty::kProven, "the template's bytes");
    return;
  }
  const bool fits = is_json ? facts.form == forms::Form::kQemuJson : facts.form == forms::Form::kFlash;
  if (!fits) {
    findings.add(Severity::kError, ErrorId::kTemplateNoStore,
                 fmt::format("the template, {}, is {}, and must be {}", path, to_string(facts.form),
                             to_string(is_json ? forms::Form::kQemuJson : forms::Form::kFlash)),
                 pointer, "the template's bytes");
  } else if (facts.blank != flash::Blank::kNo) {
    add_blank(subject, facts.blank, path, pointer, findings);
  }
}

void check_pair(const ExpectedStore& expected, const TemplateFacts& facts, FindingList& findings) {
  if (facts.trouble || facts.form != forms::Form::kFlash || facts.volume_bytes == 0 ||
      facts.volume_bytes == expected.volume_bytes) {
    return;
  }
  // Of a blank template the size alone speaks.
  const bool guessed = facts.blank != flash::Blank::kNo;
  findings.add_resting(
      Severity::kError, ErrorId::kPairMismatch,
      fmt::format("the code expects a variable store of {} bytes ({}), and the template's has {} "
                  "({}); such a pair starts and does not boot",
                  with_commas(expected.volume_bytes), flash::layout_of_volume(expected.volume_bytes).name,
                  with_commas(facts.volume_bytes), facts.layout->name),
      "/mapping/nvram-template/filename", guessed ? Certainty::kLikely : expected.certainty,
      fmt::format("{}; {}", expected.rests_on,
                  guessed ? "the blank template's size" : "the template's volume header"));
}

void check_keys(const Subject& subject, const TemplateFacts& facts, FindingList& findings) {
  if (facts.trouble) return;
  const std::string feature(descriptor::kEnrolledKeys);
  const std::vector<std::string>& features = subject.descriptor.features;
  const auto claim = std::ranges::find(features, feature);
  if (claim != features.end() && !facts.keys_are_enrolled()) {
    findings.add_resting(
        Severity::kError, ErrorId::kClaimFalse,
        "'enrolled-keys' is claimed, and a guest would start with Secure Boot off or unable to "
        "start anything",
        fmt::format("/features/{}", claim - features.begin()), Certainty::kProven, missing_keys(facts),
        feature);
  } else if (claim == features.end() && facts.verifies_programs) {
    findings.add_resting(Severity::kWarning, ErrorId::kClaimMissing,
                         "'enrolled-keys' is not claimed, and guests start with Secure Boot on", "/features",
                         Certainty::kProven, "the template has a PK", feature);
  }
}

LintFindings check_fit(const Subject& subject, FirmwareFileCache& files, const flash::CodeFacts* code) {
  FindingList findings(subject);
  const descriptor::Mapping& mapping = subject.descriptor.mapping;
  const Pointers pointers = pointers_of(mapping);
  const FileFacts& executable = files.file(mapping.executable.path);
  check_there(executable, mapping.executable.path, "executable", pointers.executable, findings);
  check_format(executable, mapping.executable, "executable", pointers.executable_format, findings);

  const bool is_json = mapping.uefi_vars_template.has_value();
  if (!is_json && !mapping.nvram_template) {
    check_sizes(subject, executable, nullptr, findings);
    const bool combined = mapping.device == Device::kFlash && mapping.mode == FlashMode::kCombined;
    if (combined && opened(executable)) check_own_store(subject, files, findings);
    return findings.take();
  }
  const descriptor::FirmwareFile said =
      is_json ? descriptor::FirmwareFile{*mapping.uefi_vars_template, "raw"} : *mapping.nvram_template;
  const FileFacts& variables = files.file(said.path);
  check_there(variables, said.path, "template", pointers.template_file, findings);
  check_format(variables, said, "template", pointers.template_format, findings);
  check_sizes(subject, executable, is_json ? nullptr : &variables, findings);
  // What is not of the format that it is said to be has been told already.
  if (variables.trouble || variables.file_bytes == 0 || variables.format != said.format)
    return findings.take();
  const TemplateFacts& held = files.variables(said.path);
  check_template(subject, held, said.path, is_json, pointers.template_file, findings);
  if (code != nullptr && code->has_own_store && !is_json) {
    findings.add(
        Severity::kError, ErrorId::kPairMismatch,
        fmt::format(
            "the executable, {}, has a variable store of its own, which firmware would write instead of "
            "the template's copy, and cannot: code is read-only",
            mapping.executable.path),
        pointers.executable, "the variable store at the beginning of the file");
    code = nullptr;
  }
  const auto expected = is_json ? std::nullopt : expected_store(executable, code);
  if (expected) check_pair(*expected, held, findings);
  check_keys(subject, held, findings);
  return findings.take();
}

}  // namespace nonvol::firmware
