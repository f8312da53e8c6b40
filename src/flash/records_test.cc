#include <gmock/gmock.h>

#include "flash/store_reader.h"
#include "testing/expect.h"
#include "testing/feed_store.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::kGlobal;
using test_stores::kSecurity;
using test_stores::poke;
using test_stores::read_store;
using test_stores::StoreBuilder;
using test_stores::TestRecord;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const test_stores::Shape kShapes[] = {test_stores::ovmf_2m(), test_stores::ovmf_4m(), test_stores::armvirt(),
                                      test_stores::as_plain(test_stores::armvirt()),
                                      test_stores::as_plain(test_stores::tiny(0x1000))};

VariableStore read(const ByteVector& file) {
  auto outcome = read_store(file);
  if (!outcome.store) {
    ADD_FAILURE() << outcome.store.error().message;
    return {};
  }
  return *std::move(outcome.store);
}

VariableStore read(const std::vector<TestRecord>& records,
                   const test_stores::Shape& shape = test_stores::ovmf_2m()) {
  return read(StoreBuilder(shape).add_all(records).bytes());
}

// "name=first data byte" of each live variable.
std::vector<std::string> live(const VariableStore& store) {
  std::vector<std::string> result;
  for (const Record* record : live_variables(store)) {
    const octets::Bytes data = store.data(*record);
    result.push_back(record->name.text + "=" + (data.empty() ? "" : std::to_string(data[0])));
  }
  return result;
}

TEST(Records, CarryEverythingTheHeaderSays) {
  const VariableStore store = read({{.name = u"db",
                                     .vendor = kSecurity,
                                     .data = {1, 2, 3},
                                     .attributes = 0x27,
                                     .timestamp = test_stores::efi_time(2010, 3, 6, 19, 17, 21),
                                     .count = 0x1122334455667788,
                                     .key_index = 9},
                                    {.name = u"Lang"}});
  ASSERT_EQ(store.records.size(), 2u);
  const Record& record = store.records[0];
  EXPECT_EQ(record.offset_bytes, 100u);
  EXPECT_EQ(record.size_bytes, 72u) << "60 + 6 + 3, and 3 for the next record's place";
  EXPECT_EQ(record.state, 0x3f);
  EXPECT_EQ(record.attributes, 0x27u);
  EXPECT_EQ(record.monotonic_count, 0x1122334455667788u);
  EXPECT_EQ(record.public_key_index, 9u);
  ASSERT_TRUE(record.timestamp);
  EXPECT_EQ(variable::rfc3339(*record.timestamp), "2010-03-06T19:17:21Z");
  EXPECT_EQ(record.vendor, kSecurity);
  EXPECT_EQ(record.name.text, "db");
  EXPECT_TRUE(record.name.lossless);
  EXPECT_THAT(store.name_utf16(record), ElementsAre('d', 0, 'b', 0, 0, 0));
  EXPECT_THAT(store.data(record), ElementsAre(1, 2, 3));
  EXPECT_EQ(store.records[1].offset_bytes, 172u);
  EXPECT_FALSE(store.records[1].timestamp);
  EXPECT_EQ(store.used_bytes(), 72u + 72u);
  EXPECT_EQ(store.records_end_bytes, 244u);
  EXPECT_THAT(store.findings, IsEmpty());
}

TEST(Records, OfPlainStoresHaveShortHeaders) {
  const VariableStore store =
      read({{.name = u"Lang", .vendor = kSecurity, .data = {7}, .attributes = 3}, {.name = u"X"}},
           test_stores::as_plain(test_stores::armvirt()));
  ASSERT_EQ(store.records.size(), 2u);
  EXPECT_EQ(store.kind, HeaderKind::kPlain);
  const Record& record = store.records[0];
  EXPECT_EQ(record.size_bytes, 44u);
  EXPECT_EQ(record.attributes, 3u);
  EXPECT_EQ(record.vendor, kSecurity);
  EXPECT_FALSE(record.timestamp);
  EXPECT_THAT(live(store), ElementsAre("Lang=7", "X=1"));
}

