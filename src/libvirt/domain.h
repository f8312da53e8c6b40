#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "outcome/result.h"

namespace nonvol::libvirt {

// <os firmware=''>: which firmware libvirt is to look for; kNone where it is given by path, or not at all.
enum class FirmwareType { kNone, kBios, kEfi };
std::string_view to_string(FirmwareType type);  // "", "bios", "efi"

// <loader type=''>
enum class LoaderType { kNone, kRom, kPflash };
std::string_view to_string(LoaderType type);  // "", "rom", "pflash"

// Where <nvram> says that the guest's variables are.
struct NvramSource {
  std::string type = "file";  // as <disk> has them: "file", "block", "network", ...
  bool type_given = false;    // the form with <source>
  std::string path;           // of a file or a device; empty: left to libvirt
  std::string format;         // "raw", "qcow2" or what stands there; empty: left to libvirt

  bool is_local() const { return type == "file" || type == "block" || type == "dir"; }
  bool is_empty() const { return is_local() && path.empty(); }
};

// <loader> and <nvram> together, as libvirt keeps them (virDomainLoaderDef).
struct Loader {
  std::string path;  // empty: not given
  LoaderType type = LoaderType::kNone;
  std::optional<bool> readonly;
  std::optional<bool> secure;
  std::optional<bool> stateless;
  std::string format;  // empty: not given
  std::optional<std::string> nvram_template;
  std::string nvram_template_format;  // empty: not given
  std::optional<NvramSource> nvram;
};

// What of a domain XML has to do with its firmware.
struct Domain {
  std::string name;
  std::string virtualization;  // "kvm", "qemu"
  std::string architecture;    // as QEMU names it: "i386" for libvirt's "i686"
  std::string machine;         // an alias or a concrete name
  FirmwareType firmware = FirmwareType::kNone;
  bool asks_for_features = false;  // a <feature> stands in <firmware>
  std::optional<bool> secure_boot;
  std::optional<bool> enrolled_keys;
  std::optional<Loader> loader;  // there as soon as <loader> or <nvram> is
  std::string kernel;
  bool acpi = false;
  std::optional<bool> smm;
  std::optional<bool> suspend_to_memory;
  std::optional<bool> suspend_to_disk;
  std::string launch_security;  // "sev", "sev-snp", "tdx", "s390-pv"; empty: none
  std::uint64_t sev_policy = 0;
};

// Reads a domain XML as libvirt 11.3 does (virDomainDefParseXML and what it calls for <os>, <features>, <pm>
// and <launchSecurity>); everything else in it is passed over. What is left out gets libvirt's default: the
// host's architecture, and the machine that libvirt prefers for an architecture. At most one mebibyte, nested
// at most 256 deep as with libxml2. `file` only appears in places. Errors: kXmlSyntax, kDomainElement,
// kDomainTooLarge, with line and column.
Result<Domain> parse_domain(std::string_view text, const std::string& file);

// libvirt's name of an architecture as QEMU has it, and the other names as they are.
std::string qemu_architecture(std::string_view libvirt_name);

// The machine of a domain that names none: not nonvol's default, but libvirt's (preferredMachines in its
// qemu_capabilities.c, QEMU's own default elsewhere).
std::string preferred_machine(std::string_view architecture);

// The edk2 bit of SEV's policy that asks for encrypted state (AMD's SEV API, "Guest Policy Structure").
inline constexpr std::uint64_t kSevEncryptedState = 1u << 2;

}  // namespace nonvol::libvirt
