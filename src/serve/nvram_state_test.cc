#include "serve/nvram_state.h"

#include <gmock/gmock.h>

#include "storage/lent_file.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/nvram_medium.h"
#include "testing/scratch.h"
#include "testing/sim_file.h"
#include "vnvram/format.h"

namespace nonvol::serve {
namespace {

using nonvol::testing::filled;
using nonvol::testing::Scratch;
using nonvol::testing::SimFile;
using tpm::State;
using tpm::StateKind;
using Expect = tpm::StateStore::Expect;

std::vector<vnvram::EntryRequest> entries() {
  return {{"permall", 196'608},
          {"volatilestate", 65'536},
          {"tpm-counters", TpmCounters::kEntryBytes, vnvram::EntryKind::kPlain}};
}

std::vector<std::uint8_t> image_of(const std::vector<vnvram::EntryRequest>& requests) {
  const std::unique_ptr<storage::BlockFile> file = storage::memory_file();
  EXPECT_OK(vnvram::format(*file, "image", vnvram::FormatOptions{.layout = {.entries = requests}}));
  std::vector<std::uint8_t> bytes(file->size_bytes());
  EXPECT_OK(file->read_at(0, bytes));
  return bytes;
}

std::unique_ptr<NvramState> state_of(storage::BlockFile& file) {
  Result<std::unique_ptr<NvramState>> state = NvramState::of_file(file, "image", nullptr);
  EXPECT_OK(state);
  return *std::move(state);
}

TEST(NvramState, StoresWithOneWriteAndOneFlush) {
  SimFile sim(image_of(entries()));
  const std::unique_ptr<storage::BlockFile> file = sim.open();
  const std::unique_ptr<NvramState> state = state_of(*file);
  EXPECT_EQ(state->load(StateKind::kPermanent).value(), std::nullopt);
  for (std::uint8_t round = 1; round < 5; ++round) {
    const std::uint64_t steps = sim.steps();
    const std::uint64_t flushes = sim.flushes();
    ASSERT_OK(state->store(StateKind::kPermanent, filled(1300, round)));
    EXPECT_EQ(sim.steps() - steps, 2u);
    EXPECT_EQ(sim.flushes() - flushes, 1u);
    EXPECT_EQ(sim.unflushed().size(), 0u);
  }
  const std::uint64_t steps = sim.steps();
  ASSERT_OK(state->store(StateKind::kPermanent, filled(1300, 4)));
  ASSERT_OK(state->erase(StateKind::kVolatile));
  EXPECT_EQ(sim.steps(), steps) << "what is there already";
  EXPECT_EQ(state->counters().stores, 4u);
  EXPECT_EQ(state->counters().unchanged, 1u);
  EXPECT_EQ(state->take_stored_bytes(), 4 * 1300u);
  EXPECT_EQ(state->take_stored_bytes(), 0u);
}

TEST(NvramState, IsOldOrNewWheneverThePowerFails) {
  const State before = filled(1299, 1);
  const State after = filled(2500, 2);
  std::uint64_t visited = 0;
  for (std::uint64_t step = 1; step <= 2; ++step) {
    SimFile sim(image_of(entries()));
    {
      const std::unique_ptr<storage::BlockFile> file = sim.open();
      const std::unique_ptr<NvramState> state = state_of(*file);
      ASSERT_OK(state->store(StateKind::kPermanent, before));
      sim.stop_at_step(sim.steps() + step);
      EXPECT_ERROR(state->store(StateKind::kPermanent, after), kInputOutput);
      EXPECT_EQ(state->counters().failed, 1u);
      EXPECT_ERROR(state->load(StateKind::kPermanent), kNvramFailed);
    }
    visited += sim.for_each_crash_state(2000, 1, true,
                                        [&](SimFile& found) {
                                          const std::unique_ptr<storage::BlockFile> file = found.open();
                                          const Result<std::optional<State>> there =
                                              state_of(*file)->load(StateKind::kPermanent);
                                          ASSERT_OK(there);
                                          EXPECT_TRUE(*there == before || *there == after);
                                        })
                   .states;
  }
  EXPECT_GT(visited, 100u);
}

TEST(NvramState, ReplacesWhateverIsThereInBothSlots) {
  const std::unique_ptr<storage::BlockFile> file = storage::memory_file(image_of(entries()));
  const std::unique_ptr<NvramState> state = state_of(*file);
  ASSERT_OK(state->store(StateKind::kPermanent, filled(1000, 1)));
  ASSERT_OK(state->replace(StateKind::kPermanent, filled(1000, 2)));
  vnvram::Image image = vnvram::Image::open(storage::lent_file(*file), "image").value();
  const vnvram::EntryInfo& permall = image.entries()[image.find("permall").value()];
  ASSERT_OK(file->write_at(permall.offset_bytes + 100, filled(1, 0x5a)));
  EXPECT_EQ(state_of(*file)->load(StateKind::kPermanent).value(), filled(1000, 2)) << "the other slot";
  ASSERT_OK(file->write_at(permall.offset_bytes + vnvram::slot_bytes(permall.capacity_bytes) + 100,
                           filled(1, 0x5a)));
  EXPECT_ERROR(state_of(*file)->load(StateKind::kPermanent), kBlobDamaged);
  ASSERT_OK(state_of(*file)->replace(StateKind::kPermanent, filled(1000, 3)));
  EXPECT_EQ(state_of(*file)->load(StateKind::kPermanent).value(), filled(1000, 3));
}

TEST(NvramState, SaysWhichEntryIsMissingOrOfAnotherKind) {
  SimFile without(image_of({{"permall", 196'608}}));
  EXPECT_ERROR(NvramState::of_file(*without.open(), "image", nullptr), kEntryMissing);
  SimFile plain(image_of({{"permall", 196'608, vnvram::EntryKind::kPlain}, {"volatilestate", 65'536}}));
  EXPECT_ERROR(NvramState::of_file(*plain.open(), "image", nullptr), kEntryOtherKind);
}

TEST(NvramState, KnowsWhetherItHasRoomForWhateverATpmStores) {
  SimFile sim(image_of(entries()));
  const std::unique_ptr<storage::BlockFile> file = sim.open();
  const std::unique_ptr<NvramState> state = state_of(*file);
  EXPECT_OK(state->check_room(tpm::TpmVersion::k20));
  EXPECT_ERROR(state->check_room(tpm::TpmVersion::k12), kTpmStateTooLarge);
}

// Linux shows what it could not write, says so once, and would not write it again by itself.
TEST(NvramState, WritesOnceMoreWhatAFailedFlushLeft) {
  SimFile sim(image_of(entries()));
  const std::unique_ptr<storage::BlockFile> file = sim.open();
  vnvram::Image image = vnvram::Image::open(storage::lent_file(*file), "image").value();
  const std::size_t index = image.find("permall").value();
  ASSERT_OK(image.write(index, filled(1000, 1)));
  ASSERT_OK(image.write(index, filled(1000, 2)));
  const std::uint64_t steps = sim.steps();
  ASSERT_OK(image.renew(index));
  EXPECT_EQ(sim.steps() - steps, 2u) << "a write and a flush";
  EXPECT_EQ(image.read(index)->bytes()[0], 2);
  EXPECT_EQ(image.state(index)->generation, 2u);
}

TEST(NvramState, DoesNotGoOverWhatSomebodyElseStored) {
  // As on an export that nobody locks.
  class Shared : public storage::BlockFile {
   public:
    explicit Shared(storage::BlockFile& file) : file_(storage::lent_file(file)) {}
    std::uint64_t size_bytes() const override { return file_->size_bytes(); }
    bool exclusive() const override { return false; }
    Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
      return file_->read_at(offset_bytes, into);
    }
    Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
      return file_->write_at(offset_bytes, bytes);
    }
    Result<void> flush() override { return file_->flush(); }
    Result<void> resize(std::uint64_t size_bytes) override { return file_->resize(size_bytes); }

   private:
    std::unique_ptr<storage::BlockFile> file_;
  };
  const std::unique_ptr<storage::BlockFile> memory = storage::memory_file(image_of(entries()));
  Shared shared(*memory);
  const std::unique_ptr<NvramState> one = state_of(shared);
  const std::unique_ptr<NvramState> other = state_of(shared);
  ASSERT_OK(one->store(StateKind::kPermanent, filled(1000, 1)));
  ASSERT_OK(other->load(StateKind::kPermanent));
  ASSERT_OK(other->store(StateKind::kPermanent, filled(1000, 2)));
  EXPECT_ERROR(one->store(StateKind::kPermanent, filled(1000, 3)), kTpmStateChanged);
  EXPECT_ERROR(one->store(StateKind::kPermanent, filled(1000, 4)), kTpmStateChanged);
  EXPECT_ERROR(one->store(StateKind::kVolatile, filled(1000, 5)), kTpmStateChanged);
  EXPECT_EQ(one->load(StateKind::kPermanent).value(), filled(1000, 2)) << "INIT goes on with what is there";
  EXPECT_EQ(state_of(shared)->load(StateKind::kPermanent).value(), filled(1000, 2));
}

// Two processes with one image.
class TwoSides : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(vnvram::format(path_, vnvram::FormatOptions{.layout = {.entries = entries()}}));
  }
  Result<std::unique_ptr<NvramState>> open(bool incoming) {
    return NvramState::open(*files_, {.medium = {path_}, .incoming = incoming});
  }

  Scratch scratch_;
  std::string path_ = scratch_ / "web01.nvram";
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
};

TEST_F(TwoSides, UseItInTurn) {
  const std::unique_ptr<NvramState> source = open(false).value();
  ASSERT_OK(source->store(StateKind::kPermanent, filled(1000, 1)));
  EXPECT_ERROR(open(false), kImageInUse);
  const std::unique_ptr<NvramState> target = open(true).value();
  EXPECT_FALSE(target->held());
  EXPECT_ERROR(target->load(StateKind::kPermanent), kImpossible);
  EXPECT_ERROR(target->take(0, Expect::kAnything), kImageInUse);
  source->give();
  EXPECT_FALSE(source->held());
  ASSERT_OK(target->take(0, Expect::kAnything));
  EXPECT_ERROR(source->take(0, Expect::kUnchanged), kImageInUse);
  EXPECT_EQ(target->load(StateKind::kPermanent).value(), filled(1000, 1));
}

TEST_F(TwoSides, GoOnWhereNothingWasChanged) {
  const std::unique_ptr<NvramState> source = open(false).value();
  ASSERT_OK(source->store(StateKind::kPermanent, filled(1000, 1)));
  source->give();
  {
    const std::unique_ptr<NvramState> target = open(true).value();
    ASSERT_OK(target->take(0, Expect::kAnything));
  }
  EXPECT_OK(source->take(0, Expect::kUnchanged));
  EXPECT_OK(source->store(StateKind::kPermanent, filled(1000, 2)));
}

TEST_F(TwoSides, NoticeWhatTheOtherStored) {
  const std::unique_ptr<NvramState> source = open(false).value();
  ASSERT_OK(source->store(StateKind::kPermanent, filled(1000, 1)));
  source->give();
  {
    const std::unique_ptr<NvramState> target = open(true).value();
    ASSERT_OK(target->take(0, Expect::kAnything));
    ASSERT_OK(target->store(StateKind::kPermanent, filled(1000, 2)));
  }
  EXPECT_ERROR(source->take(0, Expect::kUnchanged), kTpmStateChanged);
  EXPECT_FALSE(source->held());
  ASSERT_OK(source->take(0, Expect::kAnything));
  EXPECT_EQ(source->load(StateKind::kPermanent).value(), filled(1000, 2));
}

TEST_F(TwoSides, FindTheCountersOfBoth) {
  {
    const std::unique_ptr<NvramState> source = open(false).value();
    ++source->counters().starts;
    ASSERT_OK(source->store(StateKind::kPermanent, filled(1000, 1)));
    source->give();
  }
  const std::unique_ptr<NvramState> target = open(false).value();
  EXPECT_EQ(target->counters().starts, 1u);
  EXPECT_EQ(target->counters().stores, 1u);
}

}  // namespace
}  // namespace nonvol::serve
