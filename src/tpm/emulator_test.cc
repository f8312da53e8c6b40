#include "tpm/emulator.h"

#include <gmock/gmock.h>

#include "octets/writer.h"
#include "testing/expect.h"
#include "tpm/memory_state.h"

namespace nonvol::tpm {
namespace {

using octets::Writer;
using ::testing::ElementsAre;

// A store that another process uses in turn, and that can fail.
class TurnStore : public MemoryState {
 public:
  Result<std::optional<State>> load(StateKind kind) override {
    ++loads;
    if (broken) return Error(ErrorId::kInputOutput, "the medium is gone");
    return MemoryState::load(kind);
  }
  Result<void> store(StateKind kind, octets::Bytes state) override {
    EXPECT_TRUE(mine) << "stored while another process has it";
    if (broken) return Error(ErrorId::kInputOutput, "the medium is gone");
    ++stores;
    return MemoryState::store(kind, state);
  }
  bool held() const override { return mine; }
  Result<void> take(unsigned, Expect expect) override {
    ++takes;
    if (taken_away) return Error(ErrorId::kImageInUse, "another process has it");
    if (changed && expect == Expect::kUnchanged) return Error(ErrorId::kTpmStateChanged, "changed");
    mine = true;
    return {};
  }
  void give() override { mine = false; }
  Result<void> check_room(TpmVersion) override {
    if (small) return Error(ErrorId::kTpmStateTooLarge, "small");
    return {};
  }

  bool broken = false;
  bool mine = true;
  bool taken_away = false;
  bool changed = false;
  bool small = false;
  int loads = 0;
  int stores = 0;
  int takes = 0;
};

class EmulatorTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }

  void start(TpmVersion version = TpmVersion::k20) {
    emulator_.reset();
    EmulatorSettings settings;
    settings.version = version;
    settings.report = [this](const Error& error) { reported_.push_back(error.id); };
    Result<std::unique_ptr<Emulator>> made = Emulator::make(std::move(settings), store_);
    ASSERT_OK(made);
    emulator_ = *std::move(made);
  }
  TpmResult ask(ControlRequest request) {
    const ControlReply reply = emulator_->control(request);
    return octets::Reader(reply).big_u32("result");
  }
  TpmResult ask(ControlCommand command) { return ask(ControlRequest{.command = command}); }
  TpmResult init(std::uint64_t flags = 0) { return ask({.command = ControlCommand::kInit, .flags = flags}); }

  std::uint32_t command(std::vector<std::uint8_t> bytes, Startup startup = Startup::kNone) {
    const octets::Bytes response = emulator_->command(bytes, startup);
    octets::Reader reader(response);
    reader.bytes("tag and size", 6);
    return reader.big_u32("code");
  }
  std::uint32_t startup_clear() {
    return command(Writer().big_u16(0x8001).big_u32(12).big_u32(0x144).big_u16(0).take());
  }
  std::uint32_t shutdown_clear() {
    return command(Writer().big_u16(0x8001).big_u32(12).big_u32(0x145).big_u16(0).take());
  }
  std::uint32_t get_random() {
    return command(Writer().big_u16(0x8001).big_u32(12).big_u32(0x17b).big_u16(8).take());
  }
  // TPM2_HierarchyControl would be shorter; this one is stored: TPM2_NV_DefineSpace by the owner.
  std::uint32_t define(std::uint32_t index) {
    Writer writer;
    writer.big_u16(0x8002).big_u32(45).big_u32(0x12a).big_u32(0x40000001);
    writer.big_u32(9).big_u32(0x40000009).big_u16(0).u8(0).big_u16(0).big_u16(0);
    writer.big_u16(14).big_u32(index).big_u16(0x000b).big_u32(0x00040004).big_u16(0).big_u16(8);
    return command(writer.take());
  }
  State blob(StateKind kind) {
    const ControlReply reply = emulator_->control(
        {.command = ControlCommand::kGetStateBlob, .flags = 1, .type = static_cast<std::uint32_t>(kind)});
    return reply.size() < 16 ? State() : State(reply.begin() + 16, reply.end());
  }
  // As QEMU does when a migration is over.
  void give_away() {
    for (const StateKind kind : kAllStates) blob(kind);
    EXPECT_FALSE(store_.mine);
  }
  TpmResult set_blob(StateKind kind, const State& blob) {
    return ask(
        {.command = ControlCommand::kSetStateBlob, .type = static_cast<std::uint32_t>(kind), .data = blob});
  }

  TurnStore store_;
  std::vector<ErrorId> reported_;
  std::unique_ptr<Emulator> emulator_;
};

constexpr std::uint32_t kFailure = 0x101;

