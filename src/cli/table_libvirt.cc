#include "api/libvirt_emit.h"
#include "cli/commands.h"
#include "cli/commands_libvirt.h"
#include "cli/text_guest.h"

namespace nonvol::cli {
namespace {

constexpr PositionalSpec kGuest[] = {{"GUEST", "Name of a guest.", true, PositionalSpec::Kind::kGuest}};

constexpr std::string_view kVirtualizations[] = {"kvm", "qemu"};

const OptionSpec kDomainOption{
    .name = "--domain",
    .value = "kvm|qemu",
    .help =
        "Print a whole domain XML of this type, the smallest that 'virsh define' takes. "
        "Without a value: kvm.",
    .choices = kVirtualizations,
    .implied = "kvm"};
const OptionSpec kVersionOption{
    .name = "--libvirt-version",
    .value = "VERSION",
    .help = "Write only what this libvirt reads (default: 11.3). 9.0 knows raw images only.",
    .choices = kLibvirtReleases};

Result<Output> run_emit_libvirt(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  emit::LibvirtStyle style;
  style.formats = arguments.value("--libvirt-version") != "9.0";
  if (arguments.has("--domain")) {
    style.domain_name = arguments.word(0);
    style.virtualization = arguments.value("--domain");
  }
  auto report =
      api::emit_libvirt(invocation.context, arguments.word(0), style, arguments.value("--tpm-socket"));
  if (!report) return report.error();
  if (invocation.json) return Output{ExitCode::kDone, to_json(*report), {}};
  return Output{ExitCode::kDone, report->xml, tpm_note(report->tpm)};
}

}  // namespace

std::vector<CommandSpec> libvirt_commands() {
  return {
      {"emit libvirt",
       "print the domain XML of a guest's firmware",
       "Prints the elements <os>, <features> and <pm> of a libvirt domain for the guest's firmware and variables, with "
       "every path explicit, so that libvirt chooses nothing itself. They replace those of the domain, in 'virsh edit' "
       "or before 'virsh define'. A guest that libvirt has no words for is refused.\nOf a guest with a TPM there is "
       "a <tpm> for its <devices>, which libvirt (9.0 or later) connects to and does not start: 'nonvol tpm run' must "
       "run before, and its socket be open to the user that QEMU runs as.",
       kGuest,
       {&kDomainOption, &kVersionOption, &kTpmSocketOption},
       {"nonvol emit libvirt web01", "nonvol emit libvirt web01 --domain > web01.xml"},
       run_emit_libvirt},
  };
}

}  // namespace nonvol::cli
