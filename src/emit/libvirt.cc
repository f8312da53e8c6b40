#include "emit/libvirt.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "octets/text.h"

namespace nonvol::emit {
namespace {

using descriptor::Device;
using descriptor::FirmwareFile;
using descriptor::FlashMode;

// Between any two elements or inside any attribute. White space other than blanks would be changed by an XML
// parser, so that it is written as references.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '\'':
        result += "&apos;";
        break;
      case '\t':
      case '\n':
      case '\r':
        result += fmt::format("&#{};", static_cast<int>(c));
        break;
      default:
        result += c;
    }
  }
  return result;
}

bool fits_xml(std::string_view text) {
  const bool controls = std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
  return !controls && octets::is_utf8(text);
}

class LibvirtEmitter {
 public:
  LibvirtEmitter(const QemuPlan& plan, const std::optional<FirmwareFile>& nvram_template,
                 const LibvirtStyle& style)
      : plan_(plan), template_(nvram_template), style_(style) {}

  Result<std::string> run() {
    check();
    os();
    features();
    power();
    if (plan_.tpm) tpm(*plan_.tpm);
    if (error_) return *std::move(error_);
    if (style_.domain_name.empty()) return text_;
    return fmt::format(
        "<domain type='{}'>\n  <name>{}</name>\n  <memory unit='MiB'>1024</memory>\n{}</domain>\n",
        style_.virtualization, escaped(style_.domain_name), text_);
  }

 private:
  void refuse(std::string reason) {
    if (!error_) error_ = Error(ErrorId::kLibvirtRefuses, std::move(reason));
  }

  bool is_x86() const { return descriptor::is_x86(plan_.architecture); }
  bool flash() const { return plan_.device == Device::kFlash; }

  // What libvirt has no words for, or what it would refuse to define.
  void check() {
    if (plan_.device == Device::kIgvm) refuse("libvirt's domain XML has no element for IGVM firmware");
    if (plan_.requirements.uefi_vars_device) {
      refuse(
          "the firmware keeps its variables in a uefi-vars device, for which libvirt has an element only since "
          "12.1, and nonvol does not write it");
    }
    if (flash() && plan_.requirements.secure_pflash && plan_.architecture != "x86_64") {
      refuse(fmt::format("libvirt has flash that only SMM code may write for x86_64 only, and this is {}",
                         plan_.architecture));
    }
    const std::string canonical = descriptor::canonical_machine(plan_.architecture, plan_.machine, {});
    if (flash() && plan_.requirements.secure_pflash && !canonical.starts_with("pc-q35")) {
      refuse(
          fmt::format("libvirt has flash that only SMM code may write for q35 machines only, and this is {}",
                      plan_.machine));
    }
    format_of(plan_.executable, "the firmware");
    if (plan_.nvram) format_of(*plan_.nvram, "the variable store");
    for (const FirmwareFile* file :
         {&plan_.executable, plan_.nvram ? &*plan_.nvram : nullptr, template_ ? &*template_ : nullptr}) {
      if (file == nullptr || fits_xml(file->path)) continue;
      refuse(fmt::format("{} has characters that XML cannot hold", octets::shell_word(file->path)));
    }
  }

  void format_of(const FirmwareFile& file, std::string_view what) {
    if (!flash() || style_.formats || file.format == "raw") return;
    refuse(
        fmt::format("libvirt before 9.2 takes every flash image for raw, and {} is {}", what, file.format));
  }

  // " name='raw'" where it has to be said.
  std::string format_attribute(std::string_view name, const FirmwareFile& file) const {
    return style_.formats && file.format != "raw" ? fmt::format(" {}='{}'", name, file.format)
                                                  : std::string();
  }

  void line(int level, std::string_view text) {
    const int depth = style_.domain_name.empty() ? level : level + 1;
    text_.append(static_cast<std::size_t>(depth) * 2, ' ').append(text).append("\n");
  }

