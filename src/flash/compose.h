#pragma once

#include <cstdint>
#include <vector>

#include "flash/variable_store.h"
#include "variable/variable.h"

namespace nonvol::flash {

// The bytes of a volume that holds no variables, as edk2's build makes them for `layout`
// (OvmfPkg/VarStore.fdf.inc, ArmVirtPkg/VarStore.fdf.inc): headers, erased records, a working area with an
// empty queue, an erased spare. Its size is layout.volume_bytes; `layout` is not the unknown one.
std::vector<std::uint8_t> blank_volume(const Layout& layout, HeaderKind kind);

// The front of it: volume header and store header.
std::vector<std::uint8_t> volume_headers(const Layout& layout, HeaderKind kind);
// The header that the firmware gives a working area of this size, with the checksum that it compares.
std::vector<std::uint8_t> working_area_header(const Layout& layout);
// A working area without a write in it.
std::vector<std::uint8_t> empty_working_area(const Layout& layout);

// Name and data as one record: header, name with its NUL, data and padding up to the next record.
std::vector<std::uint8_t> encode_record(const variable::Variable& variable, HeaderKind kind,
                                        std::uint8_t state);
// The same without the padding, which is what the firmware's limits and the end of the store are about.
std::uint64_t content_bytes_of(const variable::Variable& variable, HeaderKind kind);

}  // namespace nonvol::flash
