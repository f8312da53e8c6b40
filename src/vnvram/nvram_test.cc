#include <gmock/gmock.h>

#include "nonvol/vnvram.h"
#include "storage/posix.h"
#include "testing/nvram_medium.h"
#include "testing/scratch.h"
#include "vnvram/slot.h"

namespace nonvol::vnvram {
namespace {

using nonvol::testing::bytes_of;
using nonvol::testing::filled;
using nonvol::testing::NvramMedium;
using nonvol::testing::Scratch;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Registration kPermall{"permall", 8000};
const Registration kVars{"vars", 4096, EntryKind::kPlain};

Error broken() {
  return Error(ErrorId::kInputOutput, "the medium is gone");
}

TEST(Nvram, KeepsWhatDevicesWrite) {
  NvramMedium medium({kPermall, kVars});
  {
    Nvram nvram = medium.start({kPermall, kVars});
    EXPECT_ERROR(nvram.read("permall"), kBlobAbsent);
    EXPECT_EQ(nvram.generation("permall").value(), 0u);
    EXPECT_OK(nvram.write("permall", filled(100, 1)));
    EXPECT_OK(nvram.write("permall", filled(200, 2)));
    EXPECT_OK(nvram.write("vars", filled(4096, 3)));
    EXPECT_EQ(nvram.generation("permall").value(), 2u);
  }
  Nvram nvram = medium.start({kPermall, kVars});
  EXPECT_THAT(nvram.findings(), IsEmpty());
  EXPECT_EQ(nvram.generation("permall").value(), 2u);
  const auto permall = nvram.read("permall");
  ASSERT_OK(permall);
  EXPECT_EQ(permall->bytes, filled(200, 2));
  EXPECT_EQ(permall->generation, 2u);
  EXPECT_EQ(bytes_of(nvram.read("vars")), filled(4096, 3));
  EXPECT_OK(nvram.erase("permall"));
  EXPECT_ERROR(nvram.read("permall"), kBlobAbsent);
  EXPECT_EQ(nvram.generation("permall").value(), 3u);
}

TEST(Nvram, KeepsItInFilesToo) {
  const Scratch scratch;
  const std::string path = scratch / "web01.nvram";
  ASSERT_OK(format(path, {.layout = {.entries = {kPermall}}}));
  {
    Nvram nvram = Nvram::setup(path).value();
    EXPECT_ERROR(Nvram::setup(path), kImageInUse);
    ASSERT_OK(nvram.register_entry(kPermall));
    ASSERT_OK(nvram.start());
    EXPECT_OK(nvram.write("permall", filled(8000, 5)));
  }
  Nvram nvram = Nvram::setup(path).value();
  ASSERT_OK(nvram.register_entry(kPermall));
  ASSERT_OK(nvram.start());
  EXPECT_EQ(bytes_of(nvram.read("permall")), filled(8000, 5));
  EXPECT_ERROR(Nvram::setup(scratch / "none"), kFileMissing);
}

TEST(Nvram, UpdatesWithOneWriteAndOneFlush) {
  NvramMedium medium({kPermall, kVars});
  medium.script.writes = 0;
  Nvram nvram = medium.start({kPermall, kVars});
  EXPECT_EQ(medium.script.writes, 0) << "start writes nothing";
  EXPECT_EQ(medium.script.flushes, 0);
  ASSERT_OK(nvram.write("permall", filled(1, 1)));
  EXPECT_EQ(medium.script.writes, 1);
  EXPECT_EQ(medium.script.flushes, 2) << "what was found there is made durable before it is relied upon";
  medium.script.writes = 0;
  medium.script.flushes = 0;
  for (int puts = 1; puts <= 3; ++puts) {
    EXPECT_OK(nvram.write(puts == 2 ? "vars" : "permall", filled(4096, 9)));
    EXPECT_EQ(medium.script.writes, puts);
    EXPECT_EQ(medium.script.flushes, puts);
  }
  EXPECT_OK(nvram.erase("permall"));
  EXPECT_EQ(medium.script.writes, 4);
  EXPECT_EQ(medium.script.flushes, 4);
  EXPECT_OK(nvram.read("vars"));
  EXPECT_EQ(medium.script.flushes, 4);
}

TEST(Nvram, WantsItsCallsInOrder) {
  NvramMedium medium({kPermall});
  Nvram nvram = medium.setup();
  EXPECT_ERROR(nvram.write("permall", {}), kWrongOrder);
  EXPECT_ERROR(nvram.read("permall"), kWrongOrder);
  EXPECT_ERROR(nvram.write_async("permall", {}, nullptr), kWrongOrder);
  EXPECT_THAT(nvram.entries(), IsEmpty());
  EXPECT_FALSE(nvram.had_fatal_error());
  ASSERT_OK(nvram.register_entry(kPermall));
  EXPECT_ERROR(nvram.register_entry(kPermall), kEntryExists);
  EXPECT_ERROR(nvram.register_entry({"", 1}), kBadEntryRequest);
  ASSERT_OK(nvram.start());
  EXPECT_ERROR(nvram.start(), kWrongOrder);
  EXPECT_ERROR(nvram.register_entry({"other", 1}), kWrongOrder);
  EXPECT_ERROR(nvram.read("other"), kNoSuchEntry);
  EXPECT_ERROR(nvram.generation("other"), kNoSuchEntry);
}

TEST(Nvram, ForgetsWhatIsDeregistered) {
  NvramMedium medium({kPermall});
  Nvram nvram = medium.start({kPermall});
  ASSERT_OK(nvram.write("permall", filled(10, 1)));
  EXPECT_TRUE(nvram.entries().at(0).registered);
  EXPECT_ERROR(nvram.deregister_entry("other"), kNoSuchEntry);
  EXPECT_OK(nvram.deregister_entry("permall"));
  EXPECT_ERROR(nvram.read("permall"), kNoSuchEntry);
  EXPECT_FALSE(nvram.entries().at(0).registered);
  EXPECT_EQ(bytes_of(medium.start({kPermall}).read("permall")), filled(10, 1));
}

TEST(Nvram, HoldsPlainEntriesToTheirSize) {
  NvramMedium medium({kVars});
  Nvram nvram = medium.start({kVars});
  EXPECT_ERROR(nvram.write("vars", filled(10, 1)), kPlainSize);
  EXPECT_ERROR(nvram.write("vars", filled(4097, 1)), kBlobTooLarge);
  EXPECT_OK(nvram.write("vars", filled(10, 1), {.fill = 0xff}));
  std::vector<std::uint8_t> expected = filled(4096, 0xff);
  std::fill_n(expected.begin(), 10, std::uint8_t{1});
  EXPECT_EQ(bytes_of(nvram.read("vars")), expected);
  EXPECT_OK(nvram.erase("vars"));
  EXPECT_EQ(bytes_of(nvram.read("vars")), filled(4096, 0));
}

TEST(NvramStart, TellsEveryMismatchAtOnce) {
  NvramMedium medium({{"permall", 4032}, {"vars", 4096, EntryKind::kAtomic}, {"stranger", 10}});
  Nvram nvram = medium.setup();
  ASSERT_OK(nvram.register_entry(kPermall));
  ASSERT_OK(nvram.register_entry(kVars));
  ASSERT_OK(nvram.register_entry({"volatilestate", 1}));
  ASSERT_OK(nvram.register_entry({"stranger", 10, EntryKind::kAtomic, true}));
  const auto started = nvram.start();
  EXPECT_ERROR(started, kRegistrationMismatch);
  EXPECT_THAT(started.error().notes,
              ElementsAre("NV7503: 'permall' is registered with 8000 bytes, the image has 4032",
                          "NV7504: 'vars' is registered as plain, in the image it is atomic",
                          "NV7502: 'volatilestate' is registered with 1 bytes, the image does not have it",
                          "NV7504: 'stranger' is registered as encrypted, in the image it is not encrypted"));
  EXPECT_FINDING(nvram.findings(), kEntryMissing);
  EXPECT_FINDING(nvram.findings(), kEntryTooSmall);
  EXPECT_FINDING(nvram.findings(), kEntryOtherKind);
  EXPECT_ERROR(nvram.read("permall"), kWrongOrder);

  for (const char* name : {"permall", "vars", "volatilestate", "stranger"}) {
    ASSERT_OK(nvram.deregister_entry(name));
  }
  EXPECT_OK(nvram.start());
  EXPECT_EQ(medium.script.writes, 0);
}

TEST(NvramStart, LeavesOthersEntriesAlone) {
  NvramMedium medium({kPermall, kVars});
  Nvram nvram = medium.setup();
  ASSERT_OK(nvram.register_entry(kPermall));
  EXPECT_ERROR(nvram.start({.fail_on_unregistered = true}), kRegistrationMismatch);
  EXPECT_OK(nvram.start());
  EXPECT_FINDING(nvram.findings(), kEntryUnregistered);
  EXPECT_EQ(nvram.findings().at(0).severity, Severity::kNote);
  EXPECT_ERROR(nvram.write("vars", filled(4096, 0)), kNoSuchEntry);
  EXPECT_EQ(nvram.entries().size(), 2u);
}

TEST(NvramStart, SaysWhatIsDamaged) {
  NvramMedium medium({kPermall, {"volatilestate", 100}});
  {
    Nvram nvram = medium.start({kPermall, {"volatilestate", 100}});
    ASSERT_OK(nvram.write("permall", filled(20, 'p')));
    ASSERT_OK(nvram.write("permall", filled(20, 'q')));
    ASSERT_OK(nvram.write("volatilestate", filled(20, 'v')));
    ASSERT_OK(nvram.write("volatilestate", filled(20, 'w')));
  }
  for (const char* text : {"pppp", "vvvv", "wwww"}) medium.poke(medium.find(text), {'x'});
  Nvram nvram = medium.start({kPermall, {"volatilestate", 100}});
  EXPECT_FINDING(nvram.findings(), kSlotDamaged);
  EXPECT_FINDING(nvram.findings(), kBlobDamaged);
  EXPECT_EQ(nvram.findings().size(), 2u);
  EXPECT_EQ(nvram.damaged_slots(), 1u);
  EXPECT_EQ(bytes_of(nvram.read("permall")), filled(20, 'q'));
  EXPECT_ERROR(nvram.read("volatilestate"), kBlobDamaged);
  EXPECT_ERROR(nvram.generation("volatilestate"), kBlobDamaged);
  EXPECT_ERROR(nvram.write("volatilestate", filled(1, 1)), kBlobDamaged);
  EXPECT_FALSE(nvram.had_fatal_error());

  EXPECT_OK(nvram.write("volatilestate", filled(1, 1), {.over_damage = true}));
  EXPECT_EQ(bytes_of(nvram.read("volatilestate")), filled(1, 1));
  EXPECT_GT(nvram.generation("volatilestate").value(), 0u);
}

TEST(NvramStart, SaysWhatWasRolledBack) {
  NvramMedium medium({kPermall});
  std::vector<std::uint8_t> old(medium.memory->size_bytes());
  ASSERT_OK(medium.memory->read_at(0, old));
  {
    Nvram nvram = medium.start({kPermall});
    for (int i = 0; i < 3; ++i) ASSERT_OK(nvram.write("permall", filled(20, 'p')));
  }
  // Slot A holds generation 3, slot B the first one again.
  const std::uint64_t slot_b = medium.find("pppp") - kSlotHeaderBytes + slot_bytes(kPermall.capacity_bytes);
  medium.poke(slot_b, {old.begin() + static_cast<std::ptrdiff_t>(slot_b),
                       old.begin() + static_cast<std::ptrdiff_t>(slot_b + kPageBytes)});
  Nvram nvram = medium.start({kPermall});
  EXPECT_FINDING(nvram.findings(), kOlderGeneration);
  EXPECT_ERROR(nvram.read("permall"), kOlderGeneration);
}

TEST(NvramStart, OpensNothingElse) {
  NvramMedium medium({kPermall});
  medium.poke(0, filled(4096, 'x'));
  Nvram nvram = medium.setup();
  EXPECT_ERROR(nvram.start(), kNotAnNvram);
  EXPECT_ERROR(nvram.start(), kWrongOrder);
  EXPECT_FALSE(nvram.had_fatal_error());
}

TEST(NvramKeys, AreNeededForEncryptedEntries) {
  const Registration secret{"permall", 100, EntryKind::kAtomic, true};
  const seal::Key key(octets::Bytes(filled(32, 7)).first<32>());
  const auto copy = [](const seal::Key& from) { return seal::Key(from.bytes().first<32>()); };
  NvramMedium medium({.layout = {.entries = {secret}}, .user_key = &key});
  const auto start = [&](std::optional<seal::Key> given, bool fail) -> Result<Nvram> {
    Nvram nvram = medium.setup({.key = std::move(given)});
    if (Result<void> done = nvram.register_entry(secret); !done) return done.error();
    if (Result<void> done = nvram.start({.fail_if_encrypted_without_key = fail}); !done) return done.error();
    return nvram;
  };
  Result<Nvram> with_key = start(copy(key), true);
  ASSERT_OK(with_key);
  EXPECT_THAT(with_key->findings(), IsEmpty());
  ASSERT_OK(with_key->write("permall", filled(50, 's')));
  EXPECT_EQ(bytes_of(with_key->read("permall")), filled(50, 's'));
  EXPECT_EQ(medium.find("ssss"), std::string::npos);

  EXPECT_ERROR(start(std::nullopt, true), kKeyNeeded);
  EXPECT_ERROR(start(seal::Key(octets::Bytes(filled(32, 8)).first<32>()), false), kWrongKey);
  Result<Nvram> without = start(std::nullopt, false);
  ASSERT_OK(without);
  EXPECT_FINDING(without->findings(), kKeyNeeded);
  EXPECT_ERROR(without->read("permall"), kKeyNeeded);
  EXPECT_ERROR(without->write("permall", filled(1, 1)), kKeyNeeded);
  EXPECT_EQ(without->generation("permall").value(), 1u);
}

TEST(NvramFailure, OfAFlushIsLatched) {
  NvramMedium medium({kPermall, kVars});
  Nvram nvram = medium.start({kPermall, kVars});
  ASSERT_OK(nvram.write("permall", filled(1, 1)));
  medium.script.before_flush = []() -> Result<void> { return broken(); };
  EXPECT_ERROR(nvram.write("permall", filled(2, 2)), kInputOutput);
  EXPECT_TRUE(nvram.had_fatal_error());
  medium.script.before_flush = nullptr;
  const int writes = medium.script.writes;
  EXPECT_ERROR(nvram.write("vars", filled(4096, 3)), kNvramFailed);
  EXPECT_ERROR(nvram.erase("permall"), kNvramFailed);
  EXPECT_ERROR(nvram.read("permall"), kNvramFailed);
  EXPECT_ERROR(nvram.generation("permall"), kNvramFailed);
  EXPECT_EQ(medium.script.writes, writes);
}

TEST(NvramFailure, OfTheFirstFlushIsLatched) {
  NvramMedium medium({kPermall});
  Nvram nvram = medium.start({kPermall});
  medium.script.before_flush = []() -> Result<void> { return broken(); };
  EXPECT_ERROR(nvram.write("permall", filled(2, 2)), kInputOutput);
  medium.script.before_flush = nullptr;
  EXPECT_TRUE(nvram.had_fatal_error());
  EXPECT_ERROR(nvram.write("permall", filled(2, 2)), kNvramFailed);
  EXPECT_EQ(medium.script.writes, 0);
}

TEST(NvramFailure, OfAWriteIsLatched) {
  NvramMedium medium({kPermall});
  Nvram nvram = medium.start({kPermall});
  ASSERT_OK(nvram.write("permall", filled(1, 1)));
  const int flushes = medium.script.flushes;
  medium.script.before_write = []() -> Result<void> { return broken(); };
  EXPECT_ERROR(nvram.write("permall", filled(2, 2)), kInputOutput);
  EXPECT_TRUE(nvram.had_fatal_error());
  EXPECT_EQ(medium.script.flushes, flushes) << "nothing is flushed behind a write that failed";
  medium.script.before_write = nullptr;
  EXPECT_ERROR(nvram.read("permall"), kNvramFailed);
  EXPECT_EQ(bytes_of(medium.start({kPermall}).read("permall")), filled(1, 1)) << "set up again";
}

TEST(NvramFields, GoBothWays) {
  NvramMedium medium({kPermall, kVars});
  Nvram nvram = medium.start({kPermall, kVars});
  std::uint64_t counter = 41;
  const Fields fields = [&](Visitor& visitor) -> Result<void> {
    visitor.u64("counter", counter);
    return {};
  };
  ASSERT_OK(nvram.write_fields("permall", fields));
  ASSERT_OK(nvram.write_fields("vars", fields));
  EXPECT_EQ(bytes_of(nvram.read("permall")), (std::vector<std::uint8_t>{0x30, 3, 2, 1, 41}));
  EXPECT_EQ(bytes_of(nvram.read("vars")).size(), 4096u);
  for (const char* name : {"permall", "vars"}) {
    counter = 0;
    EXPECT_OK(nvram.read_fields(name, fields));
    EXPECT_EQ(counter, 41u);
  }
  ASSERT_OK(nvram.write("permall", filled(3, 0)));
  EXPECT_ERROR(nvram.read_fields("permall", fields), kVisitorField);
  EXPECT_ERROR(nvram.write_fields("other", fields), kNoSuchEntry);
}

}  // namespace
}  // namespace nonvol::vnvram
