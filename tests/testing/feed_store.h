#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "flash/store_reader.h"

namespace nonvol::test_stores {

// What reading a store came to, and what it cost.
struct Outcome {
  Result<flash::VariableStore> store;
  std::uint64_t read_bytes = 0;     // in all
  std::uint64_t working_bytes = 0;  // of them, the start of a fault-tolerant-write area that lies apart
  std::vector<flash::Range> reads;  // without that
};

// Feeds the reader as it asks; `read(range)` gives bytes, fewer at the end of the file.
template <class Read>
Outcome feed_store(flash::StoreReader reader, Read read) {
  std::uint64_t read_bytes = 0;
  std::uint64_t working_bytes = 0;
  std::vector<flash::Range> reads;
  while (const auto range = reader.wants()) {
    const std::vector<std::uint8_t> bytes = read(*range);
    read_bytes += bytes.size();
    const bool working =
        range->size_bytes == 4096 && (range->offset_bytes == 0x41000 || range->offset_bytes == 0x40000);
    if (working) {
      working_bytes += bytes.size();
    } else {
      reads.push_back(*range);
    }
    reader.feed(bytes);
  }
  return {std::move(reader).finish(), read_bytes, working_bytes, std::move(reads)};
}

inline Outcome read_store(const std::vector<std::uint8_t>& file, flash::ReadOptions options = {},
                          std::string name = "web01.fd") {
  return feed_store(flash::StoreReader(std::move(name), file.size(), options), [&](flash::Range range) {
    const auto begin = std::min<std::uint64_t>(range.offset_bytes, file.size());
    const auto end = std::min<std::uint64_t>(range.offset_bytes + range.size_bytes, file.size());
    return std::vector<std::uint8_t>(file.begin() + static_cast<std::ptrdiff_t>(begin),
                                     file.begin() + static_cast<std::ptrdiff_t>(end));
  });
}

// Only the wanted ranges are read, so that 64 MiB templates cost what they cost a user.
inline Outcome read_store_file(const std::string& path, flash::ReadOptions options = {}) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size_bytes = static_cast<std::uint64_t>(file.tellg());
  return feed_store(flash::StoreReader(path, size_bytes, options), [&](flash::Range range) {
    std::string bytes(range.size_bytes, '\0');
    file.seekg(static_cast<std::streamoff>(range.offset_bytes));
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  });
}

}  // namespace nonvol::test_stores
