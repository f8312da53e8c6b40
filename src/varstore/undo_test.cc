#include "varstore/undo.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "octets/crc32c.h"
#include "storage/memory.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/scratch.h"
#include "testing/store_builder.h"
#include "varstore/commit.h"

namespace nonvol::varstore {
namespace {

using test_stores::ByteVector;

UndoRecord sample() {
  return {"vars set A",
          "2026-01-02T03:04:05Z",
          10,
          12,
          9,
          0x1234,
          {{3, {1, 2}, {7, 8}}, {8, {5, 6}, {9, 9, 9, 9}}}};
}

TEST(UndoRecord, ComesBackAsItWas) {
  const auto decoded = decode_undo("u", encode(sample()));
  ASSERT_OK(decoded);
  EXPECT_EQ(*decoded, sample());
}

TEST(UndoRecord, CutOffOrChangedIsRefused) {
  const std::string text = encode(sample());
  for (std::size_t size = 0; size + 2 < text.size(); ++size) {
    EXPECT_ERROR(decode_undo("u", text.substr(0, size)), kUndoDamaged);
  }
  std::string changed = text;
  changed[changed.find("0102")] = 'f';
  EXPECT_ERROR(decode_undo("u", changed), kUndoDamaged);
  changed = text;
  changed.replace(changed.find("undo/1"), 6, "undo/2");
  EXPECT_ERROR(decode_undo("u", changed), kUndoDamaged);
}

TEST(Undone, PutsBackExactlyWhatWasThere) {
  const ByteVector before = {0, 1, 2, 3, 4, 5, 6, 7};
  struct Case {
    std::vector<storage::Patch> patches;
    std::uint64_t size_after;
  };
  for (const Case& c : {Case{{{2, {9}, "x"}, {5, {8, 8}, "x"}}, 8},
                        Case{{{3, {1, 1, 1, 1, 1, 1, 1}, "x"}}, 10}, Case{{{3, {}, "x"}}, 3}}) {
    const auto file = storage::memory_file(before);
    auto record = record_of(*file, "f", c.patches, c.size_after);
    ASSERT_OK(record);
    ByteVector now = before;
    now.resize(c.size_after);
    for (const storage::Patch& patch : c.patches) test_stores::poke(now, patch.offset_bytes, patch.bytes);
    record->checked_bytes = now.size();
    record->checked_crc32c = octets::crc32c(now);
    const auto back = undone("f", now, *record);
    ASSERT_OK(back);
    EXPECT_EQ(*back, before);
    if (now.size() > 4) {
      now[c.patches[0].offset_bytes] ^= 1;
      EXPECT_ERROR(undone("f", now, *record), kStoreChangedSince);
    }
    now.push_back(0);
    EXPECT_ERROR(undone("f", now, *record), kStoreChangedSince);
  }
}

class Commit : public ::testing::Test {
 protected:
  Commit() : files_(storage::posix_file_system()) {
    bytes_ = test_stores::StoreBuilder(test_stores::ovmf_2m()).add({.name = u"A"}).bytes();
    EXPECT_TRUE((*files_->create_new(path_))->write_at(0, bytes_));
    EXPECT_EQ(::chmod(path_.c_str(), 0640), 0);
  }
  ByteVector read() {
    const auto file = files_->open_read(path_);
    ByteVector bytes((*file)->size_bytes());
    EXPECT_TRUE((*file)->read_at(0, bytes));
    return bytes;
  }
  Result<Committed> change(std::size_t count) {
    auto store = open_store(*files_, {path_});
    if (!store) return store.error();
    const auto contents = read_contents(*store->file, path_, {.thorough = true});
    std::vector<Change> changes(count);
    for (std::size_t i = 0; i < count; ++i) {
      changes[i].variable.identity =
          *variable::make_identity(std::string("New") + char('0' + i), test_stores::kGlobal);
      changes[i].variable.data = {1, 2, 3};
      changes[i].variable.attributes = 7;
    }
    const auto plan = plan_changes(*contents, changes);
    if (!plan) return plan.error();
    return commit(*files_, *store, *plan, {.command = "test", .time = "now"});
  }

