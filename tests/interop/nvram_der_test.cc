// That others' readers of DER accept an NVRAM image at every moment: whatever its sizes, and whatever of an
// update a power cut leaves.

#include <fmt/format.h>

#include <fstream>
#include <functional>

#include "der_readers.h"
#include "testing/sample_image.h"
#include "testing/scratch.h"
#include "testing/sim_file.h"
#include "vnvram/der.h"

namespace nonvol::vnvram {
namespace {

using testing::SimFile;

// 255 bytes that are no character less.
const std::string kLongestName = [] {
  std::string name = "x";
  while (name.size() < kMaxNameBytes) name += "ü";
  return name;
}();

// The payload of the directory's newest slot, where the format page says it is.
ByteVector directory_payload(const ByteVector& bytes) {
  Result<Image> image = open_bytes(bytes);
  EXPECT_OK(image);
  if (!image || image->seed_layout()) return {};
  const std::size_t one_slot = slot_bytes(image->directory_capacity_bytes());
  const auto slot =
      bytes.begin() + static_cast<std::ptrdiff_t>(image->directory_offset_bytes() +
                                                  slot_of(image->directory_generation()) * one_slot);
  const std::size_t length = slot[16] + 256u * slot[17] + 65536u * slot[18];
  return {slot + kSlotHeaderBytes, slot + static_cast<std::ptrdiff_t>(kSlotHeaderBytes + length)};
}

class NvramDer : public ::testing::Test {
 protected:
  // By the library: images and directories by the thousand.
  void expect_accepted(const ByteVector& bytes, const std::string& what) {
    ASSERT_EQ(image_type_.complaint(bytes), "") << what;
    ++accepted_;
  }
  void expect_directory_accepted(const ByteVector& bytes, const std::string& what) {
    ASSERT_EQ(directory_type_.complaint(directory_payload(bytes)), "") << what;
  }
  // By the programs, some.
  std::string complaint_of_programs(const ByteVector& bytes) const {
    const std::string path = scratch_ / "image";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return interop::complaint_of_programs(path);
  }
  void expect_programs_accept(const ByteVector& bytes, const std::string& what) {
    ASSERT_EQ(complaint_of_programs(bytes), "") << what;
  }
  void expect_all_accept(const FormatRequest& request, const std::string& what) {
    const ByteVector bytes = formatted(request);
    expect_accepted(bytes, what);
    if (!request.layout.seed_layout) expect_directory_accepted(bytes, what);
    expect_programs_accept(bytes, what);
  }

