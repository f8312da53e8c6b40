#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/text.h"
#include "cli/text_blob_view.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using api::Segment;
using api::SegmentUse;
using octets::with_commas;

constexpr std::uint64_t kUsualCellBytes = 4096;
constexpr std::size_t kMaxRows = 8;
constexpr std::size_t kLaneColumns = 40;

struct Look {
  SegmentUse use;
  char letter;
  std::string_view words;
};
constexpr Look kLooks[] = {
    {SegmentUse::kFraming, '=', "framing: tags, lengths, names"},
    {SegmentUse::kNewest, '#', "slot in use: what reading gives"},
    {SegmentUse::kOlder, 'o', "older or unchecked content of a slot"},
    {SegmentUse::kFree, '.', "free in a slot"},
    {SegmentUse::kPlain, 'P', "plain blob"},
    {SegmentUse::kSlack, '-', "slack: belongs to no entry"},
    {SegmentUse::kDamaged, '!', "damaged slot"},
    {SegmentUse::kUnknown, '?', "cannot be told"},
    {SegmentUse::kMissing, 'x', "missing: behind the end of the file"},
    {SegmentUse::kForeign, '+', "foreign: behind the end of the image"},
};

char letter_of(SegmentUse use) {
  return std::ranges::find(kLooks, use, &Look::use)->letter;
}

// One letter a cell: that of the use with most bytes in it. `segments` lie in order.
std::string cells_of(std::span<const Segment> segments, std::uint64_t begin_bytes, std::uint64_t end_bytes,
                     std::uint64_t count) {
  std::string result;
  const std::uint64_t size_bytes = end_bytes - begin_bytes;
  const auto edge = [&](std::uint64_t cell) {
    // In two parts, because the product may not fit.
    return begin_bytes + size_bytes / count * cell + size_bytes % count * cell / count;
  };
  auto first = segments.begin();
  for (std::uint64_t cell = 0; cell < count; ++cell) {
    const std::uint64_t from = edge(cell);
    const std::uint64_t to = std::max(edge(cell + 1), from + 1);
    while (first != segments.end() && first->begin_bytes + first->size_bytes <= from) ++first;
    std::map<SegmentUse, std::uint64_t> share;
    for (auto segment = first; segment != segments.end() && segment->begin_bytes < to; ++segment) {
      const std::uint64_t inside_from = std::max(from, segment->begin_bytes);
      const std::uint64_t inside_to = std::min(to, segment->begin_bytes + segment->size_bytes);
      if (inside_to > inside_from) share[segment->use] += inside_to - inside_from;
    }
    const auto most =
        std::ranges::max_element(share, {}, &std::map<SegmentUse, std::uint64_t>::value_type::second);
    result += most == share.end() ? ' ' : letter_of(most->first);
  }
  return result;
}

std::string picture(const api::BlobMapReport& report, std::size_t width) {
  const std::uint64_t end_bytes = report.end_bytes();
  constexpr std::size_t kOffsetColumns = 14;
  const std::uint64_t row_cells = width - kOffsetColumns - 1;
  const std::uint64_t rows = std::clamp<std::uint64_t>(
      (end_bytes + row_cells * kUsualCellBytes - 1) / (row_cells * kUsualCellBytes), 1, kMaxRows);
  const std::uint64_t count = std::min(rows * row_cells, std::max<std::uint64_t>(end_bytes, 1));
  const std::string cells = cells_of(report.segments, 0, end_bytes, count);
  std::string result;
  for (std::size_t at = 0; at < cells.size(); at += row_cells) {
    const std::uint64_t offset_bytes = end_bytes / count * at + end_bytes % count * at / count;
    result += fmt::format("{:>12} [{}]\n", fmt::format("0x{:x}", offset_bytes), cells.substr(at, row_cells));
  }
  return result + fmt::format("{:>12} end; one letter is about {} bytes\n", fmt::format("0x{:x}", end_bytes),
                              with_commas((end_bytes + count - 1) / count));
}

// The blob of one entry, or one of its slots, to its own scale.
std::string lane(const api::BlobMapReport& report, std::string_view label, std::uint64_t begin_bytes,
                 std::uint64_t size_bytes, std::string_view words) {
  const std::uint64_t count = std::min<std::uint64_t>(kLaneColumns, std::max<std::uint64_t>(size_bytes, 1));
  return fmt::format("  {:<6} [{}] {}\n", label,
                     cells_of(report.segments, begin_bytes, begin_bytes + size_bytes, count), words);
}

std::string lanes_of(const api::BlobMapReport& report, const api::EntryDump& entry) {
  std::string result = fmt::format("'{}' at 0x{:x}\n", printable(entry.name), entry.offset_bytes);
  if (entry.slots.empty()) {
    return result + lane(report, "blob", entry.offset_bytes, entry.content_bytes,
                         fmt::format("{} bytes", with_commas(entry.content_bytes)));
  }
  for (const api::SlotDump& slot : entry.slots) {
    std::string words = fmt::format("{}", to_string(slot.verdict));
    if (slot.verdict == api::SlotVerdict::kValid || slot.verdict == api::SlotVerdict::kUnchecked) {
      words = fmt::format("gen {}, {}", slot.header.generation, with_commas(slot.header.length_bytes));
    }
    const std::uint64_t room_bytes = entry.info
                                         ? entry.info->capacity_bytes
                                         : slot.size_bytes - std::min(slot.size_bytes, std::uint64_t{64});
    words += fmt::format(" of {}", with_commas(room_bytes));
    result += lane(report, slot.index == 0 ? "slot A" : "slot B", slot.offset_bytes, slot.size_bytes, words);
  }
  return result;
}

std::string legend(const api::BlobMapReport& report) {
  std::map<SegmentUse, std::uint64_t> sums;
  for (const Segment& segment : report.segments) sums[segment.use] += segment.size_bytes;
  const auto end_bytes = static_cast<double>(std::max<std::uint64_t>(report.end_bytes(), 1));
  std::string result;
  for (const Look& look : kLooks) {
    const auto sum = sums.find(look.use);
    if (sum == sums.end()) continue;
    result += fmt::format("  {}  {:>15}  {:>5.1f} %  {}\n", look.letter, with_commas(sum->second),
                          100 * static_cast<double>(sum->second) / end_bytes, look.words);
  }
  return result;
}

}  // namespace

std::string text_of(const api::BlobMapReport& report, std::size_t width) {
  const api::BlobDumpReport& dump = report.dump;
  std::string result =
      fmt::format("{}: {} bytes, {}\n\n", printable(dump.image), with_commas(dump.size_bytes),
                  dump.seed_layout ? "the seed's layout" : "extended layout");
  result += picture(report, width) + '\n';
  if (dump.directory_entry) result += lanes_of(report, *dump.directory_entry);
  for (const api::EntryDump& entry : dump.entries) result += lanes_of(report, entry);
  return result + '\n' + legend(report);
}

}  // namespace nonvol::cli
