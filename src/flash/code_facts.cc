#include "flash/code_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "flash/code_facts_bytes.h"
#include "flash/image.h"
#include "flash/layout.h"
#include "flash/section_types.h"

namespace nonvol::flash {
namespace {

using octets::Bytes;
using octets::Guid;
using octets::guid_literal;

// Modules that tell something, with the names of their files in edk2; builds without UI sections have only
// those.
struct Module {
  std::string_view name;
  Guid file;
};
constexpr Module kSecureBootConfig{"SecureBootConfigDxe",
                                   guid_literal("f0e6a44f-7195-41c3-ac64-54f202cd0a21")};
constexpr Module kSecurityStub{"SecurityStubDxe", guid_literal("f80697e9-7fd6-4665-8646-88e33ef71dfc")};
constexpr Module kS3Resume{"S3Resume2Pei", guid_literal("89e549b0-7cfe-449d-9ba3-10d8b2312d71")};
constexpr Module kS3SaveState{"S3SaveStateDxe", guid_literal("bdce85bb-fbaa-4f4e-9264-501a2c249581")};
constexpr Module kAmdSev{"AmdSevDxe", guid_literal("2ec9da37-ee35-4de9-86c5-6d9a81dc38a7")};
constexpr Module kFvbRuntime{"FvbServicesRuntimeDxe", guid_literal("733cbac2-b23f-4b92-bc8e-fb01ce5907b7")};
constexpr Module kFvbSmm{"FvbServicesSmm", guid_literal("2e7db7a7-608e-4041-b45f-00359e0766c6")};
constexpr Module kEmuFvb{"EmuVariableFvbRuntimeDxe", guid_literal("22dc2b60-fe40-42ac-b01f-3ab1fad9aad8")};
constexpr Module kVariableSmm{"VariableSmm", guid_literal("23a089b3-eed5-4ac5-b2ab-43e3298c2343")};
constexpr Module kVariableRuntime{"VariableRuntimeDxe", guid_literal("cbd2e4d5-7068-4ff5-b462-9822b4ad8d60")};
constexpr Module kVirtMm{"VirtMmCommunication", guid_literal("0b807404-2d1c-4066-95f4-f28a58800185")};
constexpr Module kSmbiosPlatform{"SmbiosPlatformDxe", guid_literal("4110465d-5ff3-4f4b-b580-24ed0d06747a")};
constexpr Module kPcdDxe{"PcdDxe", guid_literal("80cf7257-87ab-47f9-a3fe-d50b76d89541")};

namespace file_type {
constexpr std::uint8_t kSecCore = 0x03;
constexpr std::uint8_t kPeiCore = 0x04;
constexpr std::uint8_t kDxeCore = 0x05;
}  // namespace file_type

void set(Trait& trait, bool value, Certainty certainty, std::string rests_on) {
  trait.value = value;
  trait.certainty = certainty;
  trait.rests_on = std::move(rests_on);
}

bool contains(Bytes bytes, Bytes wanted) {
  return ::memmem(bytes.data(), bytes.size(), wanted.data(), wanted.size()) != nullptr;
}
bool contains(Bytes bytes, std::string_view ascii) {
  return ::memmem(bytes.data(), bytes.size(), ascii.data(), ascii.size()) != nullptr;
}

// The image, asked for modules.
class Code {
 public:
  explicit Code(const FirmwareImage& image) : image_(image) {
    for (const ImagePart& part : image.parts) {
      if (part.kind == ImagePart::Kind::kFile && !part.deleted) files_.push_back(&part);
    }
    constexpr ErrorId kHides[] = {ErrorId::kSectionNotOpened,  ErrorId::kUnpackFailed,
                                  ErrorId::kUnpackLimit,       ErrorId::kTooManyParts,
                                  ErrorId::kVolumeFileDamaged, ErrorId::kSectionDamaged};
    complete_ = std::ranges::none_of(image.parts, [](const ImagePart& part) {
      return part.kind == ImagePart::Kind::kUnknown && part.parent != kNoPart;
    });
    for (const Finding& finding : image.findings) {
      if (std::ranges::find(kHides, finding.id) != std::end(kHides)) complete_ = false;
    }
  }

  bool empty() const { return files_.empty(); }
  // Everything was looked into, so that what was not found is not there.
  bool complete() const { return complete_; }
  const ImagePart* find(const Module& module) const {
    const auto found = std::ranges::find_if(files_, [&](const ImagePart* file) {
      return file->guid == module.file || file->name == module.name;
    });
    return found == files_.end() ? nullptr : *found;
  }
  bool has(const Module& module) const { return find(module) != nullptr; }
  const ImagePart* find_type(std::uint8_t type) const {
    const auto found = std::ranges::find(files_, type, [](const ImagePart* file) { return file->type; });
    return found == files_.end() ? nullptr : *found;
  }
  Bytes content(const ImagePart* file) const { return file == nullptr ? Bytes{} : image_.content(*file); }

