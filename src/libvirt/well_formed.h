#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nonvol::libvirt {

struct XmlTrouble {
  std::uint64_t offset_bytes = 0;
  std::string message;
};

// What XML 1.0 forbids and pugixml lets pass, so that libvirt's parser, libxml2, would refuse the document:
// references, characters, comments, declarations, and text outside of the root element. Ends without a word
// at a document type, and where something is not closed: pugixml sees these.
std::optional<XmlTrouble> well_formedness_trouble(std::string_view text);

}  // namespace nonvol::libvirt
