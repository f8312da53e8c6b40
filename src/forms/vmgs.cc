#include "forms/vmgs.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>

#include "forms/checks.h"
#include "octets/text.h"

namespace nonvol::forms {
namespace {

using octets::Bytes;
using octets::Reader;
using variable::Variable;

constexpr std::uint64_t kSignature = 0x5354525453455547;  // "GUESTRTS"
constexpr std::uint32_t kVersion2 = 0x20000;
constexpr std::uint32_t kVersion3 = 0x30000;
constexpr std::size_t kHeaderBytes = 168;
constexpr std::size_t kChecksumAt = 12;
constexpr std::uint64_t kBlockBytes = 4096;
constexpr std::uint32_t kFirstBlock = 2;  // two blocks are the headers'
constexpr std::uint32_t kFileTableBlocks = 1;
constexpr std::uint64_t kFileEntryBytes = 64;
constexpr std::uint32_t kNvramFile = 1;
constexpr std::uint32_t kVariableRecord = 0;
constexpr std::uint64_t kRecordBytes = 48;
// What openvmm takes (hcl_compat_uefi_nvram_storage): it refuses all of the variables at one larger.
constexpr std::uint64_t kLargestNameBytes = 2048;
constexpr std::uint64_t kLargestDataBytes = 32768;

struct Header {
  std::uint32_t version = 0;
  std::uint32_t sequence = 0;
  std::uint32_t table_block = 0;
  std::uint16_t encryption = 0;
};

struct FileEntry {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
  bool encrypted = false;
};

std::string dump_hint(const std::string& file_name) {
  return fmt::format("hexdump -C -n 8192 {}", octets::shell_path(file_name));
}

Error error(ErrorId id, const std::string& file_name, std::uint64_t offset_bytes, std::string message) {
  return Error(id, std::move(message))
      .at(Place::at_byte(file_name, offset_bytes))
      .with_hint(dump_hint(file_name));
}

// CRC-32 of the header with its own checksum as zero.
std::uint32_t header_checksum(Bytes header) {
  std::array<std::uint8_t, kHeaderBytes> copy{};
  std::ranges::copy(header, copy.begin());
  std::fill_n(copy.begin() + kChecksumAt, 4, std::uint8_t{0});
  return static_cast<std::uint32_t>(crc32(crc32(0, nullptr, 0), copy.data(), kHeaderBytes));
}

Result<Header> read_header(const std::string& file_name, Bytes file, std::uint64_t offset_bytes) {
  const auto bad = [&](std::string_view field, std::uint64_t at, std::string is, std::string wanted) {
    return error(
        ErrorId::kVmgsHeader, file_name, offset_bytes + at,
        fmt::format("{} at offset {:#x} of {}: is {}, {}", field, offset_bytes + at, file_name, is, wanted));
  };
  if (file.size() < offset_bytes + kHeaderBytes) {
    return bad("VMGS header", 0, fmt::format("cut off, the file has {} bytes", file.size()),
               fmt::format("it needs {}", offset_bytes + kHeaderBytes));
  }
  const Bytes bytes = file.subspan(offset_bytes, kHeaderBytes);
  Reader reader(bytes, offset_bytes);
  Header header;
  const std::uint64_t signature = reader.u64("signature");
  header.version = reader.u32("version");
  const std::uint32_t checksum = reader.u32("checksum");
  header.sequence = reader.u32("sequence number");
  const std::uint32_t size_bytes = reader.u32("header size");
  header.table_block = reader.u32("file table offset");
  const std::uint32_t table_blocks = reader.u32("file table size");
  header.encryption = reader.u16("encryption algorithm");
  if (signature != kSignature)
    return bad("signature", 0, fmt::format("{:#x}", signature), "VMGS has 'GUESTRTS'");
  if (header.version != kVersion2 && header.version != kVersion3)
    return bad("version", 8, fmt::format("{:#x}", header.version), "0x20000 and 0x30000 are known");
  if (size_bytes != kHeaderBytes)
    return bad("header size", 20, std::to_string(size_bytes), fmt::format("VMGS has {}", kHeaderBytes));
  if (const std::uint32_t computed = header_checksum(bytes); checksum != computed)
    return bad("checksum", 12, fmt::format("{:#010x}", checksum),
               fmt::format("the header has {:#010x}", computed));
  if (header.table_block < kFirstBlock || table_blocks != kFileTableBlocks) {
    return bad("file table", 24, fmt::format("{} blocks from block {} on", table_blocks, header.table_block),
               "one block behind the headers is meant");
  }
  return header;
}

// Two copies that are written in turn. The newer one counts, and it is newer by exactly one (openvmm:
// get_active_header); the numbers wrap.
Result<Header> choose_header(const std::string& file_name, Bytes file) {
  const auto first = read_header(file_name, file, 0);
  // The second is in the second sector, and nothing says whether sectors have 512 bytes or 4096.
  auto second = read_header(file_name, file, 512);
  if (!second) second = read_header(file_name, file, 4096);
  if (!first && !second) return first.error();
  if (!second) return *first;
  if (!first) return *second;
  if (first->sequence == second->sequence + 1) return *first;
  if (second->sequence == first->sequence + 1) return *second;
  return error(ErrorId::kVmgsHeader, file_name, 16,
               fmt::format("sequence numbers of {}: are {} and {}, the newer header must be one ahead",
                           file_name, first->sequence, second->sequence));
}

Result<std::optional<FileEntry>> find_file(const std::string& file_name, Bytes file, const Header& header,
                                           std::uint32_t number) {
  const std::uint64_t table_bytes = header.table_block * kBlockBytes;
  if (file.size() < table_bytes + kBlockBytes) {
    return error(ErrorId::kVmgsFileTable, file_name, table_bytes,
                 fmt::format("file table at offset {:#x} of {}: needs {} bytes, the file has {}", table_bytes,
                             file_name, kBlockBytes, file.size()));
  }
  const std::uint64_t at = table_bytes + number * kFileEntryBytes;
  Reader reader(file.subspan(at, kFileEntryBytes), at);
  FileEntry entry;
  entry.offset_bytes = reader.u32("offset") * kBlockBytes;
  const std::uint64_t allocated_bytes = reader.u32("allocation size") * kBlockBytes;
  entry.size_bytes = reader.u64("valid data size");
  const Bytes nonce_and_tag = reader.bytes("nonce and tag", 28);
  if (allocated_bytes == 0) return std::nullopt;
  if (entry.offset_bytes < kFirstBlock * kBlockBytes || entry.size_bytes > allocated_bytes ||
      entry.offset_bytes + allocated_bytes > file.size()) {
    return error(
        ErrorId::kVmgsFileTable, file_name, at,
        fmt::format("file {} of {}: {} of {} bytes at offset {:#x} do not fit, the whole has {}", number,
                    file_name, entry.size_bytes, allocated_bytes, entry.offset_bytes, file.size()));
  }
  // Which files are encrypted stands in another table, itself encrypted; what is not has no nonce and no tag.
  entry.encrypted =
      header.version >= kVersion3 && header.encryption != 0 && !octets::all_equal(nonce_and_tag, 0);
  return entry;
}

// The record at the reader, or why there is none.
Result<Variable> read_record(const std::string& file_name, Reader& reader) {
  const std::uint64_t at = reader.offset_bytes();
  const std::uint32_t type = reader.u32("record type");
  const std::uint64_t length_bytes = reader.u32("record length");
  Variable variable;
  variable.attributes = reader.u32("attributes");
  const Bytes time = reader.bytes("time", variable.time.size());
  variable.identity.vendor = reader.guid("vendor");
  const std::uint64_t name_bytes = reader.u16("name size");
  const std::uint64_t data_bytes = reader.u16("data size");
  const Bytes name = reader.bytes("name", name_bytes);
  const Bytes data = reader.bytes("data", data_bytes);
  const auto bad = [&](std::string message) {
    return error(ErrorId::kVmgsRecord, file_name, at,
                 fmt::format("variable at offset {:#x} of {}: {}; openvmm refuses all variables for this", at,
                             file_name, message));
  };
  if (reader.failure()) return bad(octets::describe(*reader.failure()));
  if (type != kVariableRecord)
    return bad(fmt::format("is a record of type {}, {} is known", type, kVariableRecord));
  if (length_bytes != kRecordBytes + name_bytes + data_bytes) {
    return bad(fmt::format("has length {}, its header, name and data have {}", length_bytes,
                           kRecordBytes + name_bytes + data_bytes));
  }
  if (name_bytes > kLargestNameBytes || data_bytes > kLargestDataBytes) {
    return bad(fmt::format("has {} bytes of name and {} of data, at most {} and {} are allowed", name_bytes,
                           data_bytes, kLargestNameBytes, kLargestDataBytes));
  }
  if (name_bytes < 4 || name_bytes % 2 != 0 || !octets::all_equal(name.last(2), 0))
    return bad(fmt::format("has a name of {} bytes that is empty or not ended by a NUL", name_bytes));
  std::ranges::copy(time, variable.time.begin());
  variable.identity.name_utf16.assign(name.begin(), name.end() - 2);
  variable.data.assign(data.begin(), data.end());
  return variable;
}

}  // namespace

Result<FormContents> read_vmgs(const std::string& file_name, Bytes file) {
  if (const auto small = check_size(file_name, file.size(), kLargestVmgsBytes); !small) return small.error();
  const auto header = choose_header(file_name, file);
  if (!header) return header.error();
  const auto entry = find_file(file_name, file, *header, kNvramFile);
  if (!entry) return entry.error();
  FormContents contents{Form::kVmgs, {}, {}};
  if (!*entry || (*entry)->size_bytes == 0) {
    contents.findings.push_back(
        {Severity::kNote, ErrorId::kVmgsNoVariables,
         fmt::format("{} has no file {}: the guest never kept a UEFI variable", file_name, kNvramFile),
         Place::in_file(file_name), dump_hint(file_name)});
    return contents;
  }
  const FileEntry& nvram = **entry;
  if (nvram.encrypted) {
    return error(ErrorId::kVmgsEncrypted, file_name, nvram.offset_bytes,
                 fmt::format("the {} bytes of UEFI variables in {} are encrypted, algorithm {}",
                             nvram.size_bytes, file_name, header->encryption));
  }
  Reader reader(file.subspan(nvram.offset_bytes, nvram.size_bytes), nvram.offset_bytes);
  while (reader.left_bytes() != 0) {
    auto variable = read_record(file_name, reader);
    if (!variable) {
      contents.findings.push_back(to_finding(variable.error()));
      break;
    }
    contents.variables.push_back(*std::move(variable));
  }
  // openvmm sets one after the other in memory, so that the last stays.
  drop_duplicates(contents, Counts::kLast, file_name);
  return contents;
}

}  // namespace nonvol::forms
