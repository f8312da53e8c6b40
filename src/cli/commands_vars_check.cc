#include <algorithm>

#include "api/vars_check.h"
#include "cli/commands.h"
#include "cli/commands_vars_edit.h"
#include "cli/text.h"
#include "cli/text_vars.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kOnOff[] = {"on", "off"};

api::FirmwareWords firmware_from(const Arguments& arguments) {
  api::FirmwareWords words;
  words.code = arguments.value("--code");
  if (arguments.has("--smm")) words.smm = arguments.value("--smm") == "on";
  return words;
}

// A blank store that its firmware formats is as it should be: all that is to be said of it are notes.
bool keeps_all(const api::StorePrediction& prediction) {
  const auto is_note = [](const Finding& reason) { return reason.severity == Severity::kNote; };
  const std::vector<Finding>& reasons = prediction.prediction.reasons;
  if (!reasons.empty() && std::ranges::all_of(reasons, is_note)) return true;
  using Outcome = flash::Prediction::Outcome;
  const Outcome outcome = prediction.prediction.outcome;
  return outcome == Outcome::kKeeps || outcome == Outcome::kKeepsAfterReplay;
}

}  // namespace

const OptionSpec kCodeOption{
    .name = "--code",
    .value = "FILE|LAYOUT",
    .help =
        "The firmware the store will meet: a code image, or a layout: ovmf-2m, ovmf-4m, armvirt (default: the "
        "guest's, else what the store seems to be for)."};
const OptionSpec kSmmOption{
    .name = "--smm",
    .value = "on|off",
    .help =
        "Whether that firmware keeps variables behind SMM (default: what the guest or the "
        "descriptor of the code says, else both).",
    .choices = kOnOff};

Result<Output> run_vars_check(const Invocation& invocation) {
  const auto report =
      api::store_check(invocation.context, invocation.arguments.word(0), firmware_from(invocation.arguments));
  if (!report) return report.error();
  Output output{code_for(report->findings, ExitCode::kNo), {}, text_of(report->findings)};
  if (!std::ranges::all_of(report->predictions, keeps_all)) output.code = ExitCode::kNo;
  output.err += in_use_text(report->place);
  output.out = invocation.json ? to_json(*report) : text_of(*report);
  return output;
}

Result<Output> run_vars_repair(const Invocation& invocation) {
  const auto report = api::store_repair(invocation.context, edit_request(invocation, "vars repair"),
                                        firmware_from(invocation.arguments));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

}  // namespace nonvol::cli
