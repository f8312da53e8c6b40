#include "flash/hints.h"

#include <fmt/format.h>

#include "octets/text.h"

namespace nonvol::flash {

using octets::shell_path;

std::string list_raw_hint(std::string_view file_name) {
  return fmt::format("nonvol vars list {} --raw", shell_path(file_name));
}

std::string repair_hint(std::string_view file_name) {
  return fmt::format("nonvol vars repair {} --dry-run", shell_path(file_name));
}

std::string to_raw_hint(std::string_view file_name) {
  return fmt::format("qemu-img convert -O raw {} {}", shell_path(file_name),
                     shell_path(std::string(file_name) + ".raw"));
}

std::string inspect_hint(std::string_view file_name) {
  return fmt::format("nonvol firmware inspect {} --long", shell_path(file_name));
}

}  // namespace nonvol::flash
