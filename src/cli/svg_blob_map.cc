#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "cli/text_blob_view.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using api::Segment;
using api::SegmentUse;
using octets::with_commas;

// Pixels.
constexpr double kMargin = 24;
constexpr double kWidth = 960;
constexpr double kLaneWidth = kWidth - 2 * kMargin;
constexpr double kLaneHeight = 36;
constexpr double kLine = 20;

struct Look {
  SegmentUse use;
  std::string_view fill;  // also of the swatch in the legend
  std::string_view words;
};
constexpr Look kLooks[] = {
    {SegmentUse::kFraming, "#1a1a1a", "framing: tags, lengths, names"},
    {SegmentUse::kNewest, "#1f5fa8", "slot in use: what reading gives"},
    {SegmentUse::kOlder, "url(#older)", "older or unchecked content of a slot"},
    {SegmentUse::kFree, "#ffffff", "free in a slot"},
    {SegmentUse::kPlain, "url(#plain)", "plain blob"},
    {SegmentUse::kSlack, "url(#slack)", "slack: belongs to no entry"},
    {SegmentUse::kDamaged, "url(#damaged)", "damaged slot"},
    {SegmentUse::kUnknown, "#9a9a9a", "cannot be told"},
    {SegmentUse::kMissing, "url(#missing)", "missing: behind the end of the file"},
    {SegmentUse::kForeign, "url(#foreign)", "foreign: behind the end of the image"},
};

constexpr std::string_view kPatterns = R"svg(  <defs>
    <pattern id="older" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#dbe7f5"/><path d="M0 8L8 0" stroke="#1f5fa8" stroke-width="2"/></pattern>
    <pattern id="plain" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#d8efe0"/><path d="M0 4H8" stroke="#1d7a45" stroke-width="3"/></pattern>
    <pattern id="slack" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#f2f2f2"/><circle cx="4" cy="4" r="1" fill="#8a8a8a"/></pattern>
    <pattern id="damaged" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#fbdcdc"/><path d="M0 0L8 8M0 8L8 0" stroke="#b3261e" stroke-width="2"/></pattern>
    <pattern id="missing" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#ffffff"/><path d="M0 0L8 8" stroke="#b3261e" stroke-width="1"/></pattern>
    <pattern id="foreign" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#fff3d6"/><path d="M4 0V8" stroke="#8a6100" stroke-width="2"/></pattern>
  </defs>
)svg";

const Look& look_of(SegmentUse use) {
  return *std::ranges::find(kLooks, use, &Look::use);
}

// Text of an XML element. `printable` has dealt with control characters and with what is not UTF-8; XML knows
// two more code points that it does not allow.
std::string escaped(std::string_view text) {
  std::string result;
  const std::string shown = printable(text);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    switch (shown[i]) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        if (shown.compare(i, 3, "\xef\xbf\xbe") == 0 || shown.compare(i, 3, "\xef\xbf\xbf") == 0) {
          result += "\xef\xbf\xbd";
          i += 2;
        } else {
          result += shown[i];
        }
    }
  }
  return result;
}

std::string words_for(const Segment& segment) {
  std::string result(look_of(segment.use).words);
  if (!segment.entry.empty()) result += fmt::format(", '{}'", segment.entry);
  if (segment.slot) result += *segment.slot == 0 ? ", slot A" : ", slot B";
  return result + fmt::format(", {} bytes from 0x{:x}", with_commas(segment.size_bytes), segment.begin_bytes);
}

class Picture {
 public:
  explicit Picture(const api::BlobMapReport& report) : report_(report) {}