TEST(Records, KeepTheirValuesWhenTheStoreMoves) {
  VariableStore first = read({{.name = u"A", .data = {5}}});
  const std::vector<const Record*> variables = live_variables(first);
  const VariableStore second = std::move(first);
  ASSERT_EQ(variables.size(), 1u);
  EXPECT_THAT(second.data(*variables[0]), ElementsAre(5));
}

TEST(States, HaveNamesForPeople) {
  EXPECT_EQ(state_name(0x3f), "added");
  EXPECT_EQ(state_name(0x3e), "in delete transition");
  EXPECT_EQ(state_name(0x3d), "deleted");
  EXPECT_EQ(state_name(0x3c), "replaced");
  EXPECT_EQ(state_name(0x7f), "header only");
  EXPECT_EQ(state_name(0xff), "unwritten");
  EXPECT_EQ(state_name(0x11), "unknown (0x11)");
}

TEST(States, DecideWhatIsLive) {
  for (const test_stores::Shape& shape : kShapes) {
    const VariableStore store = read({{.name = u"Added"},
                                      {.name = u"Deleted", .state = 0x3d},
                                      {.name = u"Replaced", .state = 0x3c},
                                      {.name = u"HeaderOnly", .state = 0x7f},
                                      {.name = u"Unknown", .state = 0x11},
                                      {.name = u"Transition", .state = 0x3e, .data = {2}}},
                                     shape);
    EXPECT_THAT(live(store), ElementsAre("Added=1", "Transition=2")) << shape.name;
    EXPECT_EQ(store.records.size(), 6u);
    EXPECT_THAT(store.findings, testing::SizeIs(1));
    EXPECT_FINDING(store.findings, kRecordState);
    EXPECT_EQ(store.findings[0].place.offset_bytes, store.records[4].offset_bytes + 2);
    EXPECT_THAT(store.findings[0].message, HasSubstr("its state is 0x11"));
  }
}

TEST(States, InTransitionHasATwin) {
  for (const test_stores::Shape& shape : kShapes) {
    const TestRecord old{.name = u"V", .state = 0x3e, .data = {1}};
    const TestRecord fresh{.name = u"V", .state = 0x3f, .data = {2}};
    const TestRecord other{.name = u"W", .data = {9}};
    EXPECT_THAT(live(read({old, other, fresh}, shape)), ElementsAre("W=9", "V=2"));
    EXPECT_THAT(live(read({fresh, other, old}, shape)), ElementsAre("V=2", "W=9"));
    EXPECT_THAT(live(read({old, old, other, fresh, old}, shape)), ElementsAre("W=9", "V=2"));
  }
}

TEST(States, InTransitionWithoutATwinIsLive) {
  const TestRecord first{.name = u"V", .state = 0x3e, .data = {1}};
  const TestRecord second{.name = u"V", .state = 0x3e, .data = {2}};
  const TestRecord third{.name = u"V", .state = 0x3d, .data = {3}};
  EXPECT_THAT(live(read({first})), ElementsAre("V=1"));
  EXPECT_THAT(live(read({first, second, third})), ElementsAre("V=2")) << "the last one counts";
  EXPECT_THAT(live(read({second, first})), ElementsAre("V=1"));
}

TEST(States, OfTwoAddedTheFirstCounts) {
  EXPECT_THAT(live(read({{.name = u"V", .data = {1}}, {.name = u"V", .data = {2}}})), ElementsAre("V=1"));
}

TEST(Identity, IsVendorAndName) {
  // A variable of one name under two vendors, as every guest with a network card has them.
  const VariableStore store =
      read({{.name = u"525400123456", .vendor = kGlobal, .data = {1}},
            {.name = u"525400123456", .vendor = kSecurity, .data = {2}},
            {.name = u"525400123456", .vendor = kSecurity, .state = 0x3e, .data = {3}},
            {.name = u"52540012345", .vendor = kGlobal, .state = 0x3e, .data = {4}},
            {.name = u"525400123456", .vendor = kGlobal, .state = 0x3e, .data = {5}}});
  EXPECT_THAT(live(store), ElementsAre("525400123456=1", "525400123456=2", "52540012345=4"));
  EXPECT_THAT(live(read({{.name = u"a", .data = {1}}, {.name = u"A", .state = 0x3e, .data = {2}}})),
              ElementsAre("a=1", "A=2"));
}

