#include "firmware/finding.h"

namespace nonvol::firmware {

std::string_view certainty_word(flash::Certainty certainty) {
  switch (certainty) {
    case flash::Certainty::kUnknown:
      return "unknown";
    case flash::Certainty::kLikely:
      return "likely";
    case flash::Certainty::kProven:
      return "proven";
  }
  return "unknown";
}

void FindingList::add_resting(Severity severity, ErrorId id, std::string message, std::string pointer,
                              flash::Certainty certainty, std::string rests_on, std::string feature) {
  findings_.push_back({{severity, id, std::move(message), Place::at_pointer(path_, std::move(pointer)), {}},
                       certainty,
                       std::move(rests_on),
                       std::move(feature)});
}

}  // namespace nonvol::firmware