  std::string draw() {
    const api::BlobDumpReport& dump = report_.dump;
    heading();
    lane(0, report_.end_bytes());
    text("0x0", kMargin);
    text_right(fmt::format("0x{:x}", report_.end_bytes()));
    y_ += kLine;
    if (dump.directory_entry) entry_lanes(*dump.directory_entry);
    for (const api::EntryDump& entry : dump.entries) entry_lanes(entry);
    legend();
    const std::string summary = fmt::format(
        "{} bytes, {} entries; the first bar is the whole image to scale, each bar below it one "
        "blob or slot to its own scale.",
        with_commas(dump.size_bytes), dump.entries.size());
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "role=\"img\" aria-labelledby=\"title desc\" font-family=\"sans-serif\" font-size=\"13\">\n"
        "  <title id=\"title\">NVRAM image {2}</title>\n  <desc id=\"desc\">{3}</desc>\n{4}"
        "  <rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n{5}</svg>\n",
        kWidth, y_ + kMargin, escaped(dump.image), escaped(summary), kPatterns, body_);
  }

 private:
  void text(std::string_view words, double x, std::string_view more = {}) {
    body_ += fmt::format("  <text x=\"{}\" y=\"{}\"{}>{}</text>\n", x, y_ + 15, more, escaped(words));
  }
  void text_right(std::string_view words) { text(words, kWidth - kMargin, " text-anchor=\"end\""); }

  void heading() {
    y_ = kMargin;
    text(fmt::format("{}: {} bytes", report_.dump.image, with_commas(report_.dump.size_bytes)), kMargin,
         " font-size=\"16\" font-weight=\"bold\"");
    y_ += kLine + 8;
  }

  // What lies in [begin, end), across the whole width.
  void lane(std::uint64_t begin_bytes, std::uint64_t size_bytes) {
    const std::uint64_t end_bytes = begin_bytes + size_bytes;
    const auto x_of = [&](std::uint64_t offset_bytes) {
      return kMargin + kLaneWidth * static_cast<double>(offset_bytes - begin_bytes) /
                           static_cast<double>(std::max<std::uint64_t>(size_bytes, 1));
    };
    for (const Segment& segment : report_.segments) {
      const std::uint64_t from = std::max(begin_bytes, segment.begin_bytes);
      const std::uint64_t to = std::min(end_bytes, segment.begin_bytes + segment.size_bytes);
      if (from >= to) continue;
      body_ += fmt::format(
          "  <rect x=\"{:.3f}\" y=\"{}\" width=\"{:.3f}\" height=\"{}\" fill=\"{}\"><title>{}</title></rect>\n",
          x_of(from), y_, x_of(to) - x_of(from), kLaneHeight, look_of(segment.use).fill,
          escaped(words_for(segment)));
    }
    body_ += fmt::format(
        "  <rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#1a1a1a\"/>\n", kMargin,
        y_, kLaneWidth, kLaneHeight);
    y_ += kLaneHeight;
  }

  void entry_lanes(const api::EntryDump& entry) {
    y_ += 14;
    text(fmt::format("'{}' at 0x{:x}", entry.name, entry.offset_bytes), kMargin, " font-weight=\"bold\"");
    text_right(entry.info ? fmt::format("{}{}, capacity {} bytes", to_string(entry.info->kind),
                                        entry.info->encrypted ? ", encrypted" : "",
                                        with_commas(entry.info->capacity_bytes))
                          : fmt::format("{} bytes", with_commas(entry.content_bytes)));
    y_ += kLine;
    if (entry.slots.empty()) lane(entry.offset_bytes, entry.content_bytes);
    for (const api::SlotDump& slot : entry.slots) {
      std::string words = fmt::format("slot {}: {}", slot.index == 0 ? 'A' : 'B', to_string(slot.verdict));
      if (slot.verdict == api::SlotVerdict::kValid || slot.verdict == api::SlotVerdict::kUnchecked) {
        words += fmt::format(", generation {}, {} bytes{}", slot.header.generation,
                             with_commas(slot.header.length_bytes), slot.newest ? ", newest" : "");
      }
      text(words, kMargin);
      y_ += kLine;
      lane(slot.offset_bytes, slot.size_bytes);
    }
  }

  void legend() {
    y_ += 24;
    for (const Look& look : kLooks) {
      std::uint64_t sum_bytes = 0;
      for (const Segment& segment : report_.segments) {
        if (segment.use == look.use) sum_bytes += segment.size_bytes;
      }
      if (sum_bytes == 0) continue;
      body_ += fmt::format(
          "  <rect x=\"{}\" y=\"{}\" width=\"28\" height=\"14\" fill=\"{}\" stroke=\"#1a1a1a\"/>\n", kMargin,
          y_ + 3, look.fill);
      text(look.words, kMargin + 40);
      text_right(fmt::format("{} bytes", with_commas(sum_bytes)));
      y_ += kLine;
    }
  }

  const api::BlobMapReport& report_;
  std::string body_;
  double y_ = 0;
};

}  // namespace

std::string svg_of(const api::BlobMapReport& report) {
  return Picture(report).draw();
}

}  // namespace nonvol::cli
