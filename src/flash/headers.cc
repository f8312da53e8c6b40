#include "flash/headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "flash/hints.h"
#include "flash/signatures.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Guid;
using octets::guid_literal;

constexpr Guid kFfs2 = guid_literal("8c8ce578-8a3d-4f1c-9935-896185c32dd3");
constexpr Guid kFfs3 = guid_literal("5473c07a-3dcb-4dca-bd6f-1e9689e7349a");
constexpr Guid kErasedGuid = guid_literal("ffffffff-ffff-ffff-ffff-ffffffffffff");

constexpr std::uint64_t kFixedVolumeHeaderBytes = 0x38;
constexpr std::uint64_t kSmallestVolumeHeaderBytes = 0x48;  // one run of blocks and the end of the map
constexpr std::uint64_t kLargestVolumeHeaderBytes = 0x1000;
constexpr std::uint64_t kStoreHeaderBytes = 28;
// The largest store of any edk2 platform for virtual machines has 256 KiB. More than this is not held in
// memory on the word of an unchecked field.
constexpr std::uint64_t kLargestStoreBytes = 16 << 20;

Error refuse(const VariableStore& store, ErrorId id, std::uint64_t offset_bytes, std::string message) {
  return Error(id, std::move(message))
      .at(Place::at_byte(store.file_name, offset_bytes))
      .with_hint(repair_hint(store.file_name));
}

// "FvLength at offset 0x20 of web01.fd", the beginning of most sentences here.
std::string field_at(const VariableStore& store, std::string_view field, std::uint64_t offset_bytes) {
  return fmt::format("{} at offset {:#x} of {}", field, offset_bytes, store.file_name);
}

struct VolumeFront {
  Guid file_system;
  std::uint32_t signature = 0;
};

std::optional<VolumeFront> volume_front(Bytes bytes) {
  octets::Reader reader(bytes);
  reader.bytes("zero vector", 16);
  VolumeFront front;
  front.file_system = reader.guid("file system");
  reader.u64("FvLength");
  front.signature = reader.u32("signature");
  if (reader.failure()) return std::nullopt;
  return front;
}

// Code images begin with a volume of the firmware file system, on ARM behind 4 KiB with the reset vector.
std::optional<std::uint64_t> code_volume_offset(Bytes bytes) {
  for (const std::uint64_t offset : {0x0u, 0x1000u}) {
    if (bytes.size() < offset) continue;
    const std::optional<VolumeFront> front = volume_front(bytes.subspan(offset));
    if (front && front->signature == kVolumeSignature &&
        (front->file_system == kFfs2 || front->file_system == kFfs3)) {
      return offset;
    }
  }
  return std::nullopt;
}

Error not_a_store(const VariableStore& store, std::uint64_t offset_bytes, std::string why) {
  constexpr std::uint8_t kQcow2Magic[] = {'Q', 'F', 'I', 0xfb};
  const Bytes bytes = store.bytes;
  Error error = Error(ErrorId::kNotAVariableStore, std::move(why))
                    .at(Place::at_byte(store.file_name, offset_bytes))
                    .with_hint("nonvol explain NV2101");
  if (bytes.size() >= 4 && std::ranges::equal(bytes.first(4), kQcow2Magic)) {
    return std::move(error)
        .with_note("it is a qcow2 image; this reader takes the raw form")
        .with_hint(to_raw_hint(store.file_name));
  }
  if (const auto offset = code_volume_offset(bytes)) {
    return std::move(error).with_note(
        fmt::format("it is a firmware code image: a volume of the firmware file system lies at offset {:#x}; "
                    "the variables are in another file, usually one with VARS in its name",
                    *offset));
  }
  return error;
}

Result<void> check_front(const VariableStore& store) {
  const std::optional<VolumeFront> front = volume_front(store.bytes);
  if (!front) {
    return not_a_store(store, 0,
                       fmt::format("{} has {} bytes, a firmware volume header has {}", store.file_name,
                                   store.bytes.size(), kSmallestVolumeHeaderBytes));
  }
  if (front->signature != kVolumeSignature) {
    return not_a_store(
        store, 0x28,
        fmt::format("{}: is {:#010x}, a firmware volume has {:#010x} ('_FVH')",
                    field_at(store, "volume signature", 0x28), front->signature, kVolumeSignature));
  }
  if (front->file_system != kNvData) {
    return not_a_store(
        store, 0x10,
        fmt::format("{}: is {}, a variable store has {}", field_at(store, "file system GUID", 0x10),
                    front->file_system.text(), kNvData.text()));
  }
  return {};
}

