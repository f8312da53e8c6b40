#include "testing/store_builder.h"

#include <algorithm>

namespace nonvol::test_stores {
namespace {

constexpr octets::Guid kNvData = octets::guid_literal("fff12b8d-7696-4c8b-a985-2747075b4f50");
constexpr octets::Guid kAuthenticated = octets::guid_literal("aaf32c78-947b-439a-a180-2e144ec37792");
constexpr octets::Guid kPlain = octets::guid_literal("ddcf3616-3275-4164-98b6-fe85707ffe7d");
constexpr octets::Guid kWorking = octets::guid_literal("9e58292b-7c68-497d-a0ce-6500fd9f1b95");
constexpr std::uint64_t kVolumeHeaderBytes = 72;
constexpr std::uint64_t kStoreHeaderBytes = 28;

void put(ByteVector& out, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// Byte by byte: g++ 12 warns of an overflow that is none when it inlines insert().
void put(ByteVector& out, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) out.push_back(byte);
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

ByteVector volume_header(const Shape& shape) {
  ByteVector out(16, 0);
  put(out, kNvData.bytes);
  put(out, shape.volume_bytes, 8);
  for (const char c : {'_', 'F', 'V', 'H'}) out.push_back(static_cast<std::uint8_t>(c));
  put(out, shape.attributes, 4);
  put(out, kVolumeHeaderBytes, 2);
  put(out, 0, 2);  // checksum
  put(out, 0, 2);  // extended header
  put(out, 0, 1);
  put(out, 2, 1);  // revision
  put(out, shape.blocks, 4);
  put(out, shape.block_bytes, 4);
  put(out, 0, 8);
  fix_checksum(out);
  return out;
}

// The checksum is taken with itself and the state as they are in erased flash.
ByteVector working_header(std::uint64_t area_bytes) {
  const auto with = [&](std::uint32_t crc, std::uint32_t state) {
    ByteVector out;
    put(out, kWorking.bytes);
    put(out, crc, 4);
    put(out, state, 4);
    put(out, area_bytes - 32, 8);
    return out;
  };
  return with(crc32(with(0xffffffff, 0xffffffff)), 0xfffffffe);
}

ByteVector record_header(const TestRecord& record, bool plain, std::uint64_t name_bytes) {
  ByteVector out{0xaa, 0x55, record.state, 0};
  put(out, record.attributes, 4);
  if (!plain) {
    put(out, record.count, 8);
    put(out, record.timestamp);
    put(out, record.key_index, 4);
  }
  put(out, record.name_size.value_or(static_cast<std::uint32_t>(name_bytes)), 4);
  put(out, record.data_size.value_or(static_cast<std::uint32_t>(record.data.size())), 4);
  put(out, record.vendor.bytes);
  return out;
}

}  // namespace

Shape ovmf_2m() {
  return {"ovmf-2m", 0x20000, 0xdfb8, 0x20, 0x1000, 0x4feff, 0xf000, 0x1000};
}

Shape ovmf_4m() {
  return {"ovmf-4m", 0x84000, 0x3ffb8, 0x84, 0x1000, 0x4feff, 0x41000, 0x1000};
}

// With the block count of the whole 64 MiB bank, as ARM's driver writes it.
Shape armvirt() {
  return {"armvirt", 0xc0000, 0x3ffb8, 0x100, 0x40000, 0xe36, 0x40000, 0x40000};
}

Shape tiny(std::uint32_t volume_bytes) {
  return {"tiny", volume_bytes, volume_bytes - 72, volume_bytes / 0x100, 0x100, 0x4feff, 0, 0};
}

Shape as_plain(Shape shape) {
  shape.plain = true;
  return shape;
}

std::optional<Shape> find_shape(std::string_view name) {
  for (const Shape& shape : {ovmf_2m(), ovmf_4m(), armvirt(), tiny()}) {
    if (shape.name == name) return shape;
  }
  if (name == "riscv-plain") return as_plain(armvirt());
  return std::nullopt;
}

StoreBuilder::StoreBuilder(Shape shape)
    : shape_(shape),
      bytes_(volume_header(shape)),
      next_(kVolumeHeaderBytes + kStoreHeaderBytes),
      end_(kVolumeHeaderBytes + shape.store_bytes) {
  put(bytes_, shape.plain ? kPlain.bytes : kAuthenticated.bytes);
  put(bytes_, shape.store_bytes, 4);
  bytes_.push_back(0x5a);
  bytes_.push_back(0xfe);
  put(bytes_, 0, 6);
  bytes_.resize(shape.volume_bytes, 0xff);
  if (shape.working_offset_bytes != 0) {
    poke(bytes_, shape.working_offset_bytes, working_header(shape.working_bytes));
  }
}

StoreBuilder& StoreBuilder::add(const TestRecord& record) {
  ByteVector name;
  for (const char16_t unit : record.name) put(name, unit, 2);
  if (record.nul) put(name, 0, 2);
  if (record.raw_name) name = *record.raw_name;
  ByteVector all = record_header(record, shape_.plain, name.size());
  if (!record.header_only) {
    put(all, name);
    put(all, record.data);
  }
  poke(bytes_, next_, all);
  offsets_.push_back(next_);
  next_ = std::min(next_ + (all.size() + 3) / 4 * 4, end_);
  return *this;
}

StoreBuilder& StoreBuilder::add_all(std::span<const TestRecord> records) {
  for (const TestRecord& record : records) add(record);
  return *this;
}

void poke(ByteVector& bytes, std::uint64_t offset_bytes, std::span<const std::uint8_t> values) {
  if (bytes.size() < offset_bytes + values.size()) bytes.resize(offset_bytes + values.size(), 0xff);
  std::ranges::copy(values, bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
}

void poke(ByteVector& bytes, std::uint64_t offset_bytes, std::initializer_list<std::uint8_t> values) {
  poke(bytes, offset_bytes, std::span(values.begin(), values.size()));
}

void poke_u32(ByteVector& bytes, std::uint64_t offset_bytes, std::uint32_t value) {
  ByteVector raw;
  put(raw, value, 4);
  poke(bytes, offset_bytes, raw);
}

void fix_checksum(ByteVector& bytes) {
  poke(bytes, 0x32, {0, 0});
  unsigned sum = 0;
  const std::size_t header_bytes = bytes.at(0x30) | bytes.at(0x31) << 8;
  for (std::size_t i = 0; i + 1 < header_bytes; i += 2) sum += bytes.at(i) | bytes.at(i + 1) << 8;
  const unsigned checksum = 0x10000u - (sum & 0xffff);
  poke(bytes, 0x32, {static_cast<std::uint8_t>(checksum), static_cast<std::uint8_t>(checksum >> 8)});
}

ByteVector efi_time(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                    unsigned second) {
  ByteVector out;
  put(out, year, 2);
  for (const unsigned field : {month, day, hour, minute, second}) put(out, field, 1);
  out.resize(16, 0);
  return out;
}

}  // namespace nonvol::test_stores
