#include <fmt/format.h>

#include <algorithm>

#include "api/firmware.h"
#include "api/firmware_cache.h"
#include "api/firmware_store.h"
#include "descriptor/features.h"
#include "descriptor/well_known.h"
#include "firmware/file_rules.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FlashMode;

// The file the guest gets a copy of, if its firmware keeps variables in a file at all.
std::optional<descriptor::FirmwareFile> nvram_copy(const Descriptor& chosen, const std::string& nvram) {
  const std::string path = nvram.empty() ? kNvramPlaceholder : nvram;
  const descriptor::Mapping& mapping = chosen.mapping;
  if (mapping.nvram_template) return descriptor::FirmwareFile{path, mapping.nvram_template->format};
  if (mapping.uefi_vars_template) return descriptor::FirmwareFile{path, "json"};
  if (mapping.device == Device::kFlash && mapping.mode == FlashMode::kCombined) {
    return descriptor::FirmwareFile{path, mapping.executable.format};
  }
  return std::nullopt;
}

emit::QemuPlan plan_for(const Descriptor& chosen, const FirmwareSelectReport& report,
                        const std::string& nvram) {
  emit::QemuPlan plan;
  plan.machine = report.rules.machine;
  plan.architecture = report.rules.architecture;
  plan.device = chosen.mapping.device;
  plan.mode = chosen.mapping.mode;
  plan.executable = chosen.mapping.executable;
  plan.nvram = nvram_copy(chosen, nvram);
  plan.requirements = descriptor::requirements_of(chosen.features);
  // A template for the device's variables says as much as the feature does.
  if (chosen.mapping.uefi_vars_template) plan.requirements.uefi_vars_device = true;
  return plan;
}

std::vector<std::string> notes_on(const Descriptor& chosen, const FirmwareSelectReport& report,
                                  const std::string& nvram) {
  std::vector<std::string> notes;
  if (report.plan.nvram && nvram.empty()) {
    notes.push_back(fmt::format(
        "{} in the arguments stands for the guest's own copy of {}; --nvram FILE names it", kNvramPlaceholder,
        chosen.mapping.nvram_template       ? "the template"
        : chosen.mapping.uefi_vars_template ? "the JSON template"
                                            : "the image"));
  }
  if (!report.plan.nvram && report.rules.interface == "uefi")
    notes.push_back("this firmware keeps no variables: they are gone at power-off");
  if (report.rules.secure_boot == true && !chosen.has_feature(descriptor::kEnrolledKeys)) {
    notes.push_back(
        "the template has no keys, so Secure Boot stays off until some are enrolled; --require "
        "enrolled-keys asks for one that has");
  }
  return notes;
}

// The command that explains a request, to be typed as it is.
std::string explain_command(const descriptor::Request& rules) {
  std::vector<std::string> words{"nonvol",           "firmware",  "explain",    "--arch",
                                 rules.architecture, "--machine", rules.machine};
  const auto add = [&](std::string_view option, std::string_view value) {
    words.emplace_back(option);
    words.emplace_back(value);
  };
  if (rules.interface != "uefi") add("--interface", rules.interface);
  for (const std::string& feature : rules.require) add("--require", feature);
  for (const std::string& feature : rules.forbid) add("--forbid", feature);
  if (rules.device) add("--device", to_string(*rules.device));
  if (rules.mode) add("--mode", to_string(*rules.mode));
  if (!rules.format.empty()) add("--format", rules.format);
  if (rules.secure_boot) add("--secure-boot", *rules.secure_boot ? "on" : "off");
  return emit::shell_line(words);
}

// A feature that is not in the schema can be newer than nonvol, or misspelt: a misspelt --forbid forbids
// nothing.
void report_unknown_features(const descriptor::Request& rules, std::vector<Finding>& findings) {
  const auto look = [&](std::string_view option, const std::vector<std::string>& features) {
    for (const std::string& feature : features) {
      if (descriptor::is_known_feature(feature)) continue;
      findings.push_back(
          {Severity::kWarning,
           ErrorId::kDescriptorUnknownFeature,
           fmt::format("{} names the feature '{}', which is not known; check its spelling", option, feature),
           {},
           "nonvol explain NV3107"});
    }
  };
  look("--require", rules.require);
  look("--forbid", rules.forbid);
}