 private:
  const FirmwareImage& image_;
  std::vector<const ImagePart*> files_;
  bool complete_ = true;
};

// What a module's absence means, if all modules were seen.
void set_absent(Trait& trait, const Code& code, std::string rests_on) {
  if (code.complete()) set(trait, false, Certainty::kLikely, std::move(rests_on));
}

// Why there is no answer, where nothing better was said.
void say_why_unknown(const Code& code, CodeFacts& facts) {
  const std::string_view why =
      code.complete() ? "nothing tells" : "not all of the image could be looked into";
  for (Trait* trait : {&facts.secure_boot, &facts.requires_smm, &facts.acpi_s3, &facts.amd_sev,
                       &facts.amd_sev_es, &facts.amd_sev_snp, &facts.intel_tdx, &facts.uefi_vars_device,
                       &facts.debug_build, &facts.confidential_only}) {
    if (!trait->value && trait->rests_on.empty()) trait->rests_on = why;
  }
}

// --- architecture

// Of the first file of that type.
std::string architecture_of_file(const FirmwareImage& image, std::uint8_t type) {
  for (const ImagePart& part : image.parts) {
    const bool code = part.kind == ImagePart::Kind::kSection &&
                      (part.type == section_type::kPe32 || part.type == section_type::kTerse);
    if (!code || part.parent == kNoPart) continue;
    const ImagePart& file = image.parts[part.parent];
    if (file.kind != ImagePart::Kind::kFile || file.type != type) continue;
    const std::string_view architecture = architecture_of_section(image.content(part), part.type);
    if (!architecture.empty()) return std::string(architecture);
  }
  return {};
}

// --- features

void secure_boot_facts(const Code& code, CodeFacts& facts) {
  // DxeImageVerificationLib, the library that refuses unsigned programs, is linked into this module and names
  // the variable there.
  constexpr std::uint8_t kRevocations[] = {'d', 0, 'b', 0, 'x', 0, 0, 0};
  const ImagePart* stub = code.find(kSecurityStub);
  const bool verifies = stub != nullptr && contains(code.content(stub), kRevocations);
  if (verifies && code.has(kSecureBootConfig)) {
    set(facts.secure_boot, true, Certainty::kLikely,
        "module SecureBootConfigDxe, and 'dbx' in SecurityStubDxe");
  } else if (verifies) {
    set(facts.secure_boot, true, Certainty::kLikely, "'dbx' in module SecurityStubDxe");
  } else if (stub != nullptr) {
    set_absent(facts.secure_boot, code, "no 'dbx' in module SecurityStubDxe, which would check signatures");
  } else {
    set_absent(facts.secure_boot, code, "no module SecurityStubDxe, which would check signatures");
  }
}

void variable_facts(const Code& code, CodeFacts& facts) {
  if (code.has(kVirtMm)) {
    set(facts.uefi_vars_device, true, Certainty::kLikely, "module VirtMmCommunication");
  } else {
    set_absent(facts.uefi_vars_device, code, "no module VirtMmCommunication");
  }
  const bool plain = code.has(kVariableRuntime) || code.has(kFvbRuntime);
  if (code.has(kVariableSmm) && !plain) {
    set(facts.requires_smm, true, Certainty::kLikely,
        "module VariableSmm, and neither VariableRuntimeDxe nor FvbServicesRuntimeDxe");
  } else if (plain && !code.has(kVariableSmm)) {
    set(facts.requires_smm, false, Certainty::kLikely,
        "variables are kept by module VariableRuntimeDxe, without SMM");
  } else if (!plain) {
    set_absent(facts.requires_smm, code, "no module VariableSmm");
  } else {
    facts.requires_smm.rests_on = "modules VariableSmm and VariableRuntimeDxe are both there";
  }
}

void sleep_facts(const Code& code, CodeFacts& facts) {
  if (code.has(kS3Resume) && code.has(kS3SaveState)) {
    set(facts.acpi_s3, true, Certainty::kLikely, "modules S3Resume2Pei and S3SaveStateDxe");
  } else {
    set_absent(facts.acpi_s3, code,
               fmt::format("no module {}", code.has(kS3Resume) ? kS3SaveState.name : kS3Resume.name));
  }
}

void debug_facts(const Code& code, CodeFacts& facts) {
  const ImagePart* core = code.find_type(file_type::kDxeCore);
  if (core == nullptr) {
    facts.debug_build.rests_on = "no DXE core was found";
    return;
  }
  // CoreInstallProtocolInterfaceNotify says this in every build that prints, and DebugAssert the other.
  for (const std::string_view words : {"InstallProtocolInterface: ", "ASSERT [", "ASSERT_EFI_ERROR"}) {
    if (!contains(code.content(core), words)) continue;
    set(facts.debug_build, true, Certainty::kLikely, fmt::format("'{}' in the DXE core", words));
    return;
  }
  set(facts.debug_build, false, Certainty::kLikely, "no message of a debug build in the DXE core");
}

// --- confidential guests

bool has_base(const ResetTable& table, const Guid& guid) {
  const ResetEntry* entry = table.find(guid);
  if (entry == nullptr) return false;
  octets::Reader reader(entry->data);
  return reader.u32("base") != 0;
}

std::string sections_text(std::size_t count) {
  return fmt::format("{} section{}", count, count == 1 ? "" : "s");
}

// Of a damaged table, what is not there may have been.
void set_by_entry(Trait& trait, const ResetTable& table, const Guid& guid,
                  const std::optional<std::vector<MetadataSection>>& metadata, std::string_view name) {
  if (metadata) {
    set(trait, true, Certainty::kProven,
        fmt::format("{} metadata in the reset vector's table: {}", name, sections_text(metadata->size())));
  } else if (table.find(guid) == nullptr && !table.damaged) {
    set(trait, false, Certainty::kProven, "no entry for it in the reset vector's table");
  }
}

void table_facts(const ResetTable& table, CodeFacts& facts) {
  // The entry is in 32-bit builds too, which have no handler for the exceptions of such guests; the one of
  // SNP is in 64-bit builds only.
  const bool has_reset_block = table.find(reset_entry::kSevEsReset) != nullptr;
  if (has_reset_block && table.sev) {
    set(facts.amd_sev_es, true, Certainty::kProven,
        "entries for SEV-ES and SEV-SNP in the reset vector's table");
  } else if (has_reset_block) {
    facts.amd_sev_es.rests_on =
        "an entry for SEV-ES in the reset vector's table, which 32-bit builds have too";
  } else {
    set_by_entry(facts.amd_sev_es, table, reset_entry::kSevEsReset, std::nullopt, "");
  }
  set_by_entry(facts.amd_sev_snp, table, reset_entry::kSevMetadata, table.sev, "SEV");
  set_by_entry(facts.intel_tdx, table, reset_entry::kTdxMetadata, table.tdx, "TDX");
  if (has_base(table, reset_entry::kSevSecret) || has_base(table, reset_entry::kSevHashes)) {
    set(facts.confidential_only, true, Certainty::kProven,
        "the reset vector's table gives secrets or hashes a place, as OVMF's AmdSev build does");
  }
  constexpr std::uint32_t kConfigurationVolume = 1;  // TDX_METADATA_SECTION_TYPE_CFV
  if (!table.tdx) return;
  for (const MetadataSection& section : *table.tdx) {
    if (section.type != kConfigurationVolume || section.file_bytes == 0) continue;
    facts.store =
        CodeFacts::Store{section.file_bytes, Certainty::kProven, "configuration volume of the TDX metadata"};
  }
}

void early_code_facts(const ResetTable& table, CodeFacts& facts) {
  if (facts.amd_sev_es.value || table.find(reset_entry::kSevEsReset) == nullptr) return;
  if (facts.early_architecture == "i386") {
    set(facts.amd_sev_es, false, Certainty::kLikely, "what runs before the DXE core is 32-bit code");
  } else if (facts.early_architecture == "x86_64") {
    set(facts.amd_sev_es, true, Certainty::kProven,
        "an entry for SEV-ES in the reset vector's table, and 64-bit code behind it");
  }
}

void x86_facts(const FirmwareImage& image, const Code& code, CodeFacts& facts) {
  if (image.reset_table) {
    table_facts(*image.reset_table, facts);
    early_code_facts(*image.reset_table, facts);
  } else {
    for (Trait* trait : {&facts.amd_sev_es, &facts.amd_sev_snp, &facts.intel_tdx}) {
      set(*trait, false, Certainty::kLikely, "no table below the reset vector");
    }
  }
  if (code.has(kAmdSev)) {
    set(facts.amd_sev, true, Certainty::kLikely, "module AmdSevDxe");
  } else {
    set_absent(facts.amd_sev, code, "no module AmdSevDxe");
  }
  const bool table_was_seen = !image.reset_table || !image.reset_table->damaged;
  if (facts.confidential_only.value || !code.complete() || !table_was_seen) return;
  // OvmfPkg/IntelTdx goes from SEC to DXE at once; all others have a PEI phase.
  const bool has_pei = code.find_type(file_type::kPeiCore) != nullptr;
  if (facts.intel_tdx.value.value_or(false) && !has_pei) {
    set(facts.confidential_only, true, Certainty::kLikely,
        "TDX metadata and no PEI core, as in OVMF's IntelTdx build");
  } else if (has_pei) {
    set(facts.confidential_only, false, Certainty::kLikely,
        "a PEI core, and no place for secrets or hashes in the reset vector's table");
  }
}

void other_architecture_facts(CodeFacts& facts) {
  const std::string rests_on = fmt::format("code for {}", facts.architecture);
  for (Trait* trait : {&facts.amd_sev, &facts.amd_sev_es, &facts.amd_sev_snp, &facts.intel_tdx}) {
    set(*trait, false, Certainty::kProven, rests_on);
  }
  set(facts.confidential_only, false, Certainty::kLikely,
      fmt::format("code for {}, for which edk2 has no such build", facts.architecture));
}

// --- the store

void store_facts(const FirmwareImage& image, const Code& code, CodeFacts& facts) {
  const auto own = std::ranges::find_if(image.parts, [](const ImagePart& part) {
    return part.kind == ImagePart::Kind::kStore && part.parent == kNoPart;
  });
  facts.has_own_store = own != image.parts.end();
  if (facts.has_own_store) {
    facts.store =
        CodeFacts::Store{own->size_bytes, Certainty::kProven, "the variable store in the same file"};
    return;
  }
  if (facts.store) return;
  for (const Module& module : {kFvbRuntime, kFvbSmm, kEmuFvb}) {
    const auto bytes = store_template_bytes(code.content(code.find(module)));
    if (!bytes) continue;
    facts.store = CodeFacts::Store{*bytes, Certainty::kProven,
                                   fmt::format("header of an empty store in module {}", module.name)};
    return;
  }
  if (const Layout* layout = layout_of_code(image.file.size_bytes())) {
    facts.store = CodeFacts::Store{layout->volume_bytes, Certainty::kLikely, "the size of the file"};
    return;
  }
  constexpr std::string_view kWithOneLayout[] = {"aarch64", "arm", "riscv64", "loongarch64"};
  if (std::ranges::find(kWithOneLayout, facts.architecture) != std::end(kWithOneLayout)) {
    constexpr std::uint64_t kVolumeBytes = 0xc0000;
    facts.store = CodeFacts::Store{
        kVolumeBytes, Certainty::kLikely,
        fmt::format("code for {}, of which all builds of edk2 have one layout", facts.architecture)};
  }
}

// --- version

void version_facts(const Code& code, CodeFacts& facts) {
  for (const ImagePart* file :
       {code.find(kSmbiosPlatform), code.find(kPcdDxe), code.find_type(file_type::kDxeCore)}) {
    if (!facts.version.empty()) return;
    facts.version = version_in(code.content(file));
  }
}

}  // namespace

std::string_view to_string(Certainty certainty) {
  switch (certainty) {
    case Certainty::kLikely:
      return "likely";
    case Certainty::kProven:
      return "proven";
    case Certainty::kUnknown:
      break;
  }
  return "unknown";
}

std::vector<NamedTrait> named_traits(const CodeFacts& facts) {
  return {{"secure-boot", &facts.secure_boot}, {"requires-smm", &facts.requires_smm},
          {"acpi-s3", &facts.acpi_s3},         {"amd-sev", &facts.amd_sev},
          {"amd-sev-es", &facts.amd_sev_es},   {"amd-sev-snp", &facts.amd_sev_snp},
          {"intel-tdx", &facts.intel_tdx},     {"host-uefi-vars", &facts.uefi_vars_device},
          {"debug-build", &facts.debug_build}, {"confidential-only", &facts.confidential_only}};
}

CodeFacts code_facts_of_table(const ResetTable& table) {
  CodeFacts facts;
  facts.has_code = true;
  table_facts(table, facts);
  return facts;
}

CodeFacts code_facts(const FirmwareImage& image) {
  CodeFacts facts;
  const Code code(image);
  if (code.empty()) return facts;
  facts.has_code = true;
  facts.architecture = architecture_of_file(image, file_type::kDxeCore);
  for (const std::uint8_t type : {file_type::kSecCore, file_type::kPeiCore}) {
    if (facts.early_architecture.empty()) facts.early_architecture = architecture_of_file(image, type);
  }
  secure_boot_facts(code, facts);
  variable_facts(code, facts);
  sleep_facts(code, facts);
  debug_facts(code, facts);
  // The table is x86's; where no architecture could be read, it tells that too.
  const bool x86 = facts.architecture == "x86_64" || facts.architecture == "i386";
  if (x86 || (facts.architecture.empty() && image.reset_table)) {
    x86_facts(image, code, facts);
  } else if (!facts.architecture.empty()) {
    other_architecture_facts(facts);
  }
  store_facts(image, code, facts);
  version_facts(code, facts);
  say_why_unknown(code, facts);
  return facts;
}

}  // namespace nonvol::flash