  testing::Scratch scratch_;
  std::unique_ptr<storage::FileSystem> files_;
  std::string path_ = scratch_ / "web01.fd";
  ByteVector bytes_;
};

TEST_F(Commit, EitherWayCanBeUndone) {
  for (const std::size_t count : {1, 3}) {
    const auto done = change(count);
    ASSERT_OK(done);
    EXPECT_EQ(done->way, count == 1 ? ChangePlan::Way::kInPlace : ChangePlan::Way::kReplace);
    EXPECT_EQ(done->flushes, 2u);
    EXPECT_FALSE(read() == bytes_);
    const auto record = read_undo(*files_, path_);
    ASSERT_OK(record);
    EXPECT_EQ(record->command, "test");
    const auto back = undone(path_, read(), *record);
    ASSERT_OK(back);
    EXPECT_TRUE(*back == bytes_);
    auto store = open_store(*files_, {path_});
    ASSERT_OK(store);
    ASSERT_OK(commit(*files_, *store, plan_replacement(read(), *back, "undo"), {}));
    EXPECT_TRUE(read() == bytes_);
  }
}

// What the guest appended after the change would be cut off.
TEST_F(Commit, IsNotUndoneOnceTheGuestHasWritten) {
  ASSERT_OK(change(1));
  const auto record = read_undo(*files_, path_);
  ASSERT_OK(record);
  ASSERT_OK(change(2));
  EXPECT_ERROR(undone(path_, read(), *record), kStoreChangedSince);
}

TEST_F(Commit, TheRecordReplacesALinkInsteadOfFollowingIt) {
  const std::string victim = scratch_ / "victim";
  ASSERT_OK((*files_->create_new(victim))->write_at(0, ByteVector{1, 2, 3}));
  ASSERT_EQ(::symlink(victim.c_str(), undo_path_of(path_).c_str()), 0);
  ASSERT_OK(change(1));
  ASSERT_OK(read_undo(*files_, path_));
  EXPECT_EQ((*files_->open_read(victim))->size_bytes(), 3u);
}

TEST_F(Commit, ThatFailsLeavesTheRecordBefore) {
  ASSERT_OK(change(1));
  const auto before = read_undo(*files_, path_);
  auto store = open_store(*files_, {path_});
  ASSERT_OK(store);
  store->replaceable = false;
  EXPECT_ERROR(commit(*files_, *store, plan_replacement(read(), ByteVector{1}, "x"), {}), kCannotReplace);
  EXPECT_EQ(*read_undo(*files_, path_), *before);
}

TEST_F(Commit, KeepsTheModeAndLeavesNothingBeside) {
  ASSERT_OK(change(3));
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  auto directory = files_->open_directory(scratch_ / "");
  ASSERT_OK(directory);
  EXPECT_EQ((*directory)->entries()->size(), 2u) << "the store and its undo record";
}

TEST_F(Commit, WithoutARecordThereIsNothingToUndo) {
  EXPECT_ERROR(read_undo(*files_, path_), kNothingToUndo);
}

TEST_F(Commit, IsRefusedWhileAnotherHoldsTheStore) {
  const auto held = files_->open_write(path_);
  ASSERT_OK(held);
  EXPECT_ERROR(change(1), kImageInUse);
  EXPECT_TRUE(read() == bytes_);
}

TEST_F(Commit, WhatIsNoFileOfItsOwnIsNotReplaced) {
  auto store = open_store(*files_, {path_});
  ASSERT_OK(store);
  store->replaceable = false;
  EXPECT_ERROR(commit(*files_, *store, plan_replacement(bytes_, ByteVector{1}, "x"), {}), kCannotReplace);
  EXPECT_TRUE(read() == bytes_);
}

}  // namespace
}  // namespace nonvol::varstore
