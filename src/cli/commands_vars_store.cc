#include "cli/commands_vars_store.h"

#include <fmt/format.h>

#include "cli/byte_map.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/text_vars_store.h"
#include "storage/file_beside.h"

namespace nonvol::cli {

const OptionSpec kToOption{.name = "--to",
                           .value = "FORM",
                           .help = "Layout or form of the new file. Needed.",
                           .choices = varstore::target_names()};
const OptionSpec kPlainOption{
    .name = "--plain",
    .help =
        "Records without time stamps, as RiscVVirt without Secure Boot had them before "
        "edk2-stable202402; of layouts only."};
const OptionSpec kReplaceOutputOption{
    .name = "--replace",
    .help = "Put the new file in the place of the one that OUTPUT is, with its owner and mode."};

namespace {

Result<varstore::Target> target_from(const Arguments& arguments) {
  auto target = varstore::target_named(arguments.value("--to"));
  if (!target) {
    return Error(ErrorId::kBadCommandLine, "--to says what the new file is to be, and is missing")
        .with_hint("nonvol help vars convert");
  }
  target->plain = arguments.has("--plain");
  if (target->plain && target->layout == nullptr) {
    return Error(ErrorId::kContradiction,
                 fmt::format("--plain is of flash stores, and {} is none", target->name))
        .with_hint("nonvol help vars convert");
  }
  return *target;
}

}  // namespace

Result<Output> run_vars_convert(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto target = target_from(arguments);
  if (!target) return target.error();
  api::ConvertRequest request;
  request.source = arguments.word(0);
  request.output = arguments.word(1);
  request.target = *target;
  request.replace = arguments.has("--replace");
  request.dry_run = arguments.has("--dry-run");
  const auto report = api::store_convert(invocation.context, request);
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->findings)};
}

Result<Output> run_vars_map(const Invocation& invocation) {
  const auto report = api::store_map(invocation.context, invocation.arguments.word(0));
  if (!report) return report.error();
  const std::vector<Finding>& findings = report->contents.findings();
  Output output{code_for(findings, ExitCode::kDamaged), {}, text_of(findings)};
  return map_output(invocation, std::move(output),
                    {[&] { return text_of(*report, map_columns()); }, [&] { return to_json(*report); },
                     [&] { return svg_of(*report); }});
}

Result<Output> run_vars_history(const Invocation& invocation) {
  const auto report =
      api::store_history(invocation.context, invocation.arguments.word(0), invocation.arguments.word(1));
  if (!report) return report.error();
  const std::vector<Finding>& findings = report->contents.findings();
  return Output{code_for(findings, ExitCode::kDamaged), invocation.json ? to_json(*report) : text_of(*report),
                text_of(findings)};
}

}  // namespace nonvol::cli
