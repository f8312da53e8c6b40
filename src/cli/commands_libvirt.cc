#include "cli/commands_libvirt.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/libvirt_select.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/text.h"
#include "cli/text_libvirt.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kCompatible[] = {"libvirt"};

const OptionSpec kSelectOptions[] = {
    {.name = "--compat",
     .value = "PROGRAM",
     .help = "Give the answer of another program, by its rules and with its refusals.",
     .choices = kCompatible},
    {.name = "--domain",
     .value = "FILE",
     .help = "With --compat libvirt: the domain XML that asks, in place of options."},
    {.name = "--existing-guest",
     .help = "With --compat libvirt: a guest that libvirt has already, and not one that is being defined."},
    {.name = "--libvirt-session",
     .help =
         "With --compat libvirt: the daemon of one user, which also reads that user's descriptors, and not "
         "the system's."},
    {.name = "--libvirt-version",
     .value = "VERSION",
     .help = "With --compat libvirt: whose rules (default: 11.3). They were rewritten in 9.2.",
     .choices = kLibvirtReleases},
};

// Options of select that say what is wanted, and which a domain XML says itself.
constexpr std::string_view kInDomain[] = {
    "--arch",   "--machine", "--interface", "--device",      "--require",
    "--forbid", "--mode",    "--format",    "--secure-boot", "--nvram",
};

Error usage(std::string message) {
  return Error(ErrorId::kBadCommandLine, std::move(message)).with_hint("nonvol firmware select --help");
}

Result<api::LibvirtSelectRequest> libvirt_request(const Arguments& arguments) {
  if (!arguments.has("--compat")) {
    for (const OptionSpec& option : kSelectOptions) {
      if (arguments.has(option.name)) return usage(fmt::format("{} needs --compat libvirt", option.name));
    }
  }
  for (const std::string_view option : {"--allow-missing-files", "--well-known", "--for-store"}) {
    if (arguments.has(option)) return usage(fmt::format("{} is nothing that libvirt does", option));
  }
  auto firmware = request_from(arguments);
  if (!firmware) return firmware.error();
  api::LibvirtSelectRequest request;
  request.firmware = *std::move(firmware);
  request.domain_file = arguments.value("--domain");
  request.existing_guest = arguments.has("--existing-guest");
  request.session = arguments.has("--libvirt-session");
  if (arguments.value("--libvirt-version") == "9.0") request.release = libvirt::Release::k9_0;
  if (request.domain_file.empty()) return request;
  const auto both =
      std::ranges::find_if(kInDomain, [&](std::string_view name) { return arguments.has(name); });
  if (both != std::end(kInDomain)) return usage(fmt::format("{} is for the domain XML to say", *both));
  return request;
}

}  // namespace

std::vector<const OptionSpec*> with_libvirt_options(std::vector<const OptionSpec*> options) {
  for (const OptionSpec& option : kSelectOptions) options.push_back(&option);
  return options;
}

bool asks_libvirt(const Arguments& arguments) {
  return std::ranges::any_of(kSelectOptions,
                             [&](const OptionSpec& option) { return arguments.has(option.name); });
}

Result<Output> run_firmware_select_libvirt(const Invocation& invocation) {
  auto request = libvirt_request(invocation.arguments);
  if (!request) return request.error();
  auto report = api::libvirt_select(invocation.context, *request);
  if (!report) return report.error();
  Output output;
  output.out = invocation.json ? to_json(*report) : text_of(*report);
  output.err = text_of(report->findings);
  if (report->answer.refusal) {
    output.code = report->answer.refusal->exit_code();
    output.err += text_of(*report->answer.refusal);
  }
  for (const std::string& note : report->notes) output.err += "note: " + printable(note) + "\n";
  return output;
}

}  // namespace nonvol::cli
