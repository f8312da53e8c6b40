#include "descriptor/descriptor.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"

namespace nonvol::descriptor {
namespace {

using json::Kind;
using json::Value;

constexpr std::string_view kDevices[] = {"flash", "kernel", "memory", "igvm"};
constexpr std::string_view kModes[] = {"split", "combined", "stateless"};
constexpr std::string_view kFormats[] = {"raw", "qcow2"};
constexpr std::string_view kInterfaces[] = {"bios", "openfirmware", "uboot", "uefi"};

template <std::size_t Count>
std::string listed(const std::string_view (&words)[Count]) {
  std::string result;
  for (const std::string_view word : words) {
    result += result.empty() ? "" : ", ";
    result += word;
  }
  return result;
}

// Walks one document. The first thing that makes the descriptor unusable stops it; the rest become findings.
class Walk {
 public:
  Walk(const std::string& path, std::vector<Finding>& findings) : path_(path), findings_(findings) {}

  Result<Descriptor> descriptor(Value root) {
    Descriptor result;
    if (!is(root, Kind::kObject)) return *std::move(error_);
    bool seen_description = false;
    bool seen_tags = false;
    unsigned seen = 0;
    for (const Value member : root.children()) {
      const std::string_view name = member.name();
      if (name == "description") {
        seen_description = true;
        if (is(member, Kind::kString)) result.description = member.text();
      } else if (name == "interface-types") {
        seen |= 1u;
        texts(member, result.interface_types);
      } else if (name == "mapping") {
        seen |= 2u;
        mapping(member, result.mapping);
      } else if (name == "targets") {
        seen |= 4u;
        targets(member, result.targets);
      } else if (name == "features") {
        seen |= 8u;
        texts(member, result.features);
      } else if (name == "tags") {
        seen_tags = true;
        texts(member, result.tags);
      } else {
        unknown_member(member);
      }
      if (error_) return *std::move(error_);
    }
    missing(root, seen);
    if (error_) return *std::move(error_);
    report(root, result, seen_description, seen_tags);
    return result;
  }

 private:
  Place place(Value value) const { return Place::at_pointer(path_, value.pointer()); }

  void refuse(Value value, std::string message, ErrorId id = ErrorId::kDescriptorMember) {
    if (!error_) error_ = Error(id, std::move(message)).at(place(value));
  }

  bool is(Value value, Kind kind) {
    if (value.is(kind)) return true;
    const std::string what = value.pointer().empty() ? "the document" : fmt::format("'{}'", value.name());
    refuse(value, fmt::format("{} is {}, and must be {}", value.name().empty() ? "the value" : what,
                              json::to_string(value.kind()), json::to_string(kind)));
    return false;
  }

  void missing(Value root, unsigned seen) {
    static constexpr std::string_view kRequired[] = {"interface-types", "mapping", "targets", "features"};
    for (unsigned i = 0; i < std::size(kRequired); ++i) {
      if ((seen >> i & 1u) == 0) refuse(root, fmt::format("the member '{}' is missing", kRequired[i]));
    }
  }

  void unknown_member(Value member) {
    findings_.push_back({Severity::kWarning,
                         ErrorId::kDescriptorUnknownMember,
                         fmt::format("the schema has no member '{}' here; it is ignored", member.name()),
                         place(member),
                         {}});
  }

  void texts(Value array, std::vector<std::string>& result) {
    if (!is(array, Kind::kArray)) return;
    result.reserve(array.size());
    for (const Value element : array.children()) {
      if (!is(element, Kind::kString)) return;
      result.emplace_back(element.text());
    }
  }

  void text(Value value, std::string& result) {
    if (is(value, Kind::kString)) result = value.text();
  }

  void file_name(Value value, std::string& result) {
    text(value, result);
    if (!error_ && (result.empty() || result.find('\0') != std::string::npos)) {
      refuse(value, fmt::format("'{}' is empty or has a NUL, and must be a path", value.name()));
    } else if (!error_ && !result.starts_with('/')) {
      findings_.push_back(
          {Severity::kWarning,
           ErrorId::kDescriptorMember,
           fmt::format("'{}' is '{}', which is no absolute path: every reader takes it from its own "
                       "current directory",
                       value.name(), result),
           place(value),
           {}});
    }
  }

  template <std::size_t Count>
  std::size_t one_of(Value value, const std::string_view (&words)[Count]) {
    if (!is(value, Kind::kString)) return 0;
    const auto* found = std::ranges::find(words, value.text());
    if (found != std::end(words)) return static_cast<std::size_t>(found - words);
    refuse(value, fmt::format("'{}' is '{}', and nonvol knows {}", value.name(), value.text(), listed(words)),
           ErrorId::kDescriptorUnknownValue);
    return 0;
  }

  void flash_file(Value value, FirmwareFile& result) {
    if (!is(value, Kind::kObject)) return;
    bool has_path = false;
    bool has_format = false;
    for (const Value member : value.children()) {
      if (member.name() == "filename") {
        has_path = true;
        file_name(member, result.path);
      } else if (member.name() == "format") {
        has_format = true;
        result.format = kFormats[one_of(member, kFormats)];
      } else {
        unknown_member(member);
      }
    }
    if (!has_path || !has_format)
      refuse(value, fmt::format("'{}' needs 'filename' and 'format'", value.name()));
  }

  void mapping(Value value, Mapping& result) {
    if (!is(value, Kind::kObject)) return;
    const std::optional<Value> device = value.find("device");
    if (!device) return refuse(value, "'mapping' has no 'device'");
    result.device = static_cast<Device>(one_of(*device, kDevices));
    if (error_) return;
    result.device == Device::kFlash ? flash(value, result) : single_file(value, result);
  }