TEST_F(EmulatorTest, AnswersBeforeItIsSwitchedOnAndReadsNothing) {
  store_.mine = false;
  EXPECT_EQ(get_random(), kFailure);
  EXPECT_EQ(ask(ControlCommand::kGetCapability), kTpmSuccess);
  EXPECT_EQ(ask(ControlCommand::kStop), kTpmSuccess);
  EXPECT_EQ(ask({.command = ControlCommand::kSetBufferSize, .buffer_bytes = 3968}), kTpmSuccess);
  EXPECT_EQ(store_.loads + store_.takes, 0);
}

TEST_F(EmulatorTest, MakesATpmOnceAndKeepsIt) {
  EXPECT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(startup_clear(), 0u);
  EXPECT_EQ(define(0x01500000), 0u);
  start();
  EXPECT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(startup_clear(), 0u);
  EXPECT_EQ(define(0x01500000), 0x14cu) << "TPM_RC_NV_DEFINED";
}

TEST_F(EmulatorTest, NeverMakesATpmInPlaceOfOneThatCannotBeRead) {
  ASSERT_EQ(init(), kTpmSuccess);
  const int stores = store_.stores;
  store_.broken = true;
  EXPECT_EQ(init(), kTpmFail);
  EXPECT_EQ(get_random(), kFailure);
  EXPECT_EQ(store_.stores, stores);
  EXPECT_THAT(reported_, ::testing::Contains(ErrorId::kInputOutput));
  store_.broken = false;
  EXPECT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(store_.stores, stores) << "the old TPM is there, and no new one was stored";
}

TEST_F(EmulatorTest, RefusesStateThatIsNone) {
  const std::uint8_t garbage[] = {0, 3, 0xab, 0x36, 0x47, 0x23, 0, 3, 1, 2, 3};
  ASSERT_OK(store_.store(StateKind::kPermanent, garbage));
  EXPECT_ERROR(emulator_->validate(), kTpmStateDamaged);
  EXPECT_EQ(init(), kTpmFail);
  EXPECT_THAT(**store_.load(StateKind::kPermanent), ::testing::ElementsAreArray(garbage));
}

TEST_F(EmulatorTest, FailsForGoodWhenItCannotStore) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  store_.broken = true;
  EXPECT_EQ(define(0x01500001), kFailure);
  store_.broken = false;
  EXPECT_EQ(get_random(), kFailure) << "until it is switched on again";
  EXPECT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(startup_clear(), 0u);
  EXPECT_EQ(define(0x01500001), 0u) << "what was not acknowledged is not there";
}

TEST_F(EmulatorTest, ShutsDownForAGuestThatDidNot) {
  ASSERT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(init(), kTpmSuccess);
  const int before = store_.stores;
  EXPECT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(store_.stores, before) << "nobody started it: there is nothing to shut down";
  ASSERT_EQ(startup_clear(), 0u);
  ASSERT_EQ(get_random(), 0u);
  const int started = store_.stores;
  EXPECT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(store_.stores, started + 1);
  ASSERT_EQ(startup_clear(), 0u);
  ASSERT_EQ(shutdown_clear(), 0u);
  const int shut_down = store_.stores;
  EXPECT_EQ(ask(ControlCommand::kStop), kTpmSuccess);
  EXPECT_EQ(store_.stores, shut_down) << "the guest did";
}

TEST_F(EmulatorTest, RefusesWhatDoesNotFitItsState) {
  EXPECT_EQ(ask(ControlCommand::kHashStart), kTpmBadOrdinal);
  EXPECT_EQ(ask(ControlCommand::kGetTpmEstablished), kTpmBadOrdinal);
  EXPECT_EQ(ask({.command = ControlCommand::kSetLocality, .locality = 5}), kTpmBadLocality);
  ASSERT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(ask({.command = ControlCommand::kSetBufferSize, .buffer_bytes = 3968}), kTpmBadOrdinal);
  EXPECT_EQ(ask(ControlCommand::kSetBufferSize), kTpmSuccess);
  EXPECT_EQ(ask({.command = ControlCommand::kSetStateBlob, .type = 1}), kTpmBadOrdinal);
  EXPECT_EQ(ask({.command = ControlCommand::kResetTpmEstablished, .locality = 5}), kTpmBadLocality);
  EXPECT_FALSE(emulator_->wants_end());
  EXPECT_EQ(ask(ControlCommand::kShutdown), kTpmSuccess);
  EXPECT_TRUE(emulator_->wants_end());
}

