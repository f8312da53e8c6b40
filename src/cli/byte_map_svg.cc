#include <fmt/format.h>

#include <algorithm>

#include "cli/byte_map.h"
#include "cli/text.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using octets::with_commas;

// Pixels.
constexpr double kMargin = 24;
constexpr double kWidth = 960;
constexpr double kLaneWidth = kWidth - 2 * kMargin;
constexpr double kLaneHeight = 36;
constexpr double kLine = 20;

constexpr std::string_view kPatterns = R"svg(  <defs>
    <pattern id="older" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#dbe7f5"/><path d="M0 8L8 0" stroke="#1f5fa8" stroke-width="2"/></pattern>
    <pattern id="plain" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#d8efe0"/><path d="M0 4H8" stroke="#1d7a45" stroke-width="3"/></pattern>
    <pattern id="slack" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#f2f2f2"/><circle cx="4" cy="4" r="1" fill="#8a8a8a"/></pattern>
    <pattern id="damaged" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#fbdcdc"/><path d="M0 0L8 8M0 8L8 0" stroke="#b3261e" stroke-width="2"/></pattern>
    <pattern id="missing" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#ffffff"/><path d="M0 0L8 8" stroke="#b3261e" stroke-width="1"/></pattern>
    <pattern id="foreign" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#fff3d6"/><path d="M4 0V8" stroke="#8a6100" stroke-width="2"/></pattern>
  </defs>
)svg";

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

std::string words_for(const MapLook& look, const MapPiece& piece) {
  std::string result(look.words);
  if (!piece.whose.empty()) result += ", " + piece.whose;
  return result + fmt::format(", {} bytes from 0x{:x}", with_commas(piece.size_bytes), piece.begin_bytes);
}

}  // namespace

MapPicture::MapPicture(const ByteMap& map) : map_(&map) {}

void MapPicture::text(std::string_view words, double x, std::string_view more) {
  body_ += fmt::format("  <text x=\"{}\" y=\"{}\"{}>{}</text>\n", x, y_ + 15, more, escaped(words));
}

void MapPicture::text_right(std::string_view words) {
  text(words, kWidth - kMargin, " text-anchor=\"end\"");
}

void MapPicture::heading(std::string_view words) {
  y_ = kMargin;
  text(words, kMargin, " font-size=\"16\" font-weight=\"bold\"");
  y_ += kLine + 8;
}

void MapPicture::whole_lane() {
  lane(0, map_->end_bytes());
  text("0x0", kMargin);
  text_right(fmt::format("0x{:x}", map_->end_bytes()));
  y_ += kLine;
}

void MapPicture::lane(std::uint64_t begin_bytes, std::uint64_t size_bytes) {
  const std::uint64_t end_bytes = begin_bytes + size_bytes;
  const auto x_of = [&](std::uint64_t offset_bytes) {
    return kMargin + kLaneWidth * static_cast<double>(offset_bytes - begin_bytes) /
                         static_cast<double>(std::max<std::uint64_t>(size_bytes, 1));
  };
  for (const MapPiece& piece : map_->pieces) {
    const std::uint64_t from = std::max(begin_bytes, piece.begin_bytes);
    const std::uint64_t to = std::min(end_bytes, piece.begin_bytes + piece.size_bytes);
    if (from >= to) continue;
    const MapLook& look = map_->looks[piece.look];
    body_ += fmt::format(
        "  <rect x=\"{:.3f}\" y=\"{}\" width=\"{:.3f}\" height=\"{}\" fill=\"{}\"><title>{}</title></rect>\n",
        x_of(from), y_, x_of(to) - x_of(from), kLaneHeight, look.fill, escaped(words_for(look, piece)));
  }
  body_ +=
      fmt::format("  <rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#1a1a1a\"/>\n",
                  kMargin, y_, kLaneWidth, kLaneHeight);
  y_ += kLaneHeight;
}

void MapPicture::title(std::string_view left, std::string_view right) {
  y_ += 14;
  text(left, kMargin, " font-weight=\"bold\"");
  text_right(right);
  y_ += kLine;
}

void MapPicture::line(std::string_view words) {
  text(words, kMargin);
  y_ += kLine;
}

void MapPicture::legend() {
  y_ += 24;
  std::vector<std::uint64_t> sums(map_->looks.size());
  for (const MapPiece& piece : map_->pieces) sums[piece.look] += piece.size_bytes;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] == 0) continue;
    body_ +=
        fmt::format("  <rect x=\"{}\" y=\"{}\" width=\"28\" height=\"14\" fill=\"{}\" stroke=\"#1a1a1a\"/>\n",
                    kMargin, y_ + 3, map_->looks[i].fill);
    text(map_->looks[i].words, kMargin + 40);
    text_right(fmt::format("{} bytes", with_commas(sums[i])));
    y_ += kLine;
  }
}

std::string MapPicture::document(std::string_view name, std::string_view description) const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "role=\"img\" aria-labelledby=\"title desc\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "  <title id=\"title\">{2}</title>\n  <desc id=\"desc\">{3}</desc>\n{4}"
      "  <rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n{5}</svg>\n",
      kWidth, y_ + kMargin, escaped(name), escaped(description), kPatterns, body_);
}

}  // namespace nonvol::cli
