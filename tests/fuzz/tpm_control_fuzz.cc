#include <cstdlib>

#include "tpm/control.h"

// What a client of a TPM emulator's control channel sends: requests one after the other, until one is cut or
// is none. Each takes what it says and no more, and is the same whatever comes behind it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nonvol::tpm;
  nonvol::octets::Bytes left(data, size);
  while (!left.empty()) {
    const auto result = parse_control(left);
    const auto* parsed = std::get_if<ControlParsed>(&result);
    if (parsed == nullptr) break;
    if (parsed->size_bytes < 4 || parsed->size_bytes > left.size()) std::abort();
    if (parsed->request.data.size() > parsed->size_bytes) std::abort();
    const auto again = parse_control(left.first(parsed->size_bytes));
    const auto* same = std::get_if<ControlParsed>(&again);
    if (same == nullptr || same->size_bytes != parsed->size_bytes ||
        same->request.command != parsed->request.command || same->request.flags != parsed->request.flags ||
        same->request.data.size() != parsed->request.data.size()) {
      std::abort();
    }
    left = left.subspan(parsed->size_bytes);
  }
  return 0;
}
