// QEMU and nonvol keep out of each other's images, while either has one open for writing.

#include <functional>

#include "media.h"
#include "storage/posix.h"
#include "testing/image_locks.h"
#include "testing/sample_image.h"

namespace nonvol::vnvram {
namespace {

using testing::Child;
using ::testing::HasSubstr;

constexpr int kRefused = 4;

std::string bytes_at(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A program of QEMU's that has `path` open for writing, by its words.
struct Holder {
  const char* program;
  std::function<std::vector<std::string>(const std::string& path, const std::string& folder)> words;
};

class ImageHeldByQemu : public ::testing::TestWithParam<Holder> {
 protected:
  void SetUp() override {
    ASSERT_EQ(nonvol({"blob", "format", path_, "--entry", "a:4032", "--entry", "plain:4096:plain"}).status,
              0);
    std::ofstream(input_) << "new content";
  }
  static testing::Finished nonvol(std::vector<std::string> words) {
    words.insert(words.begin(), NONVOL_PROGRAM);
    return testing::run(words);
  }

  const testing::Scratch scratch_;
  const std::string path_ = scratch_ / "image.nv";
  const std::string input_ = scratch_ / "input";
};

TEST_P(ImageHeldByQemu, IsNotWritten) {
  const std::string before = bytes_at(path_);
  Child holder(GetParam().words(path_, scratch_.path()));
  ASSERT_TRUE(testing::eventually([&] { return testing::image_lock_is_held(path_, testing::kWritesImage); }))
      << holder.output();
  // The kernel keeps 15 characters of a name.
  const std::string who =
      fmt::format("{} (pid {})", std::string(GetParam().program).substr(0, 15), holder.pid());
  const std::vector<std::vector<std::string>> commands = {
      {"blob", "put", path_, "a", "-i", input_, "--wait-ms", "0"},
      {"blob", "put", path_, "plain", "-i", input_, "--fill", "00", "--wait-ms", "0"},
      {"blob", "delete", path_, "a", "--wait-ms", "0"},
      {"blob", "add", path_, "--entry", "b:1", "--wait-ms", "0"},
      {"blob", "resize", path_, "--entry", "a:8K", "--wait-ms", "0"},
      {"blob", "format", path_, "--entry", "a:1", "--lose-contents", "--wait-ms", "0"},
  };
  for (const std::vector<std::string>& command : commands) {
    const testing::Finished refused = nonvol(command);
    EXPECT_EQ(refused.status, kRefused) << command[1];
    EXPECT_THAT(refused.output, HasSubstr("NV5007")) << command[1];
    EXPECT_THAT(refused.output, HasSubstr(who)) << command[1];
    ASSERT_EQ(bytes_at(path_), before) << command[1];
  }
  EXPECT_EQ(nonvol({"blob", "list", path_}).status, 0) << "readers are not in the way";
  holder.kill();
  const testing::Finished done = nonvol(commands.front());
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_EQ(nonvol({"blob", "get", path_, "a"}).output, "new content");
}

INSTANTIATE_TEST_SUITE_P(
    , ImageHeldByQemu,
    ::testing::Values(Holder{"qemu-io",
                             [](const std::string& path, const std::string&) {
                               return std::vector<std::string>{"qemu-io", "-f", "raw", path};
                             }},
                      Holder{"qemu-storage-daemon",
                             [](const std::string& path, const std::string& folder) {
                               return std::vector<std::string>{
                                   "qemu-storage-daemon",
                                   "--blockdev",
                                   "driver=file,node-name=image,filename=" + path,
                                   "--nbd-server",
                                   "addr.type=unix,addr.path=" + folder + "/socket",
                                   "--export",
                                   "type=nbd,id=export,node-name=image,writable=on"};
                             }}),
    [](const ::testing::TestParamInfo<Holder>& tested) {
      std::string name = tested.param.program;
      std::erase(name, '-');
      return name;
    });

class ImageHeldByNonvol : public ::testing::TestWithParam<const char*> {
 protected:
  // Of the format, formatted.
  std::unique_ptr<interop::Medium> make_image() {
    std::unique_ptr<interop::Medium> medium;
    if (raw()) {
      medium = std::make_unique<interop::RawFile>();
    } else {
      medium = std::make_unique<interop::Container>(GetParam(), false);
    }
    const auto file = open_file(*files_, medium->location(), {storage::Access::kReadWrite});
    EXPECT_OK(file);
    FormatRequest request = request_for({{"a", 100}});
    request.layout.size_bytes = interop::kMediumBytes;
    EXPECT_OK(vnvram::format(**file, *plan_layout(request.layout), request));
    return medium;
  }
  bool raw() const { return std::string_view(GetParam()) == "raw"; }
  testing::Finished qemu_io(const std::string& path, const char* command, const char* option) const {
    return testing::run({"qemu-io", option, "-f", GetParam(), "-c", command, path});
  }

  const std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
};

TEST_P(ImageHeldByNonvol, IsNotWrittenByOthers) {
  const std::unique_ptr<interop::Medium> medium = make_image();
  const std::string path = medium->location().target;
  {
    Result<Image> image = open_image(*files_, medium->location(), {storage::Access::kReadWrite});
    ASSERT_OK(image);
    EXPECT_OK(image->write(0, pattern(100, 1)));
    const testing::Finished refused = qemu_io(path, "write -P 0x55 0 1M", "-n");
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.output, HasSubstr("Failed to get"));
    EXPECT_ERROR(open_image(*files_, medium->location(), {storage::Access::kReadWrite}), kImageInUse);
    EXPECT_EQ(content(*image, "a"), pattern(100, 1));
    EXPECT_OK(image->write(0, pattern(100, 2)));
  }
  Result<Image> image = open_image(*files_, medium->location(), {});
  ASSERT_OK(image);
  EXPECT_EQ(content(*image, "a"), pattern(100, 2));
  const testing::Finished read = qemu_io(path, "read 0 512", "-r");
  EXPECT_EQ(read.status, 0) << read.output;
}

INSTANTIATE_TEST_SUITE_P(, ImageHeldByNonvol, ::testing::Values("raw", "qcow2"),
                         [](const ::testing::TestParamInfo<const char*>& tested) { return tested.param; });

}  // namespace
}  // namespace nonvol::vnvram
