#include "firmware/finding.h"

namespace nonvol::firmware {

void FindingList::add_resting(Severity severity, ErrorId id, std::string message, std::string pointer,
                              flash::Certainty certainty, std::string rests_on, std::string feature) {
  findings_.push_back({{severity, id, std::move(message), Place::at_pointer(path_, std::move(pointer)), {}},
                       certainty,
                       std::move(rests_on),
                       std::move(feature)});
}

}  // namespace nonvol::firmware
