#include "vnvram/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "octets/text.h"

namespace nonvol::vnvram {
namespace {

constexpr std::uint64_t kStepBytes = std::uint64_t{1} << 20;

class Checker {
 public:
  Checker(Image& image, const CheckOptions& options) : image_(image), options_(options) {}

  Result<CheckReport> run() {
    report_.entries = image_.entries().size();
    for (const std::string& damage : image_.directory_damage()) {
      ++report_.damaged_slots;
      find(Severity::kWarning, ErrorId::kSlotDamaged,
           fmt::format("of the directory, {}; the other slot is good", damage),
           image_.directory_offset_bytes());
    }
    if (image_.directory().key_slots.size() > 1) {
      find(Severity::kWarning, ErrorId::kTwoKeys,
           "the image opens with two keys: exchanging them was not finished",
           image_.directory_offset_bytes());
    }
    if (Result<void> compared = compare_framing(); !compared) return compared.error();
    for (std::size_t i = 0; i < image_.entries().size(); ++i) {
      if (Result<void> checked = check_entry(i); !checked) return checked.error();
    }
    for (const auto& [name, generation] : options_.expected_generations) {
      if (!image_.find(name)) {
        find(Severity::kError, ErrorId::kNoSuchEntry,
             fmt::format("'{}' is expected at generation {} and is not there", name, generation), 0);
      }
    }
    if (options_.scrub) {
      if (Result<void> read = read_everything(); !read) return read.error();
    }
    return std::move(report_);
  }

 private:
  void find(Severity severity, ErrorId id, std::string message, std::uint64_t offset_bytes) {
    report_.findings.push_back(
        {severity, id, std::move(message), Place::at_byte(image_.file_name(), offset_bytes), ""});
  }
  void find(const Error& error) { report_.findings.push_back(to_finding(error)); }

  static bool inside(const EntryInfo& entry, const Element& element) {
    return entry.offset_bytes >= element.content_offset_bytes && entry.offset_bytes < element.end_bytes();
  }

  // Every entry of the directory stands in the framing or was added inside slack, and the other way round.
  Result<void> compare_framing() {
    Result<std::vector<Element>> elements = walk_elements(image_.file(), image_.file_name());
    if (!elements) {
      // Open has read the front only; what is wrong further behind is this check's to say.
      find(elements.error());
      return {};
    }
    if (image_.seed_layout()) return {};
    std::set<std::string_view> framed;
    for (const Element& element : *elements) {
      if (element.type == Element::Type::kSlack) continue;
      if (!framed.insert(element.name).second) {
        find(Severity::kError, ErrorId::kNvramDuplicateName,
             fmt::format("the framing has two entries named '{}'", element.name), element.offset_bytes);
        continue;
      }
      if (element.name == kDirectoryName) continue;
      const Result<std::size_t> index = image_.find(element.name);
      const EntryInfo* entry = index ? &image_.entries()[*index] : nullptr;
      if (entry == nullptr || entry->offset_bytes != element.content_offset_bytes ||
          blob_bytes(entry->kind, entry->capacity_bytes) != element.content_bytes) {
        find(Severity::kError, ErrorId::kNvramDirectory,
             fmt::format("the framing has an entry '{}' of {} bytes, the directory does not", element.name,
                         element.content_bytes),
             element.offset_bytes);
      }
    }
    for (const EntryInfo& entry : image_.entries()) {
      const auto holds = [&](const Element& element) {
        return element.type == Element::Type::kSlack && inside(entry, element) &&
               entry.offset_bytes + blob_bytes(entry.kind, entry.capacity_bytes) <= element.end_bytes();
      };
      if (framed.contains(entry.name) || std::ranges::any_of(*elements, holds)) continue;
      find(Severity::kError, ErrorId::kNvramDirectory,
           fmt::format("the directory has an entry '{}' that is neither in the framing nor inside slack",
                       entry.name),
           entry.offset_bytes);
    }
    return {};
  }

  Result<void> check_entry(std::size_t index) {
    const EntryInfo& entry = image_.entries()[index];
    Result<EntryState> state = image_.state(index);
    if (!state) return absorb(state.error());
    if (entry.kind == EntryKind::kAtomic) report_.slots_read += 2;
    report_.damaged_slots += state->damage.size();
    if (state->state == BlobState::kDamaged || state->state == BlobState::kRolledBack) {
      Result<Blob> blob = image_.read(index);
      // Without the key the reason is told all the same.
      if (!blob && blob.error().id != ErrorId::kKeyNeeded) return absorb(blob.error());
      const bool damaged = state->state == BlobState::kDamaged;
      find(
          Severity::kError, damaged ? ErrorId::kBlobDamaged : ErrorId::kOlderGeneration,
          damaged
              ? fmt::format("the blob of '{}' cannot be read: {}", entry.name, fmt::join(state->damage, ", "))
              : fmt::format("the slots of '{}' hold generations that do not follow each other", entry.name),
          entry.offset_bytes);
      return {};
    }
    for (const std::string& damage : state->damage) {
      find(Severity::kWarning, ErrorId::kSlotDamaged,
           fmt::format("of '{}', {}; the other slot is good", entry.name, damage), entry.offset_bytes);
    }
    const auto pinned = options_.expected_generations.find(entry.name);
    if (pinned != options_.expected_generations.end() && pinned->second != state->generation) {
      find(Severity::kError, ErrorId::kGenerationPin,
           fmt::format("'{}' has generation {}, expected is {}", entry.name, state->generation,
                       pinned->second),
           entry.offset_bytes);
    }
    if (entry.encrypted && !image_.unlocked()) return {};
    if (entry.kind == EntryKind::kAtomic && !entry.encrypted && !options_.scrub) return {};
    Result<std::optional<Blob>> blob = image_.read_if_present(index);
    if (!blob) return absorb(blob.error());
    return {};
  }

  // What is wrong with an entry is a finding; that the medium cannot be read ends the check.
  Result<void> absorb(const Error& error) {
    if (error.exit_code() == ExitCode::kSurroundings) return error;
    find(error);
    return {};
  }

  Result<void> read_everything() {
    std::vector<std::uint8_t> buffer;
    for (std::uint64_t at = 0; at < image_.size_bytes(); at += buffer.size()) {
      buffer.resize(std::min(kStepBytes, image_.size_bytes() - at));
      if (Result<void> read = read_exactly(image_.file(), image_.file_name(), at, buffer); !read) return read;
      report_.read_bytes += buffer.size();
    }
    return {};
  }

  Image& image_;
  const CheckOptions& options_;
  CheckReport report_;
};

}  // namespace

Result<CheckReport> check(Image& image, const CheckOptions& options) {
  return Checker(image, options).run();
}

}  // namespace nonvol::vnvram
