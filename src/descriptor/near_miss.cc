#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"
#include "descriptor/rules.h"

namespace nonvol::descriptor {
namespace {

const Target* target_of(const Descriptor& descriptor, std::string_view architecture) {
  const auto found = std::ranges::find(descriptor.targets, architecture, &Target::architecture);
  return found == descriptor.targets.end() ? nullptr : &*found;
}

// A machine that the target is for, as people type it; empty where only QEMU's version would tell.
std::string machine_for(const Target& target, const Request& request) {
  for (const std::string_view alias : machine_aliases(target.architecture)) {
    Request with_alias = request;
    with_alias.architecture = target.architecture;
    with_alias.machine = alias;
    if (Rules(with_alias).is_for_machine(target)) return std::string(alias);
  }
  for (const std::string& glob : target.machines) {
    if (glob.find_first_of("*?") == std::string::npos) return glob;
  }
  return {};
}

void aim_at_target(const Descriptor& descriptor, Request& request) {
  const Target* target = target_of(descriptor, request.architecture);
  if (target == nullptr) {
    if (descriptor.targets.empty()) return;
    target = &descriptor.targets.front();
    request.architecture = target->architecture;
  }
  if (!Rules(request).is_for_machine(*target)) request.machine = machine_for(*target, request);
}

void aim_at_mapping(const Descriptor& descriptor, Request& request) {
  const Mapping& mapping = descriptor.mapping;
  if (request.device && *request.device != mapping.device) request.device = mapping.device;
  if (request.mode && (mapping.device != Device::kFlash || *request.mode != mapping.mode)) {
    request.mode.reset();
    if (mapping.device == Device::kFlash) request.mode = mapping.mode;
  }
  if (!request.format.empty()) request.format = mapping.executable.format;
}

void aim_at_features(const Descriptor& descriptor, Request& request) {
  std::erase_if(request.require,
                [&](const std::string& feature) { return !descriptor.has_feature(feature); });
  std::erase_if(request.forbid, [&](const std::string& feature) { return descriptor.has_feature(feature); });
  if (request.secure_boot) request.secure_boot = descriptor.has_feature(kSecureBoot);
  const bool build = is_confidential_build(descriptor);
  if (build && !asks_for_confidential(request)) {
    const auto feature = std::ranges::find_if(descriptor.features, is_confidential_feature);
    request.require.push_back(*feature);
  } else if (!build && asks_for_confidential(request) && descriptor.mapping.device == Device::kFlash) {
    request.mode = descriptor.mapping.mode;
  }
}

// How the second request differs from the first, as options.
class Difference {
 public:
  explicit Difference(NearMiss& near) : near_(near) {}

  void value(std::string_view option, std::string_view before, std::string_view after) {
    if (before == after) return;
    ++near_.changes;
    after.empty() ? append(near_.without, option, before) : append(near_.with, option, after);
  }

  void words(std::string_view option, const std::vector<std::string>& before,
             const std::vector<std::string>& after) {
    for (const std::string& word : before) {
      if (std::ranges::find(after, word) == after.end()) value(option, word, {});
    }
    for (const std::string& word : after) {
      if (std::ranges::find(before, word) == before.end()) value(option, {}, word);
    }
  }

 private:
  static void append(std::string& text, std::string_view option, std::string_view value) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", option, value);
  }

  NearMiss& near_;
};

std::string_view on_off(const std::optional<bool>& value) {
  if (!value) return {};
  return *value ? "on" : "off";
}

template <class Value>
std::string_view text_or_none(const std::optional<Value>& value) {
  return value ? to_string(*value) : std::string_view();
}

}  // namespace

std::optional<NearMiss> near_miss(const Descriptor& descriptor, const Request& request) {
  if (Rules(request).fits(descriptor)) return std::nullopt;
  NearMiss near;
  near.request = request;
  if (std::ranges::find(descriptor.interface_types, request.interface) == descriptor.interface_types.end() &&
      !descriptor.interface_types.empty()) {
    near.request.interface = descriptor.interface_types.front();
  }
  aim_at_target(descriptor, near.request);
  aim_at_mapping(descriptor, near.request);
  aim_at_features(descriptor, near.request);
  if (near.request.machine.empty() || !check_request(near.request) || !Rules(near.request).fits(descriptor))
    return std::nullopt;
  Difference difference(near);
  difference.value("--interface", request.interface, near.request.interface);
  difference.value("--arch", request.architecture, near.request.architecture);
  difference.value("--machine", request.machine, near.request.machine);
  difference.value("--device", text_or_none(request.device), text_or_none(near.request.device));
  difference.value("--mode", text_or_none(request.mode), text_or_none(near.request.mode));
  difference.value("--format", request.format, near.request.format);
  difference.words("--require", request.require, near.request.require);
  difference.words("--forbid", request.forbid, near.request.forbid);
  difference.value("--secure-boot", on_off(request.secure_boot), on_off(near.request.secure_boot));
  return near;
}

}  // namespace nonvol::descriptor
