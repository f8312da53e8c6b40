#include "api/guests.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/guest_fit.h"
#include "api/guest_plan.h"
#include "api/guest_store.h"
#include "api/guest_tpm.h"
#include "api/tpm.h"
#include "api/variables.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using guest::EntryState;

guest::TpmChoice tpm_choice(const Context& context, tpm::TpmVersion version) {
  return {std::string(tpm::to_string(version)), [&context, version] {
            TpmFirst first;
            first.version = version;
            TpmFirstReport made;
            return new_tpm_image(context, first, made);
          }};
}

Result<guest::CreateRequest> create_request(const Context& context, const GuestCreateRequest& wanted,
                                            const FirmwareSelectReport& choice) {
  const descriptor::Mapping& mapping = choice.chosen->mapping;
  guest::CreateRequest request;
  request.name = wanted.name;
  request.store = wanted.store;
  request.interface = choice.rules.interface;
  request.device = mapping.device;
  request.mode = mapping.mode;
  request.created = context.now();
  request.nonvol_version = kVersion;
  request.architecture = choice.rules.architecture;
  request.machine = choice.rules.machine;
  request.features = choice.chosen->features;
  auto descriptor = descriptor_path(context, choice.path);
  if (!descriptor) return descriptor.error();
  request.descriptor = *descriptor;
  auto executable = choice_of(context, mapping.executable.path, mapping.executable.format);
  if (!executable) return executable.error();
  request.executable = *std::move(executable);
  auto nvram_template = template_of(context, mapping);
  if (!nvram_template) return nvram_template.error();
  request.nvram_template = *std::move(nvram_template);
  if (wanted.tpm) request.tpm = tpm_choice(context, *wanted.tpm);
  return request;
}

// The findings of a guest that keeps no variables, so that nobody learns it at power-off.
void note_no_variables(const guest::Record& record, const std::string& directory,
                       std::vector<Finding>& findings) {
  if (record.nvram || record.interface != "uefi") return;
  const Error told = no_variables_kept(record);
  findings.push_back({Severity::kNote, told.id, told.message, Place::in_file(directory), {}});
}

// Whether the guest that is there is what the request would make. A store that is gone is not "nothing to
// do".
bool exists_alike(const Context& context, guest::Home& home, const guest::CreateRequest& request,
                  GuestCreateReport& report) {
  auto record = home.load(request.name);
  if (!record || !guest::same_request(*record, request)) return false;
  if (record->nvram && !context.files.status(home.nvram_path(*record))) return false;
  if (record->tpm && !context.files.status(home.tpm_image_path(*record))) return false;
  report.record = *std::move(record);
  report.directory = home.directory(request.name);
  report.nvram_path = home.nvram_path(report.record);
  report.master_path = home.master_path(report.record);
  report.tpm = tpm_of(context, home, report.record);
  report.nothing_to_do = true;
  return true;
}

// What cannot be looked into for want of another program is no fault of the guest.
void add_unless_said(const Error& error, std::vector<Finding>& findings) {
  const bool is_said = std::ranges::any_of(findings, [&error](const Finding& finding) {
    return finding.id == error.id && finding.severity == Severity::kError;
  });
  const bool is_fault = error.id != ErrorId::kQemuToolMissing;
  if (!is_said) findings.push_back(to_finding(error, is_fault ? Severity::kError : Severity::kNote));
}

bool is_in_use(const Context& context, const std::string& nvram_path) {
  if (nvram_path.empty()) return false;
  const auto in_use = context.files.image_in_use(nvram_path);
  return in_use && *in_use;
}

