// What a caller of tpm/'s readers and writers of swtpm's state does, as a program for swtpm_state_test.py:
//   swtpm_convert decode BLOB STATE [KEYS]     swtpm_convert encode-file|encode-migration STATE BLOB [KEYS]
//   swtpm_convert split FILE FOLDER            swtpm_convert join FOLDER FILE
// KEYS: key=FILE migration-key=FILE passphrase=FILE,pbkdf2|sha512,16|32. Errors go to the error output; exit
// status 1 for an error, 2 for words that are not understood.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tpm/swtpm_blob.h"
#include "tpm/swtpm_linear.h"

namespace {

using namespace nonvol;
using ByteVector = std::vector<std::uint8_t>;

int fail(const Error& error) {
  std::fprintf(stderr, "%s %s\n", to_string(error.id).c_str(), error.message.c_str());
  return 1;
}

ByteVector read_all(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

int write_all(const std::string& path, octets::Bytes bytes) {
  std::ofstream output(path, std::ios::binary);
  output.write(std::string(bytes.begin(), bytes.end()).data(), static_cast<std::streamsize>(bytes.size()));
  return output.flush() ? 0 : 1;
}

int write_result(const std::string& path, const Result<ByteVector>& bytes) {
  return bytes ? write_all(path, *bytes) : fail(bytes.error());
}

Result<tpm::SwtpmKey> passphrase_key(const std::string& words) {
  const std::size_t first = words.find(',');
  const std::size_t second = words.find(',', first + 1);
  const std::string kdf = words.substr(first + 1, second - first - 1);
  return tpm::swtpm_key_from_passphrase(read_all(words.substr(0, first)),
                                        kdf == "sha512" ? tpm::SwtpmKdf::kSha512 : tpm::SwtpmKdf::kPbkdf2,
                                        std::stoul(words.substr(second + 1)));
}

struct HeldKeys {
  std::optional<tpm::SwtpmKey> file;
  std::optional<tpm::SwtpmKey> migration;
  tpm::SwtpmKeys keys() const { return {file ? &*file : nullptr, migration ? &*migration : nullptr}; }
};

// nullopt: a word was not understood, or is no key; that was said.
std::optional<HeldKeys> read_keys(const std::vector<std::string>& words) {
  HeldKeys held;
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    const std::string value = word.substr(name.size() + 1);
    Result<tpm::SwtpmKey> key =
        name == "passphrase" ? passphrase_key(value) : tpm::parse_swtpm_key(read_all(value), value);
    if (!key) {
      fail(key.error());
      return std::nullopt;
    }
    (name == "migration-key" ? held.migration : held.file).emplace(*std::move(key));
  }
  return held;
}

int split(const std::string& file, const std::string& folder) {
  const ByteVector bytes = read_all(file);
  const Result<tpm::SwtpmBlobs> blobs = tpm::decode_swtpm_linear(bytes, file);
  if (!blobs) return fail(blobs.error());
  int status = 0;
  for (const auto& [kind, blob] : *blobs) {
    status |= write_all(folder + "/" + std::string(tpm::entry_name(kind)), blob);
  }
  return status;
}

int join(const std::string& folder, const std::string& file) {
  std::map<tpm::StateKind, ByteVector> kept;
  tpm::SwtpmBlobs blobs;
  for (const tpm::StateKind kind : tpm::kAllStates) {
    const std::string path = folder + "/" + std::string(tpm::entry_name(kind));
    if (!std::filesystem::exists(path)) continue;
    blobs[kind] = kept[kind] = read_all(path);
  }
  return write_result(file, tpm::encode_swtpm_linear(blobs));
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  const std::string_view command = words[1];
  const std::string from = words[2];
  const std::string to = words[3];
  if (command == "split") return split(from, to);
  if (command == "join") return join(from, to);
  const std::optional<HeldKeys> held = read_keys({words + 4, words + count});
  if (!held) return 1;
  const ByteVector input = read_all(from);
  if (command == "decode") return write_result(to, tpm::decode_swtpm_blob(input, held->keys(), from));
  if (command == "encode-file") return write_result(to, tpm::encode_swtpm_file(input, held->keys().file));
  if (command == "encode-migration") {
    return write_result(to, tpm::encode_swtpm_migration(input, held->keys().migration));
  }
  return 2;
}
