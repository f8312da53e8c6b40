#include "api/blob_dump.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"
#include "vnvram/der.h"
#include "vnvram/layout.h"

namespace nonvol::api {
namespace {

using vnvram::Element;
using vnvram::EntryKind;
using vnvram::SlotState;

// The file as long as its outer SEQUENCE says, so that the walk over a cut or lengthened image goes as far as
// there are bytes.
class DeclaredSize final : public storage::BlockFile {
 public:
  DeclaredSize(storage::BlockFile& file, std::uint64_t size_bytes) : file_(file), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return file_.read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t, octets::Bytes) override { return read_only(); }
  Result<void> flush() override { return read_only(); }
  Result<void> resize(std::uint64_t) override { return read_only(); }

 private:
  static Error read_only() { return Error(ErrorId::kImpossible, "a dump tried to write"); }
  storage::BlockFile& file_;
  std::uint64_t size_bytes_;
};

std::uint64_t half_of(std::uint64_t content_bytes) {
  return content_bytes / 2;
}

// The most that a slot of the size can hold.
std::uint64_t room_of(std::uint64_t slot_size_bytes) {
  return slot_size_bytes - std::min(slot_size_bytes, vnvram::kSlotHeaderBytes);
}

class Dumper {
 public:
  Dumper(storage::BlockFile& file, std::string name) : file_(file) { report_.image = std::move(name); }

  Result<BlobDumpReport> run(const std::string& wanted) {
    report_.size_bytes = file_.size_bytes();
    if (Result<void> walked = walk(); !walked) return walked.error();
    if (!report_.seed_layout) {
      if (Result<void> read = read_directory(); !read) return read.error();
    }
    list_entries();
    if (!wanted.empty()) {
      if (Result<void> kept = keep_only(wanted); !kept) return kept.error();
    }
    for (EntryDump& entry : report_.entries) {
      if (&entry == directory_among_entries_) continue;
      if (Result<void> read = read_entry(entry); !read) return read.error();
    }
    return std::move(report_);
  }

 private:
  void note(const Error& error) { report_.findings.push_back(to_finding(error)); }

  Result<void> walk() {
    Result<vnvram::ElementWalk> walk = vnvram::ElementWalk::begin(file_, report_.image, {});
    report_.declared_bytes = report_.size_bytes;
    std::optional<DeclaredSize> declared;
    if (!walk) {
      if (walk.error().id != ErrorId::kNvramLength) return walk.error();
      note(walk.error());
      Result<std::uint64_t> said = declared_size();
      if (!said) return said.error();
      report_.declared_bytes = *said;
      declared.emplace(file_, *said);
      walk = vnvram::ElementWalk::begin(*declared, report_.image, {});
      // Also longer than any image may be: there is nothing to go by.
      if (!walk) return {};
    }
    report_.header_bytes = vnvram::der_header_bytes(content_of_outer()) + 2 + vnvram::kImageHeader.size();
    report_.read_to_bytes = report_.header_bytes;
    while (!walk->at_end()) {
      Result<Element> element = walk->next();
      if (!element) {
        if (element.error().exit_code() == ExitCode::kSurroundings) return element.error();
        // Where the file ends before the image does, that has been said.
        if (element.error().id != ErrorId::kNvramLength || !declared) note(element.error());
        break;
      }
      report_.read_to_bytes = element->end_bytes();
      report_.elements.push_back(*std::move(element));
    }
    const auto first = std::ranges::find(report_.elements, Element::Type::kEntry, &Element::type);
    report_.seed_layout = first == report_.elements.end() || first->name != vnvram::kDirectoryName;
    return {};
  }

  Result<std::uint64_t> declared_size() {
    std::vector<std::uint8_t> front(std::min<std::uint64_t>(16, report_.size_bytes));
    if (Result<void> read = vnvram::read_exactly(file_, report_.image, 0, front); !read) return read.error();
    std::string_view problem;
    const std::optional<vnvram::DerHeader> outer = vnvram::read_der_header(front, problem);
    return outer ? outer->header_bytes + outer->content_bytes : report_.size_bytes;
  }

  std::uint64_t content_of_outer() const {
    // How long the header is depends on the content, which is what it leaves of the whole.
    unsigned header_bytes = 2;
    while (vnvram::der_header_bytes(report_.declared_bytes - header_bytes) != header_bytes) ++header_bytes;
    return report_.declared_bytes - header_bytes;
  }

  // What there is of a slot's bytes; a file that was cut off gives fewer.
  Result<std::vector<std::uint8_t>> read_some(std::uint64_t offset_bytes, std::uint64_t size_bytes) {
    const std::uint64_t left_bytes = report_.size_bytes - std::min(offset_bytes, report_.size_bytes);
    std::vector<std::uint8_t> bytes(std::min(size_bytes, left_bytes));
    Result<std::size_t> got = file_.read_at(offset_bytes, bytes);
    if (!got) return got.error();
    bytes.resize(*got);
    return bytes;
  }

