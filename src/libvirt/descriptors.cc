#include "libvirt/descriptors.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "json/document.h"
#include "libvirt/domain.h"
#include "octets/text.h"

namespace nonvol::libvirt {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FlashMode;
using json::Kind;
using json::Value;

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 20;  // DOCUMENT_SIZE

constexpr std::string_view kInterfaces[] = {"bios", "openfirmware", "uboot", "uefi"};
// virArchData, under QEMU's names where those differ.
constexpr std::string_view kArchitectures[] = {
    "alpha",    "armv6l",      "arm",     "armv7b",     "aarch64",      "cris",  "i386",   "ia64",
    "lm32",     "loongarch64", "m68k",    "microblaze", "microblazeel", "mips",  "mipsel", "mips64",
    "mips64el", "openrisc",    "parisc",  "parisc64",   "ppc",          "ppcle", "ppc64",  "ppc64le",
    "ppcemb",   "riscv32",     "riscv64", "s390",       "s390x",        "sh4",   "sh4eb",  "sparc",
    "sparc64",  "unicore32",   "x86_64",  "xtensa",     "xtensaeb"};

template <std::size_t Count>
bool one_of(std::string_view text, const std::string_view (&words)[Count]) {
  return std::ranges::find(words, text) != std::end(words);
}

// qemuFirmwareParse and what it calls. Members that it does not ask for may hold anything.
class Reader {
 public:
  ReadDescriptor read(std::string_view text, const std::string& path) {
    const Result<Value> root = document_.parse(text, path);
    if (!root) return {std::nullopt, root.error().message, "unable to parse json file"};
    Descriptor result;
    interfaces(*root, result);
    mapping(*root, result.mapping);
    targets(*root, result);
    features(*root, result);
    if (!reason_.empty()) return {std::nullopt, reason_, message_};
    return {std::move(result), {}, {}};
  }

 private:
  // `message` is libvirt's, without the path that follows it.
  void refuse(std::string reason, std::string message) {
    if (!reason_.empty()) return;
    reason_ = std::move(reason);
    message_ = std::move(message);
  }

  std::optional<Value> member(Value object, const char* name, Kind kind) {
    const std::optional<Value> found = object.find(name);
    if (found && found->is(kind)) return found;
    refuse(found ? fmt::format("'{}' is {}", name, json::to_string(found->kind()))
                 : fmt::format("'{}' is missing", name),
           fmt::format("missing '{}'", name));
    return std::nullopt;
  }

  std::string text(Value object, const char* name) {
    const std::optional<Value> found = member(object, name, Kind::kString);
    return found ? std::string(found->text()) : std::string();
  }

  void interfaces(Value root, Descriptor& result) {
    const std::optional<Value> list = member(root, "interface-types", Kind::kArray);
    if (!list) return;
    for (const Value item : list->children()) {
      if (!item.is(Kind::kString) || !one_of(item.text(), kInterfaces)) {
        return refuse(fmt::format("libvirt does not know the interface '{}'", item.text()),
                      fmt::format("unknown interface type: '{}'", item.text()));
      }
      result.interface_types.emplace_back(item.text());
    }
  }

  descriptor::FirmwareFile flash_file(Value mapping, const char* name) {
    const std::optional<Value> file = member(mapping, name, Kind::kObject);
    if (!file) return {};
    return {text(*file, "filename"), text(*file, "format")};
  }

  void flash(Value mapping, descriptor::Mapping& result) {
    if (mapping.find("mode")) {
      const std::string name = text(mapping, "mode");
      const std::optional<FlashMode> mode = descriptor::parse_flash_mode(name);
      if (!mode) {
        return refuse(fmt::format("libvirt does not know the flash mode '{}'", name),
                      fmt::format("Firmware flash mode value '{}' unexpected", name));
      }
      result.mode = *mode;
    }
    result.executable = flash_file(mapping, "executable");
    if (result.mode == FlashMode::kSplit) result.nvram_template = flash_file(mapping, "nvram-template");
  }

  void mapping(Value root, descriptor::Mapping& result) {
    const std::optional<Value> mapping = member(root, "mapping", Kind::kObject);
    if (!mapping) return;
    const std::string device = text(*mapping, "device");
    if (device == "flash") {
      result.device = Device::kFlash;
      flash(*mapping, result);
    } else if (device == "kernel" || device == "memory") {
      result.device = device == "kernel" ? Device::kKernel : Device::kMemory;
      result.executable = {text(*mapping, "filename"), "raw"};
    } else {
      refuse(fmt::format("libvirt does not know the device '{}'", device), "unknown device type");
    }
  }

