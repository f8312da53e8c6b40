#include "flash/repair_headers.h"

#include <fmt/format.h>

#include <algorithm>

#include "flash/signatures.h"
#include "octets/guid.h"
#include "octets/text.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Guid;
using octets::guid_literal;

constexpr std::uint32_t kWriteStatus = 0x20;  // EFI_FVB2_WRITE_STATUS (PI 1.8, volume 3, 3.2.1)

struct Fields {
  Guid file_system;
  std::uint64_t length_bytes = 0;
  std::uint32_t signature = 0;
  std::uint32_t attributes = 0;
  std::uint16_t header_bytes = 0;
  std::uint8_t revision = 0;
  std::uint32_t block_bytes = 0;
};

Fields read_fields(Bytes volume) {
  octets::Reader reader(volume);
  Fields fields;
  reader.bytes("zero vector", 16);
  fields.file_system = reader.guid("file system");
  fields.length_bytes = reader.u64("FvLength");
  fields.signature = reader.u32("signature");
  fields.attributes = reader.u32("attributes");
  fields.header_bytes = reader.u16("header length");
  reader.bytes("checksum, extended header, reserved", 5);
  fields.revision = reader.u8("revision");
  reader.u32("number of blocks");
  fields.block_bytes = reader.u32("block length");
  return fields;
}

class Complaint {
 public:
  explicit Complaint(const std::string& file_name) : file_name_(file_name) {}
  template <class Number>
  HeaderFault numbers(std::string_view field, std::uint64_t offset_bytes, Number is, Number wanted) const {
    return {offset_bytes, fmt::format("{} at offset {:#x} of {}: is {:#x}, the firmware wants {:#x}", field,
                                      offset_bytes, file_name_, is, wanted)};
  }
  HeaderFault guids(std::string_view field, std::uint64_t offset_bytes, const Guid& is,
                    const Guid& wanted) const {
    return {offset_bytes, fmt::format("{} at offset {:#x} of {}: is {}, the firmware wants {}", field,
                                      offset_bytes, file_name_, is.text(), wanted.text())};
  }

 private:
  const std::string& file_name_;
};

}  // namespace

std::optional<HeaderFault> volume_fault(const std::string& file_name, Bytes volume, const Layout& layout,
                                        bool checks_blocks) {
  const Fields fields = read_fields(volume);
  const Complaint complain(file_name);
  if (fields.revision != kVolumeRevision) {
    return complain.numbers("firmware volume revision", 0x37, fields.revision, kVolumeRevision);
  }
  if (fields.signature != kVolumeSignature) {
    return complain.numbers("firmware volume signature", 0x28, fields.signature, kVolumeSignature);
  }
  // edk2 only wants an even number. No layout has another header than this, and with another length the sum
  // is taken over other bytes.
  if (fields.header_bytes != kVolumeHeaderBytes) {
    return complain.numbers<std::uint64_t>("firmware volume header length", 0x30, fields.header_bytes,
                                           kVolumeHeaderBytes);
  }
  const std::uint16_t sum = octets::sum16(volume.first(kVolumeHeaderBytes));
  if (sum != 0) return complain.numbers<std::uint16_t>("firmware volume header sum", 0x32, sum, 0);
  if (fields.length_bytes != layout.volume_bytes) {
    return complain.numbers("firmware volume length", 0x20, fields.length_bytes, layout.volume_bytes);
  }
  if (checks_blocks && fields.block_bytes != layout.block_bytes) {
    return complain.numbers<std::uint64_t>("block length", 0x3c, fields.block_bytes, layout.block_bytes);
  }
  return std::nullopt;
}

std::optional<HeaderFault> file_system_fault(const std::string& file_name, Bytes volume) {
  const Fields fields = read_fields(volume);
  if (fields.file_system == kNvData) return std::nullopt;
  return Complaint(file_name).guids("file system GUID", 0x10, fields.file_system, kNvData);
}

std::optional<HeaderFault> attributes_fault(const std::string& file_name, Bytes volume) {
  const std::uint32_t attributes = read_fields(volume).attributes;
  if ((attributes & kWriteStatus) != 0) return std::nullopt;
  return Complaint(file_name).numbers("firmware volume attributes", 0x2c, attributes,
                                      attributes | kWriteStatus);
}

std::optional<HeaderFault> store_fault(const std::string& file_name, Bytes volume) {
  octets::Reader reader(volume.subspan(kVolumeHeaderBytes), kVolumeHeaderBytes);
  const Guid signature = reader.guid("store signature");
  const std::uint32_t size = reader.u32("store size");
  const std::uint8_t format = reader.u8("store format");
  const std::uint8_t state = reader.u8("store state");
  const Complaint complain(file_name);
  if (signature != kAuthenticatedStore && signature != kPlainStore) {
    return complain.guids("variable store signature", 0x48, signature, kAuthenticatedStore);
  }
  if (format != kStoreFormatted) {
    return complain.numbers("variable store format", 0x5c, format, kStoreFormatted);
  }
  if (state != kStoreHealthy) return complain.numbers("variable store state", 0x5d, state, kStoreHealthy);
  // All of it in one field: the firmware's end of the store wraps around.
  constexpr std::uint32_t kUnwritten = 0xffffffff;
  if (size == kUnwritten || size < kStoreHeaderBytes) {
    return complain.numbers<std::uint64_t>("variable store size", 0x58, size, kStoreHeaderBytes);
  }
  return std::nullopt;
}

StoreClaims store_claims(Bytes volume) {
  octets::Reader reader(volume.subspan(kVolumeHeaderBytes), kVolumeHeaderBytes);
  const Guid signature = reader.guid("store signature");
  return {signature == kPlainStore ? HeaderKind::kPlain : HeaderKind::kAuthenticated,
          reader.u32("store size")};
}

std::optional<HeaderKind> claimed_kind(Bytes volume) {
  octets::Reader reader(volume.subspan(kVolumeHeaderBytes));
  const Guid signature = reader.guid("store signature");
  if (signature == kAuthenticatedStore) return HeaderKind::kAuthenticated;
  if (signature == kPlainStore) return HeaderKind::kPlain;
  return std::nullopt;
}

}  // namespace nonvol::flash
