#include "api/guest_upgrade.h"

#include <fmt/format.h>

#include "api/firmware.h"
#include "api/firmware_cache.h"
#include "api/guest_fit.h"
#include "api/guest_store.h"
#include "api/json_parts.h"
#include "api/variables.h"
#include "firmware/file_rules.h"
#include "firmware/store_rules.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using guest::FirmwareChoice;
using guest::Record;

bool is_flash(const Record& record, FlashMode mode) {
  return record.device == Device::kFlash && record.mode == mode;
}

Error another_layout(const std::string& message, const std::string& path) {
  return Error(ErrorId::kUpgradeLayout, message).at(Place::in_file(path));
}

// What the guest asks of any firmware.
descriptor::Request rules_of(const Record& record) {
  descriptor::Request rules;
  rules.architecture = record.architecture;
  rules.machine = record.machine;
  rules.interface = record.interface;
  rules.device = record.device;
  if (record.device == Device::kFlash) rules.mode = record.mode;
  return rules;
}

// A descriptor that somebody named must be for this guest's machine, and load firmware in the same way.
Result<void> check_descriptor(const Context& context, const Record& record,
                              const descriptor::Descriptor& wanted, const std::string& path) {
  const descriptor::Request rules = rules_of(record);
  std::vector<descriptor::FailedRule> failed;
  descriptor::Rules(rules).examine(wanted, failed);
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  descriptor::ExistingFiles(files->source()).examine(wanted, rules, failed);
  for (const descriptor::FailedRule& rule : failed) {
    // To name such a build is to ask for it.
    if (rule.rule == descriptor::Rule::kConfidential) continue;
    const bool is_way = rule.rule == descriptor::Rule::kDevice || rule.rule == descriptor::Rule::kMode;
    return Error(is_way ? ErrorId::kUpgradeLayout : ErrorId::kNoFirmwareFits,
                 fmt::format("the firmware of {} is not for guest {}: {}", path, record.name, rule.message))
        .at(Place::in_file(path));
  }
  return {};
}

// It must also go with the guest's variables: keep them, and enforce Secure Boot where they have it on.
Result<void> check_with_store(const Context& context, const Record& record,
                              const descriptor::Descriptor& wanted) {
  if (!record.nvram) return {};
  const auto place = find_store(context, record.name);
  if (!place) return place.error();
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  auto cache = firmware_cache(context, *files);
  firmware::FirmwareFileCache own(context.files, [&](const std::string&) {
    return storage::open_medium(context.files, place->medium(), {});
  });
  const auto store = firmware::held_store(own, place->path);
  if (!store) return store.error();
  firmware::CheckedFiles checked(cache, false);
  firmware::StoreRules rules(checked, cache, *store);
  std::vector<descriptor::FailedRule> failed;
  rules.examine(wanted, rules_of(record), failed);
  if (failed.empty()) return {};
  return another_layout(fmt::format("this firmware does not go with the variables of guest {}: {}",
                                    record.name, failed.front().message),
                        place->path)
      .with_hint(fmt::format("nonvol firmware select --for-store {}", octets::shell_path(place->path)));
}

struct Wanted {
  guest::UpgradeRequest request;
  std::optional<descriptor::Descriptor> descriptor;  // where somebody named one
  std::vector<Finding> findings;
};

// The firmware that is asked for, as a request to the home.
Result<Wanted> wanted_firmware(const Context& context, const Record& record, const std::string& name) {
  Wanted wanted;
  wanted.request.before = record;
  if (name.empty()) {
    wanted.request.descriptor = record.descriptor;
    wanted.request.features = record.features;
    wanted.request.executable = {record.executable.path, record.executable.format};
    return wanted;
  }
  auto shown = firmware_show(context, name);
  if (!shown) return shown.error();
  auto path = descriptor_path(context, shown->path);
  if (!path) return path.error();
  if (auto fits = check_descriptor(context, record, shown->descriptor, *path); !fits) return fits.error();
  auto executable = choice_of(context, shown->descriptor.mapping.executable.path,
                              shown->descriptor.mapping.executable.format);
  if (!executable) return executable.error();
  auto nvram_template = template_of(context, shown->descriptor.mapping);
  if (!nvram_template) return nvram_template.error();
  if (nvram_template->has_value() != record.nvram_template.has_value()) {
    return another_layout(
        fmt::format("guest {} {} variables in a store of its own, and the firmware of {} {}", record.name,
                    record.nvram_template ? "keeps" : "does not keep", *path,
                    record.nvram_template ? "does not" : "does"),
        *path);
  }
  wanted.request.descriptor = *std::move(path);
  wanted.request.features = shown->descriptor.features;
  wanted.request.executable = *std::move(executable);
  wanted.findings = std::move(shown->findings);
  wanted.descriptor = std::move(shown->descriptor);
  return wanted;
}

