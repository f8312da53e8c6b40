#include "storage/nbd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <fstream>
#include <numeric>
#include <thread>

#include "storage/unique_fd.h"
#include "testing/expect.h"
#include "testing/nbdkit.h"

namespace nonvol::storage {
namespace {

using ::testing::HasSubstr;
using testing::Nbdkit;

using ByteVector = std::vector<std::uint8_t>;

ByteVector counting(std::size_t size_bytes, std::uint8_t first) {
  ByteVector result(size_bytes);
  std::iota(result.begin(), result.end(), first);
  return result;
}

ByteVector read_back(BlockFile& file, std::uint64_t offset_bytes, std::size_t size_bytes) {
  ByteVector into(size_bytes);
  const Result<std::size_t> got = file.read_at(offset_bytes, into);
  EXPECT_OK(got);
  into.resize(got ? *got : 0);
  return into;
}

void touch(const std::string& path) {
  std::ofstream(path) << "x";
}

// A server whose parts are shell scripts, for what no filter of nbdkit does.
std::vector<std::string> scripted(const std::vector<std::string>& more) {
  std::vector<std::string> words{"eval", "get_size=echo 65536", "can_write=exit 0",
                                 "pread=dd if=/dev/zero bs=1 count=$3 status=none", "pwrite=cat >/dev/null"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// A port of the loopback interface.
class Listener {
 public:
  explicit Listener(bool listens = true) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ::ntohs(address.sin_port);
    if (listens) {
      EXPECT_EQ(::listen(fd_.get(), 1), 0);
    }
  }
  int fd() const { return fd_.get(); }
  std::string uri() const { return "nbd://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  UniqueFd fd_;
  int port_ = 0;
};

TEST(Nbd, RefusesOtherAddresses) {
  for (const char* uri : {"", "x", "nbds://localhost/", "nbd+vsock://1/", "http://localhost/", "/dev/nbd0"}) {
    EXPECT_ERROR(open_nbd(uri, Access::kReadOnly), kBadCommandLine);
  }
  EXPECT_ERROR(open_nbd("nbd://localhost:notaport/", Access::kReadOnly), kInputOutput);
}

TEST(Nbd, SaysWhenNobodyServes) {
  const testing::Scratch scratch;
  EXPECT_ERROR(open_nbd("nbd+unix:///?socket=" + (scratch / "absent"), Access::kReadOnly), kFileMissing);
  Listener listener(false);
  EXPECT_ERROR(open_nbd(listener.uri(), Access::kReadOnly), kInputOutput);
  // Now the system takes the connection, and nobody ever says a word.
  ASSERT_EQ(::listen(listener.fd(), 1), 0);
  const auto silent = open_nbd(listener.uri(), Access::kReadOnly, {.timeout_ms = 50});
  EXPECT_ERROR(silent, kInputOutput);
  EXPECT_THAT(silent.error().message, HasSubstr("has not answered for 50 ms"));
}

TEST(Nbd, DoesNotWriteWhatCanOnlyBeRead) {
  const Nbdkit server({"--readonly", "memory", "64k"});
  ASSERT_TRUE(server.serves());
  EXPECT_ERROR(open_nbd(server.uri(), Access::kReadWrite), kPermission);
  const auto file = open_nbd(server.uri(), Access::kReadOnly);
  ASSERT_OK(file);
  EXPECT_EQ(read_back(**file, 0, 3), (ByteVector{0, 0, 0}));
  EXPECT_ERROR((*file)->write_at(0, counting(1, 0)), kPermission);
  EXPECT_OK((*file)->flush());
}

TEST(Nbd, WantsAServerThatFlushes) {
  const Nbdkit server(scripted({"can_flush=exit 3"}));
  ASSERT_TRUE(server.serves());
  EXPECT_ERROR(open_nbd(server.uri(), Access::kReadWrite), kNoFlush);
  EXPECT_OK(open_nbd(server.uri(), Access::kReadOnly));
}

TEST(Nbd, RefusesToWriteBehindTheEnd) {
  const Nbdkit server({"memory", "64k"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite);
  ASSERT_OK(file);
  EXPECT_ERROR((*file)->write_at(65535, counting(2, 0)), kNoSpace);
  EXPECT_ERROR((*file)->write_at(~std::uint64_t{0}, counting(2, 0)), kNoSpace);
  EXPECT_EQ(read_back(**file, 65535, 9), (ByteVector{0}));
  EXPECT_ERROR((*file)->resize(1 << 20), kInputOutput);
  EXPECT_OK((*file)->resize(65536));
}

TEST(Nbd, SplitsToWhatTheServerTakes) {
  const Nbdkit server({"--filter=blocksize-policy", "memory", "1M", "blocksize-minimum=512",
                       "blocksize-preferred=512", "blocksize-maximum=64k", "blocksize-error-policy=error"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite);
  ASSERT_OK(file);
  const ByteVector much = counting(300 * 1024, 1);
  ASSERT_OK((*file)->write_at(0, much));
  EXPECT_EQ(read_back(**file, 0, much.size()), much);
  // Neither begins nor ends where a block does: what is around it stays.
  ASSERT_OK((*file)->write_at(1000, counting(600, 77)));
  ByteVector expected = much;
  std::ranges::copy(counting(600, 77), expected.begin() + 1000);
  EXPECT_EQ(read_back(**file, 0, much.size()), expected);
  EXPECT_EQ(read_back(**file, 1001, 5), (ByteVector{78, 79, 80, 81, 82}));
}

TEST(Nbd, CarriesMoreThanOneRequestCan) {
  const Nbdkit server({"memory", "80M"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite);
  ASSERT_OK(file);
  const ByteVector much = counting((70 << 20) + 3, 5);
  ASSERT_OK((*file)->write_at(7, much));
  EXPECT_TRUE(read_back(**file, 7, much.size()) == much);
}

TEST(Nbd, HasAServersOddSizeInWholeBlocks) {
  const Nbdkit server({"--filter=blocksize-policy", "memory", "1000", "blocksize-minimum=512"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadOnly);
  ASSERT_OK(file);
  EXPECT_EQ((*file)->size_bytes(), 512u);
}

// What a server says first in the protocol's old form: a magic number twice, a size, flags, and 124 zeros.
ByteVector greeting(std::uint64_t size_bytes) {
  ByteVector result{'N', 'B', 'D', 'M', 'A', 'G', 'I', 'C', 0, 0, 0x42, 0x02, 0x81, 0x86, 0x12, 0x53};
  for (int shift = 56; shift >= 0; shift -= 8)
    result.push_back(static_cast<std::uint8_t>(size_bytes >> shift));
  constexpr std::uint8_t kHasFlagsAndFlush = 5;
  result.insert(result.end(), {0, 0, 0, kHasFlagsAndFlush});
  result.resize(152);
  return result;
}

// A server that says `words` and nothing more.
Result<std::unique_ptr<BlockFile>> open_with_greeting(const ByteVector& words) {
  Listener listener;
  const std::string uri = listener.uri();
  std::jthread server([&] {
    const UniqueFd client(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_EQ(::send(client.get(), words.data(), words.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(words.size()));
  });
  return open_nbd(uri, Access::kReadWrite);
}

TEST(Nbd, TakesNoSizeOnTrust) {
  const auto usual = open_with_greeting(greeting(4096));
  ASSERT_OK(usual);
  EXPECT_EQ((*usual)->size_bytes(), 4096u);
  ByteVector into(4);
  EXPECT_ERROR((*usual)->read_at(0, into), kInputOutput);
  const auto huge = open_with_greeting(greeting(~std::uint64_t{0} >> 1));
  ASSERT_OK(huge);
  EXPECT_ERROR((*huge)->read_at((~std::uint64_t{0} >> 1) - 2, into), kInputOutput);
  EXPECT_ERROR((*huge)->write_at(~std::uint64_t{0} >> 1, into), kNoSpace);
  EXPECT_ERROR(open_with_greeting(greeting(~std::uint64_t{0})), kInputOutput);
  EXPECT_ERROR(open_with_greeting(counting(152, 3)), kInputOutput);
  ByteVector cut_short = greeting(4096);
  cut_short.resize(20);
  EXPECT_ERROR(open_with_greeting(cut_short), kInputOutput);
}

TEST(Nbd, PassesOnWhatFails) {
  const testing::Scratch scratch;
  const Nbdkit server({"--filter=error", "memory", "64k", "error-pread-file=" + (scratch / "r"),
                       "error-pread-rate=1", "error-pread=EIO", "error-pwrite-file=" + (scratch / "w"),
                       "error-pwrite-rate=1", "error-pwrite=ENOSPC"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite);
  ASSERT_OK(file);
  ASSERT_OK((*file)->write_at(0, counting(4, 1)));
  touch(scratch / "r");
  ByteVector into(4);
  const auto failed = (*file)->read_at(0, into);
  EXPECT_ERROR(failed, kInputOutput);
  EXPECT_THAT(failed.error().message, HasSubstr("Input/output error"));
  touch(scratch / "w");
  EXPECT_ERROR((*file)->write_at(0, counting(4, 9)), kNoSpace);
  // The connection outlives both.
  std::filesystem::remove(scratch / "r");
  EXPECT_EQ(read_back(**file, 0, 4), counting(4, 1));
}

TEST(Nbd, SaysWhenAFlushFails) {
  const testing::Scratch scratch;
  const Nbdkit server(scripted({"can_flush=exit 0", "flush=if test -e " + (scratch / "t") +
                                                        "; then echo EIO the disk is gone >&2; exit 1; fi"}));
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite);
  ASSERT_OK(file);
  EXPECT_OK((*file)->flush());
  touch(scratch / "t");
  EXPECT_ERROR((*file)->flush(), kInputOutput);
}

TEST(Nbd, OutlivesItsServer) {
  Nbdkit server({"memory", "64k"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite);
  ASSERT_OK(file);
  server.child().kill();
  EXPECT_ERROR((*file)->write_at(0, counting(4, 1)), kInputOutput);
  EXPECT_ERROR((*file)->flush(), kInputOutput);
  EXPECT_ERROR((*file)->flush(), kInputOutput);
}

TEST(Nbd, DoesNotWaitForEver) {
  Nbdkit server({"memory", "64k"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite, {.timeout_ms = 1500, .name = "web01's image"});
  ASSERT_OK(file);
  server.child().stop();
  ByteVector into(4);
  const auto late = (*file)->read_at(0, into);
  EXPECT_ERROR(late, kInputOutput);
  EXPECT_EQ(late.error().message, "cannot read web01's image: the server has not answered for 1500 ms");
  // An answer that comes after all must not be taken for that of another request.
  server.child().signal(SIGCONT);
  EXPECT_ERROR((*file)->read_at(0, into), kInputOutput);
}

// A slow server is not a dead one.
TEST(Nbd, WaitsForASlowServer) {
  const Nbdkit server({"--filter=delay", "memory", "64k", "delay-write=50ms", "delay-read=50ms"});
  ASSERT_TRUE(server.serves());
  const auto file = open_nbd(server.uri(), Access::kReadWrite);
  ASSERT_OK(file);
  ASSERT_OK((*file)->write_at(0, counting(4, 1)));
  EXPECT_EQ(read_back(**file, 0, 4), counting(4, 1));
}

}  // namespace
}  // namespace nonvol::storage
