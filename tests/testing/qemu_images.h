#pragma once

#include <fmt/format.h>

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

// The value of an option of QEMU's, in which a comma is doubled.
inline std::string qemu_value(const std::string& text) {
  std::string result;
  for (const char character : text) result.append(character == ',' ? 2 : 1, character);
  return result;
}

// Makes an image with qemu-img; encrypted, with next to no work to open it, where there is a key file.
inline Finished make_image(const std::string& path, const std::string& format, std::uint64_t size_bytes,
                           const std::string& key_file = "") {
  std::vector<std::string> words{"qemu-img", "create", "-q", "-f", format};
  if (!key_file.empty()) {
    const std::string prefix = format == "luks" ? "" : "encrypt.";
    words.insert(words.end(), {"--object", "secret,id=key,file=" + qemu_value(key_file), "-o",
                               (prefix.empty() ? "" : "encrypt.format=luks,") + prefix + "key-secret=key," +
                                   prefix + "iter-time=10"});
  }
  words.insert(words.end(), {path, std::to_string(size_bytes)});
  return run(words);
}

}  // namespace nonvol::testing
