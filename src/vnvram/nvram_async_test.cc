#include <gmock/gmock.h>

#include <latch>
#include <thread>

#include "nonvol/vnvram.h"
#include "testing/nvram_medium.h"

namespace nonvol::vnvram {
namespace {

using nonvol::testing::bytes_of;
using nonvol::testing::filled;
using nonvol::testing::NvramMedium;
using ::testing::ElementsAre;

const Registration kA{"a", 100};
const Registration kB{"b", 100};
const Registration kC{"c", 100};

// Keeps the worker from going on until it is told to: the request that is put in front waits in its callback.
class Pause {
 public:
  explicit Pause(Nvram& nvram) {
    EXPECT_OK(nvram.read_async("a", [this](Result<Contents>) { go_.wait(); }));
  }
  void end() { go_.count_down(); }

 private:
  std::latch go_{1};
};

TEST(NvramAsync, KeepsTheOrderAndSharesFlushes) {
  NvramMedium medium({kA, kB, kC});
  Nvram nvram = medium.start({kA, kB, kC});
  std::vector<std::string> order;
  const auto note = [&](std::string what) {
    return [&order, what = std::move(what)](Result<void> result) {
      EXPECT_OK(result);
      order.push_back(what);
    };
  };
  Pause pause(nvram);
  ASSERT_OK(nvram.write_async("a", filled(1, 1), note("a1")));
  ASSERT_OK(nvram.write_async("b", filled(1, 1), note("b1")));
  ASSERT_OK(nvram.write_async("c", filled(1, 1), note("c1")));
  ASSERT_OK(nvram.write_async("a", filled(2, 2), note("a2")));
  ASSERT_OK(nvram.read_async("a", [&](Result<Contents> contents) {
    ASSERT_OK(contents);
    EXPECT_EQ(bytes_of(contents), filled(2, 2));
    EXPECT_EQ(contents->generation, 2u);
    order.push_back("read a");
  }));
  ASSERT_OK(nvram.erase_async("a", note("a3")));
  ASSERT_OK(nvram.write_async("b", filled(2, 2), nullptr));
  EXPECT_EQ(medium.script.writes, 0);
  pause.end();
  ASSERT_OK(nvram.process_requests());
  EXPECT_THAT(order, ElementsAre("a1", "b1", "c1", "a2", "read a", "a3"));
  EXPECT_EQ(medium.script.writes, 6);
  EXPECT_EQ(medium.script.flushes, 4) << "before the first, a1 b1 c1, a2, a3 b2";
  EXPECT_ERROR(nvram.read("a"), kBlobAbsent);
  EXPECT_EQ(bytes_of(nvram.read("b")), filled(2, 2));
}

TEST(NvramAsync, GivesEachRequestItsOwnOutcome) {
  NvramMedium medium({kA, kB});
  Nvram nvram = medium.start({kA, kB});
  std::vector<std::optional<ErrorId>> outcomes;
  const auto note = [&](Result<void> result) {
    outcomes.push_back(result ? std::nullopt : std::optional(result.error().id));
  };
  Pause pause(nvram);
  ASSERT_OK(nvram.write_async("a", filled(101, 1), note));
  ASSERT_OK(nvram.write_async("b", filled(100, 1), note));
  pause.end();
  ASSERT_OK(nvram.process_requests());
  EXPECT_THAT(outcomes, ElementsAre(ErrorId::kBlobTooLarge, std::nullopt));
  EXPECT_ERROR(nvram.write_async("c", {}, note), kNoSuchEntry);
  EXPECT_EQ(outcomes.size(), 2u);
}

TEST(NvramAsync, TellsAllOfAGroupThatItsWriteFailed) {
  NvramMedium medium({kA, kB, kC});
  Nvram nvram = medium.start({kA, kB, kC});
  medium.script.before_write = [&]() -> Result<void> {
    if (medium.script.writes == 2) return Error(ErrorId::kInputOutput, "the medium is gone");
    return {};
  };
  std::vector<ErrorId> outcomes;
  const auto note = [&](Result<void> result) {
    ASSERT_FALSE(result.has_value());
    outcomes.push_back(result.error().id);
  };
  Pause pause(nvram);
  for (const char* name : {"a", "b", "c", "a"}) ASSERT_OK(nvram.write_async(name, filled(1, 1), note));
  pause.end();
  ASSERT_OK(nvram.process_requests());
  EXPECT_THAT(outcomes, ElementsAre(ErrorId::kInputOutput, ErrorId::kInputOutput, ErrorId::kNvramFailed,
                                    ErrorId::kNvramFailed));
  EXPECT_TRUE(nvram.had_fatal_error());
  EXPECT_EQ(medium.script.flushes, 1) << "before the first";
}

TEST(NvramAsync, WaitsWhereAskedTo) {
  NvramMedium medium({kA});
  Nvram nvram = medium.start({kA});
  bool done = false;
  EXPECT_OK(nvram.write_async(
      "a", filled(5, 5), [&](Result<void>) { done = true; }, Wait::kYes));
  EXPECT_TRUE(done);
  std::vector<std::uint8_t> read;
  EXPECT_OK(nvram.read_async(
      "a", [&](Result<Contents> contents) { read = bytes_of(contents); }, Wait::kYes));
  EXPECT_EQ(read, filled(5, 5));
  EXPECT_ERROR(nvram.write_async("a", filled(101, 1), nullptr, Wait::kYes), kBlobTooLarge);
  EXPECT_OK(nvram.erase_async("a", nullptr, Wait::kYes));
  EXPECT_ERROR(nvram.read_async("a", nullptr, Wait::kYes), kBlobAbsent);
}

TEST(NvramAsync, LetsCallbacksAskForMore) {
  NvramMedium medium({kA, kB});
  Nvram nvram = medium.start({kA, kB});
  int written = 0;
  WriteDone again = [&](Result<void> result) {
    EXPECT_OK(result);
    if (++written < 3) {
      EXPECT_OK(nvram.write_async("a", filled(1, 1), again));
    }
    EXPECT_OK(nvram.write("b", filled(2, 2)));
    EXPECT_OK(nvram.read("a"));
    EXPECT_ERROR(nvram.process_requests(), kWrongOrder);
    EXPECT_ERROR(nvram.write_async("a", {}, nullptr, Wait::kYes), kWrongOrder);
    EXPECT_ERROR(nvram.read_async("a", nullptr, Wait::kYes), kWrongOrder);
  };
  EXPECT_OK(nvram.write_async("a", filled(1, 1), again));
  // Each of them covers what the callbacks before it have queued.
  for (int i = 0; i < 3; ++i) EXPECT_OK(nvram.process_requests());
  EXPECT_EQ(written, 3);
  EXPECT_EQ(nvram.generation("a").value(), 3u);
  EXPECT_EQ(nvram.generation("b").value(), 3u);
}

TEST(NvramAsync, DrainsAtItsEnd) {
  NvramMedium medium({kA, kB});
  int done = 0;
  {
    Nvram nvram = medium.start({kA, kB});
    Nvram moved = std::move(nvram);
    Pause pause(moved);
    for (int i = 0; i < 20; ++i) {
      ASSERT_OK(moved.write_async(i % 2 == 0 ? "a" : "b", filled(1, static_cast<std::uint8_t>(i)),
                                  [&done](Result<void> result) { done += result.has_value() ? 1 : 0; }));
    }
    pause.end();
  }
  EXPECT_EQ(done, 20);
  Nvram nvram = medium.start({kA, kB});
  EXPECT_EQ(bytes_of(nvram.read("a")), filled(1, 18));
  EXPECT_EQ(bytes_of(nvram.read("b")), filled(1, 19));
}

TEST(NvramAsync, NeedsNothingToDrain) {
  NvramMedium medium({kA});
  Nvram nvram = medium.start({kA});
  EXPECT_OK(nvram.process_requests());
}

// All kinds of calls from many threads at a time; what each thread wrote last must be there.
TEST(NvramThreads, MayAllBeUsedAtATime) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 40;
  std::vector<EntryRequest> entries;
  for (int i = 0; i < kThreads; ++i) entries.push_back({"entry" + std::to_string(i), 100});
  entries.push_back({"shared", 100});
  NvramMedium medium(entries);
  Nvram nvram = medium.start(entries);
  std::atomic<int> callbacks = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const std::string own = "entry" + std::to_string(i);
        for (int round = 1; round <= kRounds; ++round) {
          const auto bytes = filled(50, static_cast<std::uint8_t>(round));
          if (round % 2 == 0) {
            EXPECT_OK(nvram.write(own, bytes));
          } else {
            EXPECT_OK(nvram.write_async(
                own, bytes, [&](Result<void>) { ++callbacks; }, i % 2 == 0 ? Wait::kYes : Wait::kNo));
            EXPECT_OK(nvram.process_requests());
          }
          EXPECT_EQ(bytes_of(nvram.read(own)), bytes);
          EXPECT_OK(nvram.write("shared", bytes));
          const auto shared = bytes_of(nvram.read("shared"));
          EXPECT_EQ(shared, filled(50, shared.at(0)));
          EXPECT_FALSE(nvram.had_fatal_error());
          EXPECT_EQ(nvram.entries().size(), kThreads + 1u);
        }
      });
    }
  }
  EXPECT_EQ(callbacks, kThreads * kRounds / 2);
  EXPECT_EQ(nvram.generation("shared").value(), static_cast<std::uint64_t>(kThreads * kRounds));
  EXPECT_EQ(medium.script.writes, 2 * kThreads * kRounds);
  EXPECT_LE(medium.script.flushes, medium.script.writes);
}

}  // namespace
}  // namespace nonvol::vnvram
