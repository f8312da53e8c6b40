#include "cli/byte_map.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "octets/text.h"

namespace nonvol::cli {
namespace {

using octets::with_commas;

constexpr std::uint64_t kUsualCellBytes = 4096;
constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kLeastColumns = 60;
constexpr std::size_t kMostColumns = 200;
constexpr std::size_t kMaxRows = 8;
constexpr std::size_t kLaneColumns = 40;

// One letter a cell: that of the look with most bytes in it.
std::string cells_of(const ByteMap& map, std::uint64_t begin_bytes, std::uint64_t end_bytes,
                     std::uint64_t count) {
  std::string result;
  const std::uint64_t size_bytes = end_bytes - begin_bytes;
  const auto edge = [&](std::uint64_t cell) {
    // In two parts, because the product may not fit.
    return begin_bytes + size_bytes / count * cell + size_bytes % count * cell / count;
  };
  std::vector<std::uint64_t> share(map.looks.size());
  auto first = map.pieces.begin();
  for (std::uint64_t cell = 0; cell < count; ++cell) {
    const std::uint64_t from = edge(cell);
    const std::uint64_t to = std::max(edge(cell + 1), from + 1);
    while (first != map.pieces.end() && first->begin_bytes + first->size_bytes <= from) ++first;
    std::ranges::fill(share, 0);
    for (auto piece = first; piece != map.pieces.end() && piece->begin_bytes < to; ++piece) {
      const std::uint64_t inside_from = std::max(from, piece->begin_bytes);
      const std::uint64_t inside_to = std::min(to, piece->begin_bytes + piece->size_bytes);
      if (inside_to > inside_from) share[piece->look] += inside_to - inside_from;
    }
    const auto most = std::ranges::max_element(share);
    result += *most == 0 ? ' ' : map.looks[static_cast<std::size_t>(most - share.begin())].letter;
  }
  return result;
}

}  // namespace

std::size_t map_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return std::clamp<std::size_t>(size.ws_col, kLeastColumns, kMostColumns);
}

std::string map_rows(const ByteMap& map, std::size_t width) {
  const std::uint64_t end_bytes = map.end_bytes();
  constexpr std::size_t kOffsetColumns = 14;
  const std::uint64_t row_cells = width - kOffsetColumns - 1;
  const std::uint64_t rows = std::clamp<std::uint64_t>(
      (end_bytes + row_cells * kUsualCellBytes - 1) / (row_cells * kUsualCellBytes), 1, kMaxRows);
  const std::uint64_t count = std::min(rows * row_cells, std::max<std::uint64_t>(end_bytes, 1));
  const std::string cells = cells_of(map, 0, end_bytes, count);
  std::string result;
  for (std::size_t at = 0; at < cells.size(); at += row_cells) {
    const std::uint64_t offset_bytes = end_bytes / count * at + end_bytes % count * at / count;
    result += fmt::format("{:>12} [{}]\n", fmt::format("0x{:x}", offset_bytes), cells.substr(at, row_cells));
  }
  return result + fmt::format("{:>12} end; one letter is about {} bytes\n", fmt::format("0x{:x}", end_bytes),
                              with_commas((end_bytes + count - 1) / count));
}

std::string map_lane(const ByteMap& map, std::string_view label, std::uint64_t begin_bytes,
                     std::uint64_t size_bytes, std::string_view words) {
  const std::uint64_t count = std::min<std::uint64_t>(kLaneColumns, std::max<std::uint64_t>(size_bytes, 1));
  return fmt::format("  {:<6} [{}] {}\n", label, cells_of(map, begin_bytes, begin_bytes + size_bytes, count),
                     words);
}

std::string map_legend(const ByteMap& map) {
  std::vector<std::uint64_t> sums(map.looks.size());
  for (const MapPiece& piece : map.pieces) sums[piece.look] += piece.size_bytes;
  const auto end_bytes = static_cast<double>(std::max<std::uint64_t>(map.end_bytes(), 1));
  std::string result;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] == 0) continue;
    result += fmt::format("  {}  {:>15}  {:>5.1f} %  {}\n", map.looks[i].letter, with_commas(sums[i]),
                          100 * static_cast<double>(sums[i]) / end_bytes, map.looks[i].words);
  }
  return result;
}

}  // namespace nonvol::cli
