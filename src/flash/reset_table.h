#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/guid.h"
#include "octets/reader.h"
#include "outcome/error.h"

namespace nonvol::flash {

// The last bytes of a file that hold the table and what it points to in all known builds.
inline constexpr std::uint64_t kResetTableReach = 64 << 10;

// One entry: data that a GUID gives a meaning.
struct ResetEntry {
  octets::Guid guid;
  std::uint64_t offset_bytes = 0;  // of the data in the file
  std::vector<std::uint8_t> data;
};
// "SEV-ES reset block", "TDX metadata", ...; "unknown" for other GUIDs.
std::string_view entry_name(const octets::Guid& guid);

// A stretch of guest memory that metadata speaks of, and where its bytes are in the file.
struct MetadataSection {
  std::uint32_t type = 0;
  std::uint64_t memory_offset_bytes = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_offset_bytes = 0;  // TDX only; both 0 where the section is memory alone
  std::uint64_t file_bytes = 0;
};

// The table of GUIDed structures below the reset vector of x86 images (edk2,
// OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm; QEMU reads it in hw/i386/pc_sysfw_ovmf.c), and the metadata
// that it points to.
struct ResetTable {
  std::uint64_t offset_bytes = 0;  // in the file
  std::uint64_t size_bytes = 0;    // with the footer
  std::vector<ResetEntry> entries;
  bool damaged = false;  // not all of it could be read: what is missing here may be there
  std::optional<std::vector<MetadataSection>> sev;  // the descriptor "ASEV", for SEV-SNP
  std::optional<std::vector<MetadataSection>> tdx;  // the descriptor "TDVF"

  const ResetEntry* find(const octets::Guid& guid) const;
};

namespace reset_entry {
inline constexpr octets::Guid kSevEsReset = octets::guid_literal("00f771de-1a7e-4fcb-890e-68c77e2fb44e");
inline constexpr octets::Guid kSevSecret = octets::guid_literal("4c2eb361-7d9b-4cc3-8081-127c90d3d294");
inline constexpr octets::Guid kSevHashes = octets::guid_literal("7255371f-3a3b-4b04-927b-1da6efa8d454");
inline constexpr octets::Guid kSevMetadata = octets::guid_literal("dc886566-984a-4798-a75e-5585a7bf67cc");
inline constexpr octets::Guid kTdxMetadata = octets::guid_literal("e47a6535-984a-4798-865e-4685a7bf8ec2");
inline constexpr octets::Guid kIgvmParameters = octets::guid_literal("784fa70e-3176-4677-8a20-04b68699e374");
}  // namespace reset_entry

// Nothing where the file does not end with such a table. `tail` is the file's last bytes, all or at least
// kResetTableReach of them. Damage is told in `findings` (kResetTableDamaged) and what is damaged left out.
std::optional<ResetTable> read_reset_table(const std::string& file_name, octets::Bytes tail,
                                           std::uint64_t file_size_bytes, std::vector<Finding>& findings);

}  // namespace nonvol::flash
