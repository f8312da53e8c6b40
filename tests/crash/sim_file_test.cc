#include "testing/sim_file.h"

#include <set>

#include "testing/expect.h"

namespace nonvol::testing {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Fate = SimFile::Fate;

// Not of vectors: g++ 12 warns of comparing those of bytes.
using States = std::set<std::string>;

std::string text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

Bytes filled(std::size_t size_bytes, std::uint8_t value) {
  return Bytes(size_bytes, value);
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes result;
  for (const Bytes& part : parts) result.insert(result.end(), part.begin(), part.end());
  return result;
}

States states_of(const SimFile& file, bool garbage = false) {
  States states;
  file.for_each_crash_state(1000, 1, garbage, [&](SimFile& state) { states.insert(text(state.bytes())); });
  return states;
}

TEST(SimFile, KeepsOldOrNewOfEachUnflushedSector) {
  SimFile file(filled(1536, 1));
  const auto open = file.open();
  ASSERT_OK(open->write_at(512, filled(600, 2)));
  const Bytes one = filled(512, 1);
  const Bytes two = filled(512, 2);
  const Bytes mixed = joined({filled(88, 2), filled(424, 1)});
  EXPECT_EQ(states_of(file), (States{text(joined({one, one, one})), text(joined({one, two, one})),
                                     text(joined({one, one, mixed})), text(joined({one, two, mixed}))}));
  EXPECT_GT(states_of(file, true).size(), 4u);
  ASSERT_OK(open->write_at(512, filled(512, 3)));
  EXPECT_EQ(file.unflushed(), (std::vector<std::size_t>{1, 2}));
  EXPECT_TRUE(states_of(file).contains(text(filled(1536, 1)))) << "old is what was flushed last";
  ASSERT_OK(open->flush());
  EXPECT_EQ(states_of(file), (States{text(file.bytes())}));
}

TEST(SimFile, StopsInsideAWriteAndInAFlush) {
  SimFile file(filled(1024, 1));
  const auto open = file.open();
  file.stop_at_step(1);
  EXPECT_ERROR(open->write_at(0, filled(1024, 2)), kInputOutput);
  EXPECT_EQ(states_of(file).size(), 4u);
  EXPECT_ERROR(open->write_at(0, filled(1024, 3)), kInputOutput);
  EXPECT_ERROR(open->flush(), kInputOutput);
  EXPECT_EQ(file.bytes(), filled(1024, 2)) << "nothing happens behind the cut";
  file.go_on();
  file.stop_at_step(2);
  EXPECT_ERROR(open->flush(), kInputOutput);
  EXPECT_EQ(states_of(file).size(), 4u);
  file.cut_power(std::vector<Fate>{Fate::kNew, Fate::kOld}, 0);
  EXPECT_EQ(file.bytes(), joined({filled(512, 2), filled(512, 1)}));
  EXPECT_OK(open->flush());
}

TEST(SimFile, FailsWhatItIsTold) {
  SimFile file(filled(1024, 1));
  const auto open = file.open();
  file.fail_step(1, ErrorId::kNoSpace, 100);
  EXPECT_ERROR(open->write_at(0, filled(1024, 2)), kNoSpace);
  EXPECT_EQ(file.bytes(), joined({filled(100, 2), filled(924, 1)}));
  EXPECT_EQ(file.unflushed().size(), 1u);
  file.fail_step(2, ErrorId::kInputOutput);
  EXPECT_ERROR(open->flush(), kInputOutput);
  EXPECT_EQ(file.unflushed().size(), 1u) << "still";
  Bytes into(10);
  file.fail_read(1);
  EXPECT_ERROR(open->read_at(0, into), kInputOutput);
  EXPECT_OK(open->read_at(0, into));
  EXPECT_ERROR(open->write_at(1020, filled(5, 0)), kNoSpace);
}

TEST(SimFile, LiesAboutFlushes) {
  SimFile file(filled(512, 1));
  const auto open = file.open();
  file.swallow_flush(1);
  ASSERT_OK(open->write_at(0, filled(512, 2)));
  ASSERT_OK(open->flush());
  EXPECT_EQ(states_of(file).size(), 2u);
  ASSERT_OK(open->flush());
  EXPECT_EQ(states_of(file).size(), 1u);
}

TEST(SimFile, UndoesWhatAVisitDid) {
  SimFile file(filled(1024, 1));
  ASSERT_OK(file.open()->write_at(0, filled(512, 2)));
  for (int visits = 0; visits < 2; ++visits) {
    States found;
    file.for_each_crash_state(10, 1, false, [&](SimFile& state) {
      found.insert(text(state.bytes()));
      ASSERT_OK(state.open()->write_at(0, filled(1024, 9)));
      state.stop_at_step(2);
      EXPECT_ERROR(state.open()->flush(), kInputOutput);
    });
    EXPECT_EQ(found, (States{text(filled(1024, 1)), text(file.bytes())}));
  }
}

TEST(SimFile, DrawsStatesWhenThereAreTooMany) {
  SimFile file(filled(512 * 40, 1));
  ASSERT_OK(file.open()->write_at(0, filled(512 * 40, 2)));
  States found;
  const auto result =
      file.for_each_crash_state(200, 5, true, [&](SimFile& state) { found.insert(text(state.bytes())); });
  EXPECT_TRUE(result.sampled);
  EXPECT_EQ(result.states, 200u);
  EXPECT_TRUE(found.contains(text(filled(512 * 40, 1))));
  EXPECT_TRUE(found.contains(text(filled(512 * 40, 2))));
  EXPECT_GT(found.size(), 150u);
}

}  // namespace
}  // namespace nonvol::testing
