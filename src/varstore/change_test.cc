#include "varstore/change.h"

#include <gmock/gmock.h>

#include "forms/form_file.h"
#include "storage/memory.h"
#include "testing/expect.h"
#include "testing/store_builder.h"

namespace nonvol::varstore {
namespace {

using test_stores::ByteVector;
using test_stores::StoreBuilder;
using Way = ChangePlan::Way;

Contents read(const ByteVector& bytes) {
  const auto file = storage::memory_file(bytes);
  auto contents = read_contents(*file, "web01.fd", {.thorough = true});
  EXPECT_TRUE(contents) << contents.error().message;
  return *std::move(contents);
}

Change set(std::string_view name, ByteVector data) {
  Change change;
  change.variable.identity = *variable::make_identity(name, test_stores::kGlobal);
  change.variable.attributes = 7;
  change.variable.data = std::move(data);
  return change;
}

Change remove(std::string_view name) {
  Change change = set(name, {});
  change.kind = Change::Kind::kRemove;
  return change;
}

ByteVector flash() {
  return StoreBuilder(test_stores::ovmf_4m())
      .add({.name = u"A", .data = {1}})
      .add({.name = u"B", .data = {2}})
      .bytes();
}

ByteVector json() {
  const auto bytes = forms::write_form(forms::Form::kQemuJson, read(flash()).variables());
  return *bytes;
}

// What a plan leaves of a file.
ByteVector after(ByteVector bytes, const ChangePlan& plan) {
  bytes.resize(plan.size_bytes);
  for (const storage::Patch& patch : plan.patches) test_stores::poke(bytes, patch.offset_bytes, patch.bytes);
  return bytes;
}

TEST(Plan, OneChangeIsMadeInPlaceAndMoreAreNot) {
  const std::vector<Change> one = {set("A", {5})};
  const std::vector<Change> two = {set("A", {5}), remove("B")};
  EXPECT_EQ(plan_changes(read(flash()), one)->way, Way::kInPlace);
  const auto plan = plan_changes(read(flash()), two);
  ASSERT_OK(plan);
  EXPECT_EQ(plan->way, Way::kReplace);
  const auto variables = read(after(flash(), *plan)).variables();
  ASSERT_EQ(variables.size(), 1u);
  EXPECT_EQ(variables[0].data, ByteVector{5});
}

TEST(Plan, NothingWhereNothingChanges) {
  const std::vector<Change> same = {set("A", {1}), remove("C")};
  for (const ByteVector& file : {flash(), json()}) {
    const auto plan = plan_changes(read(file), same);
    ASSERT_OK(plan);
    EXPECT_EQ(plan->way, Way::kNothing);
    EXPECT_TRUE(plan->patches.empty());
  }
}

TEST(Plan, OtherFormsAreWrittenAnewInTheirOrder) {
  const std::vector<Change> changes = {set("A", {5, 6, 7}), set("C", {8}), remove("B")};
  const auto plan = plan_changes(read(json()), changes);
  ASSERT_OK(plan);
  EXPECT_EQ(plan->way, Way::kReplace);
  const auto variables = read(after(json(), *plan)).variables();
  ASSERT_EQ(variables.size(), 2u);
  EXPECT_EQ(variables[0], changes[0].variable);
  EXPECT_EQ(variables[1], changes[1].variable);
}

TEST(Plan, CompactionIsOfFlash) {
  EXPECT_EQ(plan_compaction(read(flash()))->way, Way::kNothing);
  EXPECT_ERROR(plan_compaction(read(json())), kFormNotWritten);
  const ByteVector with_dead =
      StoreBuilder(test_stores::ovmf_4m()).add({.name = u"A", .state = 0x3c}).add({.name = u"B"}).bytes();
  const auto plan = plan_compaction(read(with_dead));
  ASSERT_OK(plan);
  EXPECT_TRUE(plan->compacts);
  EXPECT_TRUE(after(with_dead, *plan) == StoreBuilder(test_stores::ovmf_4m()).add({.name = u"B"}).bytes());
}

TEST(Plan, ReplacementSaysOnlyWhatDiffers) {
  const ByteVector before = {1, 2, 3, 4, 5};
  EXPECT_EQ(plan_replacement(before, before, "x").way, Way::kNothing);
  for (const ByteVector& wanted :
       {ByteVector{1, 2, 9, 4, 5}, ByteVector{1, 2}, ByteVector{1, 2, 3, 4, 5, 6}, ByteVector{}}) {
    const ChangePlan plan = plan_replacement(before, wanted, "x");
    EXPECT_EQ(after(before, plan), wanted);
  }
  EXPECT_EQ(plan_replacement(before, ByteVector{1, 2, 9, 4, 5}, "x").patches[0].bytes, ByteVector{9});
}

}  // namespace
}  // namespace nonvol::varstore
