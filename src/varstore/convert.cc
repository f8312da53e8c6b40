#include "varstore/convert.h"

#include <fmt/format.h>

#include <algorithm>

#include "efi/load_option.h"
#include "flash/compose.h"
#include "forms/certdb.h"
#include "forms/form_file.h"
#include "octets/text.h"
#include "storage/memory.h"

namespace nonvol::varstore {
namespace {

using variable::Variable;
namespace attribute = variable::attribute;

constexpr std::uint64_t kArmBankBytes = 64 << 20;  // of QEMU's virt machine

constexpr std::string_view kNames[] = {"ovmf-2m",        "ovmf-4m",   "armvirt",
                                       "armvirt-padded", "qemu-json", "virt-firmware-json",
                                       "uefivars-json",  "ec2"};

Result<void> check_source(const Contents& source) {
  const std::vector<Finding>& findings = source.findings();
  const auto damage = std::ranges::find(findings, Severity::kError, &Finding::severity);
  if (damage == findings.end()) return {};
  return Error(ErrorId::kStoreNotConvertible,
               fmt::format("{} is damaged, and the damage may hide variables: {}", source.file_name,
                           damage->message))
      .at(damage->place)
      .with_hint("nonvol vars repair " + octets::shell_path(source.file_name) + " --dry-run");
}

// Digests go to where the target looks for them; the meaning of what moves is told.
Result<void> move_digests(const std::string& file_name, forms::Form from, forms::Form to,
                          std::vector<Variable>& variables, std::vector<Finding>& findings) {
  const auto add = [&](const std::vector<Finding>& more) {
    findings.insert(findings.end(), more.begin(), more.end());
  };
  if (!forms::keeps_digests(from) && forms::keeps_digests(to)) {
    const std::vector<Finding> moved = forms::digests_from_certdb(file_name, variables);
    const auto damage = std::ranges::find(moved, Severity::kError, &Finding::severity);
    if (damage != moved.end()) {
      return Error(damage->id, damage->message)
          .at(damage->place)
          .with_note(fmt::format("{} keeps what it says beside the variables", forms::to_string(to)))
          .with_hint("nonvol vars get " + octets::shell_path(file_name) + " certdb");
    }
    add(moved);
  }
  add(forms::digests_that_change_meaning(file_name, from, to, variables));
  if (forms::keeps_digests(from) && !forms::keeps_digests(to)) {
    return forms::certdb_from_digests(file_name, variables);
  }
  return {};
}

bool is_authenticated(const Variable& variable) {
  return (variable.attributes & (attribute::kAuthenticated | attribute::kTimeBasedAuthenticated)) != 0;
}

bool needs_authenticated_record(const Variable& variable) {
  return is_authenticated(variable) || variable.monotonic_count != 0 || variable.public_key_index != 0 ||
         !octets::all_equal(variable.time, 0);
}

Result<void> check_plain(const std::vector<Variable>& variables, const std::string& output_name) {
  Error error(
      ErrorId::kNotInPlainStore,
      fmt::format("{} of {} variables have a time stamp, a count, a key index or authenticated access, and "
                  "the records of a plain store have no place for them",
                  std::ranges::count_if(variables, needs_authenticated_record), variables.size()));
  for (const Variable& variable : variables) {
    if (needs_authenticated_record(variable)) error.notes.push_back(variable.identity.text());
  }
  if (error.notes.empty()) return {};
  return std::move(error).at(Place::in_file(output_name)).with_hint("nonvol explain NV2306");
}

// Everything that stands in the way at once, so that nobody has to find out one variable at a time.
Result<void> check_fits(const std::vector<Variable>& variables, const flash::Layout& layout,
                        flash::HeaderKind kind, std::uint64_t capacity_bytes,
                        const std::string& output_name) {
  std::vector<std::string> notes;
  std::uint64_t sum_bytes = 0;
  for (const Variable& variable : variables) {
    const std::uint64_t needs_bytes = flash::content_bytes_of(variable, kind);
    const bool authenticated = is_authenticated(variable);
    const std::uint64_t limit_bytes =
        authenticated ? layout.authenticated_limit_bytes : layout.variable_limit_bytes;
    // Padded up to where the next record begins.
    sum_bytes = (sum_bytes + 3) / 4 * 4 + needs_bytes;
    if (needs_bytes <= limit_bytes) continue;
    notes.push_back(fmt::format("{} takes {} bytes with header and name, {} takes {} at most for {}",
                                variable.identity.text(), needs_bytes, layout.name, limit_bytes,
                                authenticated ? "an authenticated one" : "one that is not authenticated"));
  }
  if (sum_bytes > capacity_bytes) {
    notes.push_back(fmt::format("all together take {} bytes, {} holds {}", octets::with_commas(sum_bytes),
                                layout.name, octets::with_commas(capacity_bytes)));
  }
  if (notes.empty()) return {};
  Error error(ErrorId::kDoesNotFit, fmt::format("{} variables do not fit a store of the layout {}: {}",
                                                variables.size(), layout.name, notes.front()));
  error.notes.assign(notes.begin() + 1, notes.end());
  return std::move(error).at(Place::in_file(output_name)).with_hint("nonvol explain NV2341");
}

Result<std::vector<std::uint8_t>> flash_bytes(const std::vector<Variable>& variables, const Target& target,
                                              const std::string& output_name) {
  const flash::Layout& layout = *target.layout;
  const auto kind = target.plain ? flash::HeaderKind::kPlain : flash::HeaderKind::kAuthenticated;
  std::vector<std::uint8_t> bytes = flash::blank_volume(layout, kind);
  const auto blank = storage::memory_file(bytes);
  const auto empty = read_contents(*blank, output_name);
  if (!empty) return empty.error();
  const std::uint64_t begin_bytes = empty->flash->records_begin_bytes;
  if (target.plain) {
    if (auto plain = check_plain(variables, output_name); !plain) return plain.error();
  }
  auto fits = check_fits(variables, layout, kind, empty->flash->capacity_bytes(), output_name);
  if (!fits) return fits.error();
  std::uint64_t at = begin_bytes;
  for (const Variable& variable : variables) {
    const std::vector<std::uint8_t> record = flash::encode_record(variable, kind, flash::state::kAdded);
    // The last one's padding may lie behind the store.
    const std::uint64_t size = std::min<std::uint64_t>(record.size(), layout.variables_end_bytes - at);
    std::copy_n(record.begin(), size, bytes.begin() + static_cast<std::ptrdiff_t>(at));
    at += size;
  }
  return bytes;
}

// The first path of a load option leads into a firmware volume: Fv(...)/FvFile(...), the shell or the setup
// (PI 1.8, volume 2, 8.3: media device path, subtype 7).
bool starts_firmware_file(const Variable& variable) {
  constexpr std::uint8_t kMediaPath = 4;
  constexpr std::uint8_t kFirmwareVolume = 7;
  const std::string name = variable.identity.name().text;
  if (variable.identity.vendor != variable::vendor::kGlobal || name.size() != 8 ||
      !name.starts_with("Boot")) {
    return false;
  }
  const auto option = efi::parse_load_option(variable.data, name);
  if (!option) return false;
  const efi::DevicePaths paths = efi::device_paths(*option, name);
  if (paths.paths.empty()) return false;
  const std::vector<efi::DevicePathNode>& nodes = paths.paths.front().instances.front();
  return std::ranges::any_of(nodes, [](const efi::DevicePathNode& node) {
    return node.type == kMediaPath && node.subtype == kFirmwareVolume;
  });
}

// The JSON of virt-firmware and of python-uefivars is for carrying variables about: no firmware reads it.
bool is_for_firmware(forms::Form form) {
  return form != forms::Form::kVirtFirmwareJson && form != forms::Form::kUefivarsJson;
}

void tell_guest_changes(const Contents& source, const Target& target, Conversion& conversion) {
  const bool same_firmware =
      source.is_flash() ? target.layout == source.flash->layout : target.form == source.form.form;
  if (same_firmware || !is_for_firmware(source.form_of_file()) || !is_for_firmware(target.form)) return;
  const Place place = Place::in_file(source.file_name);
  conversion.findings.push_back(
      {Severity::kNote, ErrorId::kOtherFirmwareNeeded,
       fmt::format(
           "{} needs other firmware code than {}: put both in place in one step; PCR 0 of the guest's TPM "
           "will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its "
           "recovery key",
           target.name, source.is_flash() ? source.flash->layout->name : forms::name_of(source.form.form)),
       place, "nonvol explain NV2343"});
  std::vector<std::string> names;
  for (const Variable& variable : conversion.variables) {
    if (starts_firmware_file(variable)) names.push_back(variable.identity.name().text);
  }
  if (names.empty()) return;
  conversion.findings.push_back(
      {Severity::kNote, ErrorId::kBootsFirmwareFile,
       fmt::format(
           "{} start files of the old firmware's own volume: the other firmware removes those that it does "
           "not have, and adds its own",
           fmt::join(names, ", ")),
       place, "nonvol explain NV2344"});
}

// What differs first between a variable as it was to be and as it was read.
std::string_view difference(const Variable& wanted, const Variable& found) {
  if (wanted.identity != found.identity) return "vendor and name";
  if (wanted.attributes != found.attributes) return "attributes";
  if (wanted.data != found.data) return "data";
  if (wanted.time != found.time) return "time stamp";
  if (wanted.monotonic_count != found.monotonic_count) return "count";
  if (wanted.public_key_index != found.public_key_index) return "key index";
  return wanted.digest == found.digest ? std::string_view() : "digest";
}

}  // namespace

std::span<const std::string_view> target_names() {
  return kNames;
}

std::optional<Target> target_named(std::string_view name) {
  const auto known = std::ranges::find(kNames, name);
  if (known == std::end(kNames)) return std::nullopt;
  Target target;
  target.name = *known;  // which lives on, unlike the caller's
  const bool padded = name == "armvirt-padded";
  const std::string_view layout_name = padded ? "armvirt" : name;
  for (const flash::Layout& layout : flash::known_layouts()) {
    if (layout.name != layout_name) continue;
    target.layout = &layout;
    target.file_bytes = padded ? kArmBankBytes : layout.volume_bytes;
    return target;
  }
  for (const forms::Form form : {forms::Form::kQemuJson, forms::Form::kVirtFirmwareJson,
                                 forms::Form::kUefivarsJson, forms::Form::kEc2}) {
    if (forms::name_of(form) == name) target.form = form;
  }
  return target;
}

Result<Conversion> convert(const Contents& source, const Target& target, const std::string& output_name) {
  if (auto sound = check_source(source); !sound) return sound.error();
  Conversion conversion;
  conversion.variables = source.variables();
  conversion.findings = source.findings();
  if (source.is_flash()) {
    conversion.dead_records = source.flash->records.size() - conversion.variables.size();
  }
  auto moved = move_digests(source.file_name, source.form_of_file(), target.form, conversion.variables,
                            conversion.findings);
  if (!moved) return moved.error();
  tell_guest_changes(source, target, conversion);
  auto bytes = target.layout != nullptr ? flash_bytes(conversion.variables, target, output_name)
                                        : forms::write_form(target.form, conversion.variables);
  if (!bytes) return bytes.error();
  conversion.bytes = *std::move(bytes);
  conversion.file_bytes = std::max<std::uint64_t>(target.file_bytes, conversion.bytes.size());
  return conversion;
}

Result<bool> is_only_a_store(storage::BlockFile& file, const Contents& source) {
  constexpr std::uint64_t kChunkBytes = 1 << 20;
  if (!source.is_flash() || source.flash->blank != flash::Blank::kNo) return true;
  std::vector<std::uint8_t> chunk;
  std::optional<std::uint8_t> padding;
  for (std::uint64_t at = source.flash->volume.length_bytes; at < source.file_size_bytes;) {
    chunk.resize(std::min(kChunkBytes, source.file_size_bytes - at));
    const Result<std::size_t> got = file.read_at(at, chunk);
    if (!got) return got.error();
    if (*got == 0) break;
    if (!padding) padding = chunk.front();
    const bool is_padding = *padding == 0x00 || *padding == 0xff;
    if (!is_padding || !octets::all_equal({chunk.data(), *got}, *padding)) return false;
    at += *got;
  }
  return true;
}

Result<void> check_only_a_store(storage::BlockFile& file, const Contents& source) {
  const Result<bool> only = is_only_a_store(file, source);
  if (!only) return only.error();
  if (*only) return {};
  const std::uint64_t volume_bytes = source.flash->volume.length_bytes;
  return Error(ErrorId::kMoreThanAStore,
               fmt::format("{} has {} bytes behind the volume of {}, and they are no padding: it holds the "
                           "firmware's code too",
                           source.file_name, source.file_size_bytes - volume_bytes, volume_bytes))
      .at(Place::at_byte(source.file_name, volume_bytes))
      .with_hint(fmt::format("head -c {} {} > store.fd", volume_bytes, octets::shell_path(source.file_name)));
}

Result<void> check_converted(const Conversion& conversion, const Contents& read_back) {
  const std::vector<Variable> found = read_back.variables();
  std::string why;
  for (std::size_t i = 0; i < conversion.variables.size() && i < found.size() && why.empty(); ++i) {
    const std::string_view field = difference(conversion.variables[i], found[i]);
    if (!field.empty()) why = fmt::format("the {} of {}", field, conversion.variables[i].identity.text());
  }
  if (why.empty() && found.size() != conversion.variables.size()) {
    why = fmt::format("it has {} variables, not {}", found.size(), conversion.variables.size());
  }
  if (why.empty()) return {};
  return Error(ErrorId::kConvertedDiffers,
               fmt::format("{} was read back, and is not what was written: {}", read_back.file_name, why))
      .at(Place::in_file(read_back.file_name))
      .with_hint("nonvol explain NV2342");
}

}  // namespace nonvol::varstore
