#include "flash/compose.h"

#include <algorithm>

#include "flash/signatures.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::guid_literal;

constexpr std::uint64_t kVolumeHeaderBytes = 0x48;
constexpr std::uint64_t kChecksumOffsetBytes = 0x32;
constexpr std::uint32_t kVolumeAttributes = 0x4feff;  // what the builds' templates have
constexpr std::uint64_t kWorkingHeaderBytes = 32;

// Appends little-endian fields in the order in which a header has them.
class Writer {
 public:
  Writer& number(std::uint64_t value, unsigned size_bytes) {
    for (unsigned i = 0; i < size_bytes; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Writer& bytes(octets::Bytes bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Writer& fill(std::size_t size_bytes, std::uint8_t value) {
    out_.insert(out_.end(), size_bytes, value);
    return *this;
  }
  std::vector<std::uint8_t> take() { return std::move(out_); }

 private:
  std::vector<std::uint8_t> out_;
};

// CRC-32 as UEFI's CalculateCrc32 and IEEE 802.3 have it. Thirty-two bytes: a table would be longer.
std::uint32_t crc32(octets::Bytes bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1u) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

}  // namespace

std::vector<std::uint8_t> volume_headers(const Layout& layout, HeaderKind kind) {
  Writer writer;
  writer.fill(16, 0).bytes(kNvData.bytes).number(layout.volume_bytes, 8);
  writer.bytes(std::array<std::uint8_t, 4>{'_', 'F', 'V', 'H'}).number(kVolumeAttributes, 4);
  writer.number(kVolumeHeaderBytes, 2).number(0, 2).number(0, 2).number(0, 1).number(2, 1);
  writer.number(layout.volume_bytes / layout.block_bytes, 4).number(layout.block_bytes, 4).fill(8, 0);
  std::vector<std::uint8_t> result = writer.take();
  const auto checksum = static_cast<std::uint16_t>(-octets::sum16(result));
  result[kChecksumOffsetBytes] = static_cast<std::uint8_t>(checksum);
  result[kChecksumOffsetBytes + 1] = static_cast<std::uint8_t>(checksum >> 8);
  Writer store;
  store.bytes(kind == HeaderKind::kAuthenticated ? kAuthenticatedStore.bytes : kPlainStore.bytes);
  store.number(layout.variables_end_bytes - kVolumeHeaderBytes, 4).number(0x5a, 1).number(0xfe, 1).fill(6, 0);
  const std::vector<std::uint8_t> behind = store.take();
  result.insert(result.end(), behind.begin(), behind.end());
  return result;
}

// The checksum covers its own field, the state and the reserved bytes as if they were erased (edk2:
// InitializeLocalWorkSpaceHeader).
std::vector<std::uint8_t> working_area_header(const Layout& layout) {
  Writer writer;
  writer.bytes(kWorkingArea.bytes).fill(4, 0xff).fill(4, 0xff);
  writer.number(layout.working.size_bytes - kWorkingHeaderBytes, 8);
  std::vector<std::uint8_t> result = writer.take();
  const std::uint32_t crc = crc32(result);
  for (unsigned i = 0; i < 4; ++i) result[16 + i] = static_cast<std::uint8_t>(crc >> (8 * i));
  result[20] = 0xfe;
  return result;
}

std::vector<std::uint8_t> empty_working_area(const Layout& layout) {
  std::vector<std::uint8_t> area(layout.working.size_bytes, 0xff);
  std::ranges::copy(working_area_header(layout), area.begin());
  return area;
}

std::vector<std::uint8_t> blank_volume(const Layout& layout, HeaderKind kind) {
  std::vector<std::uint8_t> volume(layout.volume_bytes, 0xff);
  std::ranges::copy(volume_headers(layout, kind), volume.begin());
  std::ranges::copy(working_area_header(layout),
                    volume.begin() + static_cast<std::ptrdiff_t>(layout.working.offset_bytes));
  return volume;
}

std::uint64_t content_bytes_of(const variable::Variable& variable, HeaderKind kind) {
  return record_header_size_bytes(kind) + variable.identity.name_utf16.size() + 2 + variable.data.size();
}

std::vector<std::uint8_t> encode_record(const variable::Variable& variable, HeaderKind kind,
                                        std::uint8_t state) {
  Writer writer;
  writer.number(0x55aa, 2).number(state, 1).number(0, 1).number(variable.attributes, 4);
  if (kind == HeaderKind::kAuthenticated) {
    writer.number(variable.monotonic_count, 8).bytes(variable.time).number(variable.public_key_index, 4);
  }
  writer.number(variable.identity.name_utf16.size() + 2, 4).number(variable.data.size(), 4);
  writer.bytes(variable.identity.vendor.bytes)
      .bytes(variable.identity.name_utf16)
      .number(0, 2)
      .bytes(variable.data);
  std::vector<std::uint8_t> record = writer.take();
  record.resize((record.size() + 3) / 4 * 4, 0xff);
  return record;
}

}  // namespace nonvol::flash
