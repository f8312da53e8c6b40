#include "cli/commands_firmware_lint.h"

#include "cli/options.h"
#include "cli/result_file.h"
#include "octets/text.h"

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

// "--sarif lint.sarif": the option takes a value behind '=' only, so that the word was taken for a
// descriptor.
Error meant_as_file(Error error, const std::vector<std::string>& words) {
  const bool is_missing = error.id == ErrorId::kNoSuchDescriptor || error.id == ErrorId::kFileMissing;
  if (!is_missing || words.size() != 1) return error;
  if (!words[0].ends_with(".sarif") && !words[0].ends_with(".json")) return error;
  return std::move(error).with_hint("nonvol firmware lint --sarif=" + octets::shell_word(words[0]));
}

Result<Output> run_firmware_lint(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string sarif = arguments.value("--sarif");
  if (sarif == "-" && invocation.json) {
    return Error(ErrorId::kBadCommandLine, "--json and --sarif both want standard output")
        .with_hint("nonvol firmware lint --json --sarif=FILE");
  }
  const auto report = api::firmware_lint(invocation.context, {arguments.words()});
  if (!report) {
    return sarif == "-" ? meant_as_file(report.error(), arguments.words()) : report.error();
  }
  Output output;
  output.code = report->is_clean() ? ExitCode::kDone : ExitCode::kNo;
  if (sarif == "-") {
    output.out = to_sarif(*report);
    return output;
  }
  if (!sarif.empty()) {
    const auto said = write_result(invocation, sarif, to_sarif(*report));
    if (!said) return said.error();
    output.err = *said;
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
       {&kSarifOption, &kDryRunOption},
       {"nonvol firmware lint", "nonvol firmware lint --root debian/ovmf --sarif=lint.sarif",
        "nonvol firmware lint ./60-edk2-x86_64.json --json"},
       run_firmware_lint}};
}

}  // namespace nonvol::cli
