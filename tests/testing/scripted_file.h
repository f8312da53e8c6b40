#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "storage/file_source.h"

namespace nonvol::testing {

// What happens to one file, from outside of whoever owns it: hooks that run before writes and flushes are
// passed on, and may fail instead; and how many there were.
struct FileScript {
  std::function<Result<void>()> before_write;
  std::function<Result<void>()> before_flush;
  std::atomic<int> writes = 0;
  std::atomic<int> flushes = 0;
};

// Several of them can have one file, as if it had been opened again. Many threads, if the hooks allow it.
class ScriptedFile : public storage::BlockFile {
 public:
  ScriptedFile(std::shared_ptr<storage::BlockFile> inner, FileScript& script)
      : inner_(std::move(inner)), script_(script) {}

  std::uint64_t size_bytes() const override { return inner_->size_bytes(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return inner_->read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    ++script_.writes;
    if (script_.before_write) {
      if (Result<void> hooked = script_.before_write(); !hooked) return hooked;
    }
    return inner_->write_at(offset_bytes, bytes);
  }
  Result<void> flush() override {
    ++script_.flushes;
    if (script_.before_flush) {
      if (Result<void> hooked = script_.before_flush(); !hooked) return hooked;
    }
    return inner_->flush();
  }
  Result<void> resize(std::uint64_t size_bytes) override { return inner_->resize(size_bytes); }

 private:
  std::shared_ptr<storage::BlockFile> inner_;
  FileScript& script_;
};

}  // namespace nonvol::testing
