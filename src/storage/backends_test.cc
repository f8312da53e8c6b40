// What every BlockFile does, whatever is under it.

#include <fmt/format.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>

#include "storage/memory.h"
#include "storage/nbd.h"
#include "storage/posix.h"
#include "storage/qemu_storage.h"
#include "testing/expect.h"
#include "testing/nbdkit.h"
#include "testing/qemu_images.h"

namespace nonvol::storage {
namespace {

using ByteVector = std::vector<std::uint8_t>;
using Opened = Result<std::unique_ptr<BlockFile>>;

constexpr std::size_t kSizeBytes = std::size_t{1} << 20;

// Something of kSizeBytes that can be opened.
class Medium {
 public:
  virtual ~Medium() = default;
  virtual Opened open(Access access) = 0;
  virtual std::string why_not() const { return ""; }
  virtual bool keeps() const { return true; }   // what was written when it is opened again
  virtual bool grows() const { return false; }  // when it is written to behind its end
};

class File : public Medium {
 public:
  File() { std::ofstream(path_) << std::string(kSizeBytes, '\0'); }
  Opened open(Access access) override {
    return access == Access::kReadOnly ? files_->open_read(path_) : files_->open_write(path_);
  }
  bool grows() const override { return true; }

 protected:
  const testing::Scratch scratch_;
  const std::string path_ = scratch_ / "file";
  const std::unique_ptr<FileSystem> files_ = posix_file_system();
};

class LoopDevice : public File {
 public:
  LoopDevice() {
    const testing::Finished made = testing::run({"losetup", "--find", "--show", path_});
    if (made.status == 0) {
      device_ = made.output.substr(0, made.output.find('\n'));
    } else {
      why_not_ = made.output.empty() ? "no losetup" : made.output;
    }
  }
  ~LoopDevice() override {
    if (!device_.empty()) testing::run({"losetup", "--detach", device_});
  }
  Opened open(Access access) override {
    return access == Access::kReadOnly ? files_->open_read(device_) : files_->open_write(device_);
  }
  std::string why_not() const override { return why_not_; }
  bool grows() const override { return false; }

 private:
  std::string device_;
  std::string why_not_;
};

class Memory : public Medium {
 public:
  Opened open(Access) override { return memory_file(ByteVector(kSizeBytes)); }
  bool keeps() const override { return false; }
  bool grows() const override { return true; }
};

class Nbd : public Medium {
 public:
  explicit Nbd(const std::vector<std::string>& words) : server_(words) {}
  Opened open(Access access) override { return open_nbd(server_.uri(), access); }

 private:
  const testing::Nbdkit server_;
};

class Qemu : public Medium {
 public:
  Qemu(const std::string& format, bool encrypted) {
    image_ = {scratch_ / "image, of 100%", format, encrypted ? scratch_ / "key, too" : ""};
    if (encrypted) testing::write_key(image_.luks_key_file);
    EXPECT_EQ(encrypted ? testing::make_encrypted_image(image_.path, format, kSizeBytes)
                        : testing::make_image(image_.path, format, kSizeBytes),
              "");
  }
  Opened open(Access access) override { return open_through_qemu(image_, access); }

 private:
  const testing::Scratch scratch_;
  QemuImage image_;
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Medium>()> make;
};

class Backend : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    medium_ = GetParam().make();
    if (!medium_->why_not().empty()) GTEST_SKIP() << medium_->why_not();
  }
  // Nothing outlives the BlockFile; what the medium itself runs is gone with it.
  void TearDown() override {
    medium_.reset();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD) << "a process is left";
    EXPECT_TRUE(std::filesystem::is_empty(places_.path())) << "a directory is left";
    ::unsetenv("TMPDIR");
  }
  void redirect_temporary_files() { ::setenv("TMPDIR", places_.path().c_str(), 1); }

  const testing::Scratch places_;
  std::unique_ptr<Medium> medium_;
};

// Zeros all over: a new LUKS image is read as noise.
Opened open_blank(Medium& medium) {
  Opened file = medium.open(Access::kReadWrite);
  if (!file) return file;
  const Result<void> written = (*file)->write_at(0, ByteVector(kSizeBytes));
  if (!written) return written.error();
  return file;
}

ByteVector contents(BlockFile& file) {
  ByteVector into(kSizeBytes);
  const Result<std::size_t> got = file.read_at(0, into);
  EXPECT_OK(got);
  into.resize(got ? *got : 0);
  return into;
}