void report_well_known(const std::string& code, FirmwareSelectReport& report) {
  report.well_known = true;
  report.findings.push_back(
      {Severity::kWarning, ErrorId::kWellKnownPath,
       fmt::format("no descriptor fits; {} was found by its path alone, and what it can do is assumed", code),
       Place::in_file(code), "nonvol firmware inspect " + octets::shell_path(code)});
}

// Firmware that has no descriptor, but lies where somebody's packages put it.
void look_at_well_known(descriptor::FileRules& files, descriptor::Selection& selection,
                        FirmwareSelectReport& report) {
  descriptor::Request rules = report.rules;
  // That it is there is all that speaks for it.
  rules.allow_missing_files = false;
  descriptor::Selection found = descriptor::select_among(descriptor::well_known_firmware(), rules, files);
  if (!found.chosen) return;
  report_well_known(found.chosen->descriptor->mapping.executable.path, report);
  selection.chosen = std::move(found.chosen);
}

Error none_fits(const descriptor::Request& rules, const descriptor::Selection& selection, bool well_known) {
  Error error(ErrorId::kNoFirmwareFits,
              fmt::format("none of {} usable descriptors offers {} firmware{} for {} machine {} as asked",
                          selection.examined, rules.interface,
                          rules.mode ? fmt::format(" of mode {}", to_string(*rules.mode)) : "",
                          rules.architecture, rules.machine));
  if (selection.examined == 0) {
    error.notes.push_back("on Debian the packages ovmf and qemu-efi-aarch64 have descriptors");
  }
  if (well_known) error.notes.push_back("none of the well-known places has such firmware either");
  for (const PassedOver& passed : selection.passed_over) {
    error.notes.push_back(fmt::format("passed over {}: {}", passed.path, passed.failed.front().message));
  }
  error.hint = explain_command(rules);
  return error;
}

// Everything about the request that can be known before descriptors are read.
Result<FirmwareSelectReport> begin_report(const Context& context, const FirmwareRequest& request) {
  FirmwareSelectReport report;
  descriptor::Request asked = request.rules;
  if (!request.for_store.empty()) {
    auto store = read_held_store(context, request.for_store);
    if (!store) return store.error();
    complete_from_store(*store, asked);
    report.store = *std::move(store);
  }
  auto rules = complete_request(std::move(asked));
  if (!rules) return rules.error();
  report.rules = *std::move(rules);
  report.canonical_machine = descriptor::canonical_machine(report.rules.architecture, report.rules.machine,
                                                           report.rules.qemu_version);
  report_unknown_features(report.rules, report.findings);
  return report;
}

void take(descriptor::DescriptorFile chosen, FirmwareSelectReport& report) {
  report.path = std::move(chosen.path);
  report.chosen = std::move(chosen.descriptor);
}

// The first descriptor that fits; those behind it are not read.
Result<void> choose_first(FirmwareFiles& files, firmware::FirmwareFileCache& cache,
                          const FirmwareRequest& request, FirmwareSelectReport& report) {
  auto search = files.search();
  if (!search) return search.error();
  firmware::CheckedFiles rules(cache, request.trust_claims);
  descriptor::Selection selection = descriptor::select_firmware(*search, report.rules, rules);
  std::ranges::move(search->findings(), std::back_inserter(report.findings));
  if (!selection.chosen && request.well_known) look_at_well_known(rules, selection, report);
  if (!selection.chosen) report.none_fits = none_fits(report.rules, selection, request.well_known);
  report.passed_over = std::move(selection.passed_over);
  if (selection.chosen) take(*std::move(selection.chosen), report);
  return {};
}

bool is_for_other_guests(const descriptor::Verdict& verdict) {
  return std::ranges::find(verdict.failed, descriptor::Rule::kArchitecture, &descriptor::FailedRule::rule) !=
         verdict.failed.end();
}

Error nothing_fits_store(const FirmwareSelectReport& report) {
  Error error(ErrorId::kNothingFitsStore,
              fmt::format("none of {} descriptors for {} has firmware for machine {} that goes with {}",
                          report.passed_over.size(), report.rules.architecture, report.rules.machine,
                          report.store->path));
  for (const StoreConversion& conversion : report.conversions) {
    error.notes.push_back(fmt::format("after '{}' it would go with {}", conversion.command,
                                      fmt::join(conversion.descriptors, ", ")));
  }
  error.hint = explain_command(report.rules) + " --for-store " + octets::shell_path(report.store->path);
  return error;
}

