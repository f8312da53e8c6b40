#include "storage/qemu_storage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/image_locks.h"
#include "testing/qemu_images.h"

namespace nonvol::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::eventually;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kSizeBytes = 1 << 20;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class QemuStorage : public ::testing::Test {
 protected:
  QemuStorage() {
    ::setenv("TMPDIR", places_.path().c_str(), 1);
    EXPECT_EQ(testing::make_image(image_.path, "qcow2", kSizeBytes), "");
  }
  ~QemuStorage() override { ::unsetenv("TMPDIR"); }

  // The daemon whose socket is in this test's directory.
  std::string daemon() const {
    for (const fs::directory_entry& process : fs::directory_iterator("/proc")) {
      const std::string words = text_of(process.path() / "cmdline");
      if (words.find("qemu-storage-daemon") != std::string::npos &&
          words.find(places_.path()) != std::string::npos) {
        return process.path().filename();
      }
    }
    return "";
  }
  bool in_use() const {
    const Result<bool> answer = files_->image_in_use(image_.path);
    return answer && *answer;
  }

  const testing::Scratch scratch_;
  const testing::Scratch places_;
  const std::unique_ptr<FileSystem> files_ = posix_file_system();
  const QemuImage image_{scratch_ / "image.qcow2", "qcow2", ""};
};

TEST(ContainerFormat, IsToldByTheFirstBytes) {
  const testing::Scratch scratch;
  for (const char* format : {"qcow2", "luks"}) {
    const std::string path = scratch / format;
    ASSERT_EQ(testing::make_encrypted_image(path, format, kSizeBytes), "");
    const std::string text = text_of(path);
    const std::vector<std::uint8_t> bytes(text.begin(), text.begin() + 512);
    EXPECT_EQ(container_format(bytes), format);
    EXPECT_EQ(container_format(octets::Bytes(bytes).first(3)), std::nullopt);
  }
  EXPECT_EQ(container_format({}), std::nullopt);
  EXPECT_EQ(container_format(std::vector<std::uint8_t>{0x30, 0x82, 1, 0, 0, 0, 0}), std::nullopt);
}

TEST_F(QemuStorage, SaysWhichToolIsMissing) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", scratch_.path().c_str(), 1);
  const auto missing = open_through_qemu(image_, Access::kReadOnly);
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_ERROR(missing, kQemuToolMissing);
  EXPECT_THAT(missing.error().hint, HasSubstr("qemu-system-common"));
}

TEST_F(QemuStorage, PassesOnWhyAnImageCannotBeOpened) {
  const auto absent = open_through_qemu({scratch_ / "absent", "qcow2", ""}, Access::kReadOnly);
  EXPECT_ERROR(absent, kQemuToolFailed);
  EXPECT_THAT(absent.error().message, HasSubstr("No such file or directory"));
  std::ofstream(scratch_ / "garbage") << std::string(70'000, 'x');
  const auto garbage = open_through_qemu({scratch_ / "garbage", "qcow2", ""}, Access::kReadOnly);
  EXPECT_ERROR(garbage, kQemuToolFailed);
  EXPECT_THAT(garbage.error().message, HasSubstr("not in qcow2 format"));
  testing::write_key(scratch_ / "other key", "wrong");
  ASSERT_EQ(testing::make_encrypted_image(scratch_ / "luks", "luks", kSizeBytes), "");
  const auto locked =
      open_through_qemu({scratch_ / "luks", "luks", scratch_ / "other key"}, Access::kReadWrite);
  EXPECT_ERROR(locked, kQemuToolFailed);
  EXPECT_THAT(locked.error().message, HasSubstr("Invalid password"));
  EXPECT_TRUE(fs::is_empty(places_.path()));
  EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD) << "a process is left";
}

TEST_F(QemuStorage, ExcludesOthersAndIsExcluded) {
  {
    const testing::Child tool({"qemu-io", "-f", "qcow2", image_.path});
    ASSERT_TRUE(eventually([&] { return testing::image_lock_is_held(image_.path, testing::kWritesImage); }))
        << tool.output();
    const auto refused = open_through_qemu(image_, Access::kReadWrite);
    EXPECT_ERROR(refused, kImageInUse);
    EXPECT_THAT(refused.error().message, HasSubstr(fmt::format("qemu-io (pid {})", tool.pid())));
  }
  auto file = open_through_qemu(image_, Access::kReadWrite);
  ASSERT_OK(file);
  const testing::Finished other = testing::run({"qemu-io", "-f", "qcow2", "-c", "write 0 512", image_.path});
  EXPECT_NE(other.status, 0);
  EXPECT_THAT(other.output, HasSubstr("Failed to get \"write\" lock"));
  EXPECT_ERROR(files_->open_write(image_.path), kImageInUse);
  file->reset();
  EXPECT_OK(files_->open_write(image_.path));
}

