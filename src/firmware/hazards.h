#pragma once

#include <span>
#include <string>
#include <vector>

#include "descriptor/search.h"
#include "firmware/finding.h"
#include "storage/file_source.h"

// What lies in the search directories and means different things to different readers.
namespace nonvol::firmware {

// Masks and replaced names (kMaskReadersDiffer), names that libvirt trips over (kLibvirtTrips), names without
// the two digits that order them (kNamePrefix). What DescriptorSearch reports itself, leftovers and dangling
// links that count, is not repeated. `files` is what the set was read from.
LintFindings check_directories(const descriptor::DescriptorSet& set, storage::FileSource& files);

// Of those that can be used, in the order of the search, each that no request can reach because an earlier
// one answers everything it would (kNeverChosen). `is_sound` tells of each whether its files are as they
// should be: one that a reader passes over hides nothing, and of one that is broken worse is told. Only what
// is sure is told: equal features, device, mode and format, and all interfaces and machines covered.
LintFindings check_order(std::span<const Subject> subjects, const std::vector<bool>& is_sound);

}  // namespace nonvol::firmware
