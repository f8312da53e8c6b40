#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flash/image_bytes.h"
#include "flash/reset_table.h"
#include "octets/guid.h"
#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::flash {

inline constexpr std::uint32_t kNoPart = std::numeric_limits<std::uint32_t>::max();
// The largest flash bank of QEMU's machines, ArmVirt's. Larger files are no firmware.
inline constexpr std::uint64_t kLargestImageBytes = 64 << 20;

// Of one image; the one behind them says that there are more.
inline constexpr std::size_t kMostFindings = 1000;

// How far an image is taken apart. Memory in use stays below twice the unpacked bytes and the file's own.
struct UnpackLimits {
  std::uint64_t unpacked_bytes = 64 << 20;  // of all compressed sections together
  std::uint32_t depth = 32;                 // of parts in parts
  std::uint32_t parts = 50'000;
};

// One piece of a firmware image (PI 1.8, volume 3).
struct ImagePart {
  enum class Kind : std::uint8_t {
    kVolume,   // a firmware volume with files
    kStore,    // a firmware volume with UEFI variables and what their writing needs
    kFile,     // of a volume
    kPadFile,  // keeps what follows it at its place
    kSection,  // of a file or of another section
    kFree,     // erased
    kPadding,  // outside of volumes, all bytes alike
    kUnknown,  // bytes that nothing explains
  };
  Kind kind = Kind::kUnknown;
  std::uint8_t type = 0;           // of a file EFI_FV_FILETYPE, of a section EFI_SECTION_TYPE
  bool deleted = false;            // a file that was deleted or never finished: the firmware passes over it
  std::uint32_t parent = kNoPart;  // index of FirmwareImage::parts
  std::uint32_t depth = 0;         // 0: lies in the file itself
  std::uint32_t space = 0;         // what the offset counts in: 0 the file, n FirmwareImage::unpacked[n - 1]
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;    // header and content; what aligns the next part is not counted
  std::uint64_t header_bytes = 0;  // of size_bytes
  octets::Guid guid;  // name of a volume (of an unnamed one its format) or a file; what a GUIDed section is
  octets::Guid file_system;  // of a volume
  std::string name;  // of a file what its UI section says, of a section what UI and version sections say
};
std::string_view to_string(ImagePart::Kind kind);  // "volume", "variable store", "file", ...
// "DXE driver", "PE32 image", "LZMA compressed", ...: what the type, or the GUID of a section, means.
std::string type_name(const ImagePart& part);

// What a volume of that name is called where edk2 builds it (OvmfPkg's .fdf files); empty for other names.
std::string_view volume_name(const octets::Guid& guid);

// What a compressed section holds.
struct UnpackedSpace {
  std::uint32_t part = kNoPart;  // that section
  std::unique_ptr<std::uint8_t[]> memory;
  std::uint64_t size_bytes = 0;
  octets::Bytes bytes() const { return {memory.get(), size_bytes}; }
};

// A firmware image taken apart. Every byte of the file is in a part of depth 0.
struct FirmwareImage {
  std::string file_name;
  ImageBytes file;
  std::vector<ImagePart>
      parts;  // a part comes before those inside it, and those in the order of their offsets
  std::vector<UnpackedSpace> unpacked;
  std::optional<ResetTable> reset_table;  // of x86 images
  std::vector<Finding> findings;

  octets::Bytes space(std::uint32_t number) const;
  // Header and content, as far as it was kept: of the padding at the file's end nothing or the beginning.
  octets::Bytes bytes(const ImagePart& part) const;
  // Without the header.
  octets::Bytes content(const ImagePart& part) const;
};

// kNotAFirmwareImage for more than kLargestImageBytes, so that nobody reads them in vain.
Result<void> check_image_size(const std::string& file_name, std::uint64_t size_bytes);

// Takes apart what it can: damage becomes findings, and what cannot be read a part of unknown bytes. Errors:
// kNotAFirmwareImage where there is no volume at all, and of check_image_size.
Result<FirmwareImage> read_firmware_image(std::string file_name, ImageBytes file,
                                          const UnpackLimits& limits = {});

}  // namespace nonvol::flash
