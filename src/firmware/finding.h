#pragma once

#include <string>
#include <utility>
#include <vector>

#include "descriptor/descriptor.h"
#include "flash/code_facts.h"
#include "outcome/error.h"

namespace nonvol::firmware {

// A finding of lint, with how sure it is and what makes it so.
struct LintFinding {
  Finding finding;  // its place is always in a descriptor, or is a file of a search directory
  flash::Certainty certainty = flash::Certainty::kProven;
  std::string rests_on;  // "the file's size", "module SecureBootConfigDxe"
  std::string feature;   // of findings about a claim: the feature; else empty
};
using LintFindings = std::vector<LintFinding>;

// A descriptor that can be used, and where it stands. Both must outlive this.
struct Subject {
  const std::string& path;
  const descriptor::Descriptor& descriptor;

  std::string_view name() const { return std::string_view(path).substr(path.rfind('/') + 1); }
};

// Collects what the rules find in one descriptor.
class FindingList {
 public:
  explicit FindingList(const Subject& subject) : path_(subject.path) {}

  // What stands in the descriptor is sure.
  void add(Severity severity, ErrorId id, std::string message, std::string pointer,
           std::string rests_on = "the descriptor itself") {
    add_resting(severity, id, std::move(message), std::move(pointer), flash::Certainty::kProven,
                std::move(rests_on));
  }
  void add_resting(Severity severity, ErrorId id, std::string message, std::string pointer,
                   flash::Certainty certainty, std::string rests_on, std::string feature = {});
  LintFindings take() { return std::move(findings_); }

 private:
  const std::string& path_;
  LintFindings findings_;
};

}  // namespace nonvol::firmware
