#include <fmt/format.h>

#include <algorithm>

#include "api/guest_upgrade.h"
#include "api/guests.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/text.h"
#include "cli/text_guest.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kStoreKinds[] = {"copy", "overlay"};
constexpr std::string_view kTpmVersions[] = {"2.0", "1.2"};

Result<guest::NvramFate> fate_from(const Arguments& arguments) {
  const std::string& name = arguments.word(0);
  const bool keep = arguments.has("--keep-nvram");
  const bool lose_tpm = arguments.has("--lose-tpm-secrets");
  for (const char* option : {"--nvram", "--lose-tpm-secrets"}) {
    if (!keep || !arguments.has(option)) continue;
    return Error(ErrorId::kContradiction, fmt::format("{} and --keep-nvram exclude each other", option))
        .with_hint(fmt::format("nonvol delete {} --keep-nvram", name));
  }
  if (lose_tpm && !arguments.has("--nvram")) {
    return Error(ErrorId::kBadCommandLine, "--lose-tpm-secrets needs --nvram")
        .with_hint(fmt::format("nonvol delete {} --nvram --lose-tpm-secrets", name));
  }
  if (keep) return guest::NvramFate::kKeep;
  return lose_tpm ? guest::NvramFate::kDeleteWithTpm : guest::NvramFate::kDelete;
}

}  // namespace

const OptionSpec kDeleteNvramOption{.name = "--nvram", .help = "Delete the guest's variable store too."};
const OptionSpec kKeepNvramOption{
    .name = "--keep-nvram", .help = "Keep the guest's variable store, and its TPM's image, where they are."};
const OptionSpec kLoseGuestTpmOption{
    .name = "--lose-tpm-secrets",
    .help = "With --nvram: delete the TPM's image as well. What was sealed to it can never be opened again."};
const OptionSpec kTpmOption{
    .name = "--tpm",
    .value = "VERSION",
    .help =
        "Give the guest a TPM: an NVRAM image with a new TPM's state beside the variables, for 'nonvol tpm "
        "run'. Without a value: 2.0. TPM 1.2 is for x86 only.",
    .choices = kTpmVersions,
    .implied = "2.0"};
const OptionSpec kTpmSocketOption{
    .name = "--tpm-socket",
    .value = "PATH",
    .help = "Where the guest's TPM is listened to, if not at tpm.sock in its directory."};
const OptionSpec kStoreKindOption{
    .name = "--store",
    .value = "KIND",
    .help =
        "How the guest gets variables of its own: a copy of the template (default), or an overlay: a qcow2 "
        "image of a few KiB over a read-only master, which the home keeps one of for each template. "
        "Reading and changing it needs qemu-storage-daemon.",
    .choices = kStoreKinds};
const OptionSpec kUpgradeToOption{
    .name = "--to",
    .value = "DESCRIPTOR",
    .help =
        "Firmware of this descriptor: its name, or the path of a file (default: "
        "the guest's own, as it is installed now)."};
const OptionSpec kShellOption{.name = "--shell", .help = "One line, quoted for a POSIX shell."};

ExitCode code_for(const std::vector<Finding>& findings, ExitCode where_errors) {
  const bool errors = std::ranges::find(findings, Severity::kError, &Finding::severity) != findings.end();
  return errors ? where_errors : ExitCode::kDone;
}

Result<Output> run_status(const Invocation& invocation) {
  auto report = api::status(invocation.context);
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

Result<Output> run_create(const Invocation& invocation) {
  auto firmware = request_from(invocation.arguments);
  if (!firmware) return firmware.error();
  const bool overlay = invocation.arguments.value("--store") == "overlay";
  std::optional<tpm::TpmVersion> tpm;
  if (const std::string version = invocation.arguments.value("--tpm"); !version.empty()) {
    tpm = version == "1.2" ? tpm::TpmVersion::k12 : tpm::TpmVersion::k20;
  }
  auto report = api::guest_create(invocation.context,
                                  {invocation.arguments.word(0), *std::move(firmware),
                                   overlay ? guest::StoreKind::kOverlay : guest::StoreKind::kCopy, tpm},
                                  invocation.arguments.has("--dry-run"));
  if (!report) return report.error();
  Output output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->findings)};
  for (const api::PassedOver& passed : report->passed_over) {
    output.err +=
        fmt::format("passed over {}: {}\n", printable(passed.path), printable(passed.failed.front().message));
  }
  return output;
}

Result<Output> run_show(const Invocation& invocation) {
  auto report = api::guest_show(invocation.context, invocation.arguments.word(0));
  if (!report) return report.error();
  return Output{code_for(report->findings, ExitCode::kNo),
                invocation.json ? to_json(*report) : text_of(*report), text_of(report->findings)};
}

Result<Output> run_delete(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto wanted = fate_from(arguments);
  if (!wanted) return wanted.error();
  std::optional<guest::NvramFate> fate;
  if (arguments.has("--nvram") || arguments.has("--keep-nvram")) fate = *wanted;
  auto report = api::guest_delete(invocation.context, arguments.word(0), fate, arguments.has("--dry-run"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

Result<Output> run_upgrade(const Invocation& invocation) {
  auto report = api::guest_upgrade(invocation.context,
                                   {invocation.arguments.word(0), invocation.arguments.value("--to"),
                                    invocation.arguments.has("--dry-run")});
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->findings)};
}

Result<Output> run_emit_qemu(const Invocation& invocation) {
  auto version = qemu_version_from(invocation.arguments);
  if (!version) return version.error();
  const bool shell = invocation.arguments.has("--shell");
  const emit::QemuStyle style{.flash = style_from(invocation.arguments),
                              .version = *version,
                              .one_line_each = !shell && !invocation.json};
  auto report = api::emit_qemu(invocation.context, invocation.arguments.word(0), style,
                               invocation.arguments.value("--tpm-socket"));
  if (!report) return report.error();
  if (invocation.json) {
    // JSON holds text only: a file name of other bytes would be another file.
    const auto odd = std::ranges::find_if_not(
        report->arguments, [](const std::string& argument) { return octets::is_utf8(argument); });
    if (odd != report->arguments.end()) {
      return Error(ErrorId::kNotRepresentable, "a file name is not UTF-8, and JSON has no way to write it")
          .with_hint(fmt::format("nonvol emit qemu {} --shell", invocation.arguments.word(0)));
    }
    return Output{ExitCode::kDone, to_json(*report), {}};
  }
  const std::string lines = shell ? emit::shell_line(report->arguments) : joined(report->arguments, "\n");
  return Output{ExitCode::kDone, lines + "\n", tpm_note(report->tpm)};
}

}  // namespace nonvol::cli
