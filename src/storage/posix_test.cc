#include "storage/posix.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/file_attributes.h"
#include "storage/file_beside.h"
#include "testing/child.h"
#include "testing/expect.h"
#include "testing/scratch.h"

namespace nonvol::storage {
namespace {

namespace fs = std::filesystem;

void write_text(const fs::path& path, std::string_view text) {
  std::ofstream(path) << text;
}

TEST(PosixDirectory, ListsAndReadsWholeFiles) {
  const testing::Scratch scratch;
  write_text(scratch / "a.json", "{}");
  fs::create_directory(scratch / "d");
  fs::create_symlink("nowhere", scratch / "l");
  const auto files = posix_file_system();
  const auto directory = files->open_directory(scratch.path());
  ASSERT_OK(directory);
  auto entries = (*directory)->entries();
  ASSERT_OK(entries);
  std::map<std::string, FileKind> kinds;
  for (const DirectoryEntry& entry : *entries) kinds[entry.name] = entry.kind;
  EXPECT_EQ(kinds, (std::map<std::string, FileKind>{
                       {"a.json", FileKind::kRegular}, {"d", FileKind::kDirectory}, {"l", FileKind::kLink}}));
  TextBuffer buffer;
  ASSERT_OK((*directory)->read("a.json", 100, buffer));
  EXPECT_EQ(buffer.text(), "{}");
  EXPECT_ERROR((*directory)->read("l", 100, buffer), kFileMissing);
  EXPECT_ERROR((*directory)->read("d", 100, buffer), kInputOutput);
}

TEST(PosixDirectory, StopsReadingBehindTheLimit) {
  const testing::Scratch scratch;
  write_text(scratch / "big", std::string(300'000, 'x'));
  const auto directory = posix_file_system()->open_directory(scratch.path());
  ASSERT_OK(directory);
  TextBuffer buffer;
  ASSERT_OK((*directory)->read("big", 400'000, buffer));
  EXPECT_EQ(buffer.size_bytes, 300'000u);
  ASSERT_OK((*directory)->read("big", 100'000, buffer));
  EXPECT_GT(buffer.size_bytes, 100'000u);
  fs::create_symlink("/dev/zero", scratch / "endless");
  ASSERT_OK((*directory)->read("endless", 100'000, buffer));
  EXPECT_GT(buffer.size_bytes, 100'000u);
}

TEST(PosixDirectory, DoesNotHangOnAFifo) {
  const testing::Scratch scratch;
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  const auto directory = posix_file_system()->open_directory(scratch.path());
  ASSERT_OK(directory);
  TextBuffer buffer;
  ASSERT_OK((*directory)->read("pipe", 100, buffer));
  EXPECT_EQ(buffer.size_bytes, 0u);
}

TEST(PosixBlockFile, ReadsWritesAndResizes) {
  const testing::Scratch scratch;
  const auto files = posix_file_system();
  const std::string path = scratch / "f";
  {
    const auto file = files->create_new(path);
    ASSERT_OK(file);
    const std::array<std::uint8_t, 3> bytes{1, 2, 3};
    ASSERT_OK((*file)->write_at(5, bytes));
    EXPECT_EQ((*file)->size_bytes(), 8u);
    ASSERT_OK((*file)->resize(10));
    ASSERT_OK((*file)->flush());
  }
  EXPECT_ERROR(files->create_new(path), kAlreadyThere);
  const auto file = files->open_read(path);
  ASSERT_OK(file);
  EXPECT_EQ((*file)->size_bytes(), 10u);
  std::array<std::uint8_t, 20> into{};
  const auto got = (*file)->read_at(4, into);
  ASSERT_OK(got);
  EXPECT_EQ(*got, 6u);
  EXPECT_EQ(into[1], 1);
  EXPECT_ERROR((*file)->write_at(0, into), kInputOutput);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(PosixFileSystem, RenamesOnlyToNewNames) {
  const testing::Scratch scratch;
  const auto files = posix_file_system();
  ASSERT_OK(files->make_directory(scratch / "one"));
  EXPECT_ERROR(files->make_directory(scratch / "one"), kAlreadyThere);
  ASSERT_OK(files->make_directory(scratch / "two"));
  EXPECT_ERROR(files->rename_new(scratch / "one", scratch / "two"), kAlreadyThere);
  ASSERT_OK(files->rename_new(scratch / "one", scratch / "three"));
  ASSERT_OK(files->sync_directory(scratch.path()));
  EXPECT_ERROR(files->status(scratch / "one"), kFileMissing);
  write_text(scratch / "three/f", "x");
  EXPECT_ERROR(files->remove_directory(scratch / "three"), kAlreadyThere);
  ASSERT_OK(files->remove_file(scratch / "three/f"));
  ASSERT_OK(files->remove_directory(scratch / "three"));
  EXPECT_ERROR(files->remove_file(scratch / "three/f"), kFileMissing);
}

TEST(PosixFileSystem, ReplacesAFileByOneOfTheSameModeAndFollowsNoLink) {
  const testing::Scratch scratch;
  const auto files = posix_file_system();
  const std::array<std::uint8_t, 2> bytes{'a', 'b'};
  ASSERT_OK(replace_whole_file(*files, scratch / "new", bytes));
  EXPECT_EQ(*permission_bits(scratch / "new"), 0600u);
  write_text(scratch / "old", "before");
  ASSERT_EQ(::chmod((scratch / "old").c_str(), 0640), 0);
  ASSERT_OK(replace_whole_file(*files, scratch / "old", bytes));
  EXPECT_EQ(*permission_bits(scratch / "old"), 0640u);
  EXPECT_EQ(files->status(scratch / "old")->size_bytes, 2u);
  ASSERT_EQ(::symlink("old", (scratch / "link").c_str()), 0);
  EXPECT_ERROR(replace_whole_file(*files, scratch / "link", bytes), kAlreadyThere);
  ASSERT_EQ(::symlink("nowhere", (scratch / "dangling").c_str()), 0);
  EXPECT_ERROR(replace_whole_file(*files, scratch / "dangling", bytes), kAlreadyThere);
  EXPECT_ERROR(replace_whole_file(*files, scratch.path(), bytes), kAlreadyThere);
  ASSERT_OK(make_private(scratch / "old"));
  EXPECT_EQ(*permission_bits(scratch / "old"), 0600u);
  EXPECT_ERROR(make_private(scratch / "absent"), kFileMissing);
}

TEST(PosixFileSystem, OpensWhatIsThereForWriting) {
  const testing::Scratch scratch;
  const auto files = posix_file_system();
  write_text(scratch / "f", "abcdef");
  {
    const auto file = files->open_write(scratch / "f");
    ASSERT_OK(file);
    EXPECT_EQ((*file)->size_bytes(), 6u);
    const std::array<std::uint8_t, 2> bytes{'X', 'Y'};
    ASSERT_OK((*file)->write_at(1, bytes));
    ASSERT_OK((*file)->flush());
  }
  std::ifstream reader(scratch / "f");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "aXYdef");
  EXPECT_ERROR(files->open_write(scratch / "absent"), kFileMissing);
  EXPECT_ERROR(files->open_write(scratch.path()), kInputOutput);
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(files->open_write(scratch / "pipe"), kInputOutput);
  EXPECT_ERROR(files->open_write("/sys/kernel/notes"), kPermission);
}

TEST(PosixBlockFile, KnowsItsSizeWhenSeveralThreadsWrite) {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kEach = 200;
  const testing::Scratch scratch;
  const auto file = posix_file_system()->create_new(scratch / "f");
  ASSERT_OK(file);
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        const std::array<std::uint8_t, 1> byte{static_cast<std::uint8_t>(thread)};
        for (std::size_t i = 0; i < kEach; ++i) EXPECT_OK((*file)->write_at(i * kThreads + thread, byte));
        EXPECT_OK((*file)->flush());
      });
    }
  }
  EXPECT_EQ((*file)->size_bytes(), kThreads * kEach);
}

TEST(PosixFileSystem, ReplacesAFile) {
  const testing::Scratch scratch;
  const auto files = posix_file_system();
  write_text(scratch / "old", "old");
  write_text(scratch / "new", "newer");
  ASSERT_OK(files->rename_replace(scratch / "new", scratch / "old"));
  const auto status = files->status(scratch / "old");
  ASSERT_OK(status);
  EXPECT_EQ(status->size_bytes, 5u);
  EXPECT_ERROR(files->status(scratch / "new"), kFileMissing);
  EXPECT_ERROR(files->rename_replace(scratch / "new", scratch / "old"), kFileMissing);
}

TEST(PosixFileSystem, CopiesOwnerModeAndAttributes) {
  const testing::Scratch scratch;
  const auto files = posix_file_system();
  const std::string old_path = scratch / "old";
  const std::string new_path = scratch / "new";
  write_text(old_path, "old");
  // What the new file has by its directory, and the old one has not, must not stay.
  ASSERT_EQ(testing::run({"setfacl", "-d", "-m", "u:games:rw", scratch.path()}).status, 0);
  write_text(new_path, "new");
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(old_path.c_str(), 12, 34), 0);
    ASSERT_EQ(::setxattr(old_path.c_str(), "trusted.nonvol", "t", 1, 0), 0);
  }
  ASSERT_EQ(::chmod(old_path.c_str(), 0640), 0);
  ASSERT_EQ(::setxattr(old_path.c_str(), "user.note", "kept", 4, 0), 0);
  ASSERT_EQ(::setxattr(old_path.c_str(), "user.empty", "", 0, 0), 0);
  const auto attributes = [](const std::string& path) {
    return testing::run({"getfattr", "--absolute-names", "-d", "-m", "user[.]|trusted[.]", path}).output;
  };
  const auto access = [](const std::string& path) {
    return testing::run({"getfacl", "--absolute-names", "--omit-header", "--numeric", path}).output;
  };
  EXPECT_NE(access(old_path), access(new_path));
  ASSERT_OK(files->copy_owner_and_mode(old_path, new_path));
  EXPECT_EQ(access(old_path), access(new_path));
  ASSERT_EQ(testing::run({"setfacl", "-m", "u:mail:r", old_path}).status, 0);
  ASSERT_OK(files->copy_owner_and_mode(old_path, new_path));
  EXPECT_THAT(access(new_path), ::testing::HasSubstr("user:8:r--"));
  EXPECT_EQ(access(old_path), access(new_path));
  EXPECT_THAT(attributes(old_path), ::testing::HasSubstr("user.empty"));
  EXPECT_EQ(attributes(old_path).substr(attributes(old_path).find('\n')),
            attributes(new_path).substr(attributes(new_path).find('\n')));
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(::stat(old_path.c_str(), &before), 0);
  ASSERT_EQ(::stat(new_path.c_str(), &after), 0);
  EXPECT_EQ(std::tie(before.st_uid, before.st_gid, before.st_mode),
            std::tie(after.st_uid, after.st_gid, after.st_mode));
  EXPECT_ERROR(files->copy_owner_and_mode(scratch / "absent", new_path), kFileMissing);
}

TEST(PosixFileSystem, SaysWhenSpaceOrPermissionIsLacking) {
  const auto full = error_from_errno(ENOSPC, "write", "x");
  EXPECT_EQ(full.id, ErrorId::kNoSpace);
  EXPECT_EQ(full.message, "cannot write x: No space left on device");
  // Nobody, not even root, creates files in /sys.
  EXPECT_ERROR(posix_file_system()->create_new("/sys/nonvol"), kPermission);
}

TEST(PosixFileSystem, SeesQemusImageLocks) {
  const testing::Scratch scratch;
  write_text(scratch / "store", std::string(1000, 'x'));
  const auto files = posix_file_system();
  auto in_use = files->image_in_use(scratch / "store");
  ASSERT_OK(in_use);
  EXPECT_FALSE(*in_use);
  const int fd = ::open((scratch / "store").c_str(), O_RDWR | O_CLOEXEC);
  struct flock held {};
  held.l_type = F_RDLCK;
  held.l_whence = SEEK_SET;
  held.l_start = 101;  // RAW_LOCK_PERM_BASE + the bit of the write permission
  held.l_len = 1;
  ASSERT_EQ(::fcntl(fd, F_OFD_SETLK, &held), 0);
  in_use = files->image_in_use(scratch / "store");
  ASSERT_OK(in_use);
  EXPECT_TRUE(*in_use);
  ::close(fd);
}

TEST(RootedSource, KeepsAbsoluteLinksInsideTheRoot) {
  const testing::Scratch scratch;
  fs::create_directories(scratch / "root/usr/share");
  write_text(scratch / "root/usr/share/real", "inside");
  fs::create_symlink("/usr/share/real", scratch / "root/usr/share/link");
  fs::create_symlink("../../../../../../usr/share/real", scratch / "root/usr/share/climber");
  const auto source = posix_rooted_source(scratch / "root");
  ASSERT_OK(source);
  const auto directory = (*source)->open_directory("/usr/share");
  ASSERT_OK(directory);
  TextBuffer buffer;
  for (const char* name : {"link", "climber"}) {
    ASSERT_OK((*directory)->read(name, 100, buffer));
    EXPECT_EQ(buffer.text(), "inside");
  }
  const auto status = (*source)->status("/usr/share/link");
  ASSERT_OK(status);
  EXPECT_EQ(status->size_bytes, 6u);
  const auto link = (*source)->read_link("/usr/share/link");
  ASSERT_OK(link);
  EXPECT_EQ(*link, "/usr/share/real");
  EXPECT_ERROR(posix_rooted_source(scratch / "absent"), kFileMissing);
  for (const char* name : {"/usr/share/link", "/usr/share/climber", "/../usr/share/real"}) {
    const auto path = host_path_in_root(scratch / "root", name);
    ASSERT_OK(path);
    EXPECT_EQ(*path, fs::canonical(scratch / "root/usr/share/real"));
  }
  EXPECT_ERROR(host_path_in_root(scratch / "root", "/absent"), kFileMissing);
}

TEST(AbsolutePath, LeavesStandingWhatLinksDecide) {
  EXPECT_EQ(absolute_path("/a/./b//c"), "/a/b/c");
  EXPECT_EQ(absolute_path("/a/link/../c"), "/a/link/../c");
  EXPECT_EQ(absolute_path("x"), fs::current_path() / "x");
}

}  // namespace
}  // namespace nonvol::storage