// Judges all descriptors of a set with a look at the store, and takes the newest that fits.
void choose_among(const descriptor::DescriptorSet& set, const descriptor::Request& request,
                  descriptor::FileRules& rules, firmware::FirmwareFileCache& cache,
                  FirmwareSelectReport& report) {
  const auto verdicts = descriptor::explain(set, request, rules);
  for (const descriptor::Verdict& verdict : verdicts) {
    if (verdict.file->descriptor && !verdict.failed.empty() && !is_for_other_guests(verdict))
      report.passed_over.push_back({verdict.file->path, verdict.failed});
  }
  std::ranges::move(conversions(verdicts, request, *report.store, cache),
                    std::back_inserter(report.conversions));
  if (const descriptor::Verdict* best = newest_that_fits(verdicts, cache)) take(*best->file, report);
}

Result<void> choose_for_store(FirmwareFiles& files, firmware::FirmwareFileCache& cache,
                              const FirmwareRequest& request, FirmwareSelectReport& report) {
  auto set = files.load();
  if (!set) return set.error();
  std::ranges::move(set->findings, std::back_inserter(report.findings));
  firmware::CheckedFiles checked(cache, request.trust_claims);
  firmware::StoreRules rules(checked, cache, *report.store);
  choose_among(*set, report.rules, rules, cache, report);
  if (!report.chosen && request.well_known) {
    descriptor::DescriptorSet places;
    places.files = descriptor::well_known_firmware();
    descriptor::Request that_is_there = report.rules;
    that_is_there.allow_missing_files = false;
    std::vector<PassedOver> by_descriptor = std::move(report.passed_over);
    choose_among(places, that_is_there, rules, cache, report);
    // Places where nothing is are no news.
    report.passed_over = std::move(by_descriptor);
    if (report.chosen) report_well_known(report.chosen->mapping.executable.path, report);
  }
  if (!report.chosen) report.none_fits = nothing_fits_store(report);
  return {};
}

}  // namespace

Result<FirmwareSelectReport> firmware_select(const Context& context, const FirmwareRequest& request) {
  auto begun = begin_report(context, request);
  if (!begun) return begun.error();
  FirmwareSelectReport report = *std::move(begun);
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  auto cache = firmware_cache(context, *files);
  const auto done = report.store ? choose_for_store(*files, cache, request, report)
                                 : choose_first(*files, cache, request, report);
  if (!done) return done.error();
  if (!report.chosen) return report;

  const std::string& nvram = report.store && request.nvram.empty() ? report.store->path : request.nvram;
  report.plan = plan_for(*report.chosen, report, nvram);
  if (report.store && report.plan.nvram && report.store->variables.form == forms::Form::kFlash)
    report.plan.nvram->format = report.store->file.format;
  const emit::QemuStyle style{
      .flash = request.style, .version = report.rules.qemu_version, .one_line_each = false};
  auto arguments = emit::qemu_arguments(report.plan, style);
  if (!arguments) return arguments.error();
  report.qemu_arguments = *std::move(arguments);
  report.machine_options = emit::machine_options(report.plan);
  report.notes = notes_on(*report.chosen, report, nvram);
  return report;
}

Result<FirmwareExplainReport> firmware_explain(const Context& context, const FirmwareRequest& request) {
  auto begun = begin_report(context, request);
  if (!begun) return begun.error();
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  auto set = files->load();
  if (!set) return set.error();
  FirmwareExplainReport report;
  report.rules = std::move(begun->rules);
  report.canonical_machine = std::move(begun->canonical_machine);
  report.set = *std::move(set);
  std::ranges::move(begun->findings, std::back_inserter(report.set.findings));
  report.store = std::move(begun->store);
  auto cache = firmware_cache(context, *files);
  firmware::CheckedFiles checked(cache, request.trust_claims);
  const descriptor::Verdict* best = nullptr;
  if (report.store) {
    firmware::StoreRules rules(checked, cache, *report.store);
    report.verdicts = descriptor::explain(report.set, report.rules, rules);
    report.conversions = conversions(report.verdicts, report.rules, *report.store, cache);
    best = newest_that_fits(report.verdicts, cache);
  } else {
    report.verdicts = descriptor::explain(report.set, report.rules, checked);
    if (!report.verdicts.empty() && report.verdicts.front().failed.empty()) best = &report.verdicts.front();
  }
  if (best != nullptr) report.chosen = best->file;
  return report;
}

}  // namespace nonvol::api
