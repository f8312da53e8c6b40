#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "varstore/contents.h"

namespace nonvol::varstore {

// What a store can be made into.
struct Target {
  std::string_view name;                   // "ovmf-4m", "armvirt-padded", "qemu-json", ...
  const flash::Layout* layout = nullptr;   // of a flash store; else null
  std::uint64_t file_bytes = 0;            // of a flash store: more than its volume where the file is padded
  forms::Form form = forms::Form::kFlash;  // what it is
  // Flash whose records have no time stamp, count and key index, as RiscVVirt without Secure Boot had before
  // edk2-stable202402.
  bool plain = false;
};

// All names that target_named() knows, in the order in which help lists them.
std::span<const std::string_view> target_names();
std::optional<Target> target_named(std::string_view name);

// A store in another layout or form, in memory.
struct Conversion {
  std::vector<std::uint8_t> bytes;
  std::uint64_t file_bytes = 0;  // what lies behind `bytes` is zero, as Debian pads its templates
  std::vector<variable::Variable> variables;  // what is in it, in its order
  std::size_t dead_records = 0;               // old values of a flash source, which stay behind
  std::vector<Finding> findings;              // of the source, and what will be different for the guest
};

// The live variables of `source`, read with `thorough`, as a new store: in the same order, with every field.
// What interrupted writes left is carried out on the way, as the firmware would. `output_name` is for
// messages. The digests of signers move between `certdb` and the variables where the two keep them in
// different places. Nothing is dropped: kStoreNotConvertible where damage may hide variables, kDoesNotFit
// (with a note for each variable) where firmware of the layout would not take them all, kNotInPlainStore, and
// those of forms::write_form.
Result<Conversion> convert(const Contents& source, const Target& target, const std::string& output_name);

// Whether the bytes behind the volume of a flash store are padding: all 00 or all FF. OVMF.fd has the
// firmware's code there.
Result<bool> is_only_a_store(storage::BlockFile& file, const Contents& source);
// kMoreThanAStore where it is not: a converted store would not be all that the guest has.
Result<void> check_only_a_store(storage::BlockFile& file, const Contents& source);

// Compares field by field what was read of the new file with what was to be in it: kConvertedDiffers.
Result<void> check_converted(const Conversion& conversion, const Contents& read_back);

}  // namespace nonvol::varstore
