#include "firmware/store_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"
#include "descriptor/flash_sizes.h"
#include "firmware/fit.h"
#include "flash/image.h"
#include "octets/text.h"

namespace nonvol::firmware {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FailedRule;
using descriptor::FlashMode;
using descriptor::Rule;
using octets::with_commas;

constexpr std::uint64_t kArmBankBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kRiscvBankBytes = std::uint64_t{32} << 20;

// Where the firmware keeps variables.
enum class Keeps { kNothing, kFlash, kFlashWithCode, kJson };

Keeps keeps(const Descriptor& descriptor) {
  const descriptor::Mapping& mapping = descriptor.mapping;
  if (mapping.uefi_vars_template) return Keeps::kJson;
  if (mapping.device != Device::kFlash || mapping.mode == FlashMode::kStateless) return Keeps::kNothing;
  return mapping.mode == FlashMode::kCombined ? Keeps::kFlashWithCode : Keeps::kFlash;
}

// The volume length of the stores that the firmware uses; 0 where nothing tells it.
std::uint64_t volume_wanted(const Descriptor& descriptor, FirmwareFileCache& cache) {
  const descriptor::Mapping& mapping = descriptor.mapping;
  if (mapping.mode == FlashMode::kCombined) return cache.variables(mapping.executable.path).volume_bytes;
  if (const auto expected = expected_store(cache.file(mapping.executable.path), nullptr))
    return expected->volume_bytes;
  return mapping.nvram_template ? cache.variables(mapping.nvram_template->path).volume_bytes : 0;
}

std::string form_words(const HeldStore& store) {
  if (store.has_code_behind()) return "flash with more than a store in it";
  return std::string(to_string(store.variables.form));
}

std::optional<std::string> form_trouble(Keeps wanted, const HeldStore& store) {
  const bool is_flash = store.variables.form == forms::Form::kFlash;
  switch (wanted) {
    case Keeps::kNothing:
      return "it keeps no variables: the store would not be used";
    case Keeps::kFlash:
      if (is_flash && !store.has_code_behind()) return std::nullopt;
      return fmt::format("it takes a store in flash of its own, and this is {}", form_words(store));
    case Keeps::kFlashWithCode:
      if (is_flash && store.has_code_behind()) return std::nullopt;
      return fmt::format("it takes one flash with code and variables, and this is {}", form_words(store));
    case Keeps::kJson:
      if (store.variables.form == forms::Form::kQemuJson) return std::nullopt;
      return fmt::format("it takes {}, and this is {}", to_string(forms::Form::kQemuJson), form_words(store));
  }
  return std::nullopt;
}

// Converting a store does not change what keys it has.
std::optional<std::string> keys_trouble(const Descriptor& descriptor, const TemplateFacts& held) {
  if (held.verifies_programs && !descriptor.has_feature(descriptor::kSecureBoot))
    return "the store has Secure Boot on, and this firmware does not promise to enforce it";
  if (!held.has_platform_key && descriptor.has_feature(descriptor::kEnrolledKeys))
    return "it stands for a guest with enrolled keys, and the store has none";
  return std::nullopt;
}

}  // namespace

bool HeldStore::has_code_behind() const {
  if (variables.form != forms::Form::kFlash || variables.layout == nullptr ||
      flash::is_arm(*variables.layout))
    return false;
  return variables.volume_bytes != 0 && file.inside_bytes > variables.volume_bytes;
}

std::string_view HeldStore::architecture() const {
  if (variables.form != forms::Form::kFlash || variables.layout->volume_bytes == 0) return {};
  if (!flash::is_arm(*variables.layout)) return "x86_64";
  // RiscVVirt's stores have ArmVirt's layout; what tells them apart is the bank that they are padded to.
  return file.inside_bytes == kRiscvBankBytes ? "riscv64" : "aarch64";
}

Result<HeldStore> held_store(FirmwareFileCache& cache, const std::string& path) {
  HeldStore store;
  store.path = path;
  store.file = cache.file(path);
  if (store.file.trouble) return *store.file.trouble;
  if (auto size = flash::check_image_size(path, store.file.inside_bytes); !size) return size.error();
  store.variables = cache.variables(path);
  if (store.variables.trouble) return *store.variables.trouble;
  return store;
}

void StoreRules::examine(const Descriptor& descriptor, const descriptor::Request& request,
                         std::vector<FailedRule>& failed) {
  others_.examine(descriptor, request, failed);
  // Stores of other architectures differ anyway.
  if (std::ranges::find(failed, Rule::kArchitecture, &FailedRule::rule) != failed.end()) return;
  const auto fail = [&](std::string message) { failed.push_back({Rule::kStore, std::move(message)}); };
  const Keeps wanted = keeps(descriptor);
  if (auto trouble = form_trouble(wanted, store_)) return fail(*std::move(trouble));
  const TemplateFacts& held = store_.variables;
  if (auto trouble = keys_trouble(descriptor, held)) fail(*std::move(trouble));
  if (held.form != forms::Form::kFlash || wanted == Keeps::kJson) return;
  const std::uint64_t volume = volume_wanted(descriptor, cache_);
  if (volume != 0 && held.volume_bytes != 0 && volume != held.volume_bytes) {
    return fail(fmt::format("it expects a store of layout {} ({} bytes), and this one has {} ({} bytes)",
                            flash::layout_of_volume(volume).name, with_commas(volume), held.layout->name,
                            with_commas(held.volume_bytes)));
  }
  if (held.blank != flash::Blank::kNo && !flash::is_arm(*held.layout))
    return fail("the store is blank, and this firmware does not make a store of that");
  if (wanted == Keeps::kFlashWithCode) return;
  const FileFacts& code = cache_.file(descriptor.mapping.executable.path);
  if (code.trouble) return;
  const descriptor::FlashSizes sizes{code.inside_bytes, store_.file.inside_bytes};
  if (auto trouble = descriptor::flash_size_trouble(request.architecture, request.machine, sizes))
    fail(*std::move(trouble));
}

std::string conversion_for(const Descriptor& descriptor, const descriptor::Request& request,
                           const HeldStore& store, FirmwareFileCache& cache) {
  if (store.has_code_behind() || keys_trouble(descriptor, store.variables)) return {};
  const TemplateFacts& held = store.variables;
  switch (keeps(descriptor)) {
    case Keeps::kNothing:
    case Keeps::kFlashWithCode:
      return {};
    case Keeps::kJson:
      return held.form == forms::Form::kQemuJson ? "" : "qemu-json";
    case Keeps::kFlash:
      break;
  }
  const flash::Layout& layout = flash::layout_of_volume(volume_wanted(descriptor, cache));
  if (layout.volume_bytes == 0 || held.blank != flash::Blank::kNo) return {};
  // Arm's flash banks are to be filled.
  const std::uint64_t file_bytes = flash::is_arm(layout) ? kArmBankBytes : layout.volume_bytes;
  const std::uint64_t code_bytes = cache.file(descriptor.mapping.executable.path).inside_bytes;
  if (descriptor::flash_size_trouble(request.architecture, request.machine, {code_bytes, file_bytes}))
    return {};
  const bool as_it_is = held.form == forms::Form::kFlash && held.volume_bytes == layout.volume_bytes &&
                        store.file.inside_bytes == file_bytes;
  if (as_it_is) return {};
  return flash::is_arm(layout) ? "armvirt-padded" : std::string(layout.name);
}

}  // namespace nonvol::firmware
