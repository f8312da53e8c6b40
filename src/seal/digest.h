#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::seal {

using Sha256Digest = std::array<std::uint8_t, 32>;

// SHA-256 (FIPS 180-4) of a stream of bytes, by OpenSSL. The library is loaded when the first digest is
// begun, so that commands which need none do not pay for its start-up. Error of all: kLibraryMissing. One
// thread each; several threads may begin theirs at a time.
class Sha256 {
 public:
  static Result<Sha256> begin();
  Result<void> update(octets::Bytes bytes);
  Result<Sha256Digest> finish();

 private:
  struct Context;
  struct FreeContext {
    void operator()(Context* context) const;
  };
  explicit Sha256(Context* context) : context_(context) {}
  std::unique_ptr<Context, FreeContext> context_;
};

// The digest of all parts one after the other. Any number of threads.
Result<Sha256Digest> sha256(std::initializer_list<octets::Bytes> parts);

// The digests that UEFI's signature lists and Authenticode name.
enum class DigestAlgorithm { kSha1, kSha256, kSha384, kSha512 };
std::string_view to_string(DigestAlgorithm algorithm);  // "SHA-256"
std::size_t digest_size_bytes(DigestAlgorithm algorithm);

// The same of any of these algorithms. Error: kLibraryMissing. Any number of threads.
Result<std::vector<std::uint8_t>> digest(DigestAlgorithm algorithm, std::span<const octets::Bytes> parts);

}  // namespace nonvol::seal
