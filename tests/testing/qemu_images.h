#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "testing/child.h"

namespace nonvol::testing {

// A passphrase as it stands in a key file: a comma and a final newline are part of it.
inline constexpr const char* kPassphrase = "correct, horse\n";

inline void write_key(const std::string& path, const std::string& passphrase = kPassphrase) {
  std::ofstream(path, std::ios::binary) << passphrase;
}

// What qemu-img said, if it failed.
inline std::string make_image(const std::string& path, const std::string& format, std::uint64_t size_bytes,
                              const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"qemu-img", "create", "-q", "-f", format};
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {path, std::to_string(size_bytes)});
  const Finished made = run(words);
  return made.status == 0 ? "" : "qemu-img: " + made.output;
}

// Made at the start, because tests change where temporary files go.
inline const Scratch made_images;

// An image that kPassphrase opens. Each format and size is made once: QEMU measures for seconds how slow it
// can make the guessing.
inline std::string make_encrypted_image(const std::string& path, const std::string& format,
                                        std::uint64_t size_bytes) {
  const std::string original = fmt::format("{}-{}", made_images / format, size_bytes);
  std::string complaint;
  if (!std::filesystem::exists(original)) {
    write_key(made_images / "key");
    const std::string options = format == "luks"
                                    ? "key-secret=key,iter-time=10"
                                    : "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10";
    // QEMU times a hash to choose how often to repeat it, and gives up on a busy machine whose clock of used
    // time has not moved meanwhile.
    for (int tries = 10; tries > 0; --tries) {
      complaint = make_image(original, format, size_bytes,
                             {"--object", "secret,id=key,file=" + (made_images / "key"), "-o", options});
      if (complaint.find("Unable to get accurate CPU usage") == std::string::npos) break;
      std::filesystem::remove(original);
    }
  }
  if (complaint.empty()) std::filesystem::copy_file(original, path);
  return complaint;
}

}  // namespace nonvol::testing
