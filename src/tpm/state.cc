#include "tpm/state.h"

#include <fmt/format.h>

namespace nonvol::tpm {
namespace {

constexpr std::uint32_t kPersistentAllMagic = 0xab364723;
constexpr std::uint16_t kTpm12StateTag = 0x0001;       // TPM_TAG_NVSTATE_V1
constexpr std::uint16_t kTpm12PermanentData = 0x0022;  // TPM_TAG_PERMANENT_DATA, with which it goes on

}  // namespace

std::string_view to_string(TpmVersion version) {
  return version == TpmVersion::k12 ? "1.2" : "2.0";
}

std::string_view entry_name(StateKind kind) {
  switch (kind) {
    case StateKind::kPermanent:
      return "permall";
    case StateKind::kVolatile:
      return "volatilestate";
    case StateKind::kSaveState:
      return "savestate";
  }
  return {};
}

Result<PermanentFacts> read_permanent(octets::Bytes state) {
  octets::Reader reader(state);
  const std::uint16_t version = reader.big_u16("version");
  octets::Reader behind(state.size() < 2 ? octets::Bytes() : state.subspan(2), 2);
  const std::uint32_t magic = behind.big_u32("magic");
  if (const auto& failure = reader.failure() ? reader.failure() : behind.failure()) {
    return Error(ErrorId::kTpmStateDamaged,
                 fmt::format("permanent TPM state is cut: {}", octets::describe(*failure)));
  }
  if (magic == kPersistentAllMagic) return PermanentFacts{TpmVersion::k20, version};
  if (version == kTpm12StateTag && magic >> 16 == kTpm12PermanentData) {
    return PermanentFacts{TpmVersion::k12, 1};
  }
  return Error(
      ErrorId::kTpmStateDamaged,
      fmt::format("permanent TPM state begins with {:04x} {:08x}, which is of neither TPM 1.2 nor 2.0",
                  version, magic));
}

}  // namespace nonvol::tpm
