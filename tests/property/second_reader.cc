#include "second_reader.h"

#include <algorithm>

namespace nonvol::property {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint64_t number(Bytes file, std::size_t at, unsigned size) {
  std::uint64_t value = 0;
  for (unsigned i = size; i > 0; --i) value = value << 8 | file[at + i - 1];
  return value;
}

std::vector<std::uint8_t> copy(Bytes file, std::size_t at, std::size_t size) {
  const Bytes part = file.subspan(at, size);
  return {part.begin(), part.end()};
}

// The values of one key by state, in the order in which they were met.
struct Candidates {
  std::vector<Value> added;
  std::vector<Value> in_transition;
};

std::string headers_fault(Bytes file, std::size_t& begin, std::size_t& end, bool& authenticated) {
  const std::uint64_t volume_bytes = number(file, 0x20, 8);
  if (number(file, 0x28, 4) != 0x4856465f) return "_FVH";
  if (volume_bytes > file.size()) return "FvLength";
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 0x48; at += 2) sum += static_cast<std::uint32_t>(number(file, at, 2));
  if ((sum & 0xffff) != 0) return "checksum";
  if (number(file, 0x38, 4) * number(file, 0x3c, 4) < volume_bytes) return "block map";
  authenticated = file[0x48] == 0x78;  // the first byte of aaf32c78-...; the plain one has 16
  if (!authenticated && file[0x48] != 0x16) return "store GUID";
  if (file[0x5c] != 0x5a || file[0x5d] != 0xfe) return "store state";
  begin = 0x48 + 0x1c;
  end = 0x48 + number(file, 0x58, 4);
  return end > volume_bytes ? "store size" : "";
}

}  // namespace

SecondReading read_again(Bytes file) {
  SecondReading reading;
  std::size_t at = 0;
  std::size_t end = 0;
  bool authenticated = true;
  reading.why = headers_fault(file, at, end, authenticated);
  std::map<Key, Candidates> candidates;
  const std::size_t header = authenticated ? 60 : 32;
  const std::size_t sizes = authenticated ? 0x24 : 0x8;
  while (reading.why.empty() && at + header <= end && number(file, at, 2) == 0x55aa) {
    const std::uint8_t state = file[at + 2];
    const std::size_t name_bytes = number(file, at + sizes, 4);
    const std::size_t data_bytes = number(file, at + sizes + 4, 4);
    if (at + header + name_bytes + data_bytes > end) reading.why = "record sizes";
    if (state != 0x3f && state != 0x3e && state != 0x3d && state != 0x3c) reading.why = "record state";
    if (!reading.why.empty()) break;
    Value value;
    value.attributes = static_cast<std::uint32_t>(number(file, at + 4, 4));
    if (authenticated) {
      value.count = number(file, at + 8, 8);
      value.time = copy(file, at + 0x10, 16);
      value.key_index = static_cast<std::uint32_t>(number(file, at + 0x20, 4));
    }
    value.data = copy(file, at + header + name_bytes, data_bytes);
    const Bytes vendor = file.subspan(at + sizes + 8, 16);
    const Bytes name = file.subspan(at + header, name_bytes);
    Key key(vendor.begin(), vendor.end());
    key.append(name.begin(), name.end());
    if (state == 0x3f) candidates[key].added.push_back(std::move(value));
    if (state == 0x3e) candidates[key].in_transition.push_back(std::move(value));
    at = (at + header + name_bytes + data_bytes + 3) / 4 * 4;
  }
  for (std::size_t i = at; i < end && reading.why.empty(); ++i) {
    if (file[i] != 0xff) reading.why = "free space";
  }
  for (const auto& [key, found] : candidates) {
    if (found.added.size() > 1 && reading.why.empty()) reading.why = "two added records of one variable";
    if (!found.added.empty()) {
      reading.live[key] = found.added.front();
    } else if (!found.in_transition.empty()) {
      reading.live[key] = found.in_transition.back();
    }
  }
  reading.sound = reading.why.empty();
  return reading;
}

}  // namespace nonvol::property
