#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "octets/reader.h"
#include "tpm/state.h"
#include "tpm/tpm.h"

// The control protocol of TPM emulators (docs/formats/tpm-control.md): what QEMU's
// backends/tpm/tpm_emulator.c and swtpm's own clients send, and what they expect. Pure: bytes in, requests
// out; values in, bytes out.
namespace nonvol::tpm {

enum class ControlCommand : std::uint32_t {
  kGetCapability = 0x01,
  kInit = 0x02,
  kShutdown = 0x03,
  kGetTpmEstablished = 0x04,
  kSetLocality = 0x05,
  kHashStart = 0x06,
  kHashData = 0x07,
  kHashEnd = 0x08,
  kCancelTpmCommand = 0x09,
  kStoreVolatile = 0x0a,
  kResetTpmEstablished = 0x0b,
  kGetStateBlob = 0x0c,
  kSetStateBlob = 0x0d,
  kStop = 0x0e,
  kGetConfig = 0x0f,
  kSetDataFd = 0x10,
  kSetBufferSize = 0x11,
  kGetInfo = 0x12,
  kLockStorage = 0x13,
};
std::string_view to_string(ControlCommand command);  // "INIT"

// The bits of GET_CAPABILITY's answer that clients ask for (tpm_ioctl.h, PTM_CAP_*): all but the header in
// front of TPM commands (0x8000), which no client on a socket uses.
inline constexpr std::uint32_t kCapabilities = 0x00017fff;

// INIT: what is stored of a running TPM's memory is deleted when it was read.
inline constexpr std::uint32_t kInitDeleteVolatile = 1;
// swtpm takes no more either (its ctrlchannel.c).
inline constexpr std::uint32_t kLargestStateBlobBytes = 512 * 1024;
// HASH_DATA: a client sends 4096 bytes at a time.
inline constexpr std::uint32_t kLargestHashDataBytes = 64 * 1024;

// A request as it was sent. What a command does not have is 0 and empty.
struct ControlRequest {
  ControlCommand command{};
  std::uint64_t flags = 0;         // INIT, GET_STATEBLOB, SET_STATEBLOB, GET_INFO
  std::uint8_t locality = 0;       // SET_LOCALITY, RESET_TPMESTABLISHED
  std::uint32_t type = 0;          // GET_STATEBLOB, SET_STATEBLOB: a StateKind, or nonsense
  std::uint32_t offset_bytes = 0;  // GET_STATEBLOB, GET_INFO
  std::uint32_t buffer_bytes = 0;  // SET_BUFFERSIZE
  std::uint32_t retries = 0;       // LOCK_STORAGE, each of 10 ms
  octets::Bytes data;              // HASH_DATA, SET_STATEBLOB
};

struct ControlNeedsMore {};
// What cannot be a request. Where the next one begins is not known any more.
struct ControlNonsense {
  TpmResult result = 0;
};
struct ControlParsed {
  ControlRequest request;      // its data points into what was parsed
  std::size_t size_bytes = 0;  // what it took of the bytes
};

// The request at the front of what was received. There is no framing: how long a request is depends on its
// command. Clients send the structures of tpm_ioctl.h with or without what a union has behind the request, so
// that up to three bytes of padding behind a locality, and four behind GET_INFO's offset, belong to it when
// they came with it.
std::variant<ControlNeedsMore, ControlNonsense, ControlParsed> parse_control(octets::Bytes received);

using ControlReply = std::vector<std::uint8_t>;

// The result alone: the answer of most commands, and of all that fail.
ControlReply result_reply(TpmResult result);
ControlReply capability_reply();
ControlReply established_reply(TpmResult result, bool established);
ControlReply config_reply(bool file_key, bool migration_key);
ControlReply buffer_size_reply(const Tpm::BufferSizes& sizes);
// At most 3072 bytes of it, from the offset on; it ends with a zero byte, which counts.
ControlReply info_reply(std::string_view info, std::uint32_t offset_bytes);
// The blob from the offset on, in one piece. Its flags say that no key of the sender's store is needed to
// read it: the client hands them to the other side, and swtpm refuses a blob for the lack of such a key. The
// migration key is another; the blob's header speaks of that.
ControlReply state_reply(TpmResult result, octets::Bytes blob, std::uint32_t offset_bytes);

}  // namespace nonvol::tpm
