#include "flash/image_bytes.h"

#include <algorithm>

#include "octets/text.h"

namespace nonvol::flash {

void ImageBytes::append(octets::Bytes piece) {
  if (piece.empty()) return;
  const bool goes_on = tail_bytes_ == 0 || piece.front() == fill_;
  if (goes_on && octets::all_equal(piece, piece.front())) {
    fill_ = piece.front();
    tail_bytes_ += piece.size();
    return;
  }
  grow_front(size_bytes());
  if (octets::all_equal(piece, piece.front())) {  // of another value than the padding before it
    fill_ = piece.front();
    tail_bytes_ = piece.size();
    return;
  }
  front_.insert(front_.end(), piece.begin(), piece.end());
}

void ImageBytes::grow_front(std::uint64_t end_bytes) {
  const std::uint64_t more_bytes =
      std::min(end_bytes - std::min<std::uint64_t>(end_bytes, front_.size()), tail_bytes_);
  front_.resize(front_.size() + more_bytes, fill_);
  tail_bytes_ -= more_bytes;
}

}  // namespace nonvol::flash
