#include "flash/editor.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "testing/expect.h"
#include "testing/feed_store.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::StoreBuilder;
using testing::ElementsAre;
using testing::IsEmpty;

VariableStore read(const ByteVector& file) {
  auto outcome = test_stores::read_store(file, {.thorough = true});
  EXPECT_TRUE(outcome.store) << outcome.store.error().message;
  return *std::move(outcome.store);
}

variable::Variable make(std::string_view name, ByteVector data, std::uint32_t attributes = 7) {
  variable::Variable variable;
  variable.identity = *variable::make_identity(name, test_stores::kGlobal);
  variable.attributes = attributes;
  variable.data = std::move(data);
  return variable;
}

void put(ByteVector& file, const std::vector<storage::Patch>& patches) {
  for (const storage::Patch& patch : patches) test_stores::poke(file, patch.offset_bytes, patch.bytes);
}

// "A=0102 B=03" of the live variables, in order.
std::string live(const ByteVector& file) {
  std::string result;
  for (const variable::Variable& variable : variables_of(read(file))) {
    result +=
        (result.empty() ? "" : " ") + variable.identity.name().text + "=" + octets::to_hex(variable.data);
  }
  return result;
}

std::vector<unsigned> states(const ByteVector& file) {
  std::vector<unsigned> result;
  for (const Record& record : read(file).records) result.push_back(record.state);
  return result;
}

ByteVector three() {
  return StoreBuilder(test_stores::ovmf_4m())
      .add({.name = u"A", .data = {1}})
      .add({.name = u"B", .data = {2}})
      .add({.name = u"C", .data = {3}})
      .bytes();
}

TEST(Editor, ChangesNothingWhereNothingChanges) {
  const ByteVector file = three();
  auto editor = StoreEditor::begin(read(file));
  ASSERT_OK(editor);
  EXPECT_EQ(*editor->set(make("B", {2})), EditOutcome::kNothing);
  EXPECT_EQ(*editor->remove(make("D", {}).identity), EditOutcome::kNothing);
  EXPECT_EQ(*editor->compact(), EditOutcome::kNothing);
  EXPECT_THAT(editor->patches(), IsEmpty());
}

TEST(Editor, AppendsAndMarksAsTheFirmwareDoes) {
  ByteVector file = three();
  auto editor = StoreEditor::begin(read(file));
  ASSERT_OK(editor);
  EXPECT_EQ(*editor->set(make("B", {9, 9})), EditOutcome::kAppended);
  EXPECT_EQ(*editor->remove(make("C", {}).identity), EditOutcome::kAppended);
  EXPECT_EQ(*editor->set(make("D", {4})), EditOutcome::kAppended);
  const std::vector<storage::Patch> patches = editor->patches();
  put(file, patches);
  EXPECT_EQ(live(file), "A=01 B=0909 D=04");
  EXPECT_THAT(states(file), ElementsAre(0x3f, 0x3c, 0x3d, 0x3f, 0x3f));
  ASSERT_EQ(patches.size(), 3u) << "two state bytes and what was appended";
  EXPECT_EQ(patches[0].bytes, ByteVector{0x3c});
  EXPECT_EQ(patches[1].bytes, ByteVector{0x3d});
  EXPECT_TRUE(file == editor->store().bytes || file.size() > editor->store().bytes.size());
}

TEST(Editor, VendorsHaveTheirOwnVariableOfAName) {
  ByteVector file = StoreBuilder(test_stores::ovmf_4m())
                        .add({.name = u"525400123456", .vendor = test_stores::kGlobal, .data = {4}})
                        .add({.name = u"525400123456", .vendor = test_stores::kSecurity, .data = {6}})
                        .bytes();
  auto editor = StoreEditor::begin(read(file));
  ASSERT_OK(editor);
  ASSERT_OK(editor->set(make("525400123456", {5})));
  put(file, editor->patches());
  EXPECT_EQ(live(file), "525400123456=06 525400123456=05");
}

TEST(Editor, LiveTwinInDeleteTransitionGoesToo) {
  ByteVector file = StoreBuilder(test_stores::ovmf_4m())
                        .add({.name = u"A", .state = 0x3e, .data = {1}})
                        .add({.name = u"A", .state = 0x3f, .data = {2}})
                        .bytes();
  auto editor = StoreEditor::begin(read(file));
  ASSERT_OK(editor->remove(make("A", {}).identity));
  put(file, editor->patches());
  EXPECT_EQ(live(file), "");
  EXPECT_THAT(states(file), ElementsAre(0x3c, 0x3d));
}

