#include <array>
#include <barrier>
#include <thread>
#include <vector>

#include "octets/text.h"
#include "seal/digest.h"
#include "testing/expect.h"

namespace nonvol::seal {
namespace {

constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

std::string digest_of(std::string_view text) {
  Result<Sha256> sha256 = Sha256::begin();
  if (!sha256) return sha256.error().message;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (!sha256->update({&byte, 1})) return "update failed";
  }
  const Result<Sha256Digest> digest = sha256->finish();
  return digest ? octets::to_hex(*digest) : digest.error().message;
}

// The first test of the program: these threads load the library, and none may find it half loaded.
TEST(Sha256, MayBeBegunFirstInSeveralThreads) {
  std::array<std::string, 16> digests;
  std::barrier start(static_cast<std::ptrdiff_t>(digests.size()));
  std::vector<std::thread> threads;
  for (std::string& digest : digests) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      digest = digest_of("abc");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& digest : digests) EXPECT_EQ(digest, kOfAbc);
}

TEST(Sha256, GivesTheStandardsExamples) {
  // FIPS 180-2, appendix B.1 and B.2, and the digest of nothing.
  EXPECT_EQ(digest_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc"), kOfAbc);
  EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfPartsIsThatOfTheirSum) {
  const std::array<std::uint8_t, 3> abc{'a', 'b', 'c'};
  const octets::Bytes bytes(abc);
  EXPECT_EQ(octets::to_hex(sha256({bytes}).value()), kOfAbc);
  EXPECT_EQ(octets::to_hex(sha256({bytes.first(1), {}, bytes.subspan(1)}).value()), kOfAbc);
  EXPECT_EQ(octets::to_hex(sha256({}).value()), digest_of(""));
}

}  // namespace
}  // namespace nonvol::seal
