#include "emit/qemu.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "json/writer.h"
#include "octets/text.h"

namespace nonvol::emit {
namespace {

using descriptor::Device;
using descriptor::FirmwareFile;
using descriptor::FlashMode;

constexpr descriptor::QemuVersion kPflashProperty{4, 0};  // -machine pflash0=
constexpr descriptor::QemuVersion kUefiVarsDevice{10, 0};
constexpr descriptor::QemuVersion kIgvm{10, 1};

struct Flash {
  unsigned unit;
  const FirmwareFile* file;
  bool read_only;
};

// In QEMU's option strings a comma inside a value is written twice.
std::string escape_commas(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == ',') result += ',';
  }
  return result;
}

bool has_line_break(std::string_view text) {
  return text.find_first_of("\n\r") != std::string_view::npos;
}

class Emitter {
 public:
  Emitter(const QemuPlan& plan, const QemuStyle& style) : plan_(plan), style_(style) {}

  Result<std::vector<std::string>> run() {
    machine_ = plan_.machine.empty() ? std::vector<std::string>{} : std::vector{escape_commas(plan_.machine)};
    for (const std::string& option : machine_options(plan_)) machine_.push_back(option);
    switch (plan_.device) {
      case Device::kFlash:
        flash();
        break;
      case Device::kMemory:
        add("-bios", plan_.executable.path);
        break;
      case Device::kKernel:
        add("-kernel", plan_.executable.path);
        break;
      case Device::kIgvm:
        igvm();
        break;
    }
    globals();
    if (plan_.requirements.uefi_vars_device) uefi_vars();
    if (plan_.tpm) tpm(*plan_.tpm);
    std::vector<std::string> rest = std::exchange(arguments_, {});
    if (!machine_.empty()) add("-machine", fmt::format("{}", fmt::join(machine_, ",")));
    if (error_) return *std::move(error_);
    arguments_.insert(arguments_.end(), rest.begin(), rest.end());
    return arguments_;
  }

 private:
  bool older_than(descriptor::QemuVersion version) const {
    return style_.version && *style_.version < version;
  }

  void add(std::string option, std::string value) {
    if (style_.one_line_each && has_line_break(value)) return not_representable(value);
    arguments_.push_back(std::move(option));
    arguments_.push_back(std::move(value));
  }

  void not_representable(std::string_view path) {
    if (error_) return;
    error_ = Error(ErrorId::kNotRepresentable,
                   fmt::format("{} has a line break, and this option has no other way to write it",
                               octets::shell_word(path)));
  }

  void too_old(std::string_view what, descriptor::QemuVersion needed) {
    if (error_) return;
    error_ =
        Error(ErrorId::kQemuTooOld,
              fmt::format("{} needs QEMU {}.{}, and this one is {}.{}", what, needed.major_number,
                          needed.minor_number, style_.version->major_number, style_.version->minor_number));
  }

  void flash() {
    // A combined image is the guest's own copy of code and variables, on the first flash and writable.
    const bool combined = plan_.mode == FlashMode::kCombined;
    std::vector<Flash> banks;
    banks.push_back({0, combined && plan_.nvram ? &*plan_.nvram : &plan_.executable, !combined});
    if (plan_.mode == FlashMode::kSplit && plan_.nvram) banks.push_back({1, &*plan_.nvram, false});
    for (const Flash& bank : banks) {
      if (older_than(kPflashProperty)) {
        drive(bank, fmt::format("if=pflash,unit={}", bank.unit));
        continue;
      }
      const std::string id = bank.unit == 0 ? "nonvol-code" : "nonvol-vars";
      style_.flash == FlashStyle::kBlockdev ? blockdev(bank, id) : drive(bank, "if=none,id=" + id);
      machine_.push_back(fmt::format("pflash{}={}", bank.unit, id));
    }
  }

  void blockdev(const Flash& bank, const std::string& id) {
    const std::string& path = bank.file->path;
    // -blockdev also takes JSON, where a line break has an escape: then a line stays a line everywhere.
    if (has_line_break(path) && octets::is_utf8(path)) return add("-blockdev", json_node(bank, id));
    add("-blockdev", fmt::format("node-name={},driver={},read-only={},file.driver=file,file.filename={}", id,
                                 bank.file->format, bank.read_only ? "on" : "off", escape_commas(path)));
  }