TEST(Editor, KeepsAllFieldsOfOthersWhenItCompacts) {
  StoreBuilder builder(test_stores::ovmf_4m());
  builder.add({.name = u"Dead", .state = 0x3d, .data = {1}});
  builder.add({.name = u"T",
               .state = 0x3e,
               .data = {7},
               .attributes = 0x27,
               .timestamp = test_stores::efi_time(2020, 1, 2, 3, 4, 5),
               .count = 77,
               .key_index = 3});
  builder.add({.name = u"Hole", .state = 0xff, .header_only = true}).add({.name = u"B", .data = {2, 3, 4}});
  ByteVector file = builder.bytes();
  const auto before = variables_of(read(file));
  auto editor = StoreEditor::begin(read(file));
  ASSERT_OK(editor);
  EXPECT_EQ(*editor->compact(), EditOutcome::kCompacted);
  put(file, editor->patches());
  EXPECT_EQ(variables_of(read(file)), before);
  EXPECT_THAT(states(file), ElementsAre(0x3f, 0x3f));
  EXPECT_THAT(read(file).findings, IsEmpty());
}

TEST(Editor, CompactsOnlyWhenTheRoomIsNeeded) {
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"Keep", .data = {1}});
  while (builder.left_bytes() > 4000) builder.add({.name = u"X", .state = 0x3c, .data = ByteVector(2000, 5)});
  ByteVector file = builder.bytes();
  auto editor = StoreEditor::begin(read(file));
  EXPECT_EQ(*editor->set(make("Small", ByteVector(100, 1))), EditOutcome::kAppended);
  EXPECT_EQ(*editor->set(make("Big", ByteVector(5000, 1))), EditOutcome::kCompacted);
  put(file, editor->patches());
  EXPECT_THAT(states(file), ElementsAre(0x3f, 0x3f, 0x3f));
}

TEST(Editor, ReplacesInAFullStoreWhereOnlyTheOldValueIsInTheWay) {
  StoreBuilder builder(test_stores::ovmf_2m());
  while (builder.left_bytes() > 7000) {
    builder.add({.name = std::u16string(u"V") + static_cast<char16_t>(u'a' + builder.left_bytes() % 1000),
                 .data = ByteVector(6000, 5)});
  }
  ByteVector file = builder.bytes();
  const auto old = variables_of(read(file)).front();
  auto editor = StoreEditor::begin(read(file));
  ASSERT_OK(
      editor->set(make("Fill", ByteVector(read(file).capacity_bytes() - read(file).used_bytes() - 80, 1))));
  variable::Variable changed = old;
  changed.data[0] ^= 1;
  ASSERT_OK(editor->set(changed));
  const std::size_t variables = variables_of(editor->store()).size();
  EXPECT_ERROR(editor->set(make("More", ByteVector(200, 1))), kStoreFull);
  put(file, editor->patches());
  EXPECT_EQ(variables_of(read(file)).size(), variables);
}

TEST(Editor, WhatIsRefusedForWantOfRoomIsAsItWas) {
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"Gone", .state = 0x3d}).add({.name = u"Kept", .data = {1}});
  for (char16_t c = u'a'; builder.left_bytes() > 8100; ++c)
    builder.add({.name = {c}, .data = ByteVector(8000)});
  auto editor = StoreEditor::begin(read(builder.bytes()));
  ASSERT_OK(editor);
  const std::uint64_t left = builder.left_bytes();
  ASSERT_GT(left, 300u);
  // Neither without the dead record nor without its own old value.
  ASSERT_OK(editor->set(make("Fill", ByteVector(left - 200, 1))));
  const std::vector<storage::Patch> before = editor->patches();
  EXPECT_ERROR(editor->set(make("Kept", ByteVector(3000, 2))), kStoreFull);
  EXPECT_EQ(editor->patches().size(), before.size());
  ASSERT_NE(editor->find(make("Kept", {}).identity), nullptr);
  EXPECT_EQ(variable_of(editor->store(), *editor->find(make("Kept", {}).identity)).data, ByteVector{1});
  EXPECT_EQ(editor->store().records.front().state, state::kDeleted);
}

TEST(Editor, LimitsAreThoseOfTheFirmware) {
  const auto try_size = [](const test_stores::Shape& shape, std::size_t bytes, std::uint32_t attributes) {
    auto editor = StoreEditor::begin(read(StoreBuilder(shape).bytes()));
    return editor->set(make("N", ByteVector(bytes - 64, 1), attributes));
  };
  EXPECT_OK(try_size(test_stores::ovmf_2m(), 0x2000, 7));
  EXPECT_ERROR(try_size(test_stores::ovmf_2m(), 0x2001, 7), kVariableTooLarge);
  EXPECT_OK(try_size(test_stores::ovmf_2m(), 0x2800, 0x27));
  EXPECT_ERROR(try_size(test_stores::ovmf_2m(), 0x2801, 0x27), kVariableTooLarge);
  EXPECT_OK(try_size(test_stores::ovmf_4m(), 0x8400, 7));
  EXPECT_ERROR(try_size(test_stores::ovmf_4m(), 0x8401, 0x27), kVariableTooLarge);
  EXPECT_ERROR(try_size(test_stores::armvirt(), 0x2801, 0x27), kVariableTooLarge);
}

