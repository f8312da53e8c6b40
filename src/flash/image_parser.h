#pragma once

#include <string>
#include <string_view>

#include "flash/image.h"

// Takes a firmware image apart. Private to this folder; image.h has the function that does it.
namespace nonvol::flash {

class ImageParser {
 public:
  ImageParser(FirmwareImage& image, const UnpackLimits& limits) : image_(image), limits_(limits) {}
  // Volumes and what lies between them. False where there is none.
  bool read_file();

 private:
  // A stretch of a space, as the offsets of its beginning and its end.
  struct Extent {
    std::uint32_t space = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t size_bytes() const { return end - begin; }
  };
  struct VolumeHeader {
    octets::Guid file_system;
    octets::Guid name;  // of an unnamed volume its file system
    std::uint64_t length_bytes = 0;
    std::uint64_t header_bytes = 0;  // the extended header included: where the files begin
    std::uint8_t erased = 0xff;      // value of an erased byte
    std::uint8_t revision = 0;
  };
  enum class Candidate { kNone, kVolume };

  // volume_parser.cc
  Candidate read_volume_header(const Extent& where, VolumeHeader& header);
  void check_block_map(const Extent& where, octets::Bytes map, std::uint64_t length_bytes);
  void read_extended_header(const Extent& where, std::uint64_t at, VolumeHeader& header);
  void read_volume(std::uint32_t parent, const Extent& where, const VolumeHeader& header);
  void read_files(std::uint32_t volume, const Extent& where, const VolumeHeader& header);
  // Where the next one begins, or nothing if no file can be read behind this place.
  std::optional<std::uint64_t> read_file_at(std::uint32_t volume, const Extent& rest,
                                            const VolumeHeader& header);
  void check_file(const Extent& file, std::uint64_t header_bytes, std::uint8_t data_checksum,
                  bool has_checksum, const VolumeHeader& header);
  void read_rest_of_volume(std::uint32_t volume, const Extent& rest, std::uint8_t erased);

  // section_parser.cc
  void read_sections(std::uint32_t parent, std::uint32_t file, const Extent& where);
  std::optional<std::uint64_t> read_section_at(std::uint32_t parent, std::uint32_t file, const Extent& rest);
  void read_section_content(std::uint32_t section, std::uint32_t file, const Extent& whole);
  void read_compression(std::uint32_t section, std::uint32_t file, const Extent& whole);
  void read_guided(std::uint32_t section, std::uint32_t file, const Extent& whole);
  void check_crc(const Extent& header, const Extent& content);
  void unpack_lzma(std::uint32_t section, std::uint32_t file, const Extent& packed, bool x86_filter);
  void read_volume_image(std::uint32_t section, const Extent& content);
  void read_text(std::uint32_t section, std::uint32_t file, const Extent& content);

  // image.cc
  void read_gap(std::uint64_t begin, std::uint64_t end);
  // kNoPart where the limits forbid it.
  std::uint32_t add(ImagePart part, std::uint32_t parent, const Extent& where);
  void add_unknown(std::uint32_t parent, const Extent& where);
  octets::Bytes bytes(const Extent& where) const;
  void find(Severity severity, ErrorId id, const Extent& where, std::string message);
  // "web01.fd" or "what the section at 0x90 of web01.fd holds".
  std::string name_of(std::uint32_t space) const;
  Place place(const Extent& where) const;
  bool too_deep(std::uint32_t depth, const Extent& where);

  FirmwareImage& image_;
  UnpackLimits limits_;
  std::uint64_t unpacked_bytes_ = 0;
  bool full_ = false;  // no more parts: it was said
};

}  // namespace nonvol::flash