void add_guest(const Context& context, guest::Home& home, const guest::Entry& entry, StatusReport& report) {
  StatusReport::Guest guest;
  guest.name = entry.name;
  guest.state = entry.state;
  if (entry.record) {
    guest.machine = entry.record->machine;
    guest.executable = entry.record->executable.path;
    guest.in_use = is_in_use(context, home.nvram_path(*entry.record));
    if (const auto tpm = tpm_of(context, home, *entry.record)) {
      guest.tpm_version = entry.record->tpm->version;
      guest.tpm_in_use = tpm->in_use;
    }
    // Digests of every guest's firmware would make the overview slow; `show` computes them.
    for (Finding& finding : home.check_firmware(context.files, *entry.record, false)) {
      finding.message = fmt::format("guest {}: {}", entry.name, finding.message);
      report.findings.push_back(std::move(finding));
    }
  }
  if (entry.error) report.findings.push_back(to_finding(*entry.error));
  if (entry.state == EntryState::kUnfinished) {
    report.findings.push_back(
        {Severity::kNote,
         ErrorId::kUnfinishedWork,
         "an interrupted command left this behind; the next create or delete removes it",
         Place::in_file(home.directory(entry.name)),
         {}});
  }
  report.guests.push_back(std::move(guest));
}

}  // namespace

Result<GuestCreateReport> guest_create(const Context& context, GuestCreateRequest request, bool dry_run) {
  descriptor::Request& rules = request.firmware.rules;
  // A guest keeps its variables unless something is asked for that cannot.
  const bool may_be_flash = !rules.device || *rules.device == Device::kFlash;
  if (!rules.mode && may_be_flash && !descriptor::asks_for_confidential(rules))
    rules.mode = FlashMode::kSplit;
  for (const auto& [option, word] :
       {std::pair("--machine", &rules.machine), std::pair("--arch", &rules.architecture)}) {
    if (guest::is_machine_word(*word)) continue;
    return Error(ErrorId::kBadCommandLine,
                 fmt::format("{} is '{}': letters, digits, '.', '_', '+' and '-' are allowed", option, *word))
        .with_hint("nonvol help create");
  }
  auto choice = firmware_select(context, request.firmware);
  if (!choice) return choice.error();
  if (choice->none_fits) return *std::move(choice->none_fits);

  GuestCreateReport report;
  report.dry_run = dry_run;
  report.passed_over = std::move(choice->passed_over);
  report.findings = std::move(choice->findings);
  auto place = open_home(context);
  if (!place) return place.error();
  guest::Home& home = *place;
  const auto wanted = create_request(context, request, *choice);
  if (!wanted) return wanted.error();
  if (auto checked = check_store_source(context, *wanted); !checked) return checked.error();
  if (wanted->device == Device::kFlash) {
    const FlashFiles flash{wanted->executable, wanted->nvram_template};
    const auto checked = check_flash(context, wanted->architecture, wanted->machine, flash);
    if (!checked) return checked.error();
  }
  if (wanted->tpm) {
    const auto device = emit::tpm_device(wanted->architecture, wanted->machine, wanted->tpm->version);
    if (!device) return device.error();
  }
  auto created = home.create(*wanted, dry_run);
  if (!created) {
    // Asked only after the refusal, which has made the existing guest durable if a killed create left that
    // open.
    if (created.error().id == ErrorId::kGuestExists && exists_alike(context, home, *wanted, report))
      return report;
    return created.error();
  }
  report.record = std::move(created->record);
  report.directory = std::move(created->directory);
  report.nvram_path = std::move(created->nvram_path);
  report.master_path = home.master_path(report.record);
  report.tpm = tpm_of(context, home, report.record);
  note_no_variables(report.record, report.directory, report.findings);
  return report;
}

Result<GuestShowReport> guest_show(const Context& context, const std::string& name) {
  auto place = open_home(context);
  if (!place) return place.error();
  guest::Home& home = *place;
  auto record = home.load(name);
  if (!record) return record.error();
  GuestShowReport report;
  report.record = *std::move(record);
  report.directory = home.directory(name);
  report.nvram_path = home.nvram_path(report.record);
  report.master_path = home.master_path(report.record);
  report.tpm = tpm_of(context, home, report.record);
  report.findings = home.check_firmware(context.files, report.record, true);
  note_no_variables(report.record, report.directory, report.findings);
  report.in_use = is_in_use(context, report.nvram_path);
  if (const auto checked = check_guest(context, home, report.record); !checked) {
    add_unless_said(checked.error(), report.findings);
    // Over another master the store would be read as a mixture.
    if (checked.error().id == ErrorId::kMasterChanged) return report;
  }
  if (!report.record.nvram) return report;
  const auto contents =
      varstore::read_contents_of(context.files, {report.nvram_path, "", report.master_path});
  if (!contents) {
    // A missing store is a finding already.
    if (contents.error().id != ErrorId::kFileMissing) add_unless_said(contents.error(), report.findings);
    return report;
  }
  if (!contents->is_flash()) {
    report.findings.insert(report.findings.end(), contents->findings().begin(), contents->findings().end());
    return report;
  }
  const flash::VariableStore* store = &*contents->flash;
  report.store = {std::string(store->layout->name), store->blank != flash::Blank::kNo,
                  flash::live_variables(*store).size(), store->used_bytes(), store->capacity_bytes()};
  report.findings.insert(report.findings.end(), store->findings.begin(), store->findings.end());
  return report;
}

