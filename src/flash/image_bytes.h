#pragma once

#include <cstdint>
#include <vector>

#include "octets/reader.h"

namespace nonvol::flash {

// A file's bytes without the uniform end that flash images are padded with: of ARM's 64 MiB, all but 2 are
// zeros. Fed from the front, in pieces of any size; a piece is best a MiB, because the end is told by whole
// pieces. One thread.
class ImageBytes {
 public:
  void append(octets::Bytes piece);

  std::uint64_t size_bytes() const { return front_.size() + tail_bytes_; }
  // The file's beginning; what is behind it, up to size_bytes(), has the value `fill()` throughout.
  octets::Bytes front() const { return front_; }
  std::uint8_t fill() const { return fill_; }
  // Makes front() reach up to `end_bytes`, which lies in the file. Invalidates what front() returned.
  void grow_front(std::uint64_t end_bytes);

 private:
  std::vector<std::uint8_t> front_;
  std::uint64_t tail_bytes_ = 0;
  std::uint8_t fill_ = 0;
};

}  // namespace nonvol::flash
