#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "outcome/result.h"
#include "storage/file_source.h"
#include "vnvram/limits.h"

// The outer SEQUENCE and its elements (docs/formats/nvram-image.md, "Framing"), read strictly.
namespace nonvol::vnvram {

struct Element {
  enum class Type { kSlack, kEntry };
  Type type = Type::kSlack;
  std::uint64_t offset_bytes = 0;          // of the tag
  std::uint64_t content_offset_bytes = 0;  // of slack or blob
  std::uint64_t content_bytes = 0;
  std::string name = {};  // of an entry

  std::uint64_t end_bytes() const { return content_offset_bytes + content_bytes; }
};

// Reads elements one after the other; asks the file for 512 bytes at each element that it has no bytes of.
class ElementWalk {
 public:
  // Reads the outer header and the element "qemu-nvram"; `front` is what is known of the file's beginning.
  // Errors, the file's name and byte as place: kNvramEmpty, kNvramUnfinished, kNvramInContainer,
  // kNotAnNvram, kNvramLength, kNvramFraming.
  static Result<ElementWalk> begin(storage::BlockFile& file, std::string file_name, octets::Bytes front);

  bool at_end() const { return offset_bytes_ == size_bytes_; }
  // Errors: kNvramFraming, kNvramName, kNvramLimit (more than 4,096 elements), and those of reading.
  Result<Element> next();

 private:
  ElementWalk(storage::BlockFile& file, std::string file_name, octets::Bytes front)
      : file_(&file), name_(std::move(file_name)), front_(front), size_bytes_(file.size_bytes()) {}
  Result<void> read_outer();
  Result<octets::Bytes> window();
  Error framing_error(std::string message, std::uint64_t offset_bytes) const;

  storage::BlockFile* file_;
  std::string name_;
  octets::Bytes front_;
  std::vector<std::uint8_t> buffer_;
  std::uint64_t buffer_offset_bytes_ = 0;
  std::uint64_t size_bytes_;
  std::uint64_t offset_bytes_ = 0;
  std::size_t elements_ = 0;
};

// All of them. For images of the extended layout this reads once for each entry.
Result<std::vector<Element>> walk_elements(storage::BlockFile& file, const std::string& file_name);

// Fills `into` or fails: kNvramLength where the file ends before.
Result<void> read_exactly(storage::BlockFile& file, const std::string& file_name, std::uint64_t offset_bytes,
                          std::span<std::uint8_t> into);

}  // namespace nonvol::vnvram