  const interop::DerType image_type_{"nvram-image.asn", "NonvolNvramImage.Image"};
  const interop::DerType directory_type_{"nvram-directory.asn", "NonvolNvramDirectory.Directory"};
  const testing::Scratch scratch_;
  unsigned accepted_ = 0;
};

// The last size of each length form and the first of the next.
constexpr std::uint64_t kTurningSizes[] = {1, 2, 127, 128, 255, 256, 65535, 65536, 70000};

TEST_F(NvramDer, RefusesWhatIsNone) {
  ByteVector bytes = formatted(request_for({{"a", 100}}));
  bytes.push_back(0);
  EXPECT_NE(image_type_.complaint(bytes), "") << "a byte too long";
  bytes.resize(bytes.size() - 2);
  EXPECT_NE(image_type_.complaint(bytes), "") << "a byte too short";
  bytes = formatted(request_for({{"a", 100}}));
  ++bytes[3];
  EXPECT_NE(image_type_.complaint(bytes), "") << "another length";
  for (const char* program : {"openssl", "dumpasn1", "asn1Decoding"}) {
    EXPECT_THAT(complaint_of_programs(bytes), ::testing::HasSubstr(program));
  }
  ByteVector directory = directory_payload(formatted(request_for({{"a", 100}})));
  directory[3] = 0x04;
  EXPECT_NE(directory_type_.complaint(directory), "") << "an INTEGER that is an OCTET STRING";
}

TEST_F(NvramDer, EveryLengthForm) {
  FormatRequest seed = request_for({});
  FormatRequest extended = request_for({});
  for (const std::uint64_t size : kTurningSizes) {
    seed.layout.entries.push_back({fmt::format("plain {}", size), size, EntryKind::kPlain});
    extended.layout.entries.push_back({fmt::format("plain {}", size), size, EntryKind::kPlain});
    extended.layout.entries.push_back({fmt::format("atomic {}", size), size});
  }
  seed.layout.seed_layout = true;
  expect_all_accept(seed, "seed layout");
  expect_all_accept(extended, "extended layout");
  extended.layout.reserve_bytes = 100'000;
  expect_all_accept(extended, "with reserve");
  extended.layout.entries.resize(2);
  extended.layout.size_bytes = 65536;  // FF FC as length
  extended.layout.reserve_bytes = 0;
  expect_all_accept(extended, "64 KiB");
  for (const std::uint64_t size : {(1u << 24) - 40, (1u << 24) - 1, 1u << 24}) {
    expect_accepted(formatted(request_for({{"a", size, EntryKind::kPlain}})), fmt::format("{} bytes", size));
    seed.layout.entries = {{"a", size, EntryKind::kPlain}};
    expect_accepted(formatted(seed), fmt::format("{} bytes, seed layout", size));
  }
}

// Whole images of each size around the turns of the outer length, one entry of one byte up.
TEST_F(NvramDer, EverySmallSeedImage) {
  FormatRequest request = request_for({{"n", 1, EntryKind::kPlain}});
  request.layout.seed_layout = true;
  for (std::uint64_t size = 1; size <= 300; ++size) {
    request.layout.entries[0].capacity_bytes = size;
    expect_accepted(formatted(request), fmt::format("{} bytes", size));
  }
  request.layout.entries[0].capacity_bytes = 1;
  const std::uint64_t least = plan_layout(request.layout)->size_bytes;
  const auto expect_slack_up_to = [&](std::uint64_t size) {
    request.layout.size_bytes = size;
    // No element takes one byte, and no DER value so many as these: the next length form is due one byte
    // later.
    const bool impossible = size == least + 1 || size == 130 || size == 259 || size == 65540;
    EXPECT_NE(plan_layout(request.layout).has_value(), impossible) << size;
    if (!impossible) expect_accepted(formatted(request), fmt::format("slack up to {} bytes", size));
  };
  for (std::uint64_t size = least; size < least + 700; ++size) expect_slack_up_to(size);
  for (std::uint64_t size = 65500; size <= 65600; ++size) expect_slack_up_to(size);
}

// The slack in front of the second entry takes every size there can be.
TEST_F(NvramDer, EveryGap) {
  FormatRequest request = request_for({{"plain", 1, EntryKind::kPlain}, {"next", 1}});
  for (std::uint64_t size = 1; size <= kPageBytes; ++size) {
    request.layout.entries[0].capacity_bytes = size;
    expect_accepted(formatted(request), fmt::format("behind {} bytes", size));
  }
  EXPECT_EQ(accepted_, kPageBytes);
}

TEST_F(NvramDer, EveryLengthOfName) {
  FormatRequest request = request_for({{"", 1}, {"next", 1, EntryKind::kPlain}});
  for (std::size_t size = 1; size <= kMaxNameBytes; ++size) {
    request.layout.entries[0].name = std::string(size, 'n');
    const ByteVector bytes = formatted(request);
    expect_accepted(bytes, fmt::format("{} bytes", size));
    expect_directory_accepted(bytes, fmt::format("{} bytes", size));
  }
  request.layout.entries[0].name = kLongestName;
  request.layout.entries[1].name = "Πρότυπο, 'quoted' \"twice\" €";
  expect_all_accept(request, "UTF-8");
  // dumpasn1 cannot read characters of four bytes.
  request.layout.entries[1].name = "🗝";
  expect_accepted(formatted(request), "a character of four bytes");
}

TEST_F(NvramDer, ManyEntries) {
  FormatRequest request = request_for({});
  for (unsigned number = 0; number < 200; ++number) {
    request.layout.entries.push_back({fmt::format("entry {}", number), 1 + number * 37,
                                      number % 3 == 0 ? EntryKind::kPlain : EntryKind::kAtomic});
  }
  expect_all_accept(request, "200 entries");
}

TEST_F(NvramDer, AfterManyUpdates) {
  const seal::Key old_key = test_key(1);
  FormatRequest request =
      request_for({{"a", 5000}, {"secret", 100, EntryKind::kAtomic, true}, {"plain", 300, EntryKind::kPlain}},
                  Integrity::kSha256);
  request.layout.reserve_bytes = 200'000;
  request.user_key = &old_key;
  Result<Image> image = open_bytes(formatted(request), &old_key);
  ASSERT_OK(image);
  for (unsigned round = 0; round < 100; ++round) {
    // What looks like DER in a blob must not matter: a SEQUENCE that runs off its end among it.
    ByteVector content = pattern(300, round);
    if (round % 2 == 0) {
      content[0] = kDerSequence;
      content[1] = 0x7f;
    }
    EXPECT_OK(image->write(0, content));
    EXPECT_OK(image->write(1, pattern(round, round)));
    EXPECT_OK(image->write(2, content));
    if (round % 10 == 0) {
      EXPECT_OK(image->erase(0));
      EXPECT_OK(
          image->add({fmt::format("added {}", round), round + 1, EntryKind::kAtomic, round == 10}, &old_key));
    }
    expect_accepted(bytes_of(*image), fmt::format("round {}", round));
    expect_directory_accepted(bytes_of(*image), fmt::format("round {}", round));
  }
  EXPECT_OK(image->rekey(test_key(2)));
  expect_directory_accepted(bytes_of(*image), "rekeyed");
  expect_programs_accept(bytes_of(*image), "rekeyed");
}

using Change = std::function<Result<void>(Image&)>;

class TornNvramDer : public NvramDer {
 protected:
  // Stops the change at each step, and visits what the power cut may leave. The image afterwards,
  // undisturbed.
  ByteVector visit(const ByteVector& before, const Change& change, const char* name) {
    SimFile whole(before);
    Image undisturbed = Image::open(whole.open(), "image", key_).value();
    EXPECT_OK(change(undisturbed));
    for (std::uint64_t step = 1; step <= whole.steps(); ++step) {
      SimFile cut(before);
      Image image = Image::open(cut.open(), "image", key_).value();
      cut.stop_at_step(step);
      EXPECT_FALSE(change(image)) << name << " did not need step " << step;
      // Garbage reaches the framing of the seed's layout, where a sector holds both.
      cut.for_each_crash_state(kStates, step, !image.seed_layout(), [&](SimFile& left) {
        const std::string what = fmt::format("{}, stopped in step {}", name, step);
        expect_accepted(left.bytes(), what);
        if (left.bytes() != before && left.bytes() != whole.bytes()) ++between_;
        if (accepted_ % kProgramsSee == 0) expect_programs_accept(left.bytes(), what);
      });
    }
    return whole.bytes();
  }

