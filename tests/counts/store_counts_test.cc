#include <algorithm>
#include <cstring>
#include <filesystem>

#include "api/variables.h"
#include "storage/posix.h"
#include "testing/counting_files.h"
#include "testing/expect.h"
#include "testing/store_builder.h"

// How much of a variable store is read to list its variables.
namespace nonvol::api {
namespace {

using test_stores::ByteVector;
using test_stores::Shape;
using test_stores::StoreBuilder;
using testing::FileCounts;

constexpr std::uint64_t kStepBytes = 64 * 1024;
constexpr const char* kPath = "web01.fd";

// From the start of the file to where the firmware would append the next record, in whole steps, and one more
// step and a fault-tolerant-write working block beyond.
std::uint64_t allowed_bytes(const flash::VariableStore& store) {
  const std::uint64_t used = store.records_end_bytes;
  return (used + kStepBytes - 1) / kStepBytes * kStepBytes + kStepBytes + 4 * 1024;
}

class MemoryFile : public storage::BlockFile {
 public:
  explicit MemoryFile(const ByteVector& bytes) : bytes_(bytes) {}
  std::uint64_t size_bytes() const override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    const std::uint64_t begin = std::min<std::uint64_t>(offset_bytes, bytes_.size());
    const std::size_t size = std::min<std::size_t>(into.size(), bytes_.size() - begin);
    if (size != 0) std::memcpy(into.data(), bytes_.data() + begin, size);
    return size;
  }
  Result<void> write_at(std::uint64_t, octets::Bytes) override { return refused(); }
  Result<void> flush() override { return refused(); }
  Result<void> resize(std::uint64_t) override { return refused(); }

 private:
  static Error refused() { return Error(ErrorId::kImpossible, "listing variables changes nothing"); }
  const ByteVector& bytes_;
};

// One file in memory.
class MemoryFiles : public storage::FileSource {
 public:
  explicit MemoryFiles(const ByteVector& bytes) : bytes_(bytes) {}
  Result<std::unique_ptr<storage::Directory>> open_directory(const std::string&) override { return none(); }
  Result<std::unique_ptr<storage::BlockFile>> open_read(const std::string&) override {
    return std::make_unique<MemoryFile>(bytes_);
  }
  Result<storage::FileStatus> status(const std::string&) override { return none(); }
  Result<std::string> read_link(const std::string&) override { return none(); }

 private:
  static Error none() { return Error(ErrorId::kFileMissing, "there is one file only"); }
  const ByteVector& bytes_;
};

struct Read {
  flash::VariableStore store;
  FileCounts counts;
};

void read_counted(storage::FileSource& inner, const std::string& path, Read& into) {
  testing::CountingFiles files(inner);
  {
    const auto file = files.open_read(path);
    ASSERT_OK(file);
    auto contents = varstore::read_contents(**file, path);
    ASSERT_OK(contents);
    into.store = *std::move(contents->flash);
  }
  into.counts = std::move(files.counts);
  EXPECT_EQ(FileCounts::at(into.counts.opens, path), 1);
  EXPECT_TRUE(into.counts.statuses.empty());
  EXPECT_EQ(into.counts.writes + into.counts.flushes, 0);
}

Read read_bytes(const ByteVector& bytes) {
  MemoryFiles files(bytes);
  Read result;
  read_counted(files, kPath, result);
  return result;
}

class RealTemplate : public ::testing::TestWithParam<const char*> {};

TEST_P(RealTemplate, IsReadAsFarAsItIsUsed) {
  if (!std::filesystem::exists(GetParam())) GTEST_SKIP() << GetParam() << " is not installed";
  const auto disk = storage::posix_file_system();
  Read read;
  read_counted(*disk, GetParam(), read);
  if (read.store.blank == flash::Blank::kNo) {
    EXPECT_LE(read.counts.read_bytes, allowed_bytes(read.store));
    // None of the packaged ones uses more than the first step; the working area lies apart but in the 2M
    // layout.
    const bool apart = read.store.layout->working.offset_bytes >= kStepBytes;
    EXPECT_EQ(read.counts.read_bytes, kStepBytes + (apart ? 4096 : 0));
    EXPECT_EQ(FileCounts::at(read.counts.reads, GetParam()), apart ? 2 : 1);
  } else {
    EXPECT_LE(read.counts.read_bytes, kStepBytes + 4 * 1024);
  }
}

INSTANTIATE_TEST_SUITE_P(Packaged, RealTemplate,
                         ::testing::Values("/usr/share/OVMF/OVMF_VARS.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd",
                                           "/usr/share/OVMF/OVMF_VARS_4M.fd",
                                           "/usr/share/OVMF/OVMF_VARS_4M.ms.fd",
                                           "/usr/share/AAVMF/AAVMF_VARS.fd",
                                           "/usr/share/AAVMF/AAVMF_VARS.ms.fd"));

struct Layout {
  const char* name;
  std::uint64_t file_bytes;
};

class MadeStore : public ::testing::TestWithParam<Layout> {
 protected:
  // A store whose records leave about `left_bytes` of it free.
  ByteVector filled(std::uint64_t left_bytes) const {
    StoreBuilder builder(*test_stores::find_shape(GetParam().name));
    for (char16_t number = 0; builder.left_bytes() > left_bytes + 1200; ++number) {
      const char16_t name[] = {u'V', static_cast<char16_t>(u'a' + number / 26),
                               static_cast<char16_t>(u'a' + number % 26)};
      builder.add({.name = std::u16string(name, 3), .data = ByteVector(1000, 0x5a)});
    }
    ByteVector bytes = builder.bytes();
    bytes.resize(GetParam().file_bytes, 0);
    return bytes;
  }
};

TEST_P(MadeStore, IsReadAsFarAsItIsUsed) {
  std::uint64_t capacity = StoreBuilder(*test_stores::find_shape(GetParam().name)).left_bytes();
  for (std::uint64_t left = 0; left < capacity; left += 16 * 1024) {
    const Read read = read_bytes(filled(left));
    EXPECT_FALSE(read.store.records.empty() && left + 2400 < capacity) << left;
    EXPECT_LE(read.counts.read_bytes, allowed_bytes(read.store)) << left;
  }
}

TEST_P(MadeStore, FullIsReadOnce) {
  const Read read = read_bytes(filled(0));
  EXPECT_LE(read.store.store_end_bytes - read.store.records_end_bytes, 1200u);
  EXPECT_LE(read.counts.read_bytes, std::max(read.store.store_end_bytes, kStepBytes) + 4096);
}

TEST_P(MadeStore, BlankIsProbed) {
  for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    const Read read = read_bytes(ByteVector(GetParam().file_bytes, byte));
    EXPECT_NE(read.store.blank, flash::Blank::kNo);
    EXPECT_LE(read.counts.read_bytes, kStepBytes + 4 * 1024);
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, MadeStore,
                         ::testing::Values(Layout{"ovmf-2m", 0x20000}, Layout{"ovmf-4m", 0x84000},
                                           Layout{"armvirt", 64 << 20}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace nonvol::api