TEST_F(QemuStorage, ShowsItsDaemonNothingThatIsNotItsBusiness) {
  testing::write_key(scratch_ / "key");
  const std::string path = scratch_ / "luks";
  ASSERT_EQ(testing::make_encrypted_image(path, "luks", kSizeBytes), "");
  std::ofstream(scratch_ / "secret") << "x";
  // As a program may have it open that knows nothing of close-on-exec.
  const int mine = ::open((scratch_ / "secret").c_str(), O_RDONLY);  // NOLINT
  const auto file = open_through_qemu({path, "luks", scratch_ / "key"}, Access::kReadWrite);
  ::close(mine);
  ASSERT_OK(file);
  const fs::path process = fs::path("/proc") / daemon();
  ASSERT_NE(process, "/proc/");
  EXPECT_THAT(text_of(process / "cmdline"), AllOf(HasSubstr("secret,id=key"), Not(HasSubstr("horse"))));
  EXPECT_THAT(text_of(process / "environ"), Not(HasSubstr("horse")));
  for (const fs::directory_entry& descriptor : fs::directory_iterator(process / "fd")) {
    EXPECT_NE(fs::read_symlink(descriptor).string(), scratch_ / "secret");
  }
  int directories = 0;
  for (const fs::directory_entry& directory : fs::directory_iterator(places_.path())) {
    EXPECT_EQ(directory.status().permissions(), fs::perms::owner_all);
    ++directories;
  }
  EXPECT_EQ(directories, 1);
}

TEST_F(QemuStorage, LeavesNothingBehind) {
  EXPECT_OK(open_through_qemu(image_, Access::kReadWrite)) << "libraries are loaded by now";
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = descriptors();
  for (int round = 0; round < 3; ++round) EXPECT_OK(open_through_qemu(image_, Access::kReadWrite));
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(daemon(), "");
  EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD) << "a process is left";
  EXPECT_TRUE(fs::is_empty(places_.path()));
  EXPECT_FALSE(in_use());
}

// The system ends a child with the thread that started it, if it is told to end it with the process.
TEST_F(QemuStorage, OutlivesTheThreadThatOpensIt) {
  Result<std::unique_ptr<BlockFile>> file = Error(ErrorId::kImpossible, "not opened");
  std::thread([&] { file = open_through_qemu(image_, Access::kReadWrite); }).join();
  ASSERT_OK(file);
  for (int round = 0; round < 20; ++round) {
    ASSERT_OK((*file)->write_at(0, std::vector<std::uint8_t>(4096, 3)));
    ASSERT_OK((*file)->flush());
  }
}

TEST_F(QemuStorage, TakesItsDaemonAlongWhenItIsKilled) {
  std::array<int, 2> opened{};
  ASSERT_EQ(::pipe2(opened.data(), O_CLOEXEC), 0);
  const pid_t process = ::fork();
  if (process == 0) {
    const auto file = open_through_qemu(image_, Access::kReadWrite);
    const char answer = file ? 'y' : 'n';
    if (::write(opened[1], &answer, 1) == 1) ::pause();
    ::_exit(1);
  }
  char answer = 0;
  ASSERT_EQ(::read(opened[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_TRUE(in_use());
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return !in_use() && daemon().empty(); }));
  ::close(opened[0]);
  ::close(opened[1]);
}

TEST_F(QemuStorage, OutlivesItsDaemon) {
  auto file = open_through_qemu(image_, Access::kReadWrite);
  ASSERT_OK(file);
  const std::string process = daemon();
  ASSERT_FALSE(process.empty());
  ::kill(std::stoi(process), SIGKILL);
  const std::vector<std::uint8_t> bytes(4096, 3);
  EXPECT_TRUE(eventually([&] { return !(*file)->write_at(0, bytes); }));
  EXPECT_ERROR((*file)->flush(), kInputOutput);
  file->reset();
  EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD) << "a process is left";
  EXPECT_TRUE(fs::is_empty(places_.path()));
}

}  // namespace
}  // namespace nonvol::storage
