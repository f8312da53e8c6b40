#include "tpm/exchange.h"

#include <fmt/format.h>

#include "octets/writer.h"

namespace nonvol::tpm {
namespace {

constexpr std::size_t kHeaderBytes = 10;
constexpr std::size_t kLargestResponseBytes = 4096;  // TPM_PT_MAX_RESPONSE_SIZE of libtpms, TPM_BUFFER_MAX

}  // namespace

Result<Answer> exchange(CommandPort& port, const Command& command, std::uint16_t tag, octets::Bytes rest) {
  octets::Writer writer;
  writer.big_u16(tag).big_u32(static_cast<std::uint32_t>(kHeaderBytes + rest.size())).big_u32(command.code);
  writer.bytes(rest);
  const Result<Response> response = port.execute(writer.view());
  if (!response) return response.error();
  octets::Reader reader(*response);
  reader.big_u16("tag");
  const std::uint32_t size_bytes = reader.big_u32("responseSize");
  Answer answer{reader.big_u32("responseCode"), {}};
  if (reader.failure()) return cut(command, reader);
  if (size_bytes != response->size() || response->size() > kLargestResponseBytes) {
    return refused(command, fmt::format("was answered with {} bytes, whose header says {} (at most {})",
                                        response->size(), size_bytes, kLargestResponseBytes));
  }
  answer.rest.assign(response->begin() + kHeaderBytes, response->end());
  return answer;
}

Result<std::vector<std::uint8_t>> exchange_ok(CommandPort& port, const Command& command, std::uint16_t tag,
                                              octets::Bytes rest) {
  Result<Answer> answer = exchange(port, command, tag, rest);
  if (!answer) return answer.error();
  if (answer->code != 0) return refused_with(command, answer->code);
  return std::move(answer->rest);
}

Error refused(const Command& command, std::string_view how) {
  return Error(ErrorId::kTpmCommandRefused, fmt::format("{} {}", command.name, how));
}

Error refused_with(const Command& command, std::uint32_t code) {
  Error error = refused(command, fmt::format("was refused with code {:#x}", code));
  // tpm2-tools know the codes of TPM 2.0 only.
  if (command.name.starts_with("TPM2_")) error.hint = fmt::format("tpm2_rc_decode {:#x}", code);
  return error;
}

Error cut(const Command& command, const octets::Reader& reader) {
  return refused(command, fmt::format("was answered with too little: {}", describe(*reader.failure())));
}

}  // namespace nonvol::tpm
