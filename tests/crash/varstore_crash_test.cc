#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "testing/expect.h"
#include "testing/sim_disk.h"
#include "testing/store_builder.h"
#include "varstore/commit.h"

namespace nonvol::varstore {
namespace {

using test_stores::ByteVector;
using test_stores::StoreBuilder;
using Variables = std::vector<variable::Variable>;

constexpr const char* kPath = "/vm/web01.fd";
constexpr std::uint64_t kStates = 4096;
constexpr std::uint64_t kSeed = 20261121;

// By identity: what a reader sees does not depend on where a record lies.
Variables sorted(Variables variables) {
  std::ranges::sort(variables, {}, &variable::Variable::identity);
  return variables;
}

Result<Contents> read(storage::FileSystem& files) {
  const auto file = files.open_read(kPath);
  if (!file) return file.error();
  return read_contents(**file, kPath, {.thorough = true});
}

// What the firmware's rules make of the store; nothing where there is none to be read.
std::optional<Variables> seen(storage::FileSystem& files) {
  const auto contents = read(files);
  if (!contents) return std::nullopt;
  return sorted(contents->variables());
}

variable::Variable make(std::string_view name, ByteVector data) {
  variable::Variable variable;
  variable.identity = *variable::make_identity(name, test_stores::kGlobal);
  variable.attributes = 7;
  variable.data = std::move(data);
  return variable;
}

Change set(std::string_view name, ByteVector data) {
  return {Change::Kind::kSet, make(name, std::move(data))};
}
Change remove(std::string_view name) {
  return {Change::Kind::kRemove, make(name, {})};
}

// What a command does to the store, given a plan and what carries it out.
using Spoil = std::function<void(ChangePlan&)>;
struct Story {
  std::string name;
  ByteVector store;
  std::vector<Change> changes;
  ChangePlan::Way way;
  Spoil spoil = [](ChangePlan&) {};
};

Result<void> act(testing::SimDisk& disk, const Story& story) {
  auto file = disk.open_write(kPath);
  if (!file) return file.error();
  OpenStore store{*std::move(file), kPath, true};
  const auto contents = read_contents(*store.file, kPath, {.thorough = true});
  if (!contents) return contents.error();
  auto plan = plan_changes(*contents, story.changes);
  if (!plan) return plan.error();
  EXPECT_EQ(plan->way, story.way) << story.name;
  story.spoil(*plan);
  const auto done = commit(disk, store, *plan, {.command = story.name, .time = "now"});
  if (!done) return done.error();
  return {};
}

std::unique_ptr<testing::SimDisk> disk_of(const Story& story) {
  auto disk = std::make_unique<testing::SimDisk>();
  disk->put_directory("/vm");
  disk->put_file(kPath, story.store);
  // A change in place shares sectors with records that stay, as the firmware's own changes do.
  if (story.way == ChangePlan::Way::kInPlace) disk->tear_sectors_in_use();
  return disk;
}

struct Report {
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::vector<std::string> violations;
};

Report cut_power_everywhere(const Story& story) {
  Report report;
  const Variables before = *seen(*disk_of(story));
  const auto finished = disk_of(story);
  EXPECT_OK(act(*finished, story));
  const Variables after = *seen(*finished);
  EXPECT_NE(before, after) << story.name;
  report.steps = finished->steps();
  for (std::uint64_t step = 1; step <= report.steps + 1; ++step) {
    const auto disk = disk_of(story);
    disk->stop_at_step(step);
    const Result<void> done = act(*disk, story);
    const auto visit = [&](testing::SimDisk& state) {
      ++report.states;
      const auto variables = seen(state);
      const bool old_or_new = variables && (*variables == before || *variables == after);
      const bool acknowledged_lost = done && (!variables || *variables != after);
      if (old_or_new && !acknowledged_lost) return;
      report.violations.push_back(fmt::format("{}: power cut at step {}: {}", story.name, step,
                                              !variables          ? "the store cannot be read"
                                              : acknowledged_lost ? "an acknowledged change is lost"
                                                                  : "neither the old nor the new variables"));
    };
    disk->for_each_crash_state(kStates, kSeed + step, visit);
  }
  std::puts(fmt::format("{}: {} steps, {} crash states", story.name, report.steps, report.states).c_str());
  return report;
}

StoreBuilder some(const test_stores::Shape& shape = test_stores::tiny(0x1000)) {
  StoreBuilder builder(shape);
  builder.add({.name = u"Dead", .state = 0x3c, .data = ByteVector(40, 9)});
  builder.add({.name = u"A", .data = {1}}).add({.name = u"B", .data = ByteVector(300, 2)});
  builder.add({.name = u"C", .state = 0x3e, .data = {3}});
  return builder;
}

// The change's new record reaches over several sectors, and does not.
std::vector<Story> in_place_stories() {
  const ByteVector store = some().bytes();
  using enum ChangePlan::Way;
  return {{"set in place", store, {set("A", {5})}, kInPlace},
          {"set in place, several sectors", store, {set("B", ByteVector(1500, 7))}, kInPlace},
          {"new in place", store, {set("New", ByteVector(700, 7))}, kInPlace},
          {"delete in place", store, {remove("B")}, kInPlace}};
}

std::vector<Story> replacing_stories() {
  StoreBuilder full = some(test_stores::tiny(0x800));
  while (full.left_bytes() > 200) full.add({.name = u"X", .state = 0x3d, .data = ByteVector(100, 1)});
  using enum ChangePlan::Way;
  return {{"several changes", some().bytes(), {set("A", {5}), remove("B"), set("New", {6})}, kReplace},
          {"set that compacts", full.bytes(), {set("A", ByteVector(400, 5))}, kReplace},
          {"of a twin in transition", some().bytes(), {set("C", {5})}, kReplace}};
}

TEST(CommitInPlace, IsOldOrNewAtEveryPowerCut) {
  for (const Story& story : in_place_stories()) {
    const Report report = cut_power_everywhere(story);
    EXPECT_THAT(report.violations, ::testing::IsEmpty());
    EXPECT_GE(report.states, report.steps);
  }
}

TEST(CommitByReplacing, IsOldOrNewAtEveryPowerCut) {
  for (const Story& story : replacing_stories()) {
    EXPECT_THAT(cut_power_everywhere(story).violations, ::testing::IsEmpty());
  }
}

// The same search must find a protocol that is wrong.
TEST(BrokenProtocols, AreFound) {
  const auto expect_found = [](Story story, const std::string& how, const Spoil& spoil) {
    story.name += ", " + how;
    story.spoil = spoil;
    EXPECT_THAT(cut_power_everywhere(story).violations, ::testing::Not(::testing::IsEmpty())) << story.name;
  };
  const Story story = in_place_stories()[1];
  expect_found(story, "no first flush", [](ChangePlan& plan) { plan.steps[0].flush = false; });
  expect_found(story, "no last flush", [](ChangePlan& plan) { plan.steps[1].flush = false; });
  expect_found(story, "all at once", [](ChangePlan& plan) {
    for (const std::size_t i : {1, 2}) {
      auto& first = plan.steps[0].writes;
      first.insert(first.end(), plan.steps[i].writes.begin(), plan.steps[i].writes.end());
    }
    plan.steps.resize(1);
  });
  expect_found(story, "old value dies first",
               [](ChangePlan& plan) { plan.steps[0].writes[0].bytes = {0x3c}; });
  expect_found(replacing_stories()[0], "written over the old file", [](ChangePlan& plan) {
    plan.way = ChangePlan::Way::kInPlace;
    plan.steps = {{plan.patches, true}};
  });
}

// A killed process leaves what it had done; the next command starts from there, and is cut off in its turn.
TEST(AfterAKill, TheNextChangeIsAsSafe) {
  std::uint64_t states = 0;
  for (const Story& first : in_place_stories()) {
    const auto finished = disk_of(first);
    ASSERT_OK(act(*finished, first));
    for (std::uint64_t step = 1; step <= finished->steps(); ++step) {
      const auto disk = disk_of(first);
      disk->stop_at_step(step);
      (void)act(*disk, first);
      disk->go_on();
      Story next{
          fmt::format("after '{}' was killed at step {}", first.name, step), disk->tree().at(kPath), {}, {}};
      next.changes = {set("A", {0x77, static_cast<std::uint8_t>(step)})};
      const auto file = disk->open_read(kPath);
      const auto contents = read_contents(**file, kPath, {.thorough = true});
      ASSERT_OK(contents);
      next.way = plan_changes(*contents, next.changes)->way;
      const Report report = cut_power_everywhere(next);
      EXPECT_THAT(report.violations, ::testing::IsEmpty());
      states += report.states;
    }
  }
  EXPECT_GT(states, 1000u);
}

}  // namespace
}  // namespace nonvol::varstore
