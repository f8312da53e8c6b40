#pragma once

#include "api/firmware.h"
#include "firmware/store_rules.h"

// Private to api/.
namespace nonvol::api {

// The store at `path`, on this machine, whatever root firmware is chosen from. Errors: those of reading it.
Result<firmware::HeldStore> read_held_store(const Context& context, const std::string& path);

// What of a request the store answers where it was left open: the architecture.
void complete_from_store(const firmware::HeldStore& store, descriptor::Request& rules);

// Of the descriptors that fit, the one with the newest firmware, as far as the code says its version: the
// first in order, but where a later one's code is of a later version. Null where none fits.
const descriptor::Verdict* newest_that_fits(const std::vector<descriptor::Verdict>& verdicts,
                                            firmware::FirmwareFileCache& cache);

// For the descriptors against which only the store stands, the commands that make a store they would take.
std::vector<StoreConversion> conversions(const std::vector<descriptor::Verdict>& verdicts,
                                         const descriptor::Request& request, const firmware::HeldStore& store,
                                         firmware::FirmwareFileCache& cache);

// Whether one version is later, by the numbers in them: "2025.02-8" after "2024.11-5". False where either
// says nothing.
bool is_later_version(std::string_view version, std::string_view than);

}  // namespace nonvol::api
