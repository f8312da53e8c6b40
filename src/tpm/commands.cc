#include "tpm/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "octets/writer.h"
#include "tpm/exchange.h"

namespace nonvol::tpm {
namespace {

using octets::Bytes;
using octets::Reader;
using octets::Writer;

// Part 2, 6.9.
constexpr std::uint16_t kNoSessions = 0x8001;
constexpr std::uint16_t kSessions = 0x8002;
constexpr std::uint32_t kPasswordSession = 0x40000009;  // TPM_RS_PW
constexpr std::uint16_t kClear = 0x0000;                // TPM_SU_CLEAR
constexpr std::uint32_t kAlreadyStarted = 0x00000100;   // TPM_RC_INITIALIZE, to TPM2_Startup

constexpr std::size_t kPieceBytes = 1024;
// A TPM tells up to 254 handles at a time and cannot have more than its memory holds.
constexpr unsigned kMostRounds = 256;
constexpr std::uint32_t kMostAtATime = 254;

constexpr Command kNvDefineSpace = {"TPM2_NV_DefineSpace", 0x0000012a};
constexpr Command kPcrAllocate = {"TPM2_PCR_Allocate", 0x0000012b};
constexpr Command kCreatePrimary = {"TPM2_CreatePrimary", 0x00000131};
constexpr Command kEvictControl = {"TPM2_EvictControl", 0x00000120};
constexpr Command kNvWrite = {"TPM2_NV_Write", 0x00000137};
constexpr Command kSelfTest = {"TPM2_SelfTest", 0x00000143};
constexpr Command kStartup = {"TPM2_Startup", 0x00000144};
constexpr Command kShutdown = {"TPM2_Shutdown", 0x00000145};
constexpr Command kFlushContext = {"TPM2_FlushContext", 0x00000165};
constexpr Command kNvReadPublic = {"TPM2_NV_ReadPublic", 0x00000169};
constexpr Command kReadPublic = {"TPM2_ReadPublic", 0x00000173};
constexpr Command kGetCapability = {"TPM2_GetCapability", 0x0000017a};

enum class Capability : std::uint32_t { kHandles = 1, kPcrs = 5, kProperties = 6 };  // part 2, 6.12

Result<std::vector<std::uint8_t>> ask(CommandPort& port, const Command& command, Bytes parameters) {
  return exchange_ok(port, command, kNoSessions, parameters);
}

// The same with an empty password for the first handle; handles and parameters, without what sessions add.
Result<std::vector<std::uint8_t>> ask_authorised(CommandPort& port, const Command& command,
                                                 std::initializer_list<Handle> handles, Bytes parameters,
                                                 std::size_t answered_handles = 0) {
  Writer writer;
  for (const Handle handle : handles) writer.big_u32(handle);
  // TPMS_AUTH_COMMAND (part 2, 10.13.2): session, no nonce, no attributes, no password.
  Writer authorisation;
  authorisation.big_u32(kPasswordSession).big_u16(0).u8(0).big_u16(0);
  writer.big_u32(static_cast<std::uint32_t>(authorisation.size_bytes())).bytes(authorisation.view());
  writer.bytes(parameters);
  const auto answer = exchange_ok(port, command, kSessions, writer.view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  const Bytes handles_out = reader.bytes("handles", answered_handles * sizeof(Handle));
  const Bytes parameters_out = reader.bytes("parameters", reader.big_u32("parameterSize"));
  if (reader.failure()) return cut(command, reader);
  Writer result;
  return result.bytes(handles_out).bytes(parameters_out).take();
}

// One round of TPM2_GetCapability: the list behind its head, and whether there is more.
struct CapabilityAnswer {
  std::vector<std::uint8_t> list;
  bool more = false;
};

Result<CapabilityAnswer> get_capability(CommandPort& port, Capability capability, std::uint32_t first) {
  Writer parameters;
  parameters.big_u32(static_cast<std::uint32_t>(capability)).big_u32(first).big_u32(kMostAtATime);
  const auto answer = ask(port, kGetCapability, parameters.view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  CapabilityAnswer result;
  result.more = reader.u8("moreData") != 0;
  const std::uint32_t answered = reader.big_u32("capability");
  if (reader.failure()) return cut(kGetCapability, reader);
  if (answered != static_cast<std::uint32_t>(capability)) {
    return refused(kGetCapability, fmt::format("was asked for capability {} and answered {}",
                                               static_cast<std::uint32_t>(capability), answered));
  }
  const Bytes list = reader.bytes("list", reader.left_bytes());
  result.list.assign(list.begin(), list.end());
  return result;
}

// All rounds. `take` reads one element and returns the number that it goes by; elements ascend.
template <class Take>
Result<void> get_all(CommandPort& port, Capability capability, std::uint32_t first, Take take) {
  for (unsigned round = 0; round < kMostRounds; ++round) {
    const Result<CapabilityAnswer> answer = get_capability(port, capability, first);
    if (!answer) return answer.error();
    Reader reader(answer->list);
    const std::uint32_t count = reader.big_u32("count");
    std::uint32_t last = 0;
    for (std::uint32_t i = 0; i < count && !reader.failure(); ++i) last = take(reader);
    if (reader.failure()) return cut(kGetCapability, reader);
    if (!answer->more || count == 0) return {};
    if (last < first || last == UINT32_MAX) break;
    first = last + 1;
  }
  return refused(kGetCapability, fmt::format("tells no end of capability {}, the last of it was {:#x}",
                                             static_cast<std::uint32_t>(capability), first));
}

}  // namespace

Result<void> start_up(CommandPort& port) {
  const Result<Answer> answer = exchange(port, kStartup, kNoSessions, Writer().big_u16(kClear).view());
  if (!answer) return answer.error();
  if (answer->code != 0 && answer->code != kAlreadyStarted) return refused_with(kStartup, answer->code);
  return {};
}

Result<void> shut_down(CommandPort& port) {
  return done(ask(port, kShutdown, Writer().big_u16(kClear).view()));
}

Result<void> self_test(CommandPort& port) {
  constexpr std::uint8_t kEverything = 1;
  return done(ask(port, kSelfTest, Writer().u8(kEverything).view()));
}

Result<CreatedKey> create_primary(CommandPort& port, Handle hierarchy, Bytes public_template) {
  Writer parameters;
  // TPM2B_SENSITIVE_CREATE: an empty password and no data.
  parameters.big_u16(4).big_u16(0).big_u16(0);
  parameters.big_u16(static_cast<std::uint16_t>(public_template.size())).bytes(public_template);
  parameters.big_u16(0);  // outsideInfo
  parameters.big_u32(0);  // creationPCR
  const auto answer = ask_authorised(port, kCreatePrimary, {hierarchy}, parameters.view(), 1);
  if (!answer) return answer.error();
  Reader reader(*answer);
  CreatedKey created;
  created.handle = reader.big_u32("objectHandle");
  reader.big_u16("outPublic");
  created.area = read_public_area(reader);
  if (reader.failure()) return cut(kCreatePrimary, reader);
  return created;
}

Result<void> evict_control(CommandPort& port, Handle object, Handle persistent) {
  const Writer parameters = Writer().big_u32(persistent);
  return done(ask_authorised(port, kEvictControl, {kOwnerHierarchy, object}, parameters.view()));
}

Result<void> flush_context(CommandPort& port, Handle handle) {
  return done(ask(port, kFlushContext, Writer().big_u32(handle).view()));
}

Result<PublicArea> read_public(CommandPort& port, Handle handle) {
  const auto answer = ask(port, kReadPublic, Writer().big_u32(handle).view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  reader.big_u16("outPublic");
  PublicArea area = read_public_area(reader);
  if (reader.failure()) return cut(kReadPublic, reader);
  return area;
}

Result<void> nv_define_space(CommandPort& port, const NvPublic& defined) {
  Writer index;
  index.big_u32(defined.index).big_u16(defined.name_algorithm).big_u32(defined.attributes);
  index.big_u16(0).big_u16(defined.size_bytes);  // no policy
  Writer parameters;
  parameters.big_u16(0);  // the index's password
  parameters.big_u16(static_cast<std::uint16_t>(index.size_bytes())).bytes(index.view());
  return done(ask_authorised(port, kNvDefineSpace, {kPlatformHierarchy}, parameters.view()));
}

Result<void> nv_write(CommandPort& port, Handle index, Bytes data) {
  for (std::size_t offset = 0; offset < data.size(); offset += kPieceBytes) {
    const Bytes piece = data.subspan(offset, std::min(kPieceBytes, data.size() - offset));
    Writer parameters;
    parameters.big_u16(static_cast<std::uint16_t>(piece.size())).bytes(piece);
    parameters.big_u16(static_cast<std::uint16_t>(offset));
    const auto answer = ask_authorised(port, kNvWrite, {kPlatformHierarchy, index}, parameters.view());
    if (!answer) return answer.error();
  }
  return {};
}

Result<NvPublic> nv_read_public(CommandPort& port, Handle index) {
  const auto answer = ask(port, kNvReadPublic, Writer().big_u32(index).view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  reader.big_u16("nvPublic");
  NvPublic result;
  result.index = reader.big_u32("nvIndex");
  result.name_algorithm = reader.big_u16("nameAlg");
  result.attributes = reader.big_u32("attributes");
  reader.bytes("authPolicy", reader.big_u16("authPolicy"));
  result.size_bytes = reader.big_u16("dataSize");
  if (reader.failure()) return cut(kNvReadPublic, reader);
  return result;
}

Result<void> pcr_allocate(CommandPort& port, const std::vector<PcrSelection>& banks) {
  Writer parameters;
  parameters.big_u32(static_cast<std::uint32_t>(banks.size()));
  for (const PcrSelection& bank : banks) {
    // Three bytes for the 24 registers of a PC (PC Client Platform TPM Profile, 4.6.2); lowest first.
    parameters.big_u16(bank.algorithm).u8(3);
    for (unsigned i = 0; i < 3; ++i) parameters.u8(static_cast<std::uint8_t>(bank.registers >> 8 * i));
  }
  const auto answer = ask_authorised(port, kPcrAllocate, {kPlatformHierarchy}, parameters.view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  const bool success = reader.u8("allocationSuccess") != 0;
  reader.big_u32("maxPCR");
  const std::uint32_t needed = reader.big_u32("sizeNeeded");
  const std::uint32_t available = reader.big_u32("sizeAvailable");
  if (reader.failure()) return cut(kPcrAllocate, reader);
  if (!success) {
    return refused(kPcrAllocate,
                   fmt::format("found no room: the banks need {} bytes, {} are there", needed, available));
  }
  return {};
}

Result<std::vector<Handle>> get_handles(CommandPort& port, Handle first) {
  std::vector<Handle> result;
  const auto all = get_all(port, Capability::kHandles, first, [&](Reader& reader) {
    result.push_back(reader.big_u32("handle"));
    return result.back();
  });
  if (!all) return all.error();
  return result;
}

Result<std::vector<std::pair<std::uint32_t, std::uint32_t>>> get_properties(CommandPort& port,
                                                                            std::uint32_t first) {
  constexpr std::uint32_t kGroup = 0x100;  // part 2, 6.13: PT_GROUP
  std::vector<std::pair<std::uint32_t, std::uint32_t>> result;
  const auto all = get_all(port, Capability::kProperties, first, [&](Reader& reader) {
    const std::uint32_t property = reader.big_u32("property");
    const std::uint32_t value = reader.big_u32("value");
    if (property / kGroup == first / kGroup) result.emplace_back(property, value);
    return property;
  });
  if (!all) return all.error();
  return result;
}

Result<std::vector<PcrSelection>> get_pcr_banks(CommandPort& port) {
  const Result<CapabilityAnswer> answer = get_capability(port, Capability::kPcrs, 0);
  if (!answer) return answer.error();
  Reader reader(answer->list);
  std::vector<PcrSelection> result;
  const std::uint32_t count = reader.big_u32("count");
  for (std::uint32_t i = 0; i < count && !reader.failure(); ++i) {
    PcrSelection bank;
    bank.algorithm = reader.big_u16("hash");
    const Bytes bits = reader.bytes("pcrSelect", reader.u8("sizeofSelect"));
    for (std::size_t byte = 0; byte < bits.size() && byte < 4; ++byte) {
      bank.registers |= static_cast<std::uint32_t>(bits[byte]) << 8 * byte;
    }
    result.push_back(bank);
  }
  if (reader.failure()) return cut(kGetCapability, reader);
  return result;
}

}  // namespace nonvol::tpm
