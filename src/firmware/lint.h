#pragma once

#include <string>
#include <vector>

#include "descriptor/search.h"
#include "firmware/files.h"
#include "firmware/finding.h"

namespace nonvol::firmware {

struct LintedFile {
  std::string path;
  descriptor::FileState state = descriptor::FileState::kUsable;
};

struct LintResult {
  std::vector<LintedFile> files;  // in the order in which readers consider them
  LintFindings findings;          // by file, in that order; what is no descriptor comes last
  LookCounts counts;
};

// Every rule on every descriptor of the set: schema, search path, files, pairs, and claims against what the
// files hold. `directories`: the set is a whole search path, so that what its files do to each other is
// looked at too. `descriptors` is where the set was read from, for lines and columns.
LintResult lint(const descriptor::DescriptorSet& set, storage::FileSource& descriptors,
                FirmwareFileCache& files, bool directories);

}  // namespace nonvol::firmware
