#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "api/libvirt_select.h"
#include "cli/commands.h"
#include "cli/commands_libvirt.h"
#include "cli/options.h"
#include "cli/text.h"

namespace nonvol::cli {

const OptionSpec kNvramFileOption{
    .name = "--nvram",
    .value = "FILE",
    .help = "Path of the guest's own copy of the template, for the QEMU arguments."};

const OptionSpec kForStoreOption{
    .name = "--for-store",
    .value = "FILE",
    .help =
        "Choose for a variable store that there is already: the newest firmware that would take it and keep what it "
        "promises. For firmware of another layout or form the conversion is named."};
const OptionSpec kWellKnownOption{
    .name = "--well-known",
    .help =
        "Where no descriptor fits, take firmware from the paths where distributions, QEMU and Homebrew are known to "
        "put it. The answer says so: what such firmware can do is assumed."};

namespace {

std::string notes_text(const std::vector<std::string>& notes) {
  std::string result;
  for (const std::string& note : notes) result += "note: " + printable(note) + "\n";
  return result;
}

std::string conversions_text(const std::vector<api::StoreConversion>& all) {
  std::string result;
  for (const api::StoreConversion& conversion : all) {
    result += fmt::format("after '{}' it would go with {}\n", printable(conversion.command),
                          printable(joined(conversion.descriptors)));
  }
  return result;
}

std::string passed_over_text(const std::vector<api::PassedOver>& all) {
  std::string result;
  for (const api::PassedOver& passed : all) {
    result += "passed over " + printable(passed.path);
    std::string_view before = ": ";
    for (const descriptor::FailedRule& rule : passed.failed) {
      result += before;
      result += printable(rule.message);
      before = "; ";
    }
    result += '\n';
  }
  return result;
}

}  // namespace

Result<Output> run_firmware_list(const Invocation& invocation) {
  auto report = api::firmware_list(invocation.context);
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->set.findings)};
}

Result<Output> run_firmware_show(const Invocation& invocation) {
  auto report = api::firmware_show(invocation.context, invocation.arguments.word(0));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->findings)};
}

Result<Output> run_firmware_select(const Invocation& invocation) {
  if (asks_libvirt(invocation.arguments)) return run_firmware_select_libvirt(invocation);
  auto request = request_from(invocation.arguments);
  if (!request) return request.error();
  auto report = api::firmware_select(invocation.context, *request);
  if (!report) return report.error();
  Output output;
  output.out = invocation.json ? to_json(*report) : text_of(*report);
  output.err = text_of(report->findings);
  if (report->none_fits) {
    output.code = report->none_fits->exit_code();
    output.err += text_of(*report->none_fits);
  } else {
    output.err += passed_over_text(report->passed_over) + conversions_text(report->conversions);
    output.err += notes_text(report->notes);
  }
  return output;
}

Result<Output> run_firmware_explain(const Invocation& invocation) {
  auto request = request_from(invocation.arguments);
  if (!request) return request.error();
  auto report = api::firmware_explain(invocation.context, *request);
  if (!report) return report.error();
  // libvirt chooses for guests to be, not for stores.
  if (!report->store)
    std::ranges::move(api::libvirt_differences(invocation.context, *request),
                      std::back_inserter(report->set.findings));
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->set.findings) + conversions_text(report->conversions)};
}

}  // namespace nonvol::cli
