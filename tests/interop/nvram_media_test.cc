// The same story of an NVRAM image, wherever it lies.

#include <functional>

#include "media.h"
#include "storage/posix.h"
#include "testing/sample_image.h"
#include "vnvram/check.h"

namespace nonvol::vnvram {
namespace {

using interop::kMediumBytes;
using interop::Medium;

const std::string kSize = std::to_string(kMediumBytes);

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Medium>()> make;
};

class NvramMedia : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    medium_ = GetParam().make();
    if (!medium_->why_not().empty()) GTEST_SKIP() << medium_->why_not();
  }

  void format(const FormatRequest& request) {
    const auto file = open_file(*files_, medium_->location(), {storage::Access::kReadWrite});
    ASSERT_OK(file);
    ASSERT_EQ((*file)->size_bytes(), kMediumBytes);
    const Result<Layout> layout = plan_layout(request.layout);
    ASSERT_OK(layout);
    ASSERT_OK(vnvram::format(**file, *layout, request));
  }
  Result<Image> open(storage::Access access, const seal::Key* key = nullptr) {
    return open_image(*files_, medium_->location(), {access, key});
  }
  // Nothing wrong with it, all of it read.
  void expect_sound(Image& image) {
    const auto report = check(image, {.scrub = true});
    ASSERT_OK(report);
    EXPECT_TRUE(report->findings.empty()) << report->findings.front().message;
    EXPECT_EQ(report->damaged_slots, 0u);
    EXPECT_GE(report->read_bytes, kMediumBytes);
  }

  const std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  std::unique_ptr<Medium> medium_;
};

TEST_P(NvramMedia, KeepWhatTheyAreGiven) {
  FormatRequest request =
      request_for({{"small", 100}, {"plain", 5000, EntryKind::kPlain}, {"large", 200'000}});
  request.layout.size_bytes = kMediumBytes;
  ASSERT_NO_FATAL_FAILURE(format(request));
  for (unsigned round = 0; round < 3; ++round) {
    Result<Image> image = open(storage::Access::kReadWrite);
    ASSERT_OK(image);
    EXPECT_OK(image->write(0, pattern(round, round)));
    EXPECT_OK(image->write(1, pattern(5000, round)));
    EXPECT_OK(image->write(2, pattern(200'000 - round, round)));
    EXPECT_EQ(content(*image, "large"), pattern(200'000 - round, round));
    expect_sound(*image);
  }
  {
    Result<Image> image = open(storage::Access::kReadWrite);
    ASSERT_OK(image);
    EXPECT_OK(image->erase(0));
    EXPECT_OK(image->add({"added", 4032}, nullptr));
    EXPECT_OK(image->write(3, pattern(4032, 7)));
    EXPECT_FALSE(image->failed());
  }
  Result<Image> image = open(storage::Access::kReadOnly);
  ASSERT_OK(image);
  EXPECT_ERROR(image->read(0), kBlobAbsent);
  EXPECT_EQ(content(*image, "plain"), pattern(5000, 2));
  EXPECT_EQ(content(*image, "large"), pattern(199'998, 2));
  EXPECT_EQ(content(*image, "added"), pattern(4032, 7));
  EXPECT_EQ(image->state(2)->generation, 3u);
  expect_sound(*image);
  EXPECT_FALSE(image->write(0, pattern(1, 1))) << "opened for reading";
}

TEST_P(NvramMedia, ExchangeKeys) {
  const seal::Key old_key = test_key(1);
  const seal::Key new_key = test_key(2);
  FormatRequest request = request_for({{"secret", 3000, EntryKind::kAtomic, true}}, Integrity::kSha256);
  request.layout.size_bytes = kMediumBytes;
  request.user_key = &old_key;
  ASSERT_NO_FATAL_FAILURE(format(request));
  {
    Result<Image> image = open(storage::Access::kReadWrite, &old_key);
    ASSERT_OK(image);
    EXPECT_OK(image->write(0, pattern(3000, 1)));
    const Result<bool> changed = image->rekey(new_key);
    ASSERT_OK(changed);
    EXPECT_TRUE(*changed);
  }
  EXPECT_ERROR(open(storage::Access::kReadOnly, &old_key), kWrongKey);
  Result<Image> image = open(storage::Access::kReadOnly, &new_key);
  ASSERT_OK(image);
  EXPECT_EQ(content(*image, "secret"), pattern(3000, 1));
  expect_sound(*image);
  Result<Image> locked = open(storage::Access::kReadOnly);
  ASSERT_OK(locked);
  EXPECT_ERROR(locked->read(0), kKeyNeeded);
}

template <class Made, class... Words>
Kind kind(const char* name, Words... words) {
  return {name, [=] { return std::make_unique<Made>(words...); }};
}

using Words = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    , NvramMedia,
    ::testing::Values(
        kind<interop::RawFile>("File"), kind<interop::LoopDevice>("LoopDevice"),
        kind<interop::Container>("Qcow2", "qcow2", false),
        kind<interop::Container>("LuksInQcow2", "qcow2", true),
        kind<interop::Container>("Luks", "luks", true), kind<interop::Served>("Nbd", Words{"memory", kSize}),
        kind<interop::ServedOnTcp>("NbdOnTcp", Words{"memory", kSize}),
        kind<interop::Served>("SlowNbd",
                              Words{"--filter=delay", "memory", kSize, "rdelay=3ms", "wdelay=3ms"}),
        kind<interop::Served>("NbdInBlocks",
                              Words{"--filter=blocksize-policy", "memory", kSize, "blocksize-minimum=4096",
                                    "blocksize-maximum=8192", "blocksize-error-policy=error"})),
    [](const ::testing::TestParamInfo<Kind>& tested) { return tested.param.name; });

}  // namespace
}  // namespace nonvol::vnvram
