#include "tpm/control.h"

#include <algorithm>

#include "octets/writer.h"

namespace nonvol::tpm {
namespace {

constexpr std::size_t kCommandBytes = 4;
constexpr std::size_t kInfoPieceBytes = 3072;  // PTM_GETINFO_SIZE

// Of what stands behind the command: how much there must be, and how much more there may be.
struct Body {
  std::size_t least_bytes = 0;
  std::size_t padding_bytes = 0;
  std::uint32_t data_limit_bytes = 0;  // not 0: the last four of these bytes say how much data follows
};

std::optional<Body> body_of(ControlCommand command) {
  using enum ControlCommand;
  switch (command) {
    case kGetCapability:
    case kShutdown:
    case kGetTpmEstablished:
    case kHashStart:
    case kHashEnd:
    case kCancelTpmCommand:
    case kStoreVolatile:
    case kStop:
    case kGetConfig:
    case kSetDataFd:
      return Body{};
    case kInit:
    case kSetBufferSize:
    case kLockStorage:
      return Body{4, 0, 0};
    case kSetLocality:
    case kResetTpmEstablished:
      return Body{1, 3, 0};
    case kHashData:
      return Body{4, 0, kLargestHashDataBytes};
    case kGetStateBlob:
      return Body{12, 0, 0};
    case kSetStateBlob:
      return Body{12, 0, kLargestStateBlobBytes};
    case kGetInfo:
      return Body{12, 4, 0};
  }
  return std::nullopt;
}

ControlRequest read_body(ControlCommand command, octets::Bytes body) {
  using enum ControlCommand;
  ControlRequest request{.command = command};
  octets::Reader reader(body);
  switch (command) {
    case kInit:
      request.flags = reader.big_u32("init_flags");
      break;
    case kSetBufferSize:
      request.buffer_bytes = reader.big_u32("buffersize");
      break;
    case kLockStorage:
      request.retries = reader.big_u32("retries");
      break;
    case kSetLocality:
    case kResetTpmEstablished:
      request.locality = reader.u8("loc");
      break;
    case kGetStateBlob:
      request.flags = reader.big_u32("state_flags");
      request.type = reader.big_u32("type");
      request.offset_bytes = reader.big_u32("offset");
      break;
    case kSetStateBlob:
      request.flags = reader.big_u32("state_flags");
      request.type = reader.big_u32("type");
      break;
    case kGetInfo:
      request.flags = reader.big_u64("flags");
      request.offset_bytes = reader.big_u32("offset");
      break;
    default:
      break;
  }
  return request;
}

}  // namespace

std::string_view to_string(ControlCommand command) {
  constexpr std::string_view kNames[] = {"GET_CAPABILITY",
                                         "INIT",
                                         "SHUTDOWN",
                                         "GET_TPMESTABLISHED",
                                         "SET_LOCALITY",
                                         "HASH_START",
                                         "HASH_DATA",
                                         "HASH_END",
                                         "CANCEL_TPM_CMD",
                                         "STORE_VOLATILE",
                                         "RESET_TPMESTABLISHED",
                                         "GET_STATEBLOB",
                                         "SET_STATEBLOB",
                                         "STOP",
                                         "GET_CONFIG",
                                         "SET_DATAFD",
                                         "SET_BUFFERSIZE",
                                         "GET_INFO",
                                         "LOCK_STORAGE"};
  const auto index = static_cast<std::size_t>(command) - 1;
  return index < std::size(kNames) ? kNames[index] : "an unknown command";
}

std::variant<ControlNeedsMore, ControlNonsense, ControlParsed> parse_control(octets::Bytes received) {
  if (received.size() < kCommandBytes) return ControlNeedsMore{};
  const auto command = static_cast<ControlCommand>(octets::Reader(received).big_u32("command"));
  const std::optional<Body> body = body_of(command);
  if (!body) return ControlNonsense{kTpmBadOrdinal};
  const octets::Bytes behind = received.subspan(kCommandBytes);
  if (behind.size() < body->least_bytes) return ControlNeedsMore{};
  ControlParsed parsed{read_body(command, behind.first(body->least_bytes)), 0};
  std::size_t size_bytes = body->least_bytes;
  if (body->data_limit_bytes != 0) {
    const std::uint32_t data_bytes =
        octets::Reader(behind.subspan(body->least_bytes - 4, 4)).big_u32("length");
    if (data_bytes > body->data_limit_bytes) return ControlNonsense{kTpmFail};
    if (behind.size() - size_bytes < data_bytes) return ControlNeedsMore{};
    parsed.request.data = behind.subspan(size_bytes, data_bytes);
    size_bytes += data_bytes;
  }
  size_bytes += std::min(body->padding_bytes, behind.size() - size_bytes);
  parsed.size_bytes = kCommandBytes + size_bytes;
  return parsed;
}

ControlReply result_reply(TpmResult result) {
  return octets::Writer().big_u32(result).take();
}

ControlReply capability_reply() {
  return octets::Writer().big_u32(kTpmSuccess).big_u32(kCapabilities).take();
}

ControlReply established_reply(TpmResult result, bool established) {
  constexpr std::uint8_t kPadding[3] = {};
  return octets::Writer().big_u32(result).u8(established ? 1 : 0).bytes(kPadding).take();
}

ControlReply config_reply(bool file_key, bool migration_key) {
  return octets::Writer().big_u32(kTpmSuccess).big_u32((file_key ? 1 : 0) | (migration_key ? 2 : 0)).take();
}

ControlReply buffer_size_reply(const Tpm::BufferSizes& sizes) {
  octets::Writer writer;
  writer.big_u32(kTpmSuccess).big_u32(sizes.now_bytes);
  return writer.big_u32(sizes.least_bytes).big_u32(sizes.most_bytes).take();
}

ControlReply info_reply(std::string_view info, std::uint32_t offset_bytes) {
  std::vector<std::uint8_t> text(info.begin(), info.end());
  text.push_back(0);
  if (offset_bytes + std::size_t{1} >= text.size()) return result_reply(kTpmBadParameter);
  const octets::Bytes piece = octets::Bytes(text).subspan(offset_bytes);
  const octets::Bytes sent = piece.first(std::min(piece.size(), kInfoPieceBytes));
  octets::Writer writer;
  writer.big_u32(kTpmSuccess).big_u32(static_cast<std::uint32_t>(text.size()));
  return writer.big_u32(static_cast<std::uint32_t>(sent.size())).bytes(sent).take();
}

ControlReply state_reply(TpmResult result, octets::Bytes blob, std::uint32_t offset_bytes) {
  const octets::Bytes piece = offset_bytes < blob.size() ? blob.subspan(offset_bytes) : octets::Bytes();
  const auto size_bytes = static_cast<std::uint32_t>(piece.size());
  octets::Writer writer;
  writer.big_u32(result).big_u32(0).big_u32(size_bytes).big_u32(size_bytes);
  return writer.bytes(piece).take();
}

}  // namespace nonvol::tpm
