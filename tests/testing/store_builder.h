#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "octets/guid.h"

// Variable stores made to order for tests. The offsets and sizes here are written down a second time on
// purpose: they come from the description of the format and not from src/flash.
namespace nonvol::test_stores {

using ByteVector = std::vector<std::uint8_t>;

struct Shape {
  std::string_view name;
  std::uint64_t volume_bytes;
  std::uint32_t store_bytes;  // store header and records
  std::uint32_t blocks;
  std::uint32_t block_bytes;
  std::uint32_t attributes;
  std::uint64_t working_offset_bytes;  // 0: no fault-tolerant-write area
  std::uint64_t working_bytes;
  bool plain = false;
};

// "ovmf-2m", "ovmf-4m", "armvirt", "riscv-plain" and "tiny" (1 KiB, of no real firmware).
std::optional<Shape> find_shape(std::string_view name);
Shape ovmf_2m();
Shape ovmf_4m();
Shape armvirt();
Shape tiny(std::uint32_t volume_bytes = 0x400);
Shape as_plain(Shape shape);

inline constexpr octets::Guid kGlobal = octets::guid_literal("8be4df61-93ca-11d2-aa0d-00e098032b8c");
inline constexpr octets::Guid kSecurity = octets::guid_literal("d719b2cb-3d3a-4596-a3bc-dad00e67656f");

struct TestRecord {
  std::u16string name = {};  // written with a final NUL unless `nul` is false
  octets::Guid vendor = kGlobal;
  std::uint8_t state = 0x3f;
  ByteVector data = {1};
  std::uint32_t attributes = 7;
  ByteVector timestamp = ByteVector(16, 0);
  std::uint64_t count = 0;
  std::uint32_t key_index = 0;
  std::optional<std::uint32_t> name_size = std::nullopt;  // where the header is to lie
  std::optional<std::uint32_t> data_size = std::nullopt;
  bool nul = true;
  std::optional<ByteVector> raw_name = std::nullopt;  // instead of `name`
  bool header_only = false;                           // name and data are not written
};

class StoreBuilder {
 public:
  explicit StoreBuilder(Shape shape);
  // Appends a record where the next one belongs; a hole occupies its header only if `header_only` says so.
  StoreBuilder& add(const TestRecord& record);
  StoreBuilder& add_all(std::span<const TestRecord> records);
  std::uint64_t next_offset_bytes() const { return next_; }
  std::uint64_t left_bytes() const { return end_ - next_; }
  // Where the record added as number `index` begins.
  std::uint64_t offset_of(std::size_t index) const { return offsets_.at(index); }
  std::uint64_t record_header_bytes() const { return shape_.plain ? 32 : 60; }
  const ByteVector& bytes() const { return bytes_; }

 private:
  Shape shape_;
  ByteVector bytes_;
  std::vector<std::uint64_t> offsets_;
  std::uint64_t next_;
  std::uint64_t end_;
};

void poke(ByteVector& bytes, std::uint64_t offset_bytes, std::span<const std::uint8_t> values);
void poke(ByteVector& bytes, std::uint64_t offset_bytes, std::initializer_list<std::uint8_t> values);
void poke_u32(ByteVector& bytes, std::uint64_t offset_bytes, std::uint32_t value);
// Makes the volume header's checksum right again after a change to the header.
void fix_checksum(ByteVector& bytes);
// 16 bytes of EFI_TIME in UTC.
ByteVector efi_time(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                    unsigned second);

}  // namespace nonvol::test_stores
