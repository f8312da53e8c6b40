#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flash/layout.h"
#include "octets/reader.h"
#include "outcome/error.h"
#include "variable/variable.h"

namespace nonvol::flash {

// What of a firmware build decides over a store's fate.
struct FirmwareTraits {
  enum class Family { kX86, kArm };  // kArm: VirtNorFlashDxe, also of RISC-V and LoongArch
  Family family = Family::kX86;
  const Layout* expects = nullptr;  // never null for predict(); one of the known layouts
  bool smm = false;                 // variables are kept behind SMM; x86 only
  // The flash driver looks through every record (edk2-stable202402 and later); kArm only.
  bool validates_records = false;
  std::string code_name;  // for messages: "OVMF_CODE_4M.fd"
};

// What the firmware will do with a store at its next start.
struct Prediction {
  enum class Outcome {
    kKeeps,             // every variable is there, and what the guest writes is kept
    kKeepsAfterReplay,  // the same, after an interrupted write was taken up again
    kLosesVariables,    // boots, but some variables are gone
    kFormats,           // boots, and all variables are gone
    kVolatile,          // boots, and what the guest writes is not kept
    kWipesAndCrashes,   // erases the file, then stops with an exception, at every start
    kCrashes,           // stops with an exception; the file stays as it is
    kHangs,             // stops without a word
    kRefused,           // QEMU does not start
  };
  Outcome outcome = Outcome::kKeeps;
  std::vector<Finding> reasons;          // why; empty for kKeeps where nothing is odd
  std::vector<variable::Identity> live;  // the variables that the firmware will see of this file
  std::vector<variable::Identity> lost;  // those that can be read in the file but that it will not see
};

// "keeps", "keeps-after-replay", "loses-variables", "formats", "volatile", "wipes-and-crashes", "crashes",
// "hangs", "refused".
std::string_view to_string(Prediction::Outcome outcome);

// Looks at the file in the order in which the firmware's drivers do (docs/formats/varstore-damage.md).
// `file` is the whole file, or its beginning up to the end of the volume at least where it has one; a store
// in a file of another size than its layout's lies where the firmware does not look for it. Release builds
// are meant: debug builds stop at assertions that these pass over.
Prediction predict(const std::string& file_name, octets::Bytes file, std::uint64_t file_size_bytes,
                   const FirmwareTraits& firmware);

}  // namespace nonvol::flash
