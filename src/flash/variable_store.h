#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flash/layout.h"
#include "flash/pending_write.h"
#include "octets/guid.h"
#include "octets/reader.h"
#include "octets/text.h"
#include "outcome/error.h"
#include "variable/timestamp.h"
#include "variable/variable.h"

namespace nonvol::flash {

// A record's state byte. Bits only ever go from 1 to 0; any other value can be met in a damaged store.
namespace state {
inline constexpr std::uint8_t kUnwritten = 0xff;
inline constexpr std::uint8_t kHeaderOnly = 0x7f;
inline constexpr std::uint8_t kAdded = 0x3f;
inline constexpr std::uint8_t kInDeleteTransition = 0x3e;
inline constexpr std::uint8_t kDeleted = 0x3d;
inline constexpr std::uint8_t kReplaced = 0x3c;
}  // namespace state

bool is_known_state(std::uint8_t state);
// "added", "in delete transition", "deleted", "replaced", "header only", "unwritten" or "unknown (0x12)".
std::string state_name(std::uint8_t state);

// One variable record, alive or dead. Sizes and offsets are those of the file.
struct Record {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;  // header, name, data and padding: the next record starts behind it
  std::uint8_t state = 0;
  // The state or a field is unwritten (FF…): edk2 counts both sizes as zero and so does `size_bytes`.
  bool is_hole = false;
  // Header and sizes stay inside the store. Otherwise name and data are empty, and the walk ended here.
  bool fits = true;
  std::uint32_t attributes = 0;
  std::uint64_t monotonic_count = 0;             // 0 in plain stores
  std::optional<variable::Timestamp> timestamp;  // none in plain stores
  std::uint32_t public_key_index = 0;            // 0 in plain stores
  std::uint32_t name_size_bytes = 0;             // as the header says, also where that is nonsense
  std::uint32_t data_size_bytes = 0;             // likewise
  octets::Guid vendor;
  octets::Utf8Text name;  // without the final NUL
  Range name_utf16;       // where the name lies, final NUL included
  Range data;
};

enum class HeaderKind { kAuthenticated, kPlain };
std::uint64_t record_header_size_bytes(HeaderKind kind);

// EFI_FIRMWARE_VOLUME_HEADER (PI 1.8, volume 3, 3.2.1).
struct VolumeHeader {
  struct BlockRun {
    std::uint32_t blocks = 0;
    std::uint32_t block_bytes = 0;
  };
  std::uint64_t length_bytes = 0;
  std::uint32_t attributes = 0;
  std::uint16_t header_length_bytes = 0;
  std::uint16_t checksum = 0;
  std::uint16_t extended_header_offset_bytes = 0;
  std::uint8_t revision = 0;
  std::vector<BlockRun> block_map;  // without its end mark
};

// VARIABLE_STORE_HEADER, which lies straight behind the volume header.
struct StoreHeader {
  std::uint64_t offset_bytes = 0;
  octets::Guid signature;
  std::uint32_t size_bytes = 0;  // counts this header and the records
  std::uint8_t format = 0;
  std::uint8_t state = 0;
};

enum class Blank {
  kNo,
  kZero,    // all 0x00: a template that the firmware formats
  kErased,  // all 0xFF: erased flash
};

// What a store file says, with nothing left out: dead records and holes are here too. Movable; records and
// ranges stay valid when it is moved. Blank stores have no headers, no records and no bytes.
struct VariableStore {
  std::string file_name;
  std::uint64_t file_size_bytes = 0;
  Blank blank = Blank::kNo;
  HeaderKind kind = HeaderKind::kAuthenticated;
  VolumeHeader volume;
  StoreHeader header;
  const Layout* layout = nullptr;         // never null once read; a guess by file size where blank
  std::uint64_t records_begin_bytes = 0;  // offset in the file
  std::uint64_t records_end_bytes = 0;    // where the walk ended, hence where the firmware would append
  std::uint64_t store_end_bytes = 0;      // records may reach to here
  std::vector<Record> records;            // in file order
  std::vector<Finding> findings;
  // The pending write that was applied to `bytes`; the file itself still holds what stood there before.
  std::optional<PendingWrite> replayed;
  std::vector<std::uint8_t> bytes;  // the file from its start, as far as it was read

  std::uint64_t capacity_bytes() const { return store_end_bytes - records_begin_bytes; }
  std::uint64_t used_bytes() const { return records_end_bytes - records_begin_bytes; }

  // What lies at `range`; empty where it was not read.
  octets::Bytes at(Range range) const;
  octets::Bytes data(const Record& record) const { return at(record.data); }
  octets::Bytes name_utf16(const Record& record) const { return at(record.name_utf16); }
};

// The variables as the firmware sees them, in file order; they point into `store.records`. One variable is
// one vendor GUID with one name. Of its records the first "added" one counts; where there is none, the last
// "in delete transition" one. Holes, records that do not fit and records without a name are never live.
std::vector<const Record*> live_variables(const VariableStore& store);

// Whether the record's state and shape let it be live: "added" or "in delete transition", whole, and named.
bool can_be_live(const Record& record);
// Vendor and name alone: looking for a variable copies no data.
variable::Identity identity_of(const VariableStore& store, const Record& record);
// A record's content without what belongs to this flash: where it lies and in which state.
variable::Variable variable_of(const VariableStore& store, const Record& record);
// Of every live variable, in file order.
std::vector<variable::Variable> variables_of(const VariableStore& store);

}  // namespace nonvol::flash
