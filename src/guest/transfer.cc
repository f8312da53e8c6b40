#include "guest/transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"

namespace nonvol::guest {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kBlockBytes = 4096;  // what file systems allocate

// Writes each run of blocks that are not all zero.
Result<void> write_sparse(storage::BlockFile& to, std::uint64_t offset_bytes, octets::Bytes piece) {
  std::size_t run_start = 0;
  std::size_t at = 0;
  const auto write_run = [&]() -> Result<void> {
    if (at == run_start) return {};
    return to.write_at(offset_bytes + run_start, piece.subspan(run_start, at - run_start));
  };
  while (at < piece.size()) {
    const std::size_t block_bytes = std::min(kBlockBytes, piece.size() - at);
    const bool is_hole = octets::all_equal(piece.subspan(at, block_bytes), 0);
    if (is_hole) {
      if (Result<void> written = write_run(); !written) return written;
    }
    at += block_bytes;
    if (is_hole) run_start = at;
  }
  return write_run();
}

}  // namespace

Result<void> copy_image(storage::BlockFile& from, storage::BlockFile& to) {
  const std::uint64_t size_bytes = from.size_bytes();
  std::vector<std::uint8_t> memory(std::min<std::uint64_t>(kPieceBytes, size_bytes));
  for (std::uint64_t offset_bytes = 0; offset_bytes < size_bytes;) {
    const std::span<std::uint8_t> piece =
        std::span(memory).first(std::min<std::uint64_t>(memory.size(), size_bytes - offset_bytes));
    const Result<std::size_t> got = from.read_at(offset_bytes, piece);
    if (!got) return got.error();
    if (Result<void> written = to.write_at(offset_bytes, piece.first(*got)); !written) return written;
    if (*got < piece.size()) break;
    offset_bytes += *got;
  }
  return {};
}

Result<seal::Sha256Digest> digest_file(storage::BlockFile& from, const std::string& path,
                                       storage::BlockFile* to) {
  Result<seal::Sha256> digest = seal::Sha256::begin();
  if (!digest) return digest.error();
  const std::uint64_t size_bytes = from.size_bytes();
  std::vector<std::uint8_t> memory(std::min<std::uint64_t>(kPieceBytes, size_bytes));
  for (std::uint64_t offset_bytes = 0; offset_bytes < size_bytes;) {
    const std::span<std::uint8_t> piece =
        std::span(memory).first(std::min<std::uint64_t>(memory.size(), size_bytes - offset_bytes));
    const Result<std::size_t> got = from.read_at(offset_bytes, piece);
    if (!got) return got.error();
    if (*got != piece.size()) {
      return Error(ErrorId::kInputOutput,
                   fmt::format("{} ends at byte {} while it is read, it had {} bytes before", path,
                               offset_bytes + *got, size_bytes))
          .at(Place::in_file(path));
    }
    if (Result<void> updated = digest->update(piece); !updated) return updated.error();
    if (to != nullptr) {
      if (Result<void> written = write_sparse(*to, offset_bytes, piece); !written) return written.error();
    }
    offset_bytes += piece.size();
  }
  // A hole at the end has not been written.
  if (to != nullptr) {
    if (Result<void> resized = to->resize(size_bytes); !resized) return resized.error();
  }
  return digest->finish();
}

}  // namespace nonvol::guest
