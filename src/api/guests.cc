#include "api/guests.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/variables.h"
#include "storage/posix.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using guest::EntryState;

// QEMU and nonvol read a guest's firmware by its path on this machine, also where the descriptor is another
// root's.
Result<std::string> host_path(const Context& context, const std::string& path) {
  if (context.root.empty()) return storage::absolute_path(path);
  return storage::host_path_in_root(context.root, path);
}

Result<guest::CreateRequest> create_request(const Context& context, const std::string& name,
                                            const FirmwareSelectReport& choice) {
  const descriptor::Mapping& mapping = choice.chosen->mapping;
  guest::CreateRequest request;
  request.name = name;
  request.created = context.now();
  request.nonvol_version = kVersion;
  request.architecture = choice.rules.architecture;
  request.machine = choice.rules.machine;
  request.features = choice.chosen->features;
  // Search directories that were named are the machine's own.
  auto descriptor = context.search_dirs.empty() ? host_path(context, choice.path)
                                                : Result<std::string>(storage::absolute_path(choice.path));
  if (!descriptor) return descriptor.error();
  request.descriptor = *descriptor;
  auto executable = host_path(context, mapping.executable.path);
  if (!executable) return executable.error();
  request.executable = {*executable, mapping.executable.format};
  auto nvram_template = host_path(context, mapping.nvram_template->path);
  if (!nvram_template) return nvram_template.error();
  request.nvram_template = guest::FirmwareChoice{*nvram_template, mapping.nvram_template->format};
  return request;
}

// A template that no firmware would take as a store is copied all the same, since nonvol does not know all
// firmware, but not silently. One of another layout than the code expects is refused: such a guest starts and
// saves nothing.
Result<void> check_template(const Context& context, const guest::CreateRequest& request,
                            std::vector<Finding>& findings) {
  if (request.nvram_template->format != "raw") return {};
  const std::string& path = request.nvram_template->path;
  const auto contents = varstore::read_contents_of(context.files, {path});
  if (!contents) {
    const bool unreadable = contents.error().exit_code() != ExitCode::kDamaged;
    if (!unreadable) findings.push_back(to_finding(contents.error(), Severity::kWarning));
    return {};
  }
  if (!contents->is_flash()) {
    findings.push_back({Severity::kWarning,
                        ErrorId::kNotAVariableStore,
                        fmt::format("{} is {}, and no flash that firmware could map", path,
                                    forms::to_string(contents->form.form)),
                        Place::in_file(path),
                        {}});
    return {};
  }
  const flash::VariableStore* store = &*contents->flash;
  const auto code = context.files.status(request.executable.path);
  const flash::Layout* expected = code ? flash::layout_of_code(code->size_bytes) : nullptr;
  if (request.executable.format != "raw" || expected == nullptr || store->layout->volume_bytes == 0 ||
      expected == store->layout) {
    return {};
  }
  return Error(ErrorId::kLayoutMismatch, fmt::format("the code {} has {} bytes and expects a store of "
                                                     "layout {}, and the template {} has layout {}",
                                                     request.executable.path, code->size_bytes,
                                                     expected->name, path, store->layout->name))
      .at(Place::in_file(request.descriptor));
}

// Whether the guest that is there is what the request would make. A store that is gone is not "nothing to
// do".
bool exists_alike(const Context& context, guest::Home& home, const guest::CreateRequest& request,
                  GuestCreateReport& report) {
  auto record = home.load(request.name);
  if (!record || !guest::same_request(*record, request)) return false;
  if (!context.files.status(home.nvram_path(*record))) return false;
  report.record = *std::move(record);
  report.directory = home.directory(request.name);
  report.nvram_path = home.nvram_path(report.record);
  report.nothing_to_do = true;
  return true;
}

emit::QemuPlan plan_for(const guest::Record& record, const std::string& nvram_path) {
  emit::QemuPlan plan;
  plan.machine = record.machine;
  plan.architecture = record.architecture;
  plan.device = Device::kFlash;
  plan.mode = FlashMode::kSplit;
  plan.executable = {record.executable.path, record.executable.format};
  plan.nvram = descriptor::FirmwareFile{nvram_path, record.nvram.format};
  plan.requirements = descriptor::requirements_of(record.features);
  return plan;
}

void add_guest(const Context& context, guest::Home& home, const guest::Entry& entry, StatusReport& report) {
  StatusReport::Guest guest{entry.name, entry.state, {}, {}, false};
  if (entry.record) {
    guest.machine = entry.record->machine;
    guest.executable = entry.record->executable.path;
    const auto in_use = context.files.image_in_use(home.nvram_path(*entry.record));
    guest.in_use = in_use && *in_use;
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

Result<GuestCreateReport> guest_create(const Context& context, const std::string& name,
                                       FirmwareRequest request, bool dry_run) {
  if (!request.rules.mode) request.rules.mode = FlashMode::kSplit;
  if (request.rules.mode != FlashMode::kSplit) {
    return Error(ErrorId::kModeNotYet,
                 fmt::format("guests of flash mode {} cannot be created, only of mode split",
                             to_string(*request.rules.mode)))
        .with_hint(fmt::format("nonvol create {} --mode split", name));
  }
  auto choice = firmware_select(context, request);
  if (!choice) return choice.error();
  if (choice->none_fits) return *std::move(choice->none_fits);

  GuestCreateReport report;
  report.dry_run = dry_run;
  report.passed_over = std::move(choice->passed_over);
  report.findings = std::move(choice->findings);
  auto place = open_home(context);
  if (!place) return place.error();
  guest::Home& home = *place;
  const auto wanted = create_request(context, name, *choice);
  if (!wanted) return wanted.error();
  if (auto checked = check_template(context, *wanted, report.findings); !checked) return checked.error();
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
  report.findings = home.check_firmware(context.files, report.record, true);
  const auto in_use = context.files.image_in_use(report.nvram_path);
  report.in_use = in_use && *in_use;
  if (report.record.nvram.format != "raw") return report;
  const auto contents = varstore::read_contents_of(context.files, {report.nvram_path});
  if (!contents) {
    // A missing store is a finding already.
    if (contents.error().id != ErrorId::kFileMissing) report.findings.push_back(to_finding(contents.error()));
    return report;
  }
  if (!contents->is_flash()) return report;
  const flash::VariableStore* store = &*contents->flash;
  report.store = {std::string(store->layout->name), store->blank != flash::Blank::kNo,
                  flash::live_variables(*store).size(), store->used_bytes(), store->capacity_bytes()};
  report.findings.insert(report.findings.end(), store->findings.begin(), store->findings.end());
  return report;
}

Result<GuestDeleteReport> guest_delete(const Context& context, const std::string& name, guest::NvramFate fate,
                                       bool dry_run) {
  auto home = open_home(context);
  if (!home) return home.error();
  auto deleted = home->remove(name, fate, dry_run);
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
                                 const emit::QemuStyle& style) {
  auto place = open_home(context);
  if (!place) return place.error();
  guest::Home& home = *place;
  auto record = home.load(name);
  if (!record) return record.error();
  const std::string nvram_path = home.nvram_path(*record);
  auto arguments = emit::qemu_arguments(plan_for(*record, nvram_path), style);
  if (!arguments) return arguments.error();
  return EmitQemuReport{name, *std::move(arguments)};
}

}  // namespace nonvol::api
