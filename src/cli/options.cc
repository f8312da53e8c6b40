#include "cli/options.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kInterfaces[] = {"uefi", "bios", "openfirmware", "uboot"};
constexpr std::string_view kDevices[] = {"flash", "memory", "kernel", "igvm"};
constexpr std::string_view kModes[] = {"split", "combined", "stateless"};
constexpr std::string_view kFormats[] = {"raw", "qcow2"};
constexpr std::string_view kOnOff[] = {"on", "off"};
constexpr std::string_view kStyles[] = {"blockdev", "drive"};

const OptionSpec kRequestOptions[] = {
    {.name = "--arch",
     .value = "ARCH",
     .help = "Architecture of the guest, as QEMU names it (default: this machine's). One of aarch64, arm, "
             "i386, loongarch64, riscv64, x86_64; others are compared as they are."},
    {.name = "--machine",
     .value = "MACHINE",
     .help = "Machine type: an alias (q35, pc, virt) or a concrete name (default: q35 or virt). An alias "
             "stands for the newest version of the QEMU in use."},
    {.name = "--interface",
     .value = "TYPE",
     .help = "Interface that the firmware offers the guest (default: uefi).",
     .choices = kInterfaces},
    {.name = "--require", .value = "FEATURE", .help = "Only firmware with this feature.", .repeatable = true},
    {.name = "--forbid",
     .value = "FEATURE",
     .help = "Only firmware without this feature.",
     .repeatable = true},
    {.name = "--device",
     .value = "DEVICE",
     .help = "Only firmware that QEMU is given in this way: pflash, -bios, -kernel or an IGVM file.",
     .choices = kDevices},
    {.name = "--mode",
     .value = "MODE",
     .help = "Only flash firmware of this mode: code and a template of variables, both in one file, or code "
             "that keeps no variables.",
     .choices = kModes},
    {.name = "--format",
     .value = "FORMAT",
     .help = "Only firmware whose executable has this format.",
     .choices = kFormats},
    {.name = "--secure-boot",
     .value = "on|off",
     .help = "Only firmware that implements Secure Boot, or only such that does not. Without a value: on. "
             "Whether keys are enrolled is another feature: --require enrolled-keys.",
     .choices = kOnOff,
     .implied = "on"},
    {.name = "--allow-missing-files",
     .help = "Also choose a descriptor whose firmware files do not exist on this machine."},
    {.name = "--trust-claims",
     .help =
         "Do not look into firmware and templates to see whether what is required of them is true. Looking costs "
         "some 100 ms where code is asked for a feature."},
};

}  // namespace

const OptionSpec kQemuVersionOption{.name = "--qemu-version",
                                    .value = "VERSION",
                                    .help =
                                        "Version of the QEMU that will run the guest, such as 7.2. Below "
                                        "4.0 the arguments use -drive if=pflash; a machine alias then "
                                        "stands for this version."};
const OptionSpec kStyleOption{.name = "--style",
                              .value = "STYLE",
                              .help = "How flash is given to QEMU: -blockdev (default) or -drive if=none.",
                              .choices = kStyles};
const OptionSpec kDryRunOption{.name = "--dry-run",
                               .help = "Say what would be done, with all refusals, and change nothing."};

std::vector<const OptionSpec*> with_request_options(std::vector<const OptionSpec*> more) {
  std::vector<const OptionSpec*> result;
  for (const OptionSpec& option : kRequestOptions) result.push_back(&option);
  result.push_back(&kQemuVersionOption);
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

emit::FlashStyle style_from(const Arguments& arguments) {
  return arguments.value("--style") == "drive" ? emit::FlashStyle::kDrive : emit::FlashStyle::kBlockdev;
}

Result<std::optional<descriptor::QemuVersion>> qemu_version_from(const Arguments& arguments) {
  if (!arguments.has("--qemu-version")) return std::optional<descriptor::QemuVersion>();
  auto version = descriptor::parse_qemu_version(arguments.value("--qemu-version"));
  if (!version) return version.error();
  return std::optional(*version);
}

Result<api::FirmwareRequest> request_from(const Arguments& arguments) {
  api::FirmwareRequest request;
  descriptor::Request& rules = request.rules;
  rules.architecture = arguments.value("--arch");
  rules.machine = arguments.value("--machine");
  if (arguments.has("--interface")) rules.interface = arguments.value("--interface");
  rules.require = arguments.all("--require");
  rules.forbid = arguments.all("--forbid");
  rules.device = descriptor::parse_device(arguments.value("--device"));
  rules.mode = descriptor::parse_flash_mode(arguments.value("--mode"));
  rules.format = arguments.value("--format");
  if (arguments.has("--secure-boot")) rules.secure_boot = arguments.value("--secure-boot") == "on";
  rules.allow_missing_files = arguments.has("--allow-missing-files");
  auto version = qemu_version_from(arguments);
  if (!version) return version.error();
  rules.qemu_version = *version;
  request.nvram = arguments.value("--nvram");
  request.well_known = arguments.has("--well-known");
  request.trust_claims = arguments.has("--trust-claims");
  request.for_store = arguments.value("--for-store");
  request.style = style_from(arguments);
  return request;
}

}  // namespace nonvol::cli