Error cut_off(const VariableStore& store, std::uint64_t needed_bytes) {
  return refuse(store, ErrorId::kStoreTruncated, store.bytes.size(),
                fmt::format("{} ends inside its headers: it has {} bytes, the headers need {}",
                            store.file_name, store.bytes.size(), needed_bytes));
}

// Reads the volume header and checks its shape, so that its block map and what lies behind can be read.
Result<void> read_volume(VariableStore& store) {
  VolumeHeader& volume = store.volume;
  octets::Reader reader(store.bytes);
  reader.bytes("zero vector and file system", 0x20);
  volume.length_bytes = reader.u64("FvLength");
  reader.u32("signature");
  volume.attributes = reader.u32("attributes");
  volume.header_length_bytes = reader.u16("header length");
  volume.checksum = reader.u16("checksum");
  volume.extended_header_offset_bytes = reader.u16("extended-header offset");
  reader.u8("reserved");
  volume.revision = reader.u8("revision");
  if (reader.failure()) return cut_off(store, kSmallestVolumeHeaderBytes + kStoreHeaderBytes);
  const std::uint64_t length = volume.header_length_bytes;
  if (length < kSmallestVolumeHeaderBytes || length > kLargestVolumeHeaderBytes || length % 8 != 0) {
    return refuse(store, ErrorId::kVolumeHeader, 0x30,
                  fmt::format("{}: says {} bytes, edk2 writes {}",
                              field_at(store, "firmware volume header length", 0x30), length,
                              kSmallestVolumeHeaderBytes));
  }
  if (volume.revision != kVolumeRevision) {
    return refuse(store, ErrorId::kVolumeHeader, 0x37,
                  fmt::format("{}: is {}, edk2 writes {}", field_at(store, "firmware volume revision", 0x37),
                              volume.revision, kVolumeRevision));
  }
  if (store.bytes.size() < length + kStoreHeaderBytes) return cut_off(store, length + kStoreHeaderBytes);
  const std::uint16_t sum = octets::sum16(Bytes(store.bytes).first(length));
  if (sum != 0) {
    return refuse(store, ErrorId::kVolumeChecksum, 0x32,
                  fmt::format("{}: says {:#06x}, the rest of the header needs {:#06x}; edk2's flash drivers "
                              "erase the whole file at this",
                              field_at(store, "firmware volume checksum", 0x32), volume.checksum,
                              static_cast<std::uint16_t>(volume.checksum - sum)));
  }
  return {};
}

Result<void> check_volume_length(const VariableStore& store) {
  const std::uint64_t length = store.volume.length_bytes;
  const std::uint64_t headers = store.volume.header_length_bytes + kStoreHeaderBytes;
  const std::string field = field_at(store, "firmware volume length", 0x20);
  if (length > store.file_size_bytes) {
    return refuse(store, ErrorId::kVolumeLength, 0x20,
                  fmt::format("{}: says {} bytes, the file has {}", field, length, store.file_size_bytes));
  }
  if (length < headers) {
    return refuse(store, ErrorId::kVolumeLength, 0x20,
                  fmt::format("{}: says {} bytes, its headers alone have {}", field, length, headers));
  }
  return {};
}

// ARM's driver counts the blocks of the whole flash bank, so that the map may cover more than the volume.
Result<void> read_block_map(VariableStore& store) {
  VolumeHeader& volume = store.volume;
  const auto bad = [&](std::uint64_t offset, std::string_view field, std::string numbers) {
    return refuse(store, ErrorId::kVolumeBlocks, offset,
                  fmt::format("{}: {}", field_at(store, field, offset), numbers));
  };
  octets::Reader reader(Bytes(store.bytes).first(volume.header_length_bytes).subspan(kFixedVolumeHeaderBytes),
                        kFixedVolumeHeaderBytes);
  std::uint64_t covered_bytes = 0;
  bool ended = false;
  while (!ended && reader.left_bytes() > 0) {
    const std::uint64_t offset = reader.offset_bytes();
    const std::uint32_t blocks = reader.u32("number of blocks");
    const std::uint32_t block_bytes = reader.u32("block length");
    ended = blocks == 0 && block_bytes == 0;
    if (ended) break;
    if (block_bytes == 0 || volume.length_bytes % block_bytes != 0) {
      return bad(offset + 4, "block length",
                 fmt::format("says {} bytes, the volume's {} are not a whole number of such blocks",
                             block_bytes, volume.length_bytes));
    }
    volume.block_map.push_back({blocks, block_bytes});
    // Counts no further than the volume, so that the sum cannot overflow.
    covered_bytes += std::min(std::uint64_t{blocks} * block_bytes, volume.length_bytes - covered_bytes);
  }
  if (!ended) {
    return bad(kFixedVolumeHeaderBytes, "block map",
               fmt::format("has {} runs and no end mark within the header's {} bytes",
                           volume.block_map.size(), volume.header_length_bytes));
  }
  if (covered_bytes < volume.length_bytes) {
    return bad(kFixedVolumeHeaderBytes, "block map",
               fmt::format("covers {} bytes, the volume has {}", covered_bytes, volume.length_bytes));
  }
  return {};
}

