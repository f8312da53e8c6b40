#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nonvol::flash {

struct FirmwareImage;
struct ResetTable;

// How sure a statement about a code image is.
enum class Certainty {
  kUnknown,  // not looked at, or nothing speaks for it or against it
  kLikely,   // modules or words that go with it are there, or are not
  kProven,   // a structure that is there to say it says it
};
std::string_view to_string(Certainty certainty);  // "unknown", "likely", "proven"

// One statement, and what it rests on.
struct Trait {
  std::optional<bool> value;  // nothing: cannot be told
  Certainty certainty = Certainty::kUnknown;
  std::string rests_on;  // "module SecureBootConfigDxe", "no entry for SEV in the reset vector's table"
};

// What a code image of edk2's virtual platforms tells about itself.
struct CodeFacts {
  Trait secure_boot;   // can enforce Secure Boot
  Trait requires_smm;  // keeps variables behind SMM
  Trait acpi_s3;       // resumes from suspend to RAM
  Trait amd_sev;
  Trait amd_sev_es;
  Trait amd_sev_snp;
  Trait intel_tdx;
  Trait uefi_vars_device;  // keeps variables in QEMU's uefi-vars device (feature host-uefi-vars)
  Trait debug_build;       // prints and asserts
  Trait
      confidential_only;  // a build for confidential guests alone, as OVMF's AmdSev and IntelTdx packages are
  // The variable store that it expects; nothing where it cannot be told.
  struct Store {
    std::uint64_t volume_bytes = 0;  // as Layout has it
    Certainty certainty = Certainty::kUnknown;
    std::string rests_on;
  };
  std::optional<Store> store;
  bool has_code = false;       // false of a variable store alone, where nothing else is told
  bool has_own_store = false;  // a variable store stands in front of the code, in the same file
  std::string version;         // "2025.02-8+deb13u1"; empty where it does not say
  // "x86_64", "aarch64", ... as descriptors name them: of the DXE core, and of what runs before it, which is
  // i386 in many builds for x86_64. Empty where it cannot be told.
  std::string architecture;
  std::string early_architecture;
};

// The statements under the names that firmware descriptors have for them; "debug-build" and
// "confidential-only" are in no descriptor.
struct NamedTrait {
  std::string_view name;
  const Trait* trait;
};
std::vector<NamedTrait> named_traits(const CodeFacts& facts);

// What everything in the image tells. Where not all of it could be looked into, nothing is concluded from
// what was not found.
CodeFacts code_facts(const FirmwareImage& image);

// What the table below the reset vector tells alone, read from the last bytes of a file
// (read_reset_table), so that nothing is unpacked: amd_sev_es, amd_sev_snp, intel_tdx, confidential_only and,
// where TDX metadata tells it, the store. Of files without the table nothing.
CodeFacts code_facts_of_table(const ResetTable& table);

}  // namespace nonvol::flash