  Result<SlotDump> read_slot(const EntryDump& entry, unsigned index, vnvram::Integrity integrity,
                             octets::Bytes identity, std::vector<std::uint8_t>* keep = nullptr) {
    const std::uint64_t size_bytes = half_of(entry.content_bytes);
    const std::uint64_t capacity_bytes = entry.info ? entry.info->capacity_bytes : room_of(size_bytes);
    SlotDump dump{index, entry.offset_bytes + index * size_bytes, size_bytes};
    Result<std::vector<std::uint8_t>> header =
        read_some(dump.offset_bytes, std::min(size_bytes, vnvram::kSlotHeaderBytes));
    if (!header) return header.error();
    if (header->size() < vnvram::kSlotHeaderBytes) {
      dump.verdict = SlotVerdict::kMissing;
      dump.problem = "lies behind the end of the file";
      return dump;
    }
    vnvram::SlotFacts facts = vnvram::read_slot_header(*header, index, capacity_bytes, integrity);
    if (facts.state == SlotState::kValid && !identity.empty()) {
      Result<std::vector<std::uint8_t>> bytes =
          read_some(dump.offset_bytes, vnvram::kSlotHeaderBytes + facts.header.length_bytes);
      if (!bytes) return bytes.error();
      Result<vnvram::SlotFacts> examined =
          vnvram::examine_slot(*bytes, index, capacity_bytes, integrity, identity);
      if (!examined) return examined.error();
      facts = *std::move(examined);
      if (keep != nullptr) *keep = *std::move(bytes);
    }
    dump.header = facts.header;
    dump.problem = facts.problem;
    switch (facts.state) {
      case SlotState::kZero:
        dump.verdict = SlotVerdict::kZero;
        break;
      case SlotState::kDamaged:
        dump.verdict = SlotVerdict::kDamaged;
        break;
      case SlotState::kValid:
        dump.verdict = identity.empty() ? SlotVerdict::kUnchecked : SlotVerdict::kValid;
        break;
    }
    return dump;
  }

  // Which slot is the blob, and what is wrong with the others.
  std::optional<unsigned> judge(EntryDump& entry) {
    const auto facts = [&](const SlotDump& slot) {
      const SlotState state = slot.verdict == SlotVerdict::kValid  ? SlotState::kValid
                              : slot.verdict == SlotVerdict::kZero ? SlotState::kZero
                                                                   : SlotState::kDamaged;
      return vnvram::SlotFacts{state, slot.header, {}};
    };
    const vnvram::Chosen chosen = vnvram::choose_slot(facts(entry.slots[0]), facts(entry.slots[1]));
    const Place place = Place::at_byte(report_.image, entry.offset_bytes);
    if (chosen.choice == vnvram::Choice::kRolledBack) {
      note(
          Error(ErrorId::kOlderGeneration,
                fmt::format("slot A of '{}' holds generation {}, slot B generation {}; they must differ by 1",
                            entry.name, entry.slots[0].header.generation, entry.slots[1].header.generation))
              .at(place));
      return std::nullopt;
    }
    if (chosen.choice == vnvram::Choice::kDamaged) {
      const auto words = [](const SlotDump& slot) {
        return slot.problem.empty() ? std::string("is all zeros") : slot.problem;
      };
      note(Error(ErrorId::kBlobDamaged,
                 fmt::format("neither slot of '{}' can be believed: slot A {}, slot B {}", entry.name,
                             words(entry.slots[0]), words(entry.slots[1])))
               .at(place));
      return std::nullopt;
    }
    entry.slots[chosen.slot].newest = true;
    if (chosen.other_damaged) {
      const SlotDump& other = entry.slots[1 - chosen.slot];
      report_.findings.push_back(
          {Severity::kWarning,
           ErrorId::kSlotDamaged,
           fmt::format("slot {} of '{}' {}; slot {} is good", other.index == 0 ? 'A' : 'B', entry.name,
                       other.problem.empty() ? "is all zeros" : other.problem, chosen.slot == 0 ? 'A' : 'B'),
           Place::at_byte(report_.image, other.offset_bytes),
           {}});
    }
    return chosen.slot;
  }

