#pragma once

#include <memory>

#include "storage/file_source.h"

namespace nonvol::storage {

// Someone else's file, for what wants one of its own. The file must outlive it.
inline std::unique_ptr<BlockFile> lent_file(BlockFile& file) {
  class Lent : public BlockFile {
   public:
    explicit Lent(BlockFile& lender) : file_(lender) {}
    std::uint64_t size_bytes() const override { return file_.size_bytes(); }
    bool exclusive() const override { return file_.exclusive(); }
    Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
      return file_.read_at(offset_bytes, into);
    }
    Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
      return file_.write_at(offset_bytes, bytes);
    }
    Result<void> flush() override { return file_.flush(); }
    Result<void> resize(std::uint64_t size_bytes) override { return file_.resize(size_bytes); }

   private:
    BlockFile& file_;
  };
  return std::make_unique<Lent>(file);
}

}  // namespace nonvol::storage
