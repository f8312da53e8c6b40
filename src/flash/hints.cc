#include "flash/hints.h"

#include <fmt/format.h>

namespace nonvol::flash {
namespace {

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:=@%,";
  // A name that looks like an option needs a path in front of it.
  std::string word = text.starts_with('-') ? "./" + std::string(text) : std::string(text);
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  for (std::size_t at = word.find('\''); at != std::string::npos; at = word.find('\'', at + 4)) {
    word.replace(at, 1, "'\\''");
  }
  return "'" + word + "'";
}

}  // namespace

std::string copy_aside_hint(std::string_view file_name) {
  return fmt::format("cp --reflink=auto {} {}", shell_word(file_name),
                     shell_word(std::string(file_name) + ".keep"));
}

std::string list_all_hint(std::string_view file_name) {
  return fmt::format("nonvol vars list {} --all", shell_word(file_name));
}

std::string to_raw_hint(std::string_view file_name) {
  return fmt::format("qemu-img convert -O raw {} {}", shell_word(file_name),
                     shell_word(std::string(file_name) + ".raw"));
}

}  // namespace nonvol::flash
