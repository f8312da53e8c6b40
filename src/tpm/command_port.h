#pragma once

#include <cstdint>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::tpm {

using Response = std::vector<std::uint8_t>;

// A running TPM that answers commands (TPM 2.0 Library, part 1, 18; TPM Main, part 3). One thread.
class CommandPort {
 public:
  virtual ~CommandPort() = default;
  // A whole command, with its header. The response too has its header, whatever its code says. Error: the TPM
  // cannot be talked to at all.
  virtual Result<Response> execute(octets::Bytes command) = 0;
};

}  // namespace nonvol::tpm
