#include "vnvram/nvram_flush.h"

#include <gmock/gmock.h>

#include <chrono>
#include <latch>
#include <thread>

#include "storage/memory.h"
#include "testing/expect.h"
#include "testing/scripted_file.h"
#include "vnvram/format.h"
#include "vnvram/nvram_core.h"

namespace nonvol::vnvram {
namespace {

using nonvol::testing::FileScript;
using nonvol::testing::ScriptedFile;

// Until it is so, or so long that it never will be.
bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

Error broken() {
  return Error(ErrorId::kInputOutput, "the medium is gone");
}

struct Group {
  FileScript script;
  ScriptedFile file{storage::memory_file(), script};
  FlushGroup flushes{file};
};

TEST(FlushGroup, FlushesAtOnceWhenAlone) {
  Group group;
  EXPECT_OK(group.flushes.flush());
  EXPECT_OK(group.flushes.flush());
  EXPECT_EQ(group.script.flushes, 2);
}

// A flush that runs already says nothing about what is written meanwhile.
TEST(FlushGroup, DoesNotTrustAFlushThatBeganBefore) {
  Group group;
  std::latch first_runs(1);
  bool waited = false;
  group.script.before_flush = [&]() -> Result<void> {
    if (group.script.flushes == 1) {
      first_runs.count_down();
      waited = comes_true([&] { return group.flushes.waiting_count() == 1; });
    }
    return {};
  };
  std::jthread first([&] { EXPECT_OK(group.flushes.flush()); });
  first_runs.wait();
  EXPECT_OK(group.flushes.flush());
  EXPECT_EQ(group.script.flushes, 2);
  first.join();
  EXPECT_TRUE(waited);
}

// Who waits for the next flush is told when the one before fails: there is no next one.
TEST(FlushGroup, FailsAllWhoWaitAndAllWhoCome) {
  Group group;
  group.script.before_flush = [&]() -> Result<void> {
    comes_true([&] { return group.flushes.waiting_count() == 3; });
    return broken();
  };
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        if (const auto flushed = group.flushes.flush(); !flushed) {
          EXPECT_EQ(flushed.error().message, "the medium is gone");
          ++failures;
        }
      });
    }
  }
  EXPECT_EQ(failures, 4);
  EXPECT_EQ(group.script.flushes, 1);
  EXPECT_TRUE(group.flushes.failed());
  EXPECT_ERROR(group.flushes.flush(), kInputOutput);
  EXPECT_EQ(group.script.flushes, 1);
}

// What a flush has covered stays true, whatever happens to another write meanwhile.
TEST(FlushGroup, KeepsItsWordWhenAnotherWriteFails) {
  Group group;
  group.script.before_flush = [&]() -> Result<void> {
    group.flushes.fail(broken());
    return {};
  };
  EXPECT_OK(group.flushes.flush());
  EXPECT_ERROR(group.flushes.flush(), kInputOutput);
  EXPECT_EQ(group.script.flushes, 1);
}

TEST(FlushGroup, OutlivesAFlushThatRunsOutOfMemory) {
  Group group;
  group.script.before_flush = []() -> Result<void> { throw std::bad_alloc(); };
  EXPECT_ERROR(group.flushes.flush(), kOutOfMemory);
  EXPECT_TRUE(group.flushes.failed());
}

// The first writer's flush runs until all the others wait for the next one: two flushes for sixteen puts,
// every time.
TEST(FlushGroup, LetsSixteenWritersShareTwoFlushes) {
  constexpr int kWriters = 16;
  std::shared_ptr<storage::BlockFile> memory = storage::memory_file();
  FormatRequest request;
  for (int i = 0; i < kWriters; ++i) request.layout.entries.push_back({"entry" + std::to_string(i), 4032});
  const Layout layout = plan_layout(request.layout).value();
  ASSERT_OK(format(*memory, layout, request));

  FileScript script;
  NvramCore core(std::make_unique<ScriptedFile>(memory, script), "image", std::nullopt);
  for (const EntryRequest& entry : request.layout.entries) ASSERT_OK(core.add(entry));
  ASSERT_OK(core.start({}));
  // The first update of all has a flush of its own, before it relies on what it found.
  ASSERT_OK(core.apply({{*core.find("entry0"), Content::kPresent, {}, {}}}).front());
  script.writes = 0;
  script.flushes = 0;
  bool all_wait = true;
  script.before_flush = [&]() -> Result<void> {
    if (script.flushes == 1)
      all_wait = comes_true([&] { return core.flushes().waiting_count() == kWriters - 1; });
    return {};
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kWriters; ++i) {
      threads.emplace_back([&core, i] {
        const std::vector<std::uint8_t> bytes(4032, static_cast<std::uint8_t>(i));
        const auto entry = core.find("entry" + std::to_string(i));
        ASSERT_OK(entry);
        EXPECT_OK(core.apply({{*entry, Content::kPresent, bytes, {}}}).front());
      });
    }
  }
  EXPECT_TRUE(all_wait);
  EXPECT_EQ(script.writes, kWriters);
  EXPECT_EQ(script.flushes, 2);
  EXPECT_GE(script.writes, 3 * script.flushes);
}

}  // namespace
}  // namespace nonvol::vnvram
