#pragma once

#include <optional>

#include "firmware/files.h"
#include "firmware/finding.h"

// Does a descriptor fit the files it names, and do these fit the machines it names? Everything here is told
// by sizes, first bytes and the template's variables; code is not unpacked. An error means that a guest would
// not start, or not as the descriptor says.
namespace nonvol::firmware {

// All of the rules below on one descriptor. `code`, where it is known, says more about the store that the
// code expects than its size does.
LintFindings check_fit(const Subject& subject, FirmwareFileCache& files,
                       const flash::CodeFacts* code = nullptr);

// The variable store that a code image expects.
struct ExpectedStore {
  std::uint64_t volume_bytes = 0;
  flash::Certainty certainty = flash::Certainty::kLikely;
  std::string rests_on;
};
// By what the code says, else by its size; nothing where neither tells.
std::optional<ExpectedStore> expected_store(const FileFacts& code_file, const flash::CodeFacts* code);

// Why the machine would not take firmware of these sizes, if it would not. `variables` is null where there is
// no template in flash.
std::optional<std::string> size_trouble(const descriptor::Mapping& mapping, std::string_view architecture,
                                        std::string_view machine, const FileFacts& code,
                                        const FileFacts* variables);

// kFirmwareFileMissing, and the other reasons why a file cannot be read.
void check_there(const FileFacts& file, const std::string& path, std::string_view role,
                 const std::string& pointer, FindingList& findings);
// kFormatNotAsSaid.
void check_format(const FileFacts& file, const descriptor::FirmwareFile& said, std::string_view role,
                  const std::string& pointer, FindingList& findings);
// kFileSizeForMachine, once for each thing that is wrong. `variables` is null where there is no template.
void check_sizes(const Subject& subject, const FileFacts& code, const FileFacts* variables,
                 FindingList& findings);
// kTemplateNoStore, kTemplateBlank, kClaimUnproven where an image could not be opened.
void check_template(const Subject& subject, const TemplateFacts& facts, const std::string& path, bool is_json,
                    const std::string& pointer, FindingList& findings);
// kPairMismatch.
void check_pair(const ExpectedStore& expected, const TemplateFacts& facts, FindingList& findings);
// kClaimFalse, kClaimMissing: the feature `enrolled-keys` and what the template holds.
void check_keys(const Subject& subject, const TemplateFacts& facts, FindingList& findings);

}  // namespace nonvol::firmware
