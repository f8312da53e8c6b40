#include "cli/commands_firmware_inspect.h"

#include "cli/byte_map.h"
#include "cli/commands.h"
#include "cli/commands_blob_view.h"
#include "cli/options.h"
#include "cli/text.h"

namespace nonvol::cli {
namespace {

const OptionSpec kAllPartsOption{
    .name = "--long", .help = "Show every section, pad file and GUID, not only volumes and modules."};

constexpr PositionalSpec kImage[] = {
    {"GUEST|FILE",
     "The path of a firmware file (a word with '/', '.' or ':'), or a guest, of "
     "which it is the variable store.",
     true, PositionalSpec::Kind::kGuestOrFile}};

}  // namespace

Result<Output> run_firmware_inspect(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto report = api::firmware_inspect(invocation.context, arguments.word(0));
  if (!report) return report.error();
  const std::vector<Finding>& findings = report->image.findings;
  Output output{code_for(findings, ExitCode::kDamaged), {}, text_of(findings)};
  return map_output(invocation, std::move(output),
                    {[&] { return text_of(*report, map_columns(), arguments.has("--long")); },
                     [&] { return to_json(*report); }, [&] { return svg_of(*report); }});
}

std::vector<CommandSpec> firmware_inspect_commands() {
  return {
      {"firmware inspect",
       "show what a firmware file is made of and what it can do",
       "Takes a firmware file apart: volumes, files, sections, what LZMA packed, and the table below the reset vector "
       "of x86. From that it says which features the code has, which variable store it expects, and for each how sure "
       "that is and what it rests on: 'proven' by a structure that is there to say it, 'likely' from modules that are "
       "there or not. The file is drawn to scale, and so is each section that was unpacked; --svg makes a picture. "
       "The list of parts follows, with modules by name; offsets with '+' count in what was unpacked.\n"
       "A file may be raw or qcow2, code or variable store or both. What is damaged is told, and what can be read "
       "shown all the same.",
       kImage,
       {&kAllPartsOption, &kSvgOption, &kDryRunOption},
       {"nonvol firmware inspect /usr/share/OVMF/OVMF_CODE_4M.fd",
        "nonvol firmware inspect ./OVMF_CODE.fd --svg code.svg",
        "nonvol firmware inspect ./OVMF_CODE.fd --json"},
       run_firmware_inspect},
  };
}

}  // namespace nonvol::cli