  void flash(Value value, Mapping& result) {
    bool has_executable = false;
    for (const Value member : value.children()) {
      if (member.name() == "mode") {
        result.mode = static_cast<FlashMode>(one_of(member, kModes));
      } else if (member.name() == "executable") {
        has_executable = true;
        flash_file(member, result.executable);
      } else if (member.name() == "nvram-template") {
        flash_file(member, result.nvram_template.emplace());
      } else if (member.name() != "device") {
        unknown_member(member);
      }
    }
    if (error_) return;
    if (!has_executable) return refuse(value, "a flash mapping needs 'executable'");
    const bool split = result.mode == FlashMode::kSplit;
    if (split && !result.nvram_template) return refuse(value, "flash in split mode needs 'nvram-template'");
    if (!split && result.nvram_template) {
      refuse(value, fmt::format("flash in {} mode has no 'nvram-template'", to_string(result.mode)));
    }
  }

  void single_file(Value value, Mapping& result) {
    bool has_path = false;
    for (const Value member : value.children()) {
      if (member.name() == "filename") {
        has_path = true;
        file_name(member, result.executable.path);
      } else if (member.name() == "uefi-vars" && result.device == Device::kMemory) {
        uefi_vars(member, result);
      } else if (member.name() != "device") {
        unknown_member(member);
      }
    }
    result.executable.format = "raw";
    if (!has_path) refuse(value, fmt::format("a {} mapping needs 'filename'", to_string(result.device)));
  }

  void uefi_vars(Value value, Mapping& result) {
    if (!is(value, Kind::kObject)) return;
    for (const Value member : value.children()) {
      if (member.name() == "template") {
        file_name(member, result.uefi_vars_template.emplace());
      } else {
        unknown_member(member);
      }
    }
    if (!result.uefi_vars_template) refuse(value, "'uefi-vars' needs 'template'");
  }

  void targets(Value value, std::vector<Target>& result) {
    if (!is(value, Kind::kArray)) return;
    result.reserve(value.size());
    for (const Value element : value.children()) {
      if (!is(element, Kind::kObject)) return;
      Target& target = result.emplace_back();
      bool has_machines = false;
      for (const Value member : element.children()) {
        if (member.name() == "architecture") {
          text(member, target.architecture);
        } else if (member.name() == "machines") {
          has_machines = true;
          texts(member, target.machines);
        } else {
          unknown_member(member);
        }
      }
      if (target.architecture.empty() || !has_machines) {
        refuse(element, "a target needs 'architecture' and 'machines'");
      }
    }
  }

  // What a strict reader or an attentive administrator would want to know about a descriptor that can be
  // used.
  void report(Value root, const Descriptor& result, bool seen_description, bool seen_tags) {
    const auto add = [&](ErrorId id, Severity severity, std::string message, std::string_view pointer) {
      findings_.push_back(
          {severity, id, std::move(message), Place::at_pointer(path_, std::string(pointer)), {}});
    };
    if (!seen_description || !seen_tags) {
      add(ErrorId::kDescriptorMissingOptional, Severity::kNote,
          fmt::format("'{}' is missing, which the schema requires; some readers refuse the file",
                      seen_description ? "tags"
                      : seen_tags      ? "description"
                                       : "description' and 'tags"),
          root.pointer());
    }
    for (std::size_t i = 0; i < result.features.size(); ++i) {
      if (is_known_feature(result.features[i])) continue;
      add(ErrorId::kDescriptorUnknownFeature, Severity::kWarning,
          fmt::format("the feature '{}' is not known; if it is a requirement, guests may fail to boot",
                      result.features[i]),
          fmt::format("/features/{}", i));
    }
    if (result.interface_types.empty()) {
      add(ErrorId::kDescriptorUnknownValue, Severity::kWarning,
          "'interface-types' is empty; nothing can ask for it", "/interface-types");
    }
    for (std::size_t i = 0; i < result.interface_types.size(); ++i) {
      if (std::ranges::find(kInterfaces, result.interface_types[i]) != std::end(kInterfaces)) continue;
      add(ErrorId::kDescriptorUnknownValue, Severity::kWarning,
          fmt::format("the interface type '{}' is not known; nonvol knows {}", result.interface_types[i],
                      listed(kInterfaces)),
          fmt::format("/interface-types/{}", i));
    }
  }

  const std::string& path_;
  std::vector<Finding>& findings_;
  std::optional<Error> error_;
};

}  // namespace

std::string_view to_string(Device device) {
  return kDevices[static_cast<std::size_t>(device)];
}
std::string_view to_string(FlashMode mode) {
  return kModes[static_cast<std::size_t>(mode)];
}

std::optional<Device> parse_device(std::string_view text) {
  const auto* found = std::ranges::find(kDevices, text);
  if (found == std::end(kDevices)) return std::nullopt;
  return static_cast<Device>(found - kDevices);
}

std::optional<FlashMode> parse_flash_mode(std::string_view text) {
  const auto* found = std::ranges::find(kModes, text);
  if (found == std::end(kModes)) return std::nullopt;
  return static_cast<FlashMode>(found - kModes);
}

bool Descriptor::has_feature(std::string_view feature) const {
  return std::ranges::find(features, feature) != features.end();
}

Result<Descriptor> DescriptorReader::read(std::string_view text, const std::string& path,
                                          std::vector<Finding>& findings) {
  const Result<Value> root = document_.parse(text, path);
  if (!root) return root.error();
  return Walk(path, findings).descriptor(*root);
}

}  // namespace nonvol::descriptor