TEST(Holes, CountAsTheirHeaderOnly) {
  for (const test_stores::Shape& shape : kShapes) {
    for (const TestRecord& hole :
         {TestRecord{.name = u"Torn", .state = 0xff, .data = ByteVector(50, 1), .header_only = true},
          TestRecord{.state = 0xff,
          .attributes = 0xffffffff,
          .name_size = 0xffffffff,
          .data_size = 0xffffffff,
          .header_only = true}}) {
      const VariableStore store = read({{.name = u"Before"}, hole, hole, {.name = u"After"}}, shape);
      EXPECT_THAT(live(store), ElementsAre("Before=1", "After=1")) << shape.name;
      ASSERT_EQ(store.records.size(), 4u);
      EXPECT_TRUE(store.records[1].is_hole);
      EXPECT_EQ(store.records[1].size_bytes, shape.plain ? 32u : 60u);
      EXPECT_TRUE(store.data(store.records[1]).empty());
      EXPECT_THAT(store.findings, IsEmpty()) << "an interrupted write is no damage";
    }
  }
}

TEST(Holes, OfWrittenStatesAreDamage) {
  for (const TestRecord& hole : {TestRecord{.attributes = 0xffffffff, .header_only = true},
                                 TestRecord{.name_size = 0xffffffff, .header_only = true},
                                 TestRecord{.data_size = 0xffffffff, .header_only = true}}) {
    const VariableStore store = read({{.name = u"Before"}, hole, {.name = u"After"}});
    EXPECT_THAT(live(store), ElementsAre("Before=1", "After=1"));
    EXPECT_TRUE(store.records.at(1).is_hole);
    EXPECT_FINDING(store.findings, kRecordSizes);
  }
  // With its name behind it the walk finds no start mark there: "the list ends soon after".
  const VariableStore store = read({{.name = u"Before"}, {.name = u"Hurt", .name_size = 0xffffffff}, {}});
  EXPECT_THAT(live(store), ElementsAre("Before=1"));
  EXPECT_FINDING(store.findings, kBytesAfterRecords);
  EXPECT_THAT(store.findings.back().message, HasSubstr("another record seems to begin at"));
}

TEST(Holes, WithTheNameOfATornWriteEndTheWalk) {
  const VariableStore store =
      read({{.name = u"Before"}, {.name = u"Torn", .state = 0xff, .data = ByteVector(30, 1)}});
  EXPECT_THAT(live(store), ElementsAre("Before=1"));
  EXPECT_EQ(store.used_bytes(), 76u + 60u) << "Before, and the header of Torn";
  ASSERT_EQ(store.findings.size(), 1u);
  EXPECT_FINDING(store.findings, kBytesAfterRecords);
  EXPECT_EQ(store.findings[0].severity, Severity::kWarning);
  EXPECT_THAT(store.findings[0].message, HasSubstr("belong to a write that was cut off"));
  EXPECT_EQ(store.findings[0].hint, "nonvol vars list web01.fd --raw");
}

TEST(Sizes, BeyondTheStoreEndTheWalk) {
  for (const test_stores::Shape& shape : kShapes) {
    for (const std::uint32_t size : {0x7fffffffu, 0xfffffffeu, shape.store_bytes}) {
      for (const bool of_name : {true, false}) {
        TestRecord record{.name = u"Huge"};
        (of_name ? record.name_size : record.data_size) = size;
        const auto outcome =
            read_store(StoreBuilder(shape).add({.name = u"A"}).add(record).add({.name = u"B"}).bytes());
        ASSERT_OK(outcome.store);
        EXPECT_THAT(live(*outcome.store), ElementsAre("A=1"));
        ASSERT_EQ(outcome.store->records.size(), 2u);
        EXPECT_FALSE(outcome.store->records[1].fits);
        EXPECT_TRUE(outcome.store->data(outcome.store->records[1]).empty());
        EXPECT_EQ(outcome.store->used_bytes(), outcome.store->capacity_bytes()) << "nothing can be appended";
        EXPECT_FINDING(outcome.store->findings, kRecordSizes);
        EXPECT_LE(outcome.read_bytes - outcome.working_bytes, 65536u)
            << "nothing is read on the word of a broken size";
      }
    }
  }
}

