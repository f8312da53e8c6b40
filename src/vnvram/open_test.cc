#include "vnvram/open.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/sample_image.h"
#include "testing/scratch.h"

namespace nonvol::vnvram {
namespace {

// A qcow2 header of version 3 with these two fields (QEMU docs/interop/qcow2.txt).
ByteVector qcow2_header(std::uint8_t backing_offset, std::uint8_t incompatible_features) {
  ByteVector header(65536);
  std::ranges::copy(std::string_view("QFI\xfb\0\0\0\3", 8), header.begin());
  header[15] = backing_offset;
  header[79] = incompatible_features;
  return header;
}

TEST(Open, RefusesContainersThatNameOtherFiles) {
  const testing::Scratch scratch;
  const std::unique_ptr<storage::FileSystem> files = storage::posix_file_system();
  for (const ByteVector& header :
       {qcow2_header(200, 0), qcow2_header(0, 4), ByteVector{'Q', 'F', 'I', 0xfb}}) {
    const std::string path = scratch / "image";
    (void)files->remove_file(path);
    ASSERT_OK((*files->create_new(path))->write_at(0, header));
    for (const storage::Access access : {storage::Access::kReadOnly, storage::Access::kReadWrite}) {
      EXPECT_ERROR(open_file(*files, {path}, {access}), kNvramInContainer);
      EXPECT_ERROR(open_image(*files, {path}, {access}), kNvramInContainer);
    }
  }
}

// An export that another client writes to as well.
class SharedExport : public storage::BlockFile {
 public:
  explicit SharedExport(std::shared_ptr<storage::BlockFile> medium) : medium_(std::move(medium)) {}
  std::uint64_t size_bytes() const override { return medium_->size_bytes(); }
  bool exclusive() const override { return false; }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return medium_->read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    return medium_->write_at(offset_bytes, bytes);
  }
  Result<void> flush() override { return medium_->flush(); }
  Result<void> resize(std::uint64_t size_bytes) override { return medium_->resize(size_bytes); }

 private:
  std::shared_ptr<storage::BlockFile> medium_;
};

TEST(Open, SeesWhatAnotherClientOfAnExportWrote) {
  const std::shared_ptr<storage::BlockFile> medium =
      storage::memory_file(formatted(request_for({{"permall", 4000}})));
  Result<Image> one = Image::open(std::make_unique<SharedExport>(medium), "export");
  Result<Image> other = Image::open(std::make_unique<SharedExport>(medium), "export");
  ASSERT_OK(one);
  ASSERT_OK(other);
  EXPECT_OK(one->write(0, pattern(100, 1)));
  EXPECT_OK(other->write(0, pattern(100, 2)));
  EXPECT_OK(other->write(0, pattern(100, 3)));
  EXPECT_OK(one->write(0, pattern(100, 4)));
  EXPECT_EQ(one->state(0)->generation, 4U);
  EXPECT_EQ(content(*other, "permall"), pattern(100, 4));
}

}  // namespace
}  // namespace nonvol::vnvram
