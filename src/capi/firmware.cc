#include "nonvol/firmware.h"

#include <algorithm>
#include <array>
#include <memory>

#include "capi/error.h"
#include "capi/options.h"

using namespace nonvol;
using namespace nonvol::capi;

namespace {

// The strings as C has arrays of them, with NULL at the end. They must stay where they are.
std::vector<const char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<const char*> result;
  for (const std::string& string : strings) result.push_back(string.c_str());
  result.push_back(nullptr);
  return result;
}

// A descriptor of the answer, which must stay where it is, and the arrays that C is shown of it.
struct DescriptorView {
  explicit DescriptorView(const FirmwareDescriptor& shown)
      : descriptor(&shown), features(pointers_to(shown.features)) {
    for (const FirmwareRule& rule : shown.failed) failed.push_back({rule.code.c_str(), rule.message.c_str()});
  }

  void show(nonvol_firmware_descriptor& into) const;

  const FirmwareDescriptor* descriptor;
  std::vector<const char*> features;
  std::vector<nonvol_firmware_rule> failed;
};

void DescriptorView::show(nonvol_firmware_descriptor& into) const {
  static_assert(static_cast<int>(DescriptorState::kUsable) == NONVOL_DESCRIPTOR_USABLE &&
                static_cast<int>(DescriptorState::kMasked) == NONVOL_DESCRIPTOR_MASKED &&
                static_cast<int>(DescriptorState::kOverridden) == NONVOL_DESCRIPTOR_OVERRIDDEN &&
                static_cast<int>(DescriptorState::kBroken) == NONVOL_DESCRIPTOR_BROKEN);
  into.path = descriptor->path.c_str();
  into.state = static_cast<int>(descriptor->state);
  into.fits = descriptor->fits ? 1 : 0;
  into.description = descriptor->description.c_str();
  into.device = descriptor->device.c_str();
  into.mode = descriptor->mode.c_str();
  into.executable = descriptor->executable.c_str();
  into.executable_format = descriptor->executable_format.c_str();
  into.nvram_template = descriptor->nvram_template.c_str();
  into.nvram_template_format = descriptor->nvram_template_format.c_str();
  into.features = features.data();
  into.position = descriptor->position;
  into.failed = failed.data();
  into.failed_count = failed.size();
  into.near_miss_with = descriptor->near_miss_with.c_str();
  into.near_miss_without = descriptor->near_miss_without.c_str();
  into.conversion = descriptor->conversion.c_str();
}

}  // namespace

// Made whole before anybody sees it, and never changed: so threads need no lock, and nothing can fail later.
struct nonvol_firmware {
  explicit nonvol_firmware(FirmwareAnswer given)
      : answer(std::move(given)),
        machine_options(pointers_to(answer.machine_options)),
        qemu_arguments(pointers_to(answer.qemu_arguments)),
        notes(pointers_to(answer.notes)) {
    for (const FirmwareDescriptor& descriptor : answer.descriptors) descriptors.emplace_back(descriptor);
    if (answer.chosen) chosen.emplace(*answer.chosen);
    for (const FirmwareFinding& finding : answer.findings) places.push_back(finding.finding.place.text());
  }
  nonvol_firmware(const nonvol_firmware&) = delete;
  nonvol_firmware& operator=(const nonvol_firmware&) = delete;

  const FirmwareAnswer answer;
  std::vector<DescriptorView> descriptors;
  std::optional<DescriptorView> chosen;
  std::vector<const char*> machine_options;
  std::vector<const char*> qemu_arguments;
  std::vector<const char*> notes;
  std::vector<std::string> places;  // of the findings
};

namespace {

// What of a structure every caller has.
template <class T>
bool has_room(const T* structure) {
  return structure != nullptr && structure->size_bytes >= sizeof(T);
}

constexpr std::array<const char*, 1> kNoStrings{nullptr};

// Asks, and hands the answer out: also where it says that nothing fits.
template <class Ask>
int answered(const nonvol_firmware_options* options, nonvol_firmware** firmware, nonvol_error** error,
             Ask&& ask) {
  std::unique_ptr<nonvol_firmware> handle;
  const int result = guarded(error, [&]() -> Result<void> {
    if (firmware == nullptr) return bad_call("firmware is NULL");
    *firmware = nullptr;
    const Result<FirmwareOptions> wanted = firmware_options_of(options);
    if (!wanted) return wanted.error();
    Result<FirmwareAnswer> answer = ask(*wanted);
    if (!answer) return answer.error();
    handle = std::make_unique<nonvol_firmware>(*std::move(answer));
    if (handle->answer.none_fits) return *handle->answer.none_fits;
    return {};
  });
  // There may have been no memory for the error that says that nothing fits.
  if (handle != nullptr && result != number_of(ErrorId::kOutOfMemory)) *firmware = handle.release();
  return result;
}

}  // namespace

