#include "vnvram/nvram_reconcile.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonvol::vnvram {
namespace {

std::string_view protection(bool encrypted) {
  return encrypted ? "encrypted" : "not encrypted";
}

// What is wrong with the image's entry, if anything.
std::vector<Finding> compare_entry(const Registration& wanted, const EntryInfo& there,
                                   const std::string& file_name) {
  const Place place = Place::at_byte(file_name, there.offset_bytes);
  std::vector<Finding> findings;
  const auto find = [&](ErrorId id, std::string message) {
    findings.push_back({Severity::kError, id, std::move(message), place, ""});
  };
  if (there.capacity_bytes < wanted.capacity_bytes) {
    find(ErrorId::kEntryTooSmall, fmt::format("'{}' is registered with {} bytes, the image has {}",
                                              wanted.name, wanted.capacity_bytes, there.capacity_bytes));
  }
  if (there.kind != wanted.kind) {
    find(ErrorId::kEntryOtherKind, fmt::format("'{}' is registered as {}, in the image it is {}", wanted.name,
                                               to_string(wanted.kind), to_string(there.kind)));
  }
  if (there.encrypted != wanted.encrypted) {
    find(ErrorId::kEntryOtherKind, fmt::format("'{}' is registered as {}, in the image it is {}", wanted.name,
                                               protection(wanted.encrypted), protection(there.encrypted)));
  }
  return findings;
}

bool is_about_the_entry(ErrorId id) {
  return id == ErrorId::kBlobDamaged || id == ErrorId::kOlderGeneration || id == ErrorId::kBlobNotAuthentic ||
         id == ErrorId::kKeyNeeded || id == ErrorId::kNvramFraming;
}

}  // namespace

std::vector<Finding> compare(const std::vector<Registration>& registered, const Image& image,
                             bool unregistered_is_error) {
  std::vector<Finding> findings;
  for (const Registration& wanted : registered) {
    const Result<std::size_t> index = image.find(wanted.name);
    if (!index) {
      findings.push_back({Severity::kError, ErrorId::kEntryMissing,
                          fmt::format("'{}' is registered with {} bytes, the image does not have it",
                                      wanted.name, wanted.capacity_bytes),
                          Place::in_file(image.file_name()), ""});
      continue;
    }
    std::ranges::move(compare_entry(wanted, image.entries()[*index], image.file_name()),
                      std::back_inserter(findings));
  }
  for (const EntryInfo& there : image.entries()) {
    if (std::ranges::find(registered, there.name, &Registration::name) != registered.end()) continue;
    findings.push_back({unregistered_is_error ? Severity::kError : Severity::kNote,
                        ErrorId::kEntryUnregistered,
                        fmt::format("nobody registered '{}', which has {} bytes in the image", there.name,
                                    there.capacity_bytes),
                        Place::at_byte(image.file_name(), there.offset_bytes), ""});
  }
  return findings;
}

Result<void> require_match(const std::vector<Finding>& findings, const std::string& file_name) {
  const auto is_error = [](const Finding& finding) { return finding.severity == Severity::kError; };
  const auto count = std::ranges::count_if(findings, is_error);
  if (count == 0) return {};
  Error error(ErrorId::kRegistrationMismatch,
              fmt::format("{} does not fit what is registered: {} {}", file_name, count,
                          count == 1 ? "mismatch" : "mismatches"));
  for (const Finding& finding : findings) {
    if (is_error(finding))
      error.notes.push_back(fmt::format("{}: {}", to_string(finding.id), finding.message));
  }
  return std::move(error).at(Place::in_file(file_name));
}

Result<std::optional<std::uint64_t>> verify(Image& image, std::size_t index, std::vector<Finding>& findings,
                                            unsigned& damaged_slots) {
  const EntryInfo& entry = image.entries()[index];
  Result<EntryState> state = image.state(index);
  if (state && state->state != BlobState::kDamaged && state->state != BlobState::kRolledBack) {
    for (const std::string& damage : state->damage) {
      ++damaged_slots;
      findings.push_back({Severity::kWarning, ErrorId::kSlotDamaged,
                          fmt::format("of '{}', {}; the other slot is good", entry.name, damage),
                          Place::at_byte(image.file_name(), entry.offset_bytes), ""});
    }
  }
  // Reading says the rest in its own words: what the slots' digests cannot, such as that a key is needed.
  Result<std::optional<Blob>> blob = state ? image.read_if_present(index) : state.error();
  if (!blob && !is_about_the_entry(blob.error().id)) return blob.error();
  if (!blob) findings.push_back(to_finding(blob.error()));
  if (!state || state->state == BlobState::kDamaged) return std::optional<std::uint64_t>();
  return std::optional<std::uint64_t>(state->generation);
}

}  // namespace nonvol::vnvram
