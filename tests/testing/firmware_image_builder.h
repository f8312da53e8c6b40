#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "octets/guid.h"

// Firmware images made to order for tests, from the inside out. The layout of the structures is written down
// a second time on purpose: it comes from the PI specification and not from src/flash.
namespace nonvol::test_images {

using ByteVector = std::vector<std::uint8_t>;

ByteVector joined(std::initializer_list<ByteVector> parts);
// Little endian.
ByteVector u32(std::uint32_t value);
ByteVector u64(std::uint64_t value);
ByteVector utf16(std::string_view ascii);  // with a final NUL

// --- sections; a list of them is joined_sections({...})

ByteVector section(std::uint8_t type, const ByteVector& content);
ByteVector large_section(std::uint8_t type, const ByteVector& content);  // with the size behind the header
ByteVector name_section(std::string_view name);
ByteVector version_section(std::string_view version);
// An executable with nothing but its machine in the headers, and `data` behind them.
ByteVector pe32_section(std::uint16_t machine, const ByteVector& data = {});
ByteVector te_section(std::uint16_t machine);
ByteVector guided_section(const octets::Guid& guid, std::uint16_t attributes, const ByteVector& extra_header,
                          const ByteVector& content);
ByteVector lzma_section(const ByteVector& content, bool x86_filter = false);
// What lzma_section packs, alone: properties, dictionary size, size, data.
ByteVector lzma(const ByteVector& content, bool x86_filter = false);
ByteVector crc_section(const ByteVector& content);
ByteVector compression_section(std::uint8_t kind, const ByteVector& content);
ByteVector joined_sections(std::initializer_list<ByteVector> sections);

// --- files and volumes

struct FileShape {
  octets::Guid name;
  std::uint8_t type = 0x07;
  std::uint8_t attributes = 0;  // 0x40: with a checksum of the data
  std::uint8_t state = 0xf8;
  bool large = false;  // header of FFSv3's large files
};
ByteVector file(const FileShape& shape, const ByteVector& content);
// A module: one section with code for `machine`, and its name.
ByteVector module(std::string_view name, std::uint8_t type, std::uint16_t machine,
                  const ByteVector& data = {});
// The GUID that module() gives to a file of that name.
octets::Guid module_guid(std::string_view name);

struct VolumeShape {
  std::optional<octets::Guid> name = std::nullopt;  // with an extended header
  std::uint64_t size_bytes = 0;                     // 0: as much as the files need
  bool large_files = false;                         // FFSv3
  std::uint8_t erased = 0xff;
  std::optional<octets::Guid> file_system = std::nullopt;
  bool at_the_end = false;  // the last file ends where the volume does, with a pad file before it
};
ByteVector volume(const VolumeShape& shape, std::initializer_list<ByteVector> files);
// Makes the volume header's checksum right again after a change to the header.
void fix_volume_checksum(ByteVector& bytes, std::uint64_t offset_bytes = 0);

// --- the end of x86 images

struct TableEntry {
  octets::Guid guid;
  ByteVector data;
};
// The table with its footer, and the 32 bytes behind it; `before` lies in front of the table.
ByteVector reset_vector(const ByteVector& before, std::initializer_list<TableEntry> entries);

// --- whole images

constexpr std::uint16_t kX64 = 0x8664;
constexpr std::uint16_t kIa32 = 0x014c;
constexpr std::uint16_t kAarch64 = 0xaa64;

struct SmallImage {
  std::uint16_t early_machine = kX64;
  std::uint16_t machine = kX64;
  bool secure_boot = true;
  bool smm = false;
  bool debug = false;
  bool pei = true;
  bool table = true;                  // with entries for SEV-ES
  bool sev_snp = false;               // with SEV metadata
  std::uint32_t tdx_store_bytes = 0;  // with TDX metadata and that store
  std::uint32_t secret_base = 0;
  std::string_view version = "";
  bool store_template = true;  // 528 KiB
  bool uefi_vars = false;
};
// Like OVMF_CODE.fd, in 16 KiB: a volume with the compressed main part, and one with SEC and the reset
// vector.
ByteVector small_image(const SmallImage& shape = {});

}  // namespace nonvol::test_images