  Result<void> read_directory() {
    const auto element = std::ranges::find(report_.elements, Element::Type::kEntry, &Element::type);
    EntryDump entry{element->name,         std::nullopt, true, false, element->content_offset_bytes,
                    element->content_bytes};
    const std::uint64_t capacity_bytes = room_of(half_of(entry.content_bytes));
    if (capacity_bytes > vnvram::kMaxDirectoryBytes) {
      note(
          Error(ErrorId::kNvramLimit, fmt::format("the directory has a capacity of {} bytes, the limit is {}",
                                                  capacity_bytes, vnvram::kMaxDirectoryBytes))
              .at(Place::at_byte(report_.image, entry.offset_bytes)));
      report_.directory_entry = std::move(entry);
      return {};
    }
    const std::vector<std::uint8_t> identity =
        vnvram::identity(vnvram::Uuid{}, capacity_bytes, vnvram::kDirectoryName);
    std::vector<std::uint8_t> bytes[2];
    for (const unsigned index : {0u, 1u}) {
      // The directory is what says which digest the image has, so that here each slot may say it.
      const std::uint64_t at = entry.offset_bytes + index * half_of(entry.content_bytes) + 4;
      Result<std::vector<std::uint8_t>> kind = read_some(at, 1);
      if (!kind) return kind.error();
      const bool sha256 =
          !kind->empty() && kind->front() == static_cast<std::uint8_t>(vnvram::Integrity::kSha256);
      Result<SlotDump> slot =
          read_slot(entry, index, sha256 ? vnvram::Integrity::kSha256 : vnvram::Integrity::kCrc32c, identity,
                    &bytes[index]);
      if (!slot) return slot.error();
      entry.slots.push_back(*std::move(slot));
    }
    if (const std::optional<unsigned> newest = judge(entry)) {
      const octets::Bytes payload =
          octets::Bytes(bytes[*newest])
              .subspan(vnvram::kSlotHeaderBytes, entry.slots[*newest].header.length_bytes);
      Result<vnvram::Directory> directory =
          vnvram::decode_directory(payload, report_.declared_bytes, report_.image);
      directory ? void(report_.directory = *std::move(directory)) : note(directory.error());
    }
    report_.directory_entry = std::move(entry);
    return {};
  }

  bool inside_slack(std::uint64_t offset_bytes) const {
    return std::ranges::any_of(report_.elements, [&](const Element& element) {
      return element.type == Element::Type::kSlack && element.content_offset_bytes <= offset_bytes &&
             offset_bytes < element.end_bytes();
    });
  }

  void list_entries() {
    if (report_.directory) {
      for (const vnvram::EntryInfo& info : report_.directory->entries) {
        const std::uint64_t content_bytes = vnvram::blob_bytes(info.kind, info.capacity_bytes);
        report_.entries.push_back(
            {info.name, info, false, inside_slack(info.offset_bytes), info.offset_bytes, content_bytes});
      }
    }
    for (const Element& element : report_.elements) {
      if (element.type != Element::Type::kEntry || element.name == vnvram::kDirectoryName) continue;
      const bool listed = std::ranges::any_of(report_.entries, [&](const EntryDump& entry) {
        return entry.offset_bytes == element.content_offset_bytes && entry.name == element.name;
      });
      if (listed) continue;
      EntryDump entry{element.name,         std::nullopt, false, false, element.content_offset_bytes,
                      element.content_bytes};
      if (report_.seed_layout) {
        entry.info = vnvram::EntryInfo{element.name, EntryKind::kPlain, element.content_offset_bytes,
                                       element.content_bytes};
      } else if (report_.directory) {
        note(Error(ErrorId::kNvramDirectory,
                   fmt::format("the framing has the entry '{}', the directory does not", element.name))
                 .at(Place::at_byte(report_.image, element.offset_bytes)));
      }
      report_.entries.push_back(std::move(entry));
    }
  }

  Result<void> keep_only(const std::string& wanted) {
    if (wanted == vnvram::kDirectoryName && report_.directory_entry) {
      report_.entries = {*report_.directory_entry};
      directory_among_entries_ = &report_.entries.front();
      return {};
    }
    std::erase_if(report_.entries, [&](const EntryDump& entry) { return entry.name != wanted; });
    if (!report_.entries.empty()) return {};
    return Error(ErrorId::kNoSuchEntry, fmt::format("{} has no entry '{}'", report_.image, wanted))
        .at(Place::in_file(report_.image))
        .with_hint("nonvol blob dump " + octets::shell_path(report_.image));
  }

  Result<void> read_entry(EntryDump& entry) {
    std::vector<std::uint8_t> identity;
    vnvram::Integrity integrity = vnvram::Integrity::kCrc32c;
    if (entry.info) {
      if (!entry.atomic()) return {};
      identity = vnvram::identity(report_.directory->uuid, entry.info->capacity_bytes, entry.name);
      integrity = report_.directory->integrity;
    } else if (Result<bool> slots = finds_slots(entry, integrity); !slots || !*slots) {
      return slots ? Result<void>() : slots.error();
    }
    for (const unsigned index : {0u, 1u}) {
      Result<SlotDump> slot = read_slot(entry, index, integrity, identity);
      if (!slot) return slot.error();
      entry.slots.push_back(*std::move(slot));
    }
    if (entry.info) judge(entry);
    return {};
  }

