#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/files.h"
#include "firmware/finding.h"

// What descriptors claim of their code, held against the code itself.
namespace nonvol::firmware {

// One feature that code can prove or refute, and what it means if the claim is wrong.
struct CodeClaim {
  std::string_view feature;
  flash::Trait flash::CodeFacts::*trait;
  Severity if_false;  // claimed, and the code is proven to lack it
  // Not claimed, and the code is proven to have it. Most features are abilities, and whoever ships firmware
  // need not vouch for all of them; then nothing is said.
  bool may_be_left_out;
  Severity if_left_out;
  std::string_view then;  // what comes of a false claim
  std::string_view then_left_out;
};
std::span<const CodeClaim> code_claims();

// kClaimFalse and kClaimMissing for each of code_claims(), kClaimUnproven for all together that nothing
// speaks for or against. What is only likely weighs one step less than what is proven.
LintFindings check_claims(const Subject& subject, const CodeLook& code);

// One executable that several descriptors name, under whatever names.
struct SameCode {
  std::vector<const Subject*> subjects;
  const CodeLook* code = nullptr;
};
// kSameBinaryClaims: features of the code that one descriptor claims and another does not. Each is told once,
// of the first descriptor that is wrong or, where the code does not say who is, that does not claim it.
LintFindings check_same_code(const SameCode& same);

// Descriptors that name the same code, by content. Only groups of two and more.
std::vector<SameCode> group_by_code(std::span<const Subject> subjects, FirmwareFileCache& files);

}  // namespace nonvol::firmware
