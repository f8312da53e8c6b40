#pragma once

#include <string>
#include <string_view>

namespace nonvol::flash {

// Commands to type, with the file's name quoted where a shell would need it.
std::string list_raw_hint(std::string_view file_name);  // "nonvol vars list web01.fd --raw"
std::string repair_hint(std::string_view file_name);    // "nonvol vars repair web01.fd --dry-run"
std::string to_raw_hint(std::string_view file_name);    // "qemu-img convert -O raw web01.fd web01.fd.raw"
std::string inspect_hint(std::string_view file_name);   // "nonvol firmware inspect OVMF_CODE.fd --long"

}  // namespace nonvol::flash