  static std::string json_node(const Flash& bank, const std::string& id) {
    json::Writer writer(json::Layout::kOneLine);
    writer.begin_object().member("node-name", id).member("driver", bank.file->format);
    writer.member("read-only", bank.read_only).key("file").begin_object();
    writer.member("driver", "file").member("filename", bank.file->path).end_object().end_object();
    return writer.take();
  }

  void drive(const Flash& bank, const std::string& first) {
    if (style_.one_line_each && has_line_break(bank.file->path)) return not_representable(bank.file->path);
    // What stands before a colon would be a protocol; only a path that begins with '/' or '.' is none.
    const std::string path = bank.file->path.starts_with('/') ? bank.file->path : "./" + bank.file->path;
    add("-drive", fmt::format("{},format={},readonly={},file={}", first, bank.file->format,
                              bank.read_only ? "on" : "off", escape_commas(path)));
  }

  void igvm() {
    if (older_than(kIgvm)) return too_old("igvm firmware", kIgvm);
    add("-object", fmt::format("igvm-cfg,id=nonvol-igvm,file={}", escape_commas(plan_.executable.path)));
    machine_.push_back("igvm-cfg=nonvol-igvm");
  }

  void uefi_vars() {
    if (older_than(kUefiVarsDevice))
      return too_old("firmware that keeps its variables in a device", kUefiVarsDevice);
    const bool x86 = descriptor::is_x86(plan_.architecture);
    std::string device = x86 ? "uefi-vars-x64" : "uefi-vars-sysbus";
    if (plan_.nvram && plan_.device == Device::kMemory)
      device += ",jsonfile=" + escape_commas(plan_.nvram->path);
    add("-device", std::move(device));
  }

  void tpm(const TpmPlan& tpm) {
    const Result<TpmDevice> device = tpm_device(plan_.architecture, plan_.machine, tpm.version);
    if (!device) {
      if (!error_) error_ = device.error();
      return;
    }
    if (older_than(device->since)) return too_old(fmt::format("the device {}", device->model), device->since);
    add("-chardev", "socket,id=nonvol-tpm-socket,path=" + escape_commas(tpm.socket_path));
    add("-tpmdev", "emulator,id=nonvol-tpm,chardev=nonvol-tpm-socket");
    add("-device", fmt::format("{},tpmdev=nonvol-tpm", device->model));
  }

  void globals() {
    if (plan_.requirements.secure_pflash && plan_.device == Device::kFlash) {
      add("-global", "driver=cfi.pflash01,property=secure,value=on");
    }
    if (plan_.requirements.s3) return;
    // Only x86 machines have the S3 switch, and each chipset its own.
    const bool x86 = descriptor::is_x86(plan_.architecture);
    const std::string canonical =
        descriptor::canonical_machine(plan_.architecture, plan_.machine, style_.version);
    if (x86 && canonical.starts_with("pc-q35")) add("-global", "ICH9-LPC.disable_s3=1");
    if (x86 && canonical.starts_with("pc-i440fx")) add("-global", "PIIX4_PM.disable_s3=1");
  }

  const QemuPlan& plan_;
  const QemuStyle& style_;
  std::vector<std::string> machine_;
  std::vector<std::string> arguments_;
  std::optional<Error> error_;
};

}  // namespace

std::vector<std::string> machine_options(const QemuPlan& plan) {
  if (plan.requirements.smm) return {"smm=on"};
  return {};
}

Result<std::vector<std::string>> qemu_arguments(const QemuPlan& plan, const QemuStyle& style) {
  return Emitter(plan, style).run();
}

std::string shell_line(const std::vector<std::string>& arguments) {
  std::string result;
  for (const std::string& argument : arguments) {
    if (!result.empty()) result += ' ';
    result += octets::shell_word(argument);
  }
  return result;
}

}  // namespace nonvol::emit
