#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor/machine.h"
#include "descriptor/rules.h"
#include "descriptor/search.h"

namespace nonvol::descriptor {

struct Verdict {
  const DescriptorFile* file = nullptr;
  std::size_t position = 0;        // from 1, in the order in which descriptors are considered
  std::vector<FailedRule> failed;  // empty: fits
  std::optional<NearMiss> near_miss;
};

struct PassedOver {
  std::string path;
  std::vector<FailedRule> failed;
};

struct Selection {
  std::optional<DescriptorFile> chosen;
  // Descriptors ahead of the chosen one (or of the end) that fit in everything but have a file that is not
  // there.
  std::vector<PassedOver> passed_over;
  std::size_t examined = 0;  // how many descriptors could be read at all
};

// The first in order that satisfies the request. What comes behind it is not read: it could not change the
// answer. Files named by descriptors are looked at only where nothing else stands against them.
Selection select_firmware(DescriptorSearch& search, const Request& request, FileRules& files);

// The same among descriptors that are read already.
Selection select_among(std::vector<DescriptorFile> candidates, const Request& request, FileRules& files);

// Every descriptor with every rule it fails, best first: those that fit in their order, then the others by
// how many rules they fail, then what is broken, overridden or masked.
std::vector<Verdict> explain(const DescriptorSet& set, const Request& request, FileRules& files);

}  // namespace nonvol::descriptor