TEST(Editor, WritesOnlyWhatFirmwareStores) {
  auto editor = StoreEditor::begin(read(three()));
  ASSERT_OK(editor);
  EXPECT_ERROR(editor->set(make("A", {})), kNotStorable);
  for (const std::uint32_t attributes : {0u, 2u, 1u, 6u, 0x47u, 0x107u, 0xffffffffu}) {
    EXPECT_ERROR(editor->set(make("A", {1}, attributes)), kNotStorable);
  }
  EXPECT_OK(editor->set(make("A", {1}, 3)));
}

TEST(Editor, ARecordThatSwallowsOthersIsDamage) {
  StoreBuilder builder(test_stores::ovmf_4m());
  for (const char16_t* name : {u"A", u"B", u"C", u"D"})
    builder.add({.name = name, .data = ByteVector(20, 1)});
  ByteVector file = builder.bytes();
  test_stores::poke_u32(file, builder.offset_of(1) + 0x28, 0x4000);
  EXPECT_ERROR(StoreEditor::begin(read(file)), kStoreNotEditable);
}

TEST(Editor, PlainStoresRefuseWhatTheyCannotKeep) {
  auto editor = StoreEditor::begin(read(StoreBuilder(as_plain(test_stores::armvirt())).bytes()));
  ASSERT_OK(editor);
  EXPECT_OK(editor->set(make("A", {1})));
  EXPECT_ERROR(editor->set(make("B", {1}, 0x27)), kNotInPlainStore);
  variable::Variable stamped = make("C", {1});
  stamped.time[0] = 1;
  EXPECT_ERROR(editor->set(stamped), kNotInPlainStore);
}

TEST(Editor, DamagedStoresAreNotEdited) {
  ByteVector file = three();
  test_stores::poke(file, 100 + 2, {0x11});
  EXPECT_ERROR(StoreEditor::begin(read(file)), kStoreNotEditable);
  EXPECT_ERROR(StoreEditor::begin(read(ByteVector(0x20001, 0))),
               kStoreNotEditable);  // blank, of no known layout
}

TEST(Editor, BlankStoresAreFormattedFirst) {
  for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    ByteVector file(0x84000, byte);
    auto editor = StoreEditor::begin(read(file));
    ASSERT_OK(editor);
    ASSERT_OK(editor->set(make("A", {1})));
    put(file, editor->patches());
    EXPECT_TRUE(file == StoreBuilder(test_stores::ovmf_4m()).add({.name = u"A", .data = {1}}).bytes());
  }
}

TEST(InPlace, EndsWhereTheEditorDoes) {
  const ByteVector before = three();
  for (const variable::Variable& variable : {make("B", ByteVector(300, 7)), make("New", {1, 2, 3})}) {
    ByteVector file = before;
    const auto steps = set_in_place(read(file), variable);
    ASSERT_GE(steps.size(), 2u);
    EXPECT_EQ(std::ranges::count(steps, true, &InPlaceStep::flush), 2);
    for (const InPlaceStep& step : steps) {
      EXPECT_TRUE(live(file) == live(before) || live(file).ends_with(octets::to_hex(variable.data)));
      put(file, step.writes);
    }
    auto editor = StoreEditor::begin(read(before));
    ASSERT_OK(editor->set(variable));
    ByteVector edited = before;
    put(edited, editor->patches());
    EXPECT_TRUE(file == edited);
  }
  ByteVector file = before;
  const auto steps = remove_in_place(read(file), make("B", {}).identity);
  ASSERT_EQ(steps.size(), 1u);
  put(file, steps[0].writes);
  EXPECT_EQ(live(file), "A=01 C=03");
}

TEST(InPlace, IsNotDoneWhereAppendingIsNotEnough) {
  const variable::Variable variable = make("A", {9});
  EXPECT_THAT(set_in_place(read(ByteVector(0x84000, 0)), variable), IsEmpty()) << "blank";
  ByteVector file = three();
  file[read(file).records_end_bytes + 200] = 0;
  EXPECT_THAT(set_in_place(read(file), variable), IsEmpty()) << "bytes behind the records";
  file = StoreBuilder(test_stores::ovmf_4m())
             .add({.name = u"A", .state = 0x3e, .data = {1}})
             .add({.name = u"A", .state = 0x3f, .data = {2}})
             .bytes();
  EXPECT_THAT(set_in_place(read(file), variable), IsEmpty()) << "twins";
  EXPECT_THAT(remove_in_place(read(file), variable.identity), IsEmpty());
  StoreBuilder full(test_stores::ovmf_2m());
  while (full.left_bytes() > 70) full.add({.name = u"X", .state = 0x3d, .data = {}});
  EXPECT_THAT(set_in_place(read(full.bytes()), make("Long", ByteVector(100, 1))), IsEmpty()) << "no room";
  EXPECT_THAT(set_in_place(read(three()), make("\u55aa", {1})), IsEmpty()) << "its name looks like a record";
  EXPECT_THAT(remove_in_place(read(three()), make("Z", {}).identity), IsEmpty());
}

}  // namespace
}  // namespace nonvol::flash