  // Without the directory only the bytes tell an atomic entry from a plain one.
  Result<bool> finds_slots(EntryDump& entry, vnvram::Integrity& integrity) {
    const std::uint64_t size_bytes = half_of(entry.content_bytes);
    if (entry.content_bytes == 0 || entry.content_bytes % (2 * vnvram::kPageBytes) != 0) return false;
    for (const unsigned index : {0u, 1u}) {
      Result<std::vector<std::uint8_t>> front = read_some(entry.offset_bytes + index * size_bytes, 5);
      if (!front) return front.error();
      if (front->size() < 5 || !std::ranges::equal(octets::Bytes(*front).first(4), std::string_view("NVS1")))
        continue;
      entry.looks_atomic = true;
      integrity = front->back() == static_cast<std::uint8_t>(vnvram::Integrity::kSha256)
                      ? vnvram::Integrity::kSha256
                      : vnvram::Integrity::kCrc32c;
    }
    return entry.looks_atomic;
  }

  storage::BlockFile& file_;
  BlobDumpReport report_;
  const EntryDump* directory_among_entries_ = nullptr;
};

Result<std::unique_ptr<storage::BlockFile>> open_unchecked(const Context& context, const BlobImage& where) {
  return vnvram::open_file(context.files, {where.target, where.luks_key_file}, {});
}

Error slot_choice_error(const BlobPayloadRequest& request, bool atomic) {
  return Error(ErrorId::kBadCommandLine,
               atomic ? fmt::format("'{}' is atomic and has two slots: --slot a or --slot b", request.entry)
                      : fmt::format("'{}' is plain and has no slots", request.entry))
      .with_hint(fmt::format("nonvol blob dump {} {}", octets::shell_path(request.where.target),
                             octets::shell_word(request.entry)));
}

}  // namespace

std::string_view to_string(SlotVerdict verdict) {
  switch (verdict) {
    case SlotVerdict::kZero:
      return "zero";
    case SlotVerdict::kValid:
      return "valid";
    case SlotVerdict::kDamaged:
      return "damaged";
    case SlotVerdict::kMissing:
      return "missing";
    case SlotVerdict::kUnchecked:
      break;
  }
  return "unchecked";
}

Result<BlobDumpReport> blob_dump(const Context& context, const BlobDumpRequest& request) {
  Result<std::unique_ptr<storage::BlockFile>> file = open_unchecked(context, request.where);
  if (!file) return file.error();
  return Dumper(**file, request.where.target).run(request.entry);
}

Result<BlobPayloadReport> blob_payload(const Context& context, const BlobPayloadRequest& request) {
  Result<std::unique_ptr<storage::BlockFile>> file = open_unchecked(context, request.where);
  if (!file) return file.error();
  const std::string& image = request.where.target;
  Result<BlobDumpReport> dump = Dumper(**file, image).run(request.entry);
  if (!dump) return dump.error();
  const EntryDump& entry = dump->entries.front();
  if (request.slot.has_value() == entry.slots.empty())
    return slot_choice_error(request, !entry.slots.empty());
  BlobPayloadReport report{image, entry.name};
  std::uint64_t offset_bytes = entry.offset_bytes;
  std::uint64_t size_bytes = entry.content_bytes;
  if (request.slot) {
    report.slot = entry.slots[*request.slot];
    const std::uint64_t room_bytes = room_of(report.slot->size_bytes);
    if (!report.slot->has_header()) {
      return Error(ErrorId::kBlobAbsent,
                   fmt::format("slot {} of '{}' holds nothing: it {}", *request.slot == 0 ? 'A' : 'B',
                               entry.name,
                               report.slot->problem.empty() ? "was never written" : report.slot->problem))
          .at(Place::at_byte(image, report.slot->offset_bytes));
    }
    // The digest may be all that is wrong, and the length still right; more than there is room for cannot be.
    report.whole_slot = report.slot->verdict == SlotVerdict::kDamaged;
    offset_bytes = report.slot->offset_bytes + vnvram::kSlotHeaderBytes;
    size_bytes = report.whole_slot ? room_bytes : report.slot->header.length_bytes;
  }
  report.bytes.resize(std::min(size_bytes, dump->size_bytes - std::min(offset_bytes, dump->size_bytes)));
  Result<std::size_t> got = (*file)->read_at(offset_bytes, report.bytes);
  if (!got) return got.error();
  report.bytes.resize(*got);
  return report;
}

}  // namespace nonvol::api
