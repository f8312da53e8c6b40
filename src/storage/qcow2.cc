#include "storage/qcow2.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nonvol::storage {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic{'Q', 'F', 'I', 0xfb};
constexpr std::uint64_t kVersion2HeaderBytes = 72;
constexpr std::uint64_t kHeaderBytes = kQcow2HeaderBytes;
constexpr std::uint64_t kMaxBackingNameBytes = 1023;
constexpr std::uint64_t kDataFileBit = 4;             // of the incompatible features: external data file
constexpr std::uint32_t kBackingFormat = 0xe2792aca;  // header extension

constexpr unsigned kClusterBits = 12;
constexpr std::uint64_t kClusterBytes = std::uint64_t{1} << kClusterBits;
constexpr std::uint64_t kSectorBytes = 512;
// A cluster of mappings covers as many clusters as it has entries of eight bytes.
constexpr std::uint64_t kMappedByOneTable = kClusterBytes / 8 * kClusterBytes;
constexpr std::uint64_t kMostVirtualBytes = kClusterBytes / 8 * kMappedByOneTable;

// Where things are in an overlay, in clusters.
constexpr std::uint64_t kRefcountTable = 1;
constexpr std::uint64_t kRefcountBlock = 2;
constexpr std::uint64_t kTopTable = 3;
constexpr std::uint64_t kClusters = 4;

// qcow2 is big-endian, unlike everything else that is read here.
std::uint64_t big_endian(octets::Bytes bytes, std::uint64_t offset_bytes, std::uint64_t size_bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : bytes.subspan(offset_bytes, size_bytes)) value = value << 8 | octet;
  return value;
}

class BigEndianWriter {
 public:
  explicit BigEndianWriter(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  void seek(std::uint64_t offset_bytes) { at_ = offset_bytes; }
  std::uint64_t position_bytes() const { return at_; }
  void u16(std::uint64_t value) { put(value, 2); }
  void u32(std::uint64_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  void text(std::string_view text) {
    for (const char character : text) bytes_[at_++] = static_cast<std::uint8_t>(character);
  }

 private:
  void put(std::uint64_t value, unsigned size_bytes) {
    for (unsigned i = size_bytes; i > 0; --i)
      bytes_[at_++] = static_cast<std::uint8_t>(value >> (8 * (i - 1)));
  }

  std::vector<std::uint8_t>& bytes_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::optional<Qcow2Front> qcow2_front(octets::Bytes first_bytes) {
  if (first_bytes.size() < kVersion2HeaderBytes || !std::ranges::equal(first_bytes.first(4), kMagic)) {
    return std::nullopt;
  }
  const std::uint64_t version = big_endian(first_bytes, 4, 4);
  if (version < 2 || (version > 2 && first_bytes.size() < kHeaderBytes)) return std::nullopt;
  Qcow2Front front;
  const std::uint64_t backing_bytes = big_endian(first_bytes, 8, 8);
  const std::uint64_t backing_size_bytes = big_endian(first_bytes, 16, 4);
  front.virtual_bytes = big_endian(first_bytes, 24, 8);
  front.has_data_file = version > 2 && (big_endian(first_bytes, 72, 8) & kDataFileBit) != 0;
  front.has_backing = backing_bytes != 0;
  if (front.has_backing && backing_bytes < first_bytes.size() && backing_size_bytes <= kMaxBackingNameBytes &&
      backing_size_bytes <= first_bytes.size() - backing_bytes) {
    const octets::Bytes name = first_bytes.subspan(backing_bytes, backing_size_bytes);
    front.backing_name.assign(name.begin(), name.end());
  }
  return front;
}

Result<Qcow2Overlay> qcow2_overlay(std::uint64_t virtual_bytes, std::string_view backing_name) {
  if (virtual_bytes == 0 || virtual_bytes % kSectorBytes != 0 || virtual_bytes > kMostVirtualBytes) {
    return Error(ErrorId::kStoreFormExcluded,
                 fmt::format("no overlay of {} bytes is made, only of multiples of {} up to {}",
                             virtual_bytes, kSectorBytes, kMostVirtualBytes));
  }
  if (backing_name.empty() || backing_name.size() > kMaxBackingNameBytes) {
    return Error(ErrorId::kStoreFormExcluded,
                 fmt::format("the name of an overlay's master has {} bytes, a qcow2 header has room for {}",
                             backing_name.size(), kMaxBackingNameBytes));
  }
  constexpr std::string_view kRaw = "raw";
  constexpr std::uint64_t kFormatBytes = 8 + 8;  // type and length, and "raw" padded to eight bytes
  constexpr std::uint64_t kEndBytes = 8;
  Qcow2Overlay overlay;
  // The top table maps nothing yet: it is left to be a hole.
  overlay.bytes.resize(kTopTable * kClusterBytes);
  overlay.file_bytes = kClusters * kClusterBytes;
  BigEndianWriter writer(overlay.bytes);
  writer.seek(4);
  writer.u32(3);  // version
  writer.u64(kHeaderBytes + kFormatBytes + kEndBytes);
  writer.u32(backing_name.size());
  writer.u32(kClusterBits);
  writer.u64(virtual_bytes);
  writer.u32(0);  // not encrypted
  writer.u32((virtual_bytes + kMappedByOneTable - 1) / kMappedByOneTable);
  writer.u64(kTopTable * kClusterBytes);
  writer.u64(kRefcountTable * kClusterBytes);
  writer.u32(1);    // cluster of the reference count table
  writer.seek(96);  // no snapshots, no features
  writer.u32(4);    // reference counts have 2^4 bits
  writer.u32(kHeaderBytes);
  writer.u32(kBackingFormat);
  writer.u32(kRaw.size());
  writer.text(kRaw);
  writer.seek(kHeaderBytes + kFormatBytes + kEndBytes);
  writer.text(backing_name);
  writer.seek(kRefcountTable * kClusterBytes);
  writer.u64(kRefcountBlock * kClusterBytes);
  writer.seek(kRefcountBlock * kClusterBytes);
  for (std::uint64_t cluster = 0; cluster < kClusters; ++cluster) writer.u16(1);
  std::ranges::copy(kMagic, overlay.bytes.begin());
  return overlay;
}

}  // namespace nonvol::storage
