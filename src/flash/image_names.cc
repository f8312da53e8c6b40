#include <fmt/format.h>

#include "flash/image.h"
#include "flash/section_types.h"

namespace nonvol::flash {
namespace {

// EFI_FV_FILETYPE (PI 1.8, volume 3, 2.1.4.1).
std::string file_type_name(std::uint8_t type) {
  switch (type) {
    case 0x01:
      return "raw";
    case 0x02:
      return "freeform";
    case 0x03:
      return "SEC core";
    case 0x04:
      return "PEI core";
    case 0x05:
      return "DXE core";
    case 0x06:
      return "PEI module";
    case 0x07:
      return "DXE driver";
    case 0x08:
      return "PEI module and DXE driver";
    case 0x09:
      return "application";
    case 0x0a:
      return "MM module";
    case 0x0b:
      return "volume image";
    case 0x0c:
      return "MM module and DXE driver";
    case 0x0d:
      return "MM core";
    case 0x0e:
      return "standalone MM module";
    case 0x0f:
      return "standalone MM core";
    case 0xf0:
      return "pad";
    default:
      return fmt::format("file of type {:#04x}", type);
  }
}

std::string guided_name(const octets::Guid& guid) {
  if (guid == section_type::kLzma) return "LZMA compressed";
  if (guid == section_type::kLzmaX86) return "LZMA compressed, x86 filter";
  if (guid == section_type::kCrc32) return "with a CRC-32";
  if (guid == section_type::kTiano) return "Tiano compressed";
  if (guid == section_type::kBrotli) return "Brotli compressed";
  return "GUIDed";
}

std::string section_type_name(const ImagePart& part) {
  switch (part.type) {
    case section_type::kCompression:
      return "compression";
    case section_type::kGuided:
      return guided_name(part.guid);
    case section_type::kDisposable:
      return "disposable";
    case section_type::kPe32:
      return "PE32 image";
    case section_type::kPositionIndependent:
      return "position-independent code";
    case section_type::kTerse:
      return "TE image";
    case section_type::kDxeDependency:
      return "DXE dependency";
    case section_type::kVersion:
      return "version";
    case section_type::kUserInterface:
      return "name";
    case section_type::kCompatibility16:
      return "16-bit compatibility";
    case section_type::kVolumeImage:
      return "volume image";
    case section_type::kFreeformGuid:
      return "freeform with a GUID";
    case section_type::kRaw:
      return "raw";
    case section_type::kPeiDependency:
      return "PEI dependency";
    case section_type::kMmDependency:
      return "MM dependency";
    default:
      return fmt::format("section of type {:#04x}", part.type);
  }
}

}  // namespace

std::string_view volume_name(const octets::Guid& guid) {
  using octets::guid_literal;
  if (guid == guid_literal("48db5e17-707c-472d-91cd-1613e7ef51b0")) return "FVMAIN_COMPACT";
  if (guid == guid_literal("763bed0d-de9f-48f5-81f1-3e90e1b1a015")) return "SECFV";
  if (guid == guid_literal("6938079b-b503-4e3d-9d24-b28337a25806")) return "PEIFV";
  if (guid == guid_literal("7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1")) return "DXEFV";
  if (guid == guid_literal("ae047c6d-bce9-426c-ae03-a68e3b8a0488")) return "NCCFV";
  return "";
}

std::string type_name(const ImagePart& part) {
  switch (part.kind) {
    case ImagePart::Kind::kFile:
    case ImagePart::Kind::kPadFile:
      return file_type_name(part.type);
    case ImagePart::Kind::kSection:
      return section_type_name(part);
    default:
      return std::string(to_string(part.kind));
  }
}

}  // namespace nonvol::flash
