#include "storage/qcow2.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "storage/medium.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/qemu_images.h"

namespace nonvol::storage {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

octets::Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string pattern(std::size_t size_bytes) {
  std::string text(size_bytes, '\xff');
  for (std::size_t i = 0; i < size_bytes; i += 97) text[i] = static_cast<char>(i / 97);
  return text;
}

// An overlay written as a guest's is.
void write_overlay(const std::string& path, std::uint64_t size_bytes, std::string_view backing) {
  const auto overlay = qcow2_overlay(size_bytes, backing);
  ASSERT_OK(overlay);
  const auto files = posix_file_system();
  auto file = files->create_new(path);
  ASSERT_OK(file);
  ASSERT_OK((*file)->write_at(0, overlay->bytes));
  ASSERT_OK((*file)->resize(overlay->file_bytes));
}

TEST(Qcow2Overlay, IsWhatQemuTakesForOne) {
  // A 2M and a 4M store, ARM's, and one that fills the mappings' cluster.
  for (const std::uint64_t size_bytes : {131072u, 540672u, 67108864u, 1073741824u}) {
    const testing::Scratch scratch;
    fs::create_directories(scratch / "guest");
    write(scratch / "master.fd", pattern(100'000));
    fs::resize_file(scratch / "master.fd", size_bytes);
    const std::string path = scratch / "guest/overlay.qcow2";
    write_overlay(path, size_bytes, "../master.fd");
    const testing::Finished checked = testing::run({"qemu-img", "check", path});
    EXPECT_EQ(checked.status, 0) << checked.output;
    const testing::Finished compared = testing::run({"qemu-img", "compare", path, scratch / "master.fd"});
    EXPECT_EQ(compared.status, 0) << compared.output;
    EXPECT_THAT(compared.output, HasSubstr("identical"));
    const testing::Finished info = testing::run({"qemu-img", "info", path});
    EXPECT_THAT(info.output, HasSubstr("backing file format: raw")) << info.output;
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_LE(status.st_blocks * 512, 16 << 10) << size_bytes;
  }
}

TEST(Qcow2Overlay, TakesWrites) {
  const testing::Scratch scratch;
  const std::string master = pattern(540672);
  write(scratch / "master.fd", master);
  const std::string path = scratch / "overlay.qcow2";
  write_overlay(path, master.size(), "master.fd");
  const auto files = posix_file_system();
  const Medium medium{path, "", scratch / "master.fd"};
  {
    auto opened = open_medium(*files, medium, {.access = Access::kReadWrite});
    ASSERT_OK(opened);
    ASSERT_EQ((*opened)->size_bytes(), master.size());
    ASSERT_OK((*opened)->write_at(70'000, bytes_of("written")));
    ASSERT_OK((*opened)->flush());
  }
  std::string expected = master;
  expected.replace(70'000, 7, "written");
  const std::string out = scratch / "out.fd";
  ASSERT_EQ(testing::run({"qemu-img", "convert", "-O", "raw", path, out}).status, 0);
  EXPECT_TRUE(text_of(out) == expected);
  EXPECT_TRUE(text_of(scratch / "master.fd") == master);
  EXPECT_EQ(testing::run({"qemu-img", "check", path}).status, 0);
}

// What the header names is never opened; what the caller names is.
TEST(Qcow2Overlay, LiesOverWhatTheCallerNames) {
  const testing::Scratch scratch;
  write(scratch / "named.fd", std::string(4096, 'n'));
  write(scratch / "chosen.fd", std::string(4096, 'c'));
  const std::string path = scratch / "overlay.qcow2";
  write_overlay(path, 4096, "named.fd");
  const auto files = posix_file_system();
  EXPECT_ERROR(open_medium(*files, {path}, {}), kNvramInContainer);
  auto opened = open_medium(*files, {path, "", scratch / "chosen.fd"}, {});
  ASSERT_OK(opened);
  std::uint8_t byte[1];
  ASSERT_OK((*opened)->read_at(0, byte));
  EXPECT_EQ(byte[0], 'c');
}

TEST(Qcow2Overlay, OfAnImageThatNeedsNoneIsNotUsed) {
  const testing::Scratch scratch;
  const std::string path = scratch / "whole.qcow2";
  ASSERT_EQ(testing::make_image(path, "qcow2", 4096), "");
  write(scratch / "chosen.fd", std::string(4096, 'c'));
  auto opened = open_medium(*posix_file_system(), {path, "", scratch / "chosen.fd"}, {});
  ASSERT_OK(opened);
  std::uint8_t byte[1];
  ASSERT_OK((*opened)->read_at(0, byte));
  EXPECT_EQ(byte[0], 0);
}

TEST(Qcow2Overlay, HasLimits) {
  for (const std::uint64_t size_bytes : {0ull, 511ull, 513ull, (1ull << 30) + 512, ~0ull}) {
    EXPECT_ERROR(qcow2_overlay(size_bytes, "master.fd"), kStoreFormExcluded);
  }
  EXPECT_ERROR(qcow2_overlay(512, ""), kStoreFormExcluded);
  EXPECT_ERROR(qcow2_overlay(512, std::string(1024, 'x')), kStoreFormExcluded);
  EXPECT_OK(qcow2_overlay(512, std::string(1023, 'x')));
}

TEST(Qcow2Front, SaysWhatQemuWrote) {
  const testing::Scratch scratch;
  const std::string path = scratch / "image.qcow2";
  ASSERT_EQ(testing::make_image(path, "qcow2", 540672, {"-o", "compat=0.10"}), "");
  std::optional<Qcow2Front> front = qcow2_front(bytes_of(text_of(path)));
  ASSERT_TRUE(front.has_value());
  EXPECT_EQ(front->virtual_bytes, 540672u);
  EXPECT_FALSE(front->has_backing || front->has_data_file);

  ASSERT_EQ(testing::make_image(scratch / "over.qcow2", "qcow2", 540672, {"-b", path, "-F", "qcow2"}), "");
  const std::string over = text_of(scratch / "over.qcow2");
  front = qcow2_front(bytes_of(over));
  ASSERT_TRUE(front.has_value());
  EXPECT_TRUE(front->has_backing);
  EXPECT_EQ(front->backing_name, path);
  front = qcow2_front(bytes_of(over).first(kQcow2HeaderBytes));
  ASSERT_TRUE(front.has_value());
  EXPECT_TRUE(front->has_backing);
  EXPECT_EQ(front->backing_name, "");

  ASSERT_EQ(testing::make_image(scratch / "data.qcow2", "qcow2", 540672,
                                {"-o", "data_file=" + (scratch / "data.raw")}),
            "");
  front = qcow2_front(bytes_of(text_of(scratch / "data.qcow2")));
  ASSERT_TRUE(front.has_value());
  EXPECT_TRUE(front->has_data_file);
}

TEST(Qcow2Front, RefusesWhatIsCutOff) {
  const testing::Scratch scratch;
  const std::string path = scratch / "image.qcow2";
  ASSERT_EQ(testing::make_image(path, "qcow2", 540672), "");
  const std::string text = text_of(path);
  for (std::size_t size = 0; size < kQcow2HeaderBytes; ++size) {
    EXPECT_FALSE(qcow2_front(bytes_of(text).first(size)).has_value()) << size;
  }
  EXPECT_TRUE(qcow2_front(bytes_of(text).first(kQcow2HeaderBytes)).has_value());
  std::string other = text;
  other[0] = 'q';
  EXPECT_FALSE(qcow2_front(bytes_of(other)).has_value());
}

}  // namespace
}  // namespace nonvol::storage
