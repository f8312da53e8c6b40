#pragma once

#include <cstdint>

#include "octets/guid.h"

// How the parts of a store are known (docs/formats/varstore.md). Inside this folder only.
namespace nonvol::flash {

// EFI_SYSTEM_NV_DATA_FV_GUID, the file system of a volume that has none.
inline constexpr octets::Guid kNvData = octets::guid_literal("fff12b8d-7696-4c8b-a985-2747075b4f50");
// EFI_AUTHENTICATED_VARIABLE_GUID and EFI_VARIABLE_GUID.
inline constexpr octets::Guid kAuthenticatedStore =
    octets::guid_literal("aaf32c78-947b-439a-a180-2e144ec37792");
inline constexpr octets::Guid kPlainStore = octets::guid_literal("ddcf3616-3275-4164-98b6-fe85707ffe7d");
// EDKII_WORKING_BLOCK_SIGNATURE_GUID begins every formatted working area.
inline constexpr octets::Guid kWorkingArea = octets::guid_literal("9e58292b-7c68-497d-a0ce-6500fd9f1b95");

inline constexpr std::uint32_t kVolumeSignature = 0x4856465f;  // "_FVH"
inline constexpr std::uint8_t kVolumeRevision = 2;
inline constexpr std::uint8_t kStoreFormatted = 0x5a;
inline constexpr std::uint8_t kStoreHealthy = 0xfe;

}  // namespace nonvol::flash