  static constexpr std::uint64_t kStates = 24;
  static constexpr unsigned kProgramsSee = 40;
  const seal::Key* key_ = nullptr;
  unsigned between_ = 0;  // states that are neither before nor after a change
};

TEST_F(TornNvramDer, ExtendedLayout) {
  FormatRequest request = request_for({{"a", 4032},
                                       {"secret", 9000, EntryKind::kAtomic, true},
                                       {"plain", 4096, EntryKind::kPlain},
                                       {"large", 70000}});
  request.layout.reserve_bytes = 60'000;
  const seal::Key key = test_key(1);
  key_ = request.user_key = &key;
  const std::pair<const char*, Change> changes[] = {
      {"first put", [](Image& image) { return image.write(0, pattern(4032, 1)); }},
      {"second put", [](Image& image) { return image.write(0, pattern(10, 2)); }},
      {"put of an encrypted blob", [](Image& image) { return image.write(1, pattern(9000, 3)); }},
      {"put of a plain blob", [](Image& image) { return image.write(2, pattern(4096, 4)); }},
      {"large put", [](Image& image) { return image.write(3, pattern(70000, 5)); }},
      {"delete", [](Image& image) { return image.erase(0); }},
      {"add",
       [](Image& image) {
         return image.add({"added", 5000}, nullptr);
       }},
      {"add plain",
       [](Image& image) {
         return image.add({"p", 100, EntryKind::kPlain}, nullptr);
       }},
      {"put of an added blob", [](Image& image) { return image.write(4, pattern(5000, 6)); }},
      {"rekey",
       [](Image& image) {
         const Result<bool> done = image.rekey(test_key(2));
         return done ? Result<void>() : Result<void>(done.error());
       }},
  };
  ByteVector bytes = formatted(request);
  for (const auto& [name, change] : changes) bytes = visit(bytes, change, name);
  EXPECT_GT(between_, 300u);
}

TEST_F(TornNvramDer, SeedLayout) {
  FormatRequest request = request_for({{"a", 5000, EntryKind::kPlain}, {"b", 70001, EntryKind::kPlain}});
  request.layout.seed_layout = true;
  ByteVector bytes = formatted(request);
  bytes = visit(
      bytes, [](Image& image) { return image.write(0, pattern(5000, 1)); }, "put");
  bytes = visit(
      bytes, [](Image& image) { return image.write(1, pattern(70001, 2)); }, "large put");
  bytes = visit(
      bytes, [](Image& image) { return image.erase(0); }, "delete");
  EXPECT_GT(between_, 50u);
}

}  // namespace
}  // namespace nonvol::vnvram
