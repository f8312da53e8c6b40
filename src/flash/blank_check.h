#pragma once

#include <cstdint>
#include <optional>

#include "flash/variable_store.h"
#include "outcome/result.h"

namespace nonvol::flash {

// What every reader starts with, and the step in which it reads on.
inline constexpr std::uint64_t kStepBytes = 64 * 1024;

// Decides whether a file whose first 64 KiB hold one byte throughout is blank. A store whose header area was
// erased by an interrupted reclaim looks the same there, but the fault-tolerant-write areas of its layout
// hold data. They are probed, since reading a padded file whole would cost 64 MiB.
class BlankCheck {
 public:
  // `byte` is 0x00 or 0xFF. `thorough`: every byte behind the first 64 KiB instead of probes.
  BlankCheck(std::uint64_t file_size_bytes, std::uint8_t byte, bool thorough)
      : file_size_bytes_(file_size_bytes), byte_(byte), thorough_(thorough) {}

  std::uint8_t byte() const { return byte_; }
  std::optional<Range> wants() const;
  // The bytes of wants(). Fails with kErasedHeader at the first byte that is another one.
  Result<void> feed(const std::string& file_name, octets::Bytes bytes);
  std::uint64_t looked_at_bytes() const { return looked_at_bytes_; }

 private:
  std::uint64_t file_size_bytes_;
  std::uint8_t byte_;
  bool thorough_;
  std::uint64_t turn_ = 0;
  std::uint64_t looked_at_bytes_ = kStepBytes;
};

// For a file that is not blank but has no header either: kErasedHeader if its header was erased while data
// behind it was not, as far as `bytes`, the start of the file, tell.
Result<void> check_not_erased(const std::string& file_name, octets::Bytes bytes);

}  // namespace nonvol::flash
