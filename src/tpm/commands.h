#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "tpm/command_port.h"
#include "tpm/public_area.h"

namespace nonvol::tpm {

// The commands of TPM 2.0 that making and showing one takes (TPM 2.0 Library, revision 1.59, part 3; numbers
// in part 2, 6.5.2). Each is authorised, where it has to be, with an empty password: that of a hierarchy
// which nobody owns yet. Error of all: kTpmCommandRefused, also for an answer that is not as part 3 has it.

using Handle = std::uint32_t;
// Part 2, 7.4.
inline constexpr Handle kOwnerHierarchy = 0x40000001;
inline constexpr Handle kEndorsementHierarchy = 0x4000000b;
inline constexpr Handle kPlatformHierarchy = 0x4000000c;

// An index of the TPM's memory (TPMS_NV_PUBLIC, part 2, 13.5), without its policy.
struct NvPublic {
  Handle index = 0;
  std::uint16_t name_algorithm = kAlgorithmSha256;
  std::uint32_t attributes = 0;
  std::uint16_t size_bytes = 0;
};

// Which registers of one bank there are (TPMS_PCR_SELECTION, part 2, 10.6.2).
struct PcrSelection {
  std::uint16_t algorithm = 0;
  std::uint32_t registers = 0;  // bit n: register n
};

// Startup(CLEAR), 9.3. A TPM that somebody started already is none the worse.
Result<void> start_up(CommandPort& port);
// Shutdown(CLEAR), 9.4: what is in memory only is written, so that the next start is an orderly one.
Result<void> shut_down(CommandPort& port);
// SelfTest of everything, 10.2.
Result<void> self_test(CommandPort& port);

struct CreatedKey {
  Handle handle = 0;  // transient: to be flushed
  PublicArea area;
};
// 24.1, with nothing sensitive and no PCRs. `public_template` is a TPMT_PUBLIC.
Result<CreatedKey> create_primary(CommandPort& port, Handle hierarchy, octets::Bytes public_template);
// 28.5: gives a copy of the object a handle for ever.
Result<void> evict_control(CommandPort& port, Handle object, Handle persistent);
Result<void> flush_context(CommandPort& port, Handle handle);              // 28.4
Result<PublicArea> read_public(CommandPort& port, Handle handle);          // 12.4
Result<void> nv_define_space(CommandPort& port, const NvPublic& defined);  // 31.3, by the platform
// 31.7, by the platform: from the beginning, in pieces of 1024 bytes (TPM_PT_NV_BUFFER_MAX of libtpms, and
// what swtpm_setup takes).
Result<void> nv_write(CommandPort& port, Handle index, octets::Bytes data);
Result<NvPublic> nv_read_public(CommandPort& port, Handle index);  // 31.6

// 22.5: for the next start of the TPM. Banks that are not named stay as they are.
Result<void> pcr_allocate(CommandPort& port, const std::vector<PcrSelection>& banks);

// GetCapability, 30.2, asked until all is told.
// The handles of one kind, which is the highest byte of `first`, from that one on.
Result<std::vector<Handle>> get_handles(CommandPort& port, Handle first);
// TPM_PT numbers (part 2, 6.13) and their values, from `first` to the end of its group.
Result<std::vector<std::pair<std::uint32_t, std::uint32_t>>> get_properties(CommandPort& port,
                                                                            std::uint32_t first);
Result<std::vector<PcrSelection>> get_pcr_banks(CommandPort& port);

}  // namespace nonvol::tpm