TEST(Sizes, OfBothFieldsDoNotOverflow) {
  const VariableStore store = read({{.name = u"Huge", .name_size = 0xfffffffe, .data_size = 0xfffffffe}});
  ASSERT_EQ(store.findings.size(), 1u);
  EXPECT_EQ(store.findings[0].message,
            "variable record at offset 0x64 of web01.fd: its name and data take 8589934588 bytes, the store "
            "has 57184 left; the firmware ends its walk here or crashes, and nonvol takes neither this "
            "variable nor what lies behind it");
}

TEST(Sizes, MayFillTheStoreExactly) {
  for (const test_stores::Shape& shape : kShapes) {
    for (const unsigned spare : {0u, 1u, 2u, 3u}) {
      StoreBuilder builder(shape);
      builder.add({.name = u"First"});
      const std::uint64_t data_bytes = builder.left_bytes() - builder.record_header_bytes() - 4 - spare;
      builder.add({.name = u"L", .data = ByteVector(data_bytes, 3)});
      const VariableStore store = read(builder.bytes());
      EXPECT_THAT(live(store), ElementsAre("First=1", "L=3"));
      EXPECT_EQ(store.used_bytes(), store.capacity_bytes());
      EXPECT_THAT(store.findings, IsEmpty());
    }
    StoreBuilder builder(shape);
    builder.add({.name = u"First"});
    const std::uint64_t data_bytes = builder.left_bytes() - builder.record_header_bytes() - 4 + 1;
    builder.add({.name = u"L", .data = ByteVector(data_bytes, 3)});
    EXPECT_FINDING(read(builder.bytes()).findings, kRecordSizes);
  }
}

TEST(Sizes, OfAHeaderAtTheVeryEndMustFit) {
  for (const std::uint64_t left : {4u, 8u, 56u}) {
    StoreBuilder builder(test_stores::tiny());
    builder.add({.name = u"F", .data = ByteVector(builder.left_bytes() - 64 - left, 0)});
    ByteVector file = builder.bytes();
    EXPECT_THAT(read(file).findings, IsEmpty());
    poke(file, builder.next_offset_bytes(), {0xaa, 0x55, 0x3f, 0});
    const VariableStore store = read(file);
    EXPECT_EQ(store.records.size(), 1u);
    EXPECT_FINDING(store.findings, kRecordSizes);
    EXPECT_THAT(store.findings[0].message, HasSubstr("its header needs 60 bytes"));
  }
}

TEST(Sizes, OfAStoreThatIsNotAMultipleOfFourAreKept) {
  for (const std::uint32_t size : {101u, 102u, 103u, 105u}) {
    ByteVector file = StoreBuilder(test_stores::tiny()).add({.name = u"F", .data = {}}).bytes();
    test_stores::poke_u32(file, 0x58, size);
    const VariableStore store = read(file);
    EXPECT_LE(store.records_end_bytes, store.store_end_bytes);
    EXPECT_LE(store.used_bytes(), store.capacity_bytes());
  }
}

TEST(Names, MayBeAnyUtf16) {
  const VariableStore store = read({{.name = u"Boot\u00e9\U0001f600"}, {.name = {u'x', 0xd800}}});
  EXPECT_THAT(live(store), ElementsAre("Boot\u00e9\U0001f600=1", "x\ufffd=1"));
  EXPECT_TRUE(store.records[0].name.lossless);
  EXPECT_FALSE(store.records[1].name.lossless);
  EXPECT_THAT(store.findings, IsEmpty()) << "edk2 does not mind";
}

TEST(Names, ThatDifferOnlyInWhatUtf8CannotSayAreTwo) {
  EXPECT_THAT(live(read({{.name = {0xd800}, .data = {1}}, {.name = {0xd801}, .data = {2}}})),
              ElementsAre("\ufffd=1", "\ufffd=2"));
}