// The store is read whatever the sizes say: what the guest has now need not be what it was made with. Code of
// a size that is not known must have the size that it had.
Result<void> check_split(const Context& context, const Record& record, const FirmwareChoice& code) {
  const auto code_bytes = visible_bytes(context.files, code);
  if (!code_bytes) return code_bytes.error();
  const auto place = find_store(context, record.name);
  if (!place) return place.error();
  const auto contents = varstore::read_contents_of(context.files, place->medium());
  if (!contents) return contents.error();
  const flash::Layout* expected = flash::layout_of_code_file(*code_bytes);
  const flash::Layout* has = contents->is_flash() ? contents->flash->layout : nullptr;
  const bool same_size = code.format == "raw" && *code_bytes == record.executable.size_bytes;
  if (expected != nullptr ? expected == has : same_size) return {};
  const std::string convert = expected == nullptr
                                  ? std::string()
                                  : fmt::format("nonvol vars convert {} ./{}_{}.fd --to {}", record.name,
                                                record.name, expected->name, expected->name);
  return another_layout(
             fmt::format("the code {} has {} bytes and expects {}, and the store of guest {} has layout {}",
                         code.path, *code_bytes,
                         expected != nullptr ? fmt::format("a store of layout {}", expected->name)
                                             : std::string("a store that is not known"),
                         record.name, has != nullptr ? has->name : "unknown"),
             code.path)
      .with_hint(convert);
}

Result<const flash::Layout*> layout_of_image(const Context& context, const std::string& path) {
  const auto contents = varstore::read_contents_of(context.files, {path});
  if (!contents) return contents.error();
  const flash::Layout* layout = contents->is_flash() ? contents->flash->layout : nullptr;
  if (layout != nullptr && layout->volume_bytes != 0) return layout;
  return another_layout(
      fmt::format("{} does not begin with a variable store of a layout that is known", path), path);
}

// Both images begin with a store of one layout: what stands behind it is code.
Result<std::uint64_t> variables_in_front(const Context& context, const Record& record,
                                         const std::string& image_path, const FirmwareChoice& image) {
  if (record.nvram->format != "raw" || image.format != "raw") {
    return another_layout(
        fmt::format("the image of guest {} has the format {} and the new one {}; code is put "
                    "around variables in raw images only",
                    record.name, record.nvram->format, image.format),
        image.path);
  }
  const auto old_layout = layout_of_image(context, image_path);
  if (!old_layout) return old_layout.error();
  const auto new_layout = layout_of_image(context, image.path);
  if (!new_layout) return new_layout.error();
  if (*old_layout == *new_layout) return (*old_layout)->volume_bytes;
  return another_layout(fmt::format("the image {} has variables of layout {}, and that of guest {} layout {}",
                                    image.path, (*new_layout)->name, record.name, (*old_layout)->name),
                        image.path);
}

}  // namespace

Result<GuestUpgradeReport> guest_upgrade(const Context& context, const GuestUpgradeRequest& request) {
  auto place = open_home(context);
  if (!place) return place.error();
  guest::Home& home = *place;
  const auto record = home.load(request.guest);
  if (!record) return record.error();
  auto wanted = wanted_firmware(context, *record, request.descriptor);
  if (!wanted) return wanted.error();
  const FirmwareChoice& executable = wanted->request.executable;
  const std::string nvram_path = home.nvram_path(*record);
  if (is_flash(*record, FlashMode::kSplit)) {
    if (auto checked = check_split(context, *record, executable); !checked) return checked.error();
  }
  if (is_flash(*record, FlashMode::kCombined)) {
    const auto front = variables_in_front(context, *record, nvram_path, executable);
    if (!front) return front.error();
    wanted->request.variables_bytes = *front;
  }
  if (wanted->descriptor) {
    if (auto checked = check_with_store(context, *record, *wanted->descriptor); !checked)
      return checked.error();
  }
  if (record->device == Device::kFlash) {
    FlashFiles flash{executable, std::nullopt};
    if (record->mode == FlashMode::kSplit)
      flash.variables = FirmwareChoice{nvram_path, record->nvram->format};
    const auto checked = check_flash(context, record->architecture, record->machine, flash);
    if (!checked) return checked.error();
  }
  auto upgraded = home.upgrade(wanted->request, request.dry_run);
  if (!upgraded) return upgraded.error();
  GuestUpgradeReport report;
  report.before = *record;
  report.after = std::move(upgraded->record);
  report.dry_run = request.dry_run;
  report.image_changes = upgraded->image_changes;
  report.record_changes = upgraded->record_changes;
  report.variables_bytes = wanted->request.variables_bytes;
  report.findings = std::move(wanted->findings);
  return report;
}

std::string to_json(const GuestUpgradeReport& report) {
  json::Writer writer = begin_document("upgrade");
  writer.member("guest", report.after.name).member("dry_run", report.dry_run);
  writer.member("changed", !report.dry_run && !report.nothing_to_do());
  writer.member("image_changes", report.image_changes).member("record_changes", report.record_changes);
  writer.member("descriptor", report.after.descriptor);
  for (const auto& [name, file] : {std::pair("executable", &report.after.executable),
                                   std::pair("executable_before", &report.before.executable)}) {
    writer.key(name).begin_object().member("path", file->path).member("format", file->format);
    writer.member("size_bytes", file->size_bytes).member("sha256", octets::to_hex(file->sha256)).end_object();
  }
  writer.key("variables_kept_bytes");
  report.variables_bytes != 0 ? writer.number(report.variables_bytes) : writer.null();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
