#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flash/variable_store.h"

namespace nonvol::flash {

// The volume header and the store header as the firmware's flash drivers and its variable driver look at
// them, field by field and not only to the first that is wrong.
struct HeaderFault {
  std::uint64_t offset_bytes = 0;  // in the volume
  std::string message;  // "firmware volume length at offset 0x20 of web01.fd: says … , … has …"
};

inline constexpr std::uint64_t kVolumeHeaderBytes = 72;  // with one run of blocks, as in every layout
inline constexpr std::uint64_t kStoreHeaderBytes = 28;
inline constexpr std::uint64_t kHeadersBytes = kVolumeHeaderBytes + kStoreHeaderBytes;

// Why x86's driver erases the volume (FwBlockService.c: ValidateFvHeader, InitializeVariableFvHeader); ARM's
// does not look at the block length (VirtNorFlashFvb.c: ValidateFvHeader).
std::optional<HeaderFault> volume_fault(const std::string& file_name, octets::Bytes volume,
                                        const Layout& layout, bool checks_blocks = true);
// What x86's flash driver lets pass and the variable driver does not: another file system GUID.
std::optional<HeaderFault> file_system_fault(const std::string& file_name, octets::Bytes volume);
// Attributes without "writes are enabled": the fault-tolerant-write driver then finds no flash to write to
// (FtwMisc.c: FindFvbForFtw).
std::optional<HeaderFault> attributes_fault(const std::string& file_name, octets::Bytes volume);
// Why the variable driver finds no store behind the volume header (GetVariableStoreStatus).
std::optional<HeaderFault> store_fault(const std::string& file_name, octets::Bytes volume);

// What the store header says; only to be used where store_fault() has nothing to say.
struct StoreClaims {
  HeaderKind kind = HeaderKind::kAuthenticated;
  std::uint32_t size_bytes = 0;
};
StoreClaims store_claims(octets::Bytes volume);

// What the signature says by itself; nullopt where it is neither of the two.
std::optional<HeaderKind> claimed_kind(octets::Bytes volume);

}  // namespace nonvol::flash