TEST(Names, ThatAreMalformedAreReported) {
  struct Case {
    TestRecord record;
    const char* message;
  };
  const Case cases[] = {
      {{.name = u"NoNul", .nul = false}, "has 10 bytes and no NUL at its end"},
      {{.raw_name = ByteVector{'o', 0, 'd', 0, 0}}, "has 5 bytes, UTF-16 comes in pairs"},
      {{.name = u"a\0b", .raw_name = ByteVector{'a', 0, 0, 0, 'b', 0, 0, 0}}, "its NUL comes after 2"},
      {{.raw_name = ByteVector{}}, "has 0 bytes, the shortest name has 4"},
      {{.raw_name = ByteVector{0, 0}}, "has 2 bytes, the shortest name has 4"},
      {{.state = 0x3d, .nul = false, .raw_name = ByteVector{'x'}}, "has 1 bytes"},
  };
  for (const Case& c : cases) {
    const VariableStore store = read({c.record, {.name = u"After"}});
    ASSERT_EQ(store.findings.size(), 1u) << c.message;
    EXPECT_FINDING(store.findings, kRecordName);
    EXPECT_THAT(store.findings[0].message, HasSubstr(c.message));
    EXPECT_EQ(store.findings[0].place.offset_bytes, 160u);
    EXPECT_THAT(live(store), testing::Contains("After=1")) << "one bad name stops nothing";
  }
  EXPECT_THAT(live(read({{.raw_name = ByteVector{}}})), IsEmpty()) << "nothing can ask for it";
  EXPECT_THAT(live(read({{.name = u"NoNul", .nul = false}})), ElementsAre("NoNul=1"));
}

TEST(Names, OfRecordsWithNothingButAHeaderAreNotRead) {
  const VariableStore store = read({{.state = 0x7f, .raw_name = ByteVector(6, 0xff)}, {.name = u"After"}});
  EXPECT_THAT(store.findings, IsEmpty());
  EXPECT_EQ(store.records.at(0).name.text, "");
}

TEST(Tail, WithADamagedStartMarkIsReported) {
  for (const test_stores::Shape& shape : kShapes) {
    StoreBuilder builder(shape);
    builder.add({.name = u"A"}).add({.name = u"B"}).add({.name = u"C"}).add({.name = u"D"});
    ByteVector file = builder.bytes();
    poke(file, builder.offset_of(1), {0x00});
    const VariableStore store = read(file);
    EXPECT_THAT(live(store), ElementsAre("A=1"));
    EXPECT_EQ(store.records_end_bytes, builder.offset_of(1));
    ASSERT_EQ(store.findings.size(), 1u);
    EXPECT_FINDING(store.findings, kBytesAfterRecords);
    EXPECT_EQ(store.findings[0].severity, Severity::kError);
    EXPECT_THAT(store.findings[0].message,
                HasSubstr(shape.plain ? "another record seems to begin at 0xb4" : "seems to begin at 0xec"));
  }
}

TEST(Tail, WithErasedBytesFirstIsReportedToo) {
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"A"});
  ByteVector file = builder.bytes();
  poke(file, builder.next_offset_bytes() + 500, {0x12});
  const VariableStore store = read(file);
  EXPECT_THAT(live(store), ElementsAre("A=1"));
  EXPECT_FINDING(store.findings, kBytesAfterRecords);
  EXPECT_THAT(store.findings[0].message, HasSubstr("no further record was found"));
  EXPECT_EQ(store.findings[0].place.offset_bytes, builder.next_offset_bytes() + 500);
}

TEST(Tail, BehindTheStoreIsNotItsBusiness) {
  ByteVector file = StoreBuilder(test_stores::ovmf_2m()).add({.name = u"A"}).bytes();
  poke(file, 0xe000, {1, 2, 3});  // event log
  EXPECT_THAT(read(file).findings, IsEmpty());
}

TEST(Tail, FarBehindIsSeenByAThoroughReading) {
  ByteVector file = StoreBuilder(test_stores::ovmf_4m()).add({.name = u"A"}).bytes();
  poke(file, 0x3fff0, {0});
  EXPECT_THAT(read(file).findings, IsEmpty());
  const auto thorough = read_store(file, {.thorough = true});
  ASSERT_OK(thorough.store);
  EXPECT_FINDING(thorough.store->findings, kBytesAfterRecords);
  EXPECT_EQ(thorough.read_bytes - thorough.working_bytes, 0x40000u);
}

}  // namespace
}  // namespace nonvol::flash