Result<GuestDeleteReport> guest_delete(const Context& context, const std::string& name,
                                       std::optional<guest::NvramFate> fate, bool dry_run) {
  auto home = open_home(context);
  if (!home) return home.error();
  const auto record = home->load(name);
  const bool keeps_none = record && !record->nvram && !record->tpm;
  if (keeps_none && fate == guest::NvramFate::kKeep) return no_variables_kept(*record);
  if (!fate && !keeps_none) {
    const bool only_tpm = record && !record->nvram;
    return Error(ErrorId::kNvramChoiceNeeded,
                 fmt::format("deleting {} needs a word about its {}", name, only_tpm ? "TPM" : "variables"))
        .with_hint(fmt::format("nonvol delete {} --keep-nvram", name));
  }
  auto deleted = home->remove(name, fate.value_or(guest::NvramFate::kDelete), dry_run);
  if (!deleted) return deleted.error();
  return GuestDeleteReport{name, dry_run, *std::move(deleted)};
}

Result<StatusReport> status(const Context& context) {
  StatusReport report;
  report.architecture = descriptor::host_architecture();
  report.home = context.home;
  auto firmware = firmware_list(context);
  if (!firmware) return firmware.error();
  report.firmware_directories = firmware->set.directories;
  report.usable_descriptors = static_cast<std::uint64_t>(std::ranges::count(
      firmware->set.files, descriptor::FileState::kUsable, &descriptor::DescriptorFile::state));
  report.findings = std::move(firmware->set.findings);
  FirmwareRequest usual;
  usual.rules.mode = FlashMode::kSplit;
  // An architecture without a default machine has no usual choice; that is no failure of the overview.
  if (auto choice = firmware_select(context, usual)) report.choice = *std::move(choice);

  auto place = open_home(context);
  if (!place) return place.error();
  guest::Home& home = *place;
  auto entries = home.list();
  if (!entries) return entries.error();
  for (const guest::Entry& entry : *entries) add_guest(context, home, entry, report);

  const auto guest = std::ranges::find(report.guests, EntryState::kGuest, &StatusReport::Guest::state);
  if (report.usable_descriptors == 0) {
    report.next.emplace_back("apt-get install ovmf");
  } else if (guest == report.guests.end()) {
    report.next.emplace_back("nonvol create NAME");
  } else {
    report.next.push_back("nonvol show " + guest->name);
    report.next.push_back("nonvol emit qemu " + guest->name);
  }
  report.next.emplace_back("nonvol help");
  return report;
}

Result<EmitQemuReport> emit_qemu(const Context& context, const std::string& name,
                                 const emit::QemuStyle& style, const std::string& tpm_socket) {
  auto place = open_home(context);
  if (!place) return place.error();
  auto record = place->load(name);
  if (!record) return record.error();
  auto tpm = tpm_to_start(*place, *record, tpm_socket, "emit qemu");
  if (!tpm) return tpm.error();
  auto plan = guest_plan(context, *place, *record, *tpm);
  if (!plan) return plan.error();
  auto arguments = emit::qemu_arguments(*plan, style);
  if (!arguments) return arguments.error();
  return EmitQemuReport{name, *std::move(arguments), *std::move(tpm)};
}

}  // namespace nonvol::api