  void targets(Value root, Descriptor& result) {
    const std::optional<Value> list = member(root, "targets", Kind::kArray);
    if (!list) return;
    for (const Value item : list->children()) {
      descriptor::Target target;
      target.architecture = qemu_architecture(text(item, "architecture"));
      if (!one_of(target.architecture, kArchitectures)) {
        return refuse(fmt::format("libvirt does not know the architecture '{}'", target.architecture),
                      fmt::format("unknown architecture '{}'", target.architecture));
      }
      const std::optional<Value> machines = member(item, "machines", Kind::kArray);
      if (!machines) return;
      for (const Value machine : machines->children()) {
        if (machine.is(Kind::kString)) target.machines.emplace_back(machine.text());
      }
      result.targets.push_back(std::move(target));
    }
  }

  void features(Value root, Descriptor& result) {
    const std::optional<Value> list = member(root, "features", Kind::kArray);
    if (!list) return;
    // Names that libvirt does not know are passed over there; here nothing asks for them.
    for (const Value item : list->children()) {
      if (item.is(Kind::kString)) result.features.emplace_back(item.text());
    }
  }

  json::Document document_;
  std::string reason_;
  std::string message_;
};

Error no_query(const std::string& path, std::string why, std::string message) {
  return Error(ErrorId::kLibvirtRefuses, fmt::format("libvirt cannot look for firmware at all: {}", why))
      .at(Place::in_file(path))
      .with_note(fmt::format("libvirt's message: {}", message))
      .with_hint("rm " + octets::shell_path(path));
}

// Names of one directory, each to the path that counts so far. False where libvirt gives up.
bool collect(storage::FileSource& files, const std::string& directory,
             std::map<std::string, std::string>& paths, Descriptors& result) {
  auto opened = files.open_directory(directory);
  if (!opened) {
    if (opened.error().id == ErrorId::kFileMissing) return true;
    result.failure = no_query(directory, opened.error().message, "cannot open directory '" + directory + "'");
    return false;
  }
  auto entries = (*opened)->entries();
  if (!entries) {
    result.failure = no_query(directory, entries.error().message, "Unable to read directory");
    return false;
  }
  std::ranges::sort(*entries, {}, &storage::DirectoryEntry::name);
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.name.starts_with('.')) continue;
    const std::string path = directory + "/" + entry.name;
    const Result<storage::FileStatus> status = files.status(path);
    if (!status) {
      result.failure = no_query(path, "a link in the directory leads nowhere", "Unable to access " + path);
      return false;
    }
    // A link to /dev/null is a device to libvirt, and hides nothing.
    if (status->kind == storage::FileKind::kRegular) paths[entry.name] = path;
  }
  return true;
}

}  // namespace

std::string_view to_string(Release release) {
  return release == Release::k9_0 ? "9.0" : "11.3";
}

ReadDescriptor read_descriptor(std::string_view text, const std::string& path) {
  return Reader().read(text, path);
}

Descriptors read_descriptors(storage::FileSource& files, const std::vector<std::string>& search_path,
                             Release release) {
  Descriptors result;
  std::map<std::string, std::string> paths;  // by name, in byte order
  for (const std::string& directory : search_path) {
    if (!collect(files, directory, paths, result)) return result;
  }
  storage::TextBuffer buffer;
  for (const auto& [name, path] : paths) {
    const std::string directory = path.substr(0, path.rfind('/'));
    auto opened = files.open_directory(directory);
    Result<void> read = opened ? (*opened)->read(name, kMaxBytes, buffer) : Result<void>(opened.error());
    ReadDescriptor one;
    if (!read) {
      one.reason = read.error().message;
    } else if (buffer.size_bytes > kMaxBytes) {
      one.reason = fmt::format("the file is larger than {} bytes", kMaxBytes);
    } else if (buffer.size_bytes == 0) {
      result.skipped.push_back({path, "the file is empty, which hides the name"});
      continue;
    } else {
      one = read_descriptor(buffer.text(), path);
    }
    if (one.descriptor) {
      result.candidates.push_back({path, *std::move(one.descriptor)});
    } else if (release == Release::k9_0) {
      result.failure = no_query(path, one.reason, one.message);
      return result;
    } else {
      result.skipped.push_back({path, one.reason});
    }
  }
  return result;
}

}  // namespace nonvol::libvirt