int nonvol_firmware_load(const nonvol_firmware_options* options, nonvol_firmware** firmware,
                         nonvol_error** error) {
  return answered(options, firmware, error, load_firmware);
}

int nonvol_firmware_select(const nonvol_firmware_options* options, nonvol_firmware** firmware,
                           nonvol_error** error) {
  return answered(options, firmware, error, select_firmware);
}

int nonvol_firmware_explain(const nonvol_firmware_options* options, nonvol_firmware** firmware,
                            nonvol_error** error) {
  return answered(options, firmware, error, explain_firmware);
}

int nonvol_firmware_lint(const nonvol_firmware_options* options, const char* const* descriptors,
                         nonvol_firmware** firmware, nonvol_error** error) {
  return answered(options, firmware, error, [&](const FirmwareOptions& wanted) {
    return lint_firmware(wanted, words_of(descriptors));
  });
}

void nonvol_firmware_free(nonvol_firmware* firmware) {
  delete firmware;
}

const char* nonvol_firmware_json(const nonvol_firmware* firmware) {
  return firmware == nullptr ? "" : firmware->answer.json.c_str();
}

size_t nonvol_firmware_descriptor_count(const nonvol_firmware* firmware) {
  return firmware == nullptr ? 0 : firmware->descriptors.size();
}

int nonvol_firmware_descriptor_at(const nonvol_firmware* firmware, size_t index,
                                  nonvol_firmware_descriptor* descriptor) {
  if (index >= nonvol_firmware_descriptor_count(firmware) || !has_room(descriptor))
    return number_of(ErrorId::kBadCall);
  firmware->descriptors[index].show(*descriptor);
  return 0;
}

int nonvol_firmware_chosen(const nonvol_firmware* firmware, nonvol_firmware_descriptor* descriptor) {
  if (firmware == nullptr || !has_room(descriptor)) return number_of(ErrorId::kBadCall);
  if (!firmware->chosen) return number_of(ErrorId::kNoFirmwareFits);
  firmware->chosen->show(*descriptor);
  return 0;
}

const char* const* nonvol_firmware_machine_options(const nonvol_firmware* firmware) {
  return firmware == nullptr ? kNoStrings.data() : firmware->machine_options.data();
}

const char* const* nonvol_firmware_qemu_arguments(const nonvol_firmware* firmware) {
  return firmware == nullptr ? kNoStrings.data() : firmware->qemu_arguments.data();
}

const char* const* nonvol_firmware_notes(const nonvol_firmware* firmware) {
  return firmware == nullptr ? kNoStrings.data() : firmware->notes.data();
}

size_t nonvol_firmware_finding_count(const nonvol_firmware* firmware) {
  return firmware == nullptr ? 0 : firmware->answer.findings.size();
}

int nonvol_firmware_finding_at(const nonvol_firmware* firmware, size_t index, nonvol_firmware_finding* into) {
  static_assert(static_cast<int>(FirmwareCertainty::kUnknown) == NONVOL_CERTAINTY_UNKNOWN &&
                static_cast<int>(FirmwareCertainty::kLikely) == NONVOL_CERTAINTY_LIKELY &&
                static_cast<int>(FirmwareCertainty::kProven) == NONVOL_CERTAINTY_PROVEN);
  if (index >= nonvol_firmware_finding_count(firmware) || !has_room(into))
    return number_of(ErrorId::kBadCall);
  const FirmwareFinding& found = firmware->answer.findings[index];
  const Finding& finding = found.finding;
  into->id = number_of(finding.id);
  into->severity = static_cast<int>(finding.severity);
  into->message = finding.message.c_str();
  into->place = firmware->places[index].c_str();
  into->file = finding.place.file.c_str();
  into->line = finding.place.line.value_or(0);
  into->column = finding.place.column.value_or(0);
  into->hint = finding.hint.c_str();
  into->certainty = static_cast<int>(found.certainty);
  into->rests_on = found.rests_on.c_str();
  into->feature = found.feature.c_str();
  return 0;
}
