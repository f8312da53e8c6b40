// Takes hostile state of swtpm apart. Input: byte 0 says what the rest is (modulo 6):
//   0  a blob, opened without keys and with each pair of keys
//   1  the same, its header's length made right
//   2  what the outer layer of an encrypted migration blob holds: sealed here, so that its MAC is right
//   3  a linear file, and the blobs in it
//   4  a key file
//   5  a state, written in every form and read back
// The keys are the bytes 00, 01, 02, ...: 16 or 32 of them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "octets/writer.h"
#include "seal/cbc.h"
#include "seal/mac.h"
#include "tpm/swtpm_blob.h"
#include "tpm/swtpm_linear.h"

namespace {

using namespace nonvol;
using namespace nonvol::tpm;
using ByteVector = std::vector<std::uint8_t>;

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

const SwtpmKey& key_of(std::size_t size_bytes) {
  static const auto make = [](std::size_t size) {
    ByteVector bytes(size);
    std::ranges::generate(bytes, [next = std::uint8_t{0}]() mutable { return next++; });
    return SwtpmKey(std::move(bytes));
  };
  static const SwtpmKey short_key = make(16);
  static const SwtpmKey long_key = make(32);
  return size_bytes == 16 ? short_key : long_key;
}

void look_at_error(const Error& error) {
  require(!error.message.empty() && error.id != ErrorId::kImpossible);
}

void open(octets::Bytes blob) {
  const SwtpmKey* const keys[] = {nullptr, &key_of(16), &key_of(32)};
  for (const SwtpmKey* file : keys) {
    for (const SwtpmKey* migration : keys) {
      const Result<State> state = decode_swtpm_blob(blob, {file, migration}, "fuzz");
      if (!state) {
        look_at_error(state.error());
        continue;
      }
      require(state->size() < blob.size());
      // What was read can be written, and is the same then.
      const ByteVector again = encode_swtpm_file(*state, nullptr).value();
      require(decode_swtpm_blob(again, {}, "again").value() == *state);
    }
  }
}

void open_sealed(octets::Bytes inner) {
  const SwtpmKey& key = key_of(16);
  const ByteVector vector(16, 9);
  ByteVector text(inner.begin(), inner.end());
  const std::size_t padding_bytes = 16 - text.size() % 16;
  text.insert(text.end(), padding_bytes, static_cast<std::uint8_t>(padding_bytes));
  require(seal::cbc_encrypt_in_place(key.bytes, vector, text).has_value());
  const seal::Sha256Digest mac = seal::hmac_sha256(key.bytes, {text, vector}).value();
  octets::Writer fields;
  fields.big_u16(5).big_u32(static_cast<std::uint32_t>(text.size())).bytes(text);
  fields.big_u16(3).big_u32(32).bytes(mac).big_u16(7).big_u32(16).bytes(vector);
  for (const unsigned flags : {0x06u, 0x07u, 0x0fu}) {
    octets::Writer blob;
    blob.u8(2).u8(1).big_u16(10).big_u16(static_cast<std::uint16_t>(flags));
    blob.big_u32(static_cast<std::uint32_t>(10 + fields.size_bytes())).bytes(fields.view());
    open(blob.view());
  }
}

void open_linear(octets::Bytes file) {
  const Result<SwtpmBlobs> blobs = decode_swtpm_linear(file, "fuzz");
  if (!blobs) return look_at_error(blobs.error());
  for (const auto& [kind, blob] : *blobs) {
    require(blob.data() >= file.data() && blob.data() + blob.size() <= file.data() + file.size());
    open(blob);
  }
  const ByteVector again = encode_swtpm_linear(*blobs).value();
  const SwtpmBlobs found = decode_swtpm_linear(again, "again").value();
  require(found.size() == blobs->size());
  for (const auto& [kind, blob] : *blobs) require(std::ranges::equal(blob, found.at(kind)));
}

void write_and_read(octets::Bytes bytes) {
  const State state(bytes.begin(), bytes.end());
  for (const SwtpmKey* key : {&key_of(16), &key_of(32), static_cast<const SwtpmKey*>(nullptr)}) {
    const ByteVector file = encode_swtpm_file(state, key).value();
    require(decode_swtpm_blob(file, {key, nullptr}, "file").value() == state);
    const ByteVector migration = encode_swtpm_migration(state, key).value();
    require(decode_swtpm_blob(migration, {nullptr, key}, "migration").value() == state);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const octets::Bytes rest(data + 1, size_bytes - 1);
  switch (data[0] % 6) {
    case 0:
      open(rest);
      break;
    case 1: {
      ByteVector blob(rest.begin(), rest.end());
      if (blob.size() >= 10) {
        for (unsigned i = 0; i < 4; ++i) blob[6 + i] = static_cast<std::uint8_t>(blob.size() >> (24 - 8 * i));
      }
      open(blob);
      break;
    }
    case 2:
      open_sealed(rest);
      break;
    case 3:
      open_linear(rest);
      break;
    case 4: {
      const Result<SwtpmKey> key = parse_swtpm_key(rest, "fuzz");
      if (!key) look_at_error(key.error());
      require(!key || key->bytes.size() == 16 || key->bytes.size() == 32);
      break;
    }
    default:
      write_and_read(rest);
  }
  return 0;
}
