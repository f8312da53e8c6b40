#include "storage/byte_stream.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "testing/expect.h"

namespace nonvol::storage {
namespace {

// A pipe whose writer is a thread of its own, so that more goes through than a pipe holds.
std::vector<std::uint8_t> through_pipe(std::size_t size_bytes, std::uint64_t limit_bytes) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  std::thread writer([&] {
    std::vector<std::uint8_t> bytes(size_bytes);
    for (std::size_t i = 0; i < size_bytes; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    for (std::size_t done = 0; done < size_bytes;) {
      const ssize_t put = ::write(ends[1], bytes.data() + done, size_bytes - done);
      if (put <= 0) break;
      done += static_cast<std::size_t>(put);
    }
    ::close(ends[1]);
  });
  auto got = read_descriptor(ends[0], limit_bytes, "pipe");
  EXPECT_TRUE(got);
  std::vector<char> rest(1 << 16);
  while (::read(ends[0], rest.data(), rest.size()) > 0) {
  }
  writer.join();
  ::close(ends[0]);
  return got ? *got : std::vector<std::uint8_t>();
}

TEST(ByteStream, ReadsToTheEndOfAPipe) {
  for (const std::size_t size_bytes : {0u, 1u, 65536u, 65537u, 1000000u}) {
    const std::vector<std::uint8_t> got = through_pipe(size_bytes, 2000000);
    ASSERT_EQ(got.size(), size_bytes);
    for (std::size_t i = 0; i < size_bytes; ++i) ASSERT_EQ(got[i], static_cast<std::uint8_t>(i * 7)) << i;
  }
}

TEST(ByteStream, StopsOneByteBehindTheLimit) {
  EXPECT_EQ(through_pipe(100, 100).size(), 100u);
  EXPECT_EQ(through_pipe(101, 100).size(), 101u);
  EXPECT_EQ(through_pipe(300000, 100).size(), 101u);
  EXPECT_EQ(through_pipe(300000, 200000).size(), 200001u);
  EXPECT_EQ(through_pipe(5, 0).size(), 1u);
}

TEST(ByteStream, SaysWhatCannotBeRead) {
  EXPECT_ERROR(read_descriptor(-1, 10, "nothing"), kInputOutput);
  EXPECT_ERROR(read_input("/nonexistent/file", 10), kFileMissing);
}

}  // namespace
}  // namespace nonvol::storage