TEST_F(EmulatorTest, MovesToAnotherEmulator) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  ASSERT_EQ(define(0x01500002), 0u);
  const State permanent = blob(StateKind::kPermanent);
  const State running = blob(StateKind::kVolatile);
  EXPECT_TRUE(store_.mine);
  EXPECT_TRUE(blob(StateKind::kSaveState).empty());
  EXPECT_FALSE(store_.mine) << "the other side may have it now";

  store_ = TurnStore();
  start();
  store_.mine = false;
  EXPECT_EQ(ask(ControlCommand::kStop), kTpmSuccess);
  EXPECT_EQ(store_.loads + store_.takes, 0);
  EXPECT_EQ(set_blob(StateKind::kPermanent, permanent), kTpmSuccess);
  EXPECT_TRUE(store_.mine);
  EXPECT_EQ(set_blob(StateKind::kVolatile, running), kTpmSuccess);
  EXPECT_EQ(set_blob(StateKind::kSaveState, {}), kTpmSuccess);
  EXPECT_EQ(init(kInitDeleteVolatile), kTpmSuccess);
  EXPECT_EQ(define(0x01500002), 0x14cu) << "started already, and the index is there";
}

TEST_F(EmulatorTest, TakesNoBlobThatIsNone) {
  EXPECT_EQ(set_blob(StateKind::kPermanent, State(100, 0xff)), kTpmFail);
  EXPECT_THAT(reported_, ElementsAre(ErrorId::kSwtpmHeader));
  EXPECT_EQ(ask({.command = ControlCommand::kSetStateBlob, .type = 9}), kTpmBadParameter);
  EXPECT_EQ(store_.stores, 0);
}

TEST_F(EmulatorTest, RefusesTheStateOfAnotherVersion) {
  start(TpmVersion::k12);
  ASSERT_EQ(init(), kTpmSuccess);
  const State of_12 = blob(StateKind::kPermanent);
  ASSERT_FALSE(of_12.empty());
  store_ = TurnStore();
  start();
  EXPECT_EQ(set_blob(StateKind::kPermanent, of_12), kTpmFail);
  EXPECT_THAT(reported_, ElementsAre(ErrorId::kTpmOtherVersion));
}

TEST_F(EmulatorTest, GoesOnAfterAMigrationThatFailed) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  give_away();
  EXPECT_EQ(ask({.command = ControlCommand::kLockStorage, .retries = 1}), kTpmSuccess);
  EXPECT_TRUE(store_.mine);
  EXPECT_EQ(define(0x01500003), 0u);
  // A client that says nothing: the next command takes it back.
  give_away();
  EXPECT_EQ(define(0x01500004), 0u);
}

TEST_F(EmulatorTest, StopsWhereTheOtherSideHasTheState) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  give_away();
  store_.taken_away = true;
  EXPECT_EQ(define(0x01500005), kFailure);
  EXPECT_EQ(ask({.command = ControlCommand::kLockStorage, .retries = 1}), kTpmFail);
  EXPECT_EQ(ask(ControlCommand::kStop), kTpmSuccess) << "and stores nothing";
  store_.taken_away = false;
  store_.changed = true;
  EXPECT_EQ(init(), kTpmSuccess) << "with what is there now";
}

TEST_F(EmulatorTest, StopsWhereTheOtherSideChangedTheState) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  give_away();
  store_.changed = true;
  EXPECT_EQ(get_random(), kFailure);
  EXPECT_THAT(reported_, ElementsAre(ErrorId::kTpmStateChanged));
}

TEST_F(EmulatorTest, GivesTheStateBackWhereNoGuestUsedIt) {
  ASSERT_EQ(init(), kTpmSuccess);
  const State permanent = blob(StateKind::kPermanent);
  store_ = TurnStore();
  start();
  store_.mine = false;
  ASSERT_EQ(set_blob(StateKind::kPermanent, permanent), kTpmSuccess);
  ASSERT_EQ(init(kInitDeleteVolatile), kTpmSuccess);
  const int stores = store_.stores;
  EXPECT_TRUE(store_.mine);
  emulator_->client_gone();
  EXPECT_FALSE(store_.mine) << "the source of the migration goes on";
  EXPECT_EQ(store_.stores, stores) << "and finds what it left";
}

TEST_F(EmulatorTest, StoresNothingAtItsEndWhereNoGuestUsedIt) {
  ASSERT_EQ(init(), kTpmSuccess);
  const int stores = store_.stores;
  emulator_->end();
  EXPECT_EQ(store_.stores, stores);
}

TEST_F(EmulatorTest, ForgetsBlobsOfAClientThatWent) {
  ASSERT_EQ(init(), kTpmSuccess);
  const State without_index = blob(StateKind::kPermanent);
  ASSERT_EQ(startup_clear(), 0u);
  ASSERT_EQ(define(0x01500006), 0u);
  ASSERT_EQ(ask(ControlCommand::kStop), kTpmSuccess);
  ASSERT_EQ(set_blob(StateKind::kPermanent, without_index), kTpmSuccess);
  emulator_->client_gone();
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  EXPECT_EQ(define(0x01500006), 0x14cu) << "the TPM is the one of the store";
}

