#include "testing/firmware_image_builder.h"

#include <lzma.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace nonvol::test_images {
namespace {

using octets::Guid;
using octets::guid_literal;

constexpr Guid kFfs2 = guid_literal("8c8ce578-8a3d-4f1c-9935-896185c32dd3");
constexpr Guid kFfs3 = guid_literal("5473c07a-3dcb-4dca-bd6f-1e9689e7349a");
constexpr Guid kLzma = guid_literal("ee4e5898-3914-4259-9d6e-dc7bd79403cf");
constexpr Guid kLzmaX86 = guid_literal("d42ae6bd-1352-4bfb-909a-ca72a6eae889");
constexpr Guid kCrc32 = guid_literal("fc1bcdb0-7d31-49aa-936a-a4600d9dd083");

void append(ByteVector& bytes, const ByteVector& more) {
  for (const std::uint8_t byte : more) bytes.push_back(byte);
}
void append(ByteVector& bytes, const Guid& guid) {
  bytes.insert(bytes.end(), guid.bytes.begin(), guid.bytes.end());
}
void append_le(ByteVector& bytes, std::uint64_t value, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}
void align(ByteVector& bytes, std::size_t to, std::uint8_t fill) {
  while (bytes.size() % to != 0) bytes.push_back(fill);
}
ByteVector little_endian(std::uint64_t value, unsigned size_bytes) {
  ByteVector bytes;
  append_le(bytes, value, size_bytes);
  return bytes;
}
std::uint8_t sum8(const ByteVector& bytes) {
  return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0u));
}

// "name" as bytes, without a NUL.
ByteVector ascii(std::string_view text) {
  return {text.begin(), text.end()};
}

ByteVector pad_file(std::size_t size_bytes, std::uint8_t erased) {
  constexpr std::size_t kHeaderBytes = 24;
  if (size_bytes < kHeaderBytes) std::abort();
  const Guid name = guid_literal("ffffffff-ffff-ffff-ffff-ffffffffffff");
  return file({.name = name, .type = 0xf0}, ByteVector(size_bytes - kHeaderBytes, erased));
}

ByteVector volume_header(const VolumeShape& shape, std::uint64_t size_bytes, std::uint16_t extended_at) {
  ByteVector header(16, 0);
  append(header, shape.file_system.value_or(shape.large_files ? kFfs3 : kFfs2));
  append_le(header, size_bytes, 8);
  append(header, ascii("_FVH"));
  append_le(header, shape.erased == 0xff ? 0x4feff : 0x4f6ff, 4);
  append_le(header, 0x48, 2);
  append_le(header, 0, 2);
  append_le(header, extended_at, 2);
  append_le(header, 0, 1);
  append_le(header, 2, 1);
  append_le(header, size_bytes / 8, 4);
  append_le(header, 8, 4);
  append_le(header, 0, 8);
  return header;
}

}  // namespace

ByteVector joined(std::initializer_list<ByteVector> parts) {
  ByteVector bytes;
  for (const ByteVector& part : parts) append(bytes, part);
  return bytes;
}

ByteVector u32(std::uint32_t value) {
  return little_endian(value, 4);
}
ByteVector u64(std::uint64_t value) {
  return little_endian(value, 8);
}

ByteVector utf16(std::string_view text) {
  ByteVector bytes;
  for (const char c : text) append_le(bytes, static_cast<std::uint8_t>(c), 2);
  append_le(bytes, 0, 2);
  return bytes;
}

ByteVector section(std::uint8_t type, const ByteVector& content) {
  ByteVector bytes = little_endian(content.size() + 4, 3);
  bytes.push_back(type);
  append(bytes, content);
  return bytes;
}

ByteVector large_section(std::uint8_t type, const ByteVector& content) {
  ByteVector bytes = little_endian(0xffffff, 3);
  bytes.push_back(type);
  append_le(bytes, content.size() + 8, 4);
  append(bytes, content);
  return bytes;
}

ByteVector name_section(std::string_view name) {
  return section(0x15, utf16(name));
}

ByteVector version_section(std::string_view version) {
  return section(0x14, joined({little_endian(7, 2), utf16(version)}));
}

ByteVector pe32_section(std::uint16_t machine, const ByteVector& data) {
  ByteVector image = ascii("MZ");
  image.resize(0x3c, 0);
  append_le(image, 0x40, 4);
  append(image, ByteVector{'P', 'E', 0, 0});
  append_le(image, machine, 2);
  align(image, 16, 0);
  append(image, data);
  return section(0x10, image);
}

ByteVector te_section(std::uint16_t machine) {
  ByteVector image = ascii("VZ");
  append_le(image, machine, 2);
  image.resize(40, 0);
  return section(0x12, image);
}

ByteVector guided_section(const Guid& guid, std::uint16_t attributes, const ByteVector& extra_header,
                          const ByteVector& content) {
  ByteVector bytes;
  append(bytes, guid);
  append_le(bytes, 24 + extra_header.size(), 2);
  append_le(bytes, attributes, 2);
  append(bytes, extra_header);
  append(bytes, content);
  return section(0x02, bytes);
}