TEST_P(Backend, KeepsWhatIsWritten) {
  redirect_temporary_files();
  std::mt19937 random(7);
  ByteVector expected(kSizeBytes);
  {
    const Opened file = open_blank(*medium_);
    ASSERT_OK(file);
    ASSERT_EQ((*file)->size_bytes(), kSizeBytes);
    for (int round = 0; round < 100; ++round) {
      const std::size_t at = random() % kSizeBytes;
      ByteVector bytes(std::min<std::size_t>(random() % 20'000, kSizeBytes - at));
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
      ASSERT_OK((*file)->write_at(at, bytes));
      std::ranges::copy(bytes, expected.begin() + static_cast<std::ptrdiff_t>(at));
      ByteVector back(bytes.size());
      const auto got = (*file)->read_at(at, back);
      ASSERT_OK(got);
      ASSERT_EQ(*got, bytes.size());
      ASSERT_EQ(back, bytes);
    }
    ASSERT_OK((*file)->flush());
    EXPECT_EQ(contents(**file), expected);
  }
  if (!medium_->keeps()) return;
  const Opened again = medium_->open(Access::kReadOnly);
  ASSERT_OK(again);
  EXPECT_EQ(contents(**again), expected);
  EXPECT_FALSE((*again)->write_at(0, ByteVector(1))) << "opened for reading";
}

TEST_P(Backend, EndsWhereItEnds) {
  redirect_temporary_files();
  const Opened file = open_blank(*medium_);
  ASSERT_OK(file);
  ASSERT_OK((*file)->write_at(kSizeBytes - 2, ByteVector{8, 9}));
  ByteVector into(10);
  const auto across = (*file)->read_at(kSizeBytes - 3, into);
  ASSERT_OK(across);
  EXPECT_EQ(*across, 3u);
  EXPECT_EQ(into, (ByteVector{0, 8, 9, 0, 0, 0, 0, 0, 0, 0}));
  const auto behind = (*file)->read_at(kSizeBytes + 100, into);
  ASSERT_OK(behind);
  EXPECT_EQ(*behind, 0u);
  ASSERT_OK((*file)->write_at(kSizeBytes, {}));
  EXPECT_EQ((*file)->size_bytes(), kSizeBytes);
  if (medium_->grows()) {
    ASSERT_OK((*file)->write_at(kSizeBytes - 1, ByteVector{1, 2}));
    EXPECT_EQ((*file)->size_bytes(), kSizeBytes + 1);
    ASSERT_OK((*file)->resize(100));
    EXPECT_EQ((*file)->size_bytes(), 100u);
  } else {
    EXPECT_ERROR((*file)->write_at(kSizeBytes, ByteVector{2}), kNoSpace);
    EXPECT_EQ((*file)->size_bytes(), kSizeBytes);
  }
}

TEST_P(Backend, ServesSeveralThreads) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kPartBytes = kSizeBytes / kThreads;
  constexpr std::size_t kPieceBytes = 1000;
  redirect_temporary_files();
  const Opened file = open_blank(*medium_);
  ASSERT_OK(file);
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        const ByteVector piece(kPieceBytes, static_cast<std::uint8_t>(thread + 1));
        ByteVector back(kPieceBytes);
        for (std::size_t i = 0; i < 20; ++i) {
          const std::size_t at = thread * kPartBytes + i * kPieceBytes;
          EXPECT_OK((*file)->write_at(at, piece));
          EXPECT_OK((*file)->read_at(at, back));
          EXPECT_EQ(back, piece);
          EXPECT_OK((*file)->flush());
        }
      });
    }
  }
  ByteVector expected(kSizeBytes);
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(thread * kPartBytes), 20 * kPieceBytes,
                static_cast<std::uint8_t>(thread + 1));
  }
  EXPECT_EQ(contents(**file), expected);
}

const std::vector<std::string> kBlockwise{
    "--filter=blocksize-policy",   "memory", "1M", "blocksize-minimum=4096", "blocksize-maximum=8192",
    "blocksize-error-policy=error"};
const Kind kKinds[] = {
    {"File", [] { return std::make_unique<File>(); }},
    {"LoopDevice", [] { return std::make_unique<LoopDevice>(); }},
    {"Memory", [] { return std::make_unique<Memory>(); }},
    {"Nbd",
     [] {
       return std::make_unique<Nbd>(std::vector<std::string>{"memory", "1M"});
     }},
    {"NbdInBlocks", [] { return std::make_unique<Nbd>(kBlockwise); }},
    {"QemuRaw", [] { return std::make_unique<Qemu>("raw", false); }},
    {"QemuQcow2", [] { return std::make_unique<Qemu>("qcow2", false); }},
    {"QemuLuksInQcow2", [] { return std::make_unique<Qemu>("qcow2", true); }},
    {"QemuLuks", [] { return std::make_unique<Qemu>("luks", true); }},
};
INSTANTIATE_TEST_SUITE_P(, Backend, ::testing::ValuesIn(kKinds),
                         [](const ::testing::TestParamInfo<Kind>& tested) { return tested.param.name; });

}  // namespace
}  // namespace nonvol::storage
