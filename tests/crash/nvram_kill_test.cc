#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <sstream>

#include "nvram_hammered.h"
#include "nvram_images.h"
#include "storage/posix.h"
#include "testing/child.h"
#include "vnvram/check.h"
#include "vnvram/format.h"
#include "vnvram/open.h"

// Real processes that are killed while they write to a real file. NONVOL_KILLS says how many.
namespace nonvol::crash {
namespace {

using testing::Child;
using testing::eventually;
using vnvram::Image;

constexpr unsigned kUsualKills = kAllStates ? 60 : 10;

unsigned wanted_kills() {
  const char* given = std::getenv("NONVOL_KILLS");
  return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : kUsualKills;
}

class RealFile : public ::testing::Test {
 protected:
  void make_image() {
    const vnvram::FormatRequest request =
        vnvram::request_for({{"a", 4032}, {"b", 100}, {"c", 60000}, {"d", 300000}});
    const Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
    ASSERT_OK(layout);
    auto file = files_->create_new(path_);
    ASSERT_OK(file);
    ASSERT_OK(vnvram::format(**file, *layout, request));
  }

  Result<Image> open(storage::Access access = storage::Access::kReadOnly) {
    return vnvram::open_image(*files_, {path_}, {.access = access});
  }

  ByteVector all_bytes() {
    Result<Image> image = open();
    EXPECT_OK(image);
    return image ? vnvram::bytes_of(*image) : ByteVector();
  }

  const testing::Scratch scratch_;
  const std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  const std::string path_ = scratch_ / "hammered.nv";
};

// The last generation of each entry that was acknowledged.
std::map<std::string, std::uint64_t> acknowledged(const std::string& output) {
  std::map<std::string, std::uint64_t> result;
  std::istringstream lines(output);
  std::string name;
  std::uint64_t generation = 0;
  while (lines >> name >> generation) result[name] = generation;
  return result;
}

TEST_F(RealFile, HoldsWhatWasAcknowledgedWhenTheWriterIsKilled) {
  make_image();
  std::mt19937_64 random(chosen_seed());
  std::map<std::string, std::uint64_t> known;
  std::uint64_t updates = 0;
  std::uint64_t ahead = 0;
  const unsigned kills = wanted_kills();
  for (unsigned kill = 0; kill < kills; ++kill) {
    std::string output;
    {
      Child hammer({NVRAM_HAMMER, path_});
      const std::size_t lines_bytes = random() % 600;
      ASSERT_TRUE(eventually([&] { return hammer.output().size() > lines_bytes; }));
      // Somewhere inside an update.
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
      hammer.kill();
      ASSERT_EQ(hammer.wait(), 128 + SIGKILL);
      output = hammer.output();
    }
    for (const auto& [name, generation] : acknowledged(output)) known[name] = generation;
    Result<Image> image = open();
    ASSERT_OK(image);
    for (std::size_t i = 0; i < image->entries().size(); ++i) {
      const vnvram::EntryInfo& entry = image->entries()[i];
      const Result<vnvram::EntryState> state = image->state(i);
      ASSERT_OK(state);
      ASSERT_GE(state->generation, known[entry.name]) << entry.name << ", seed " << chosen_seed();
      ASSERT_LE(state->generation, known[entry.name] + 1) << entry.name;
      if (state->generation > known[entry.name]) ++ahead;
      if (state->generation == 0) continue;
      ASSERT_EQ(vnvram::content(*image, entry.name),
                hammered(entry.name, state->generation, entry.capacity_bytes));
      known[entry.name] = state->generation;
    }
  }
  for (const auto& [name, generation] : known) updates += generation;
  std::puts(fmt::format("{} kills, {} updates, {} of them there and not acknowledged (NONVOL_SEED={})", kills,
                        updates, ahead, chosen_seed())
                .c_str());
  EXPECT_GT(updates, kills);
  Result<Image> image = open(storage::Access::kReadWrite);
  ASSERT_OK(image);
  for (std::size_t i = 0; i < image->entries().size(); ++i) ASSERT_OK(image->write(i, ByteVector(10, 1)));
  const Result<vnvram::CheckReport> report = vnvram::check(*image, {.scrub = true});
  ASSERT_OK(report);
  EXPECT_TRUE(report->findings.empty());
}

TEST_F(RealFile, HasOneWriter) {
  make_image();
  Result<Image> first = open(storage::Access::kReadWrite);
  ASSERT_OK(first);
  ASSERT_OK(first->write(0, ByteVector(50, 1)));
  const ByteVector before = all_bytes();
  EXPECT_ERROR(open(storage::Access::kReadWrite), kImageInUse);
  const testing::Finished second = testing::run({NVRAM_HAMMER, path_});
  EXPECT_EQ(second.status, 3);
  EXPECT_EQ(second.output, "");
  EXPECT_EQ(all_bytes(), before);
  ASSERT_OK(first->write(0, ByteVector(60, 2)));
  EXPECT_EQ(vnvram::content(*first, "a"), ByteVector(60, 2));
}

// No update can find the disk full: format has written every byte.
TEST_F(RealFile, HasAllOfItsSpaceFromFormatOn) {
  make_image();
  const auto blocks_bytes = [&] {
    struct stat status {};
    EXPECT_EQ(::stat(path_.c_str(), &status), 0);
    return std::pair{static_cast<std::uint64_t>(status.st_blocks) * 512,
                     static_cast<std::uint64_t>(status.st_size)};
  };
  const auto [taken_bytes, size_bytes] = blocks_bytes();
  EXPECT_GE(taken_bytes, size_bytes) << "a file with holes";
  Result<Image> image = open(storage::Access::kReadWrite);
  ASSERT_OK(image);
  for (unsigned turn = 0; turn < 3; ++turn) {
    for (std::size_t i = 0; i < image->entries().size(); ++i)
      ASSERT_OK(image->write(i, ByteVector(image->entries()[i].capacity_bytes, 3)));
  }
  EXPECT_EQ(blocks_bytes().second, size_bytes);
  EXPECT_EQ(blocks_bytes().first, taken_bytes);
}

// A full disk shows in format, and leaves no image.
TEST_F(RealFile, ThatDoesNotFitIsRefusedByFormat) {
  const vnvram::FormatRequest request = vnvram::request_for({{"a", 300000}});
  const Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
  ASSERT_OK(layout);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 100000, before.rlim_max };
  auto file = files_->create_new(path_);
  ASSERT_OK(file);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<void> formatted = vnvram::format(**file, *layout, request);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, old_handler);
  EXPECT_FALSE(formatted.has_value());
  const Result<Image> image = open();
  ASSERT_FALSE(image.has_value());
  EXPECT_TRUE(image.error().id == ErrorId::kNvramEmpty || image.error().id == ErrorId::kNvramUnfinished)
      << image.error().message;
}

}  // namespace
}  // namespace nonvol::crash
