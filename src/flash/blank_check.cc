#include "flash/blank_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "flash/hints.h"
#include "flash/signatures.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;

constexpr std::uint64_t kProbeBytes = 512;
constexpr std::uint64_t kThoroughStepBytes = 1 << 20;

// Starts of the working and spare areas of the known layouts that lie behind the first 64 KiB.
// 2M: spare; ARM: working; 4M: working, spare; ARM: spare.
constexpr std::array<std::uint64_t, 5> kProbeOffsets{0x10000, 0x40000, 0x41000, 0x42000, 0x80000};

Error erased_header(const std::string& file_name, std::string message) {
  return Error(ErrorId::kErasedHeader, std::move(message))
      .at(Place::at_byte(file_name, 0))
      .with_note("the spare area can still hold the complete old content; firmware would erase it")
      .with_hint(repair_hint(file_name));
}

}  // namespace

std::optional<Range> BlankCheck::wants() const {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = kProbeBytes;
  if (thorough_) {
    offset_bytes = kStepBytes + turn_ * kThoroughStepBytes;
    size_bytes = kThoroughStepBytes;
  } else {
    if (turn_ >= kProbeOffsets.size()) return std::nullopt;
    offset_bytes = kProbeOffsets[turn_];
  }
  // The offsets ascend, so that none that follows lies inside the file either.
  if (offset_bytes >= file_size_bytes_) return std::nullopt;
  return Range{offset_bytes, std::min(size_bytes, file_size_bytes_ - offset_bytes)};
}

Result<void> BlankCheck::feed(const std::string& file_name, Bytes bytes) {
  const std::uint64_t offset_bytes = wants().value_or(Range{}).offset_bytes;
  ++turn_;
  looked_at_bytes_ += bytes.size();
  if (octets::all_equal(bytes, byte_)) return {};
  const auto other = std::ranges::find_if(bytes, [&](std::uint8_t byte) { return byte != byte_; });
  return erased_header(
      file_name, fmt::format("header of {} is erased, yet data lies behind it: the first {} bytes are all "
                             "{:#04x}, offset {:#x} holds {:#04x}",
                             file_name, kStepBytes, byte_,
                             offset_bytes + static_cast<std::uint64_t>(other - bytes.begin()), *other));
}

Result<void> check_not_erased(const std::string& file_name, Bytes bytes) {
  constexpr std::uint64_t kHeadersBytes = 0x64;
  if (bytes.size() < kHeadersBytes) return {};
  // Erased flash is 0xFF. Zeros come first in too many other files to say the same of them, unless a working
  // area lies where a layout has it.
  if (octets::all_equal(bytes.first(kHeadersBytes), 0xff)) {
    const auto other = std::ranges::find_if(bytes, [](std::uint8_t byte) { return byte != 0xff; });
    if (other == bytes.end()) return {};
    return erased_header(
        file_name, fmt::format("header of {} is erased, yet data lies behind it: the first {} bytes are "
                               "all 0xff, offset {:#x} holds {:#04x}",
                               file_name, other - bytes.begin(), other - bytes.begin(), *other));
  }
  if (!octets::all_equal(bytes.first(kHeadersBytes), 0x00)) return {};
  for (const Layout& layout : known_layouts()) {
    const std::uint64_t at = layout.working.offset_bytes;
    if (at + kWorkingArea.bytes.size() > bytes.size()) continue;
    if (!std::ranges::equal(bytes.subspan(at, kWorkingArea.bytes.size()), kWorkingArea.bytes)) continue;
    return erased_header(
        file_name, fmt::format("header of {} is erased, yet data lies behind it: the first {} bytes are all "
                               "0x00, a fault-tolerant-write area begins at {:#x}",
                               file_name, kHeadersBytes, at));
  }
  return {};
}

}  // namespace nonvol::flash
