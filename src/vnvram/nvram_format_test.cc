#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "nonvol/vnvram.h"
#include "testing/nvram_medium.h"
#include "testing/scratch.h"

namespace nonvol::vnvram {
namespace {

using nonvol::testing::FileScript;
using nonvol::testing::filled;
using nonvol::testing::Scratch;
using nonvol::testing::ScriptedFile;

const LayoutRequest kLayout{.entries = {{"permall", 4032}}};

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(NvramFormat, MakesAFileOfTheMeasuredSize) {
  const Scratch scratch;
  const std::string path = scratch / "image";
  EXPECT_EQ(format(path, {.layout = kLayout}).value(), Formatted::kYes);
  EXPECT_EQ(std::filesystem::file_size(path), measure(kLayout).value());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1) << "nothing beside it";
  const std::string before = content(path);
  EXPECT_EQ(format(path, {.layout = kLayout}).value(), Formatted::kAlready);
  EXPECT_EQ(content(path), before);
  EXPECT_ERROR(format(scratch / "no/such/folder", {.layout = kLayout}), kFileMissing);
  EXPECT_ERROR(measure({.entries = {{"", 1}}}), kBadEntryRequest);
}

TEST(NvramFormat, LosesContentsOnlyWhenTold) {
  const Scratch scratch;
  const std::string path = scratch / "image";
  const LayoutRequest other{.entries = {{"vars", 4096, EntryKind::kPlain}}};
  write_file(path, "something else of no use here");
  EXPECT_ERROR(format(path, {.layout = kLayout}), kNotEmpty);
  EXPECT_EQ(content(path), "something else of no use here");
  // What has a size keeps it.
  EXPECT_ERROR(format(path, {.layout = kLayout, .lose_contents = true}), kImageTooSmall);
  LayoutRequest sized = kLayout;
  sized.size_bytes = measure(kLayout).value();
  EXPECT_EQ(format(path, {.layout = sized, .lose_contents = true}).value(), Formatted::kYes);
  const std::string before = content(path);
  EXPECT_ERROR(format(path, {.layout = other}), kNotEmpty);
  EXPECT_EQ(content(path), before);
  EXPECT_EQ(format(path, {.layout = other, .lose_contents = true}).value(), Formatted::kYes);
  EXPECT_EQ(std::filesystem::file_size(path), before.size());
}

TEST(NvramFormat, FillsWhatIsEmpty) {
  const Scratch scratch;
  write_file(scratch / "empty", "");
  EXPECT_EQ(format(scratch / "empty", {.layout = kLayout}).value(), Formatted::kYes);
  EXPECT_EQ(std::filesystem::file_size(scratch / "empty"), measure(kLayout).value());
  write_file(scratch / "zeros", std::string(1 << 20, '\0'));
  EXPECT_EQ(format(scratch / "zeros", {.layout = kLayout}).value(), Formatted::kYes);
  EXPECT_EQ(std::filesystem::file_size(scratch / "zeros"), 1u << 20);
  write_file(scratch / "small", std::string(4096, '\0'));
  EXPECT_ERROR(format(scratch / "small", {.layout = kLayout}), kImageTooSmall);
}

TEST(NvramFormat, SeesThatAnImageHasAnotherKey) {
  const Scratch scratch;
  const std::string path = scratch / "image";
  const LayoutRequest layout{.entries = {{"permall", 4032, EntryKind::kAtomic, true}}};
  const seal::Key key(octets::Bytes(filled(32, 1)).first<32>());
  const seal::Key other(octets::Bytes(filled(32, 2)).first<32>());
  EXPECT_ERROR(format(path, {.layout = layout}), kKeyNeeded);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(format(path, {.layout = layout, .user_key = &key}).value(), Formatted::kYes);
  EXPECT_EQ(format(path, {.layout = layout, .user_key = &key}).value(), Formatted::kAlready);
  EXPECT_ERROR(format(path, {.layout = layout, .user_key = &other}), kWrongKey);
}

TEST(NvramFormat, LeavesNothingWhenItFails) {
  FileScript script;
  const std::shared_ptr<storage::BlockFile> memory = storage::memory_file();
  ScriptedFile file(memory, script);
  script.before_flush = [&]() -> Result<void> {
    if (script.flushes == 1) return Error(ErrorId::kInputOutput, "the medium is gone");
    return {};
  };
  EXPECT_ERROR(format(file, "image", {.layout = kLayout}), kInputOutput);
  Nvram nvram = Nvram::setup(std::make_unique<ScriptedFile>(memory, script), "image").value();
  EXPECT_ERROR(nvram.start(), kNvramUnfinished);
}

}  // namespace
}  // namespace nonvol::vnvram