TEST_F(EmulatorTest, RefusesBlobsThatItHasNoRoomFor) {
  ASSERT_EQ(init(), kTpmSuccess);
  const State permanent = blob(StateKind::kPermanent);
  ASSERT_EQ(ask(ControlCommand::kStop), kTpmSuccess);
  store_.small = true;
  EXPECT_EQ(set_blob(StateKind::kPermanent, permanent), kTpmFail);
  EXPECT_THAT(reported_, ElementsAre(ErrorId::kTpmStateTooLarge));
}

TEST_F(EmulatorTest, KeepsTheStoreWhileSomebodyLooks) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  blob(StateKind::kSaveState);
  EXPECT_TRUE(store_.mine) << "one of three";
  blob(StateKind::kPermanent);
  blob(StateKind::kVolatile);
  ASSERT_EQ(get_random(), 0u);
  blob(StateKind::kSaveState);
  EXPECT_TRUE(store_.mine) << "the guest went on between them";
}

TEST_F(EmulatorTest, LetsSomebodyLookWithoutTakingPart) {
  const std::vector<std::uint8_t> random =
      Writer().big_u16(0x8001).big_u32(12).big_u32(0x17b).big_u16(8).take();
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  for (const StateKind kind : kAllStates) {
    emulator_->control({.command = ControlCommand::kGetStateBlob, .type = static_cast<std::uint32_t>(kind)},
                       Asker::kOther);
  }
  EXPECT_TRUE(store_.mine);
  give_away();
  emulator_->command(random, Startup::kPoweredOn, Asker::kOther);
  emulator_->control({.command = ControlCommand::kGetTpmEstablished}, Asker::kOther);
  EXPECT_FALSE(store_.mine) << "the other side of the migration has its turn";
  EXPECT_EQ(get_random(), 0u);
  EXPECT_TRUE(store_.mine) << "the guest goes on";
}

TEST_F(EmulatorTest, ShutsDownForAResetAfterAMigration) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  const State permanent = blob(StateKind::kPermanent);
  const State running = blob(StateKind::kVolatile);
  start();
  ASSERT_EQ(set_blob(StateKind::kPermanent, permanent), kTpmSuccess);
  ASSERT_EQ(set_blob(StateKind::kVolatile, running), kTpmSuccess);
  ASSERT_EQ(init(kInitDeleteVolatile), kTpmSuccess);
  const int stores = store_.stores;
  EXPECT_EQ(init(), kTpmSuccess);
  EXPECT_EQ(store_.stores, stores + 1) << "no power cut";
}

TEST_F(EmulatorTest, SaysOnceThatTheStoreIsGone) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  give_away();
  store_.taken_away = true;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(get_random(), kFailure);
  EXPECT_THAT(reported_, ElementsAre(ErrorId::kImageInUse));
}

TEST_F(EmulatorTest, KeepsItsMemoryOverASuspension) {
  ASSERT_EQ(init(), kTpmSuccess);
  ASSERT_EQ(startup_clear(), 0u);
  EXPECT_EQ(ask(ControlCommand::kStoreVolatile), kTpmSuccess);
  EXPECT_TRUE(store_.MemoryState::load(StateKind::kVolatile)->has_value());
  start();
  EXPECT_EQ(init(kInitDeleteVolatile), kTpmSuccess);
  EXPECT_EQ(get_random(), 0u) << "it is started already";
  EXPECT_FALSE(store_.MemoryState::load(StateKind::kVolatile)->has_value());
}

TEST_F(EmulatorTest, IsSwitchedOnForClientsWithoutQemu) {
  EXPECT_EQ(
      command(Writer().big_u16(0x8001).big_u32(12).big_u32(0x17b).big_u16(8).take(), Startup::kPoweredOn),
      0x100u)
      << "TPM_RC_INITIALIZE: Startup is theirs";
  ASSERT_EQ(ask(ControlCommand::kStop), kTpmSuccess);
  EXPECT_EQ(command(Writer().big_u16(0x8001).big_u32(12).big_u32(0x17b).big_u16(8).take(), Startup::kClear),
            0u);
}

TEST_F(EmulatorTest, AnswersInTheLanguageOfItsVersion) {
  start(TpmVersion::k12);
  const octets::Bytes response = emulator_->command(std::vector<std::uint8_t>(10), Startup::kNone);
  EXPECT_THAT(response, ElementsAre(0x00, 0xc4, 0, 0, 0, 10, 0, 0, 0, 9));
}

TEST_F(EmulatorTest, IsTheOnlyOneOfItsProcess) {
  MemoryState other;
  EXPECT_ERROR(Emulator::make({}, other), kImpossible);
}

}  // namespace
}  // namespace nonvol::tpm