Result<void> read_store_header(VariableStore& store) {
  StoreHeader& header = store.header;
  header.offset_bytes = store.volume.header_length_bytes;
  const std::uint64_t at = header.offset_bytes;
  octets::Reader reader(Bytes(store.bytes).subspan(at), at);
  header.signature = reader.guid("store signature");
  header.size_bytes = reader.u32("store size");
  header.format = reader.u8("store format");
  header.state = reader.u8("store state");
  if (header.signature == kAuthenticatedStore) {
    store.kind = HeaderKind::kAuthenticated;
  } else if (header.signature == kPlainStore) {
    store.kind = HeaderKind::kPlain;
  } else {
    const std::string_view wiped =
        header.signature == kErasedGuid
            ? "; it is erased, as edk2 leaves a file that it wiped: a volume header and nothing behind it"
            : "";
    return refuse(store, ErrorId::kStoreSignature, at,
                  fmt::format("{}: is {}, edk2 has {} (authenticated) or {} (plain){}",
                              field_at(store, "variable store signature", at), header.signature.text(),
                              kAuthenticatedStore.text(), kPlainStore.text(), wiped));
  }
  const auto bad_state = [&](std::string_view field, std::uint64_t offset, unsigned is, unsigned healthy) {
    return refuse(store, ErrorId::kStoreState, offset,
                  fmt::format("{}: is {:#04x}, a healthy store has {:#04x}", field_at(store, field, offset),
                              is, healthy));
  };
  if (header.format != kStoreFormatted) {
    return bad_state("variable store format", at + 0x14, header.format, kStoreFormatted);
  }
  if (header.state != kStoreHealthy) {
    return bad_state("variable store state", at + 0x15, header.state, kStoreHealthy);
  }
  return {};
}

// What the store may take of its volume ends where the layout's event log or working area begins.
Result<void> check_store_size(VariableStore& store) {
  const StoreHeader& header = store.header;
  const std::uint64_t size_at = header.offset_bytes + 0x10;
  const bool known = store.layout->volume_bytes != 0;
  const std::uint64_t end = known ? store.layout->variables_end_bytes : store.volume.length_bytes;
  const std::uint64_t left = end - header.offset_bytes;
  const std::string says =
      fmt::format("{}: says {} bytes", field_at(store, "variable store size", size_at), header.size_bytes);
  if (header.size_bytes > left) {
    return refuse(store, ErrorId::kStoreSize, size_at, fmt::format("{}, the volume has {} left", says, left));
  }
  if (header.size_bytes < kStoreHeaderBytes) {
    return refuse(store, ErrorId::kStoreSize, size_at,
                  fmt::format("{}, its header alone has {}", says, kStoreHeaderBytes));
  }
  if (header.size_bytes > kLargestStoreBytes) {
    return refuse(store, ErrorId::kStoreSize, size_at,
                  fmt::format("{}, nonvol reads stores of up to {}", says, kLargestStoreBytes));
  }
  if (known && header.size_bytes != left) {
    store.findings.push_back(
        {Severity::kWarning, ErrorId::kStoreSize,
         fmt::format("{}, firmware of the layout {} makes stores of {}", says, store.layout->name, left),
         Place::at_byte(store.file_name, size_at), repair_hint(store.file_name)});
  }
  store.store_end_bytes = header.offset_bytes + header.size_bytes;
  store.records_begin_bytes = header.offset_bytes + kStoreHeaderBytes;
  store.records_end_bytes = store.records_begin_bytes;
  return {};
}

}  // namespace

Result<void> read_headers(VariableStore& store) {
  if (auto checked = check_front(store); !checked) return checked;
  if (auto read = read_volume(store); !read) return read;
  if (auto checked = check_volume_length(store); !checked) return checked;
  if (auto read = read_block_map(store); !read) return read;
  store.layout = &layout_of_volume(store.volume.length_bytes);
  if (auto read = read_store_header(store); !read) return read;
  return check_store_size(store);
}

}  // namespace nonvol::flash