  void os() {
    line(0, "<os>");
    const std::string architecture = plan_.architecture == "i386"  ? "i686"
                                     : plan_.architecture == "arm" ? "armv7l"
                                                                   : plan_.architecture;
    const std::string machine =
        plan_.machine.empty() ? std::string() : fmt::format(" machine='{}'", escaped(plan_.machine));
    line(1, fmt::format("<type arch='{}'{}>hvm</type>", escaped(architecture), machine));
    const std::string path = escaped(plan_.executable.path);
    if (plan_.device == Device::kKernel) {
      line(1, fmt::format("<kernel>{}</kernel>", path));
    } else if (plan_.device == Device::kMemory) {
      line(1, fmt::format("<loader type='rom'>{}</loader>", path));
    } else {
      pflash();
    }
    line(0, "</os>");
  }

  void pflash() {
    // A combined image is the guest's own copy of code and variables.
    const bool combined = plan_.mode == FlashMode::kCombined;
    const FirmwareFile& code = combined && plan_.nvram ? *plan_.nvram : plan_.executable;
    std::string attributes = fmt::format(" readonly='{}'", combined ? "no" : "yes");
    if (plan_.requirements.secure_pflash) attributes += " secure='yes'";
    attributes += " type='pflash'";
    if (plan_.mode == FlashMode::kStateless) attributes += " stateless='yes'";
    attributes += format_attribute("format", code);
    line(1, fmt::format("<loader{}>{}</loader>", attributes, escaped(code.path)));
    if (plan_.mode != FlashMode::kSplit || !plan_.nvram) return;
    std::string origin;
    if (template_) {
      origin = fmt::format(" template='{}'{}", escaped(template_->path),
                           format_attribute("templateFormat", *template_));
    }
    line(1, fmt::format("<nvram{}{}>{}</nvram>", origin, format_attribute("format", *plan_.nvram),
                        escaped(plan_.nvram->path)));
  }

  // libvirt turns ACPI off where it is not asked for, and UEFI is at a loss without; on aarch64 it refuses
  // ACPI for anything but flash.
  void features() {
    const bool acpi =
        is_x86() || (flash() && (plan_.architecture == "aarch64" || plan_.architecture == "loongarch64"));
    if (!acpi && !plan_.requirements.smm) return;
    line(0, "<features>");
    if (acpi) line(1, "<acpi/>");
    if (plan_.requirements.smm) line(1, "<smm state='on'/>");
    line(0, "</features>");
  }

  // A guest must not be offered the sleep that its firmware does not wake from.
  void power() {
    if (!is_x86() || plan_.requirements.s3) return;
    line(0, "<pm>");
    line(1, "<suspend-to-mem enabled='no'/>");
    line(0, "</pm>");
  }

  void tpm(const TpmPlan& tpm) {
    const Result<TpmDevice> device = tpm_device(plan_.architecture, plan_.machine, tpm.version);
    if (!device) {
      if (!error_) error_ = device.error();
      return;
    }
    if (!fits_xml(tpm.socket_path)) {
      refuse(fmt::format("{} has characters that XML cannot hold", octets::shell_word(tpm.socket_path)));
    }
    line(0, "<devices>");
    line(1, fmt::format("<tpm model='{}'>", device->libvirt_name));
    line(2, "<backend type='external'>");
    line(3, fmt::format("<source type='unix' mode='connect' path='{}'/>", escaped(tpm.socket_path)));
    line(2, "</backend>");
    line(1, "</tpm>");
    line(0, "</devices>");
  }

  const QemuPlan& plan_;
  const std::optional<FirmwareFile>& template_;
  const LibvirtStyle& style_;
  std::string text_;
  std::optional<Error> error_;
};

}  // namespace

Result<std::string> libvirt_xml(const QemuPlan& plan, const std::optional<FirmwareFile>& nvram_template,
                                const LibvirtStyle& style) {
  return LibvirtEmitter(plan, nvram_template, style).run();
}

}  // namespace nonvol::emit