ByteVector lzma(const ByteVector& content, bool x86_filter) {
  lzma_options_lzma options{};
  if (lzma_lzma_preset(&options, 6) != 0) std::abort();
  options.dict_size = 1 << 16;
  lzma_set_ext_size(options, content.size());
  const lzma_filter plain[] = {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  const lzma_filter filtered[] = {
      {LZMA_FILTER_X86, nullptr}, {LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  ByteVector packed(content.size() + content.size() / 2 + 4096);
  std::size_t used = 0;
  if (lzma_raw_buffer_encode(x86_filter ? filtered : plain, nullptr, content.data(), content.size(),
                             packed.data(), &used, packed.size()) != LZMA_OK) {
    std::abort();
  }
  packed.resize(used);
  ByteVector header{static_cast<std::uint8_t>((options.pb * 5 + options.lp) * 9 + options.lc)};
  append_le(header, options.dict_size, 4);
  append_le(header, content.size(), 8);
  return joined({header, packed});
}

ByteVector lzma_section(const ByteVector& content, bool x86_filter) {
  return guided_section(x86_filter ? kLzmaX86 : kLzma, 1, {}, lzma(content, x86_filter));
}

ByteVector crc_section(const ByteVector& content) {
  return guided_section(kCrc32, 2, u32(lzma_crc32(content.data(), content.size(), 0)), content);
}

ByteVector compression_section(std::uint8_t kind, const ByteVector& content) {
  return section(0x01, joined({u32(static_cast<std::uint32_t>(content.size())), {kind}, content}));
}

ByteVector joined_sections(std::initializer_list<ByteVector> sections) {
  ByteVector bytes;
  for (const ByteVector& one : sections) {
    align(bytes, 4, 0);
    append(bytes, one);
  }
  return bytes;
}

ByteVector file(const FileShape& shape, const ByteVector& content) {
  const std::size_t size_bytes = content.size() + (shape.large ? 32 : 24);
  ByteVector header;
  append(header, shape.name);
  append_le(header, 0, 2);
  header.push_back(shape.type);
  header.push_back(shape.large ? shape.attributes | 1 : shape.attributes);
  append_le(header, shape.large ? 0 : size_bytes, 3);
  header.push_back(0);
  if (shape.large) append_le(header, size_bytes, 8);
  header[16] = static_cast<std::uint8_t>(-sum8(header));
  header[17] = (shape.attributes & 0x40) != 0 ? static_cast<std::uint8_t>(-sum8(content)) : 0xaa;
  header[23] = shape.state;
  return joined({header, content});
}

Guid module_guid(std::string_view name) {
  Guid guid;
  for (std::size_t i = 0; i < name.size(); ++i) guid.bytes[i % 16] ^= static_cast<std::uint8_t>(name[i] + i);
  return guid;
}

ByteVector module(std::string_view name, std::uint8_t type, std::uint16_t machine, const ByteVector& data) {
  return file({.name = module_guid(name), .type = type},
              joined_sections({pe32_section(machine, data), name_section(name), version_section("1.0")}));
}

ByteVector volume(const VolumeShape& shape, std::initializer_list<ByteVector> files) {
  ByteVector bytes(0x48, 0);
  std::uint16_t extended_at = 0;
  if (shape.name) {
    // As GenFv does it: inside a pad file.
    ByteVector extended;
    append(extended, *shape.name);
    append_le(extended, 20, 4);
    extended_at = 0x48 + 24;
    append(bytes,
           file({.name = guid_literal("ffffffff-ffff-ffff-ffff-ffffffffffff"), .type = 0xf0}, extended));
  }
  for (const ByteVector& one : files) {
    align(bytes, 8, shape.erased);
    const bool last = &one == files.end() - 1;
    if (last && shape.at_the_end) {
      append(bytes, pad_file(shape.size_bytes - one.size() - bytes.size(), shape.erased));
    }
    append(bytes, one);
  }
  align(bytes, 8, shape.erased);
  if (bytes.size() < shape.size_bytes) bytes.resize(shape.size_bytes, shape.erased);
  const ByteVector header = volume_header(shape, bytes.size(), extended_at);
  std::ranges::copy(header, bytes.begin());
  fix_volume_checksum(bytes);
  return bytes;
}

void fix_volume_checksum(ByteVector& bytes, std::uint64_t offset_bytes) {
  constexpr std::size_t kHeaderBytes = 0x48;
  const auto header = bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes);
  header[0x32] = header[0x33] = 0;
  unsigned sum = 0;
  for (std::size_t i = 0; i < kHeaderBytes; i += 2) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    sum += static_cast<unsigned>(header[at] | header[at + 1] << 8);
  }
  const unsigned checksum = 0x10000 - (sum & 0xffff);
  header[0x32] = static_cast<std::uint8_t>(checksum);
  header[0x33] = static_cast<std::uint8_t>(checksum >> 8);
}

ByteVector reset_vector(const ByteVector& before, std::initializer_list<TableEntry> entries) {
  ByteVector table;
  for (const TableEntry& entry : entries) {
    append(table, entry.data);
    append_le(table, entry.data.size() + 18, 2);
    append(table, entry.guid);
  }
  append_le(table, table.size() + 18, 2);
  append(table, guid_literal("96b582de-1fb2-45f7-baea-a366c55a082d"));
  return joined({before, table, ByteVector(32, 0x90)});
}

}  // namespace nonvol::test_images
