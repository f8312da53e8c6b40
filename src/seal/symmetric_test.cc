#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "octets/text.h"
#include "seal/cbc.h"
#include "seal/mac.h"
#include "testing/expect.h"

namespace nonvol::seal {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets from_hex(std::string_view text) {
  return octets::from_hex(text).value();
}

Octets from_text(std::string_view text) {
  return {text.begin(), text.end()};
}

// NIST SP 800-38A, F.2.1 and F.2.5.
constexpr const char* kVector = "000102030405060708090a0b0c0d0e0f";
constexpr const char* kPlain =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
struct CbcExample {
  const char* key;
  const char* cipher;
};
constexpr CbcExample kCbcExamples[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c",
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
     "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
     "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
};

TEST(Cbc, GivesTheExamplesOfSp800_38A) {
  for (const CbcExample& example : kCbcExamples) {
    const Octets key = from_hex(example.key);
    SCOPED_TRACE(key.size());
    Octets text = from_hex(kPlain);
    ASSERT_OK(cbc_encrypt_in_place(key, from_hex(kVector), text));
    EXPECT_EQ(octets::to_hex(text), example.cipher);
    ASSERT_OK(cbc_decrypt_in_place(key, from_hex(kVector), text));
    EXPECT_EQ(octets::to_hex(text), kPlain);
  }
}

TEST(Cbc, TakesTextsOfSeveralSteps) {
  // OpenSSL gets a mebibyte at a time. A chain that began anew would give the first block a second time.
  const Octets key(32, 7);
  const Octets vector(16, 9);
  Octets text((std::size_t{2} << 20) + 48, 0);
  ASSERT_OK(cbc_encrypt_in_place(key, vector, text));
  EXPECT_EQ(std::search(text.begin() + 1, text.end(), text.begin(), text.begin() + 16), text.end());
  ASSERT_OK(cbc_decrypt_in_place(key, vector, text));
  EXPECT_TRUE(octets::all_equal(text, 0));
}

TEST(Cbc, RefusesOtherSizesAndWipesTheText) {
  struct {
    std::size_t key, vector, text;
  } const sizes[] = {{24, 16, 16}, {0, 16, 16}, {16, 32, 16}, {32, 0, 16}, {16, 16, 15}};
  for (const auto& size : sizes) {
    Octets text(size.text, 5);
    EXPECT_ERROR(cbc_encrypt_in_place(Octets(size.key), Octets(size.vector), text), kImpossible);
    EXPECT_TRUE(octets::all_equal(text, 0));
    EXPECT_ERROR(cbc_decrypt_in_place(Octets(size.key), Octets(size.vector), text), kImpossible);
  }
}

// RFC 4231, 4.2, 4.3 and 4.7.
TEST(Hmac, GivesTheExamplesOfRfc4231) {
  const auto mac = [](const Octets& key, std::string_view text) {
    const Octets bytes = from_text(text);
    return octets::to_hex(hmac_sha256(key, {bytes}).value());
  };
  EXPECT_EQ(mac(Octets(20, 0x0b), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac(from_text("Jefe"), "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac(Octets(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, TakesPartsAsOneText) {
  const Octets key = from_text("Jefe");
  const Octets front = from_text("what do ya want ");
  const Octets back = from_text("for nothing?");
  const Result<Sha256Digest> mac = hmac_sha256(key, {front, {}, back});
  ASSERT_OK(mac);
  EXPECT_EQ(octets::to_hex(*mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // HMAC of nothing under no key, as Python's hmac module gives it.
  EXPECT_EQ(octets::to_hex(hmac_sha256({}, {}).value()),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hmac, IsComparedInEveryBit) {
  const Sha256Digest right = hmac_sha256(Octets(16, 1), {}).value();
  EXPECT_TRUE(same_mac(right, right));
  EXPECT_FALSE(same_mac(right, octets::Bytes(right).first(31)));
  for (std::size_t bit = 0; bit < right.size() * 8; ++bit) {
    Sha256Digest other = right;
    other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(same_mac(right, other)) << bit;
  }
}

// As hashlib.pbkdf2_hmac of Python gives it; the first two are the questions of RFC 6070 with SHA-512.
TEST(Pbkdf2, GivesWhatOthersGive) {
  struct {
    const char* passphrase;
    const char* salt;
    unsigned iterations;
    const char* key;
  } const examples[] = {
      {"password", "salt", 1, "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252"},
      {"password", "salt", 2, "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c"},
      {"", "swtpm", 1000, "c55dfd0c4fbdffdf11d67b7016497837fa9e7000623188a4babf97ca1c6e5d62"},
  };
  for (const auto& example : examples) {
    Octets key(32);
    ASSERT_OK(pbkdf2_sha512(from_text(example.passphrase), from_text(example.salt), example.iterations, key));
    EXPECT_EQ(octets::to_hex(key), example.key) << example.passphrase;
  }
}

}  // namespace
}  // namespace nonvol::seal
