#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Pictures of a file to scale, as letters and as SVG 1.1; what the pieces mean is the caller's. Private to
// cli/.
namespace nonvol::cli {

// How one kind of piece is drawn. No colours in text, and patterns beside colours in SVG: neither carries
// meaning alone.
struct MapLook {
  char letter;
  std::string_view
      fill;  // an SVG paint; of patterns there are older, plain, slack, damaged, missing, foreign
  std::string_view words;
};

struct MapPiece {
  std::uint64_t begin_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::size_t look = 0;    // index of ByteMap::looks
  std::string whose = {};  // "'tpm', slot A"; may be empty
};

// Pieces in order, without gap or overlap.
struct ByteMap {
  std::span<const MapLook> looks;
  std::vector<MapPiece> pieces;
  std::uint64_t end_bytes() const {
    return pieces.empty() ? 0 : pieces.back().begin_bytes + pieces.back().size_bytes;
  }
};

// Of the terminal that the result goes to; where it goes elsewhere, it is to be the same everywhere.
std::size_t map_columns();

// Rows of letters, each with its offset, at most `width` columns.
std::string map_rows(const ByteMap& map, std::size_t width);
// One line: a stretch to its own scale.
std::string map_lane(const ByteMap& map, std::string_view label, std::uint64_t begin_bytes,
                     std::uint64_t size_bytes, std::string_view words);
// What the letters mean, with sums; only those that occur.
std::string map_legend(const ByteMap& map);

// The same as a document of its own, drawn from top to bottom.
class MapPicture {
 public:
  explicit MapPicture(const ByteMap& map);
  // What follows is drawn of another map, of which legend() speaks then.
  void turn_to(const ByteMap& map) { map_ = &map; }
  void heading(std::string_view words);
  // The whole file, with its end's offset below.
  void whole_lane();
  // A stretch across the whole width.
  void lane(std::uint64_t begin_bytes, std::uint64_t size_bytes);
  // A title above lanes, and a line above one lane.
  void title(std::string_view left, std::string_view right);
  void line(std::string_view words);
  void legend();
  std::string document(std::string_view name, std::string_view description) const;

 private:
  void text(std::string_view words, double x, std::string_view more = {});
  void text_right(std::string_view words);

  const ByteMap* map_;
  std::string body_;
  double y_ = 0;
};

}  // namespace nonvol::cli
