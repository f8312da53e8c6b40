#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "tpm/command_port.h"

namespace nonvol::tpm {

// For the files of this folder that ask a TPM something: the header that commands and answers of both
// versions have (TPM 2.0 Library, part 1, 18.1; TPM Main, part 2, 6).

struct Command {
  std::string_view name;  // as the specification has it, for messages
  std::uint32_t code = 0;
};

// What an answer says: whether it worked, and what stands behind its header.
struct Answer {
  std::uint32_t code = 0;
  std::vector<std::uint8_t> rest;
};

// Errors of all: kTpmCommandRefused; and that of the port.
Result<Answer> exchange(CommandPort& port, const Command& command, std::uint16_t tag, octets::Bytes rest);
// The same of a command that must work; what stands behind the header.
Result<std::vector<std::uint8_t>> exchange_ok(CommandPort& port, const Command& command, std::uint16_t tag,
                                              octets::Bytes rest);

Error refused(const Command& command, std::string_view how);  // "TPM2_Startup HOW"
Error refused_with(const Command& command, std::uint32_t code);
// That the answer ended too early, of a reader that has failed.
Error cut(const Command& command, const octets::Reader& reader);

// Of an exchange whose answer has nothing more to say.
template <class Answered>
Result<void> done(const Result<Answered>& answer) {
  if (!answer) return answer.error();
  return {};
}

}  // namespace nonvol::tpm
