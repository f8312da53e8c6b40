#include "cli/commands_firmware_lint.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "storage/file_beside.h"

namespace nonvol::cli {
namespace {

constexpr PositionalSpec kDescriptorWords[] = {
    {"DESCRIPTOR...",
     "Names of descriptors, with or without .json, or paths of files (default: all of the search "
     "directories, and what their files do to each other).",
     false, PositionalSpec::Kind::kDescriptor}};

const OptionSpec kSarifOption{
    .name = "--sarif",
    .value = "FILE",
    .help =
        "Give the findings as SARIF 2.1.0, which continuous integration shows beside the lines: --sarif=FILE "
        "writes a new file; --sarif alone prints them.",
    .implied = "-"};

Result<Output> run_firmware_lint(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string sarif = arguments.value("--sarif");
  if (sarif == "-" && invocation.json) {
    return Error(ErrorId::kBadCommandLine, "--json and --sarif both want standard output")
        .with_hint("nonvol firmware lint --json --sarif=FILE");
  }
  const auto report = api::firmware_lint(invocation.context, {arguments.words()});
  if (!report) return report.error();
  Output output;
  output.code = report->is_clean() ? ExitCode::kDone : ExitCode::kNo;
  if (sarif == "-") {
    output.out = to_sarif(*report);
    return output;
  }
  if (!sarif.empty()) {
    const std::string document = to_sarif(*report);
    const std::vector<std::uint8_t> bytes(document.begin(), document.end());
    if (auto written = storage::write_new_file(invocation.context.files, sarif, bytes); !written)
      return written.error();
    output.err = fmt::format("wrote {} bytes to {}\n", bytes.size(), printable(sarif));
  }
  output.out = invocation.json ? to_json(*report) : text_of(*report);
  return output;
}

}  // namespace

std::vector<CommandSpec> firmware_lint_commands() {
  return {
      {"firmware lint",
       "check firmware descriptors against the schema and against the files they name",
       "Checks descriptors for what their schema forbids, for what different readers of the search directories "
       "would take differently, whether their files exist and fit the machines and each other, and whether what "
       "they claim is true: code images are unpacked and templates read. Each finding says how sure it is and "
       "what it rests on. Exit code 1 when there are errors or warnings; notes are no problems.\nWith --root the "
       "tree of a package can be checked before it is installed.",
       kDescriptorWords,
       {&kSarifOption},
       {"nonvol firmware lint", "nonvol firmware lint --root debian/ovmf --sarif=lint.sarif",
        "nonvol firmware lint ./60-edk2-x86_64.json --json"},
       run_firmware_lint}};
}

}  // namespace nonvol::cli
