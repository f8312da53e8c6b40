#include <fmt/format.h>

#include <algorithm>

#include "api/variables.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/text_vars.h"
#include "storage/file_beside.h"

namespace nonvol::cli {

const OptionSpec kRawOption{
    .name = "--raw",
    .help =
        "Every record as it stands, also deleted and unfinished ones, with state and offset; reads the whole "
        "store, and carries out no interrupted write."};
const OptionSpec kLongOption{.name = "--long", .help = "Also say in a line what each value means."};
const OptionSpec kGuidOption{.name = "--guid", .value = "GUID", .help = "Vendor GUID of the variable."};
const OptionSpec kOutputOption{.name = "--output",
                               .value = "FILE",
                               .help = "Write the value's bytes to a new file; '-' is standard output.",
                               .letter = 'o'};

Result<Output> run_vars_list(const Invocation& invocation) {
  auto report = api::variables_list(invocation.context, invocation.arguments.word(0),
                                    invocation.arguments.has("--raw"));
  if (!report) return report.error();
  return Output{code_for(report->contents.findings(), ExitCode::kDamaged),
                invocation.json ? to_json(*report) : text_of(*report, invocation.arguments.has("--long")),
                text_of(report->contents.findings()) + in_use_text(report->place)};
}

Result<Output> run_vars_get(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto report =
      api::variable_get(invocation.context, arguments.word(0), arguments.word(1), arguments.value("--guid"));
  if (!report) return report.error();
  const std::string path = arguments.value("--output");
  Output output;
  output.code = code_for(report->findings, ExitCode::kDamaged);
  output.err = text_of(report->findings) + text_of(report->description.findings) + in_use_text(report->place);
  if (path == "-" && !invocation.json) {
    output.out.assign(report->variable.data.begin(), report->variable.data.end());
    return output;
  }
  if (!path.empty() && path != "-") {
    if (auto written = storage::write_new_file(invocation.context.files, path, report->variable.data);
        !written)
      return written.error();
    output.err += fmt::format("wrote {} bytes to {}\n", report->variable.data.size(), printable(path));
  }
  if (invocation.json) {
    output.out = to_json(*report);
  } else if (path.empty()) {
    output.out = text_of(*report);
  }
  return output;
}

}  // namespace nonvol::cli
