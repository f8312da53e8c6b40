// Prints the domain XML of a plan: emit_libvirt KIND CODE [STORE TEMPLATE]. The test gives it to libvirt.

#include <cstdio>
#include <span>
#include <string>

#include "emit/libvirt.h"

namespace {

using nonvol::descriptor::Device;
using nonvol::descriptor::FirmwareFile;
using nonvol::descriptor::FlashMode;

nonvol::emit::QemuPlan plan_of(const std::string& kind) {
  nonvol::emit::QemuPlan plan;
  plan.architecture = "x86_64";
  plan.machine = "q35";
  plan.requirements.s3 = kind == "split";
  plan.requirements.smm = plan.requirements.secure_pflash = kind == "secure";
  if (kind == "stateless") plan.mode = FlashMode::kStateless;
  if (kind == "combined") plan.mode = FlashMode::kCombined;
  if (kind == "memory") plan.device = Device::kMemory;
  if (kind == "kernel") plan.device = Device::kKernel;
  return plan;
}

}  // namespace

int main(int count, char** words) {
  const std::span<char*> arguments(words, static_cast<std::size_t>(count));
  if (count != 3 && count != 5) return 2;
  const std::string kind = arguments[1];
  const std::string format = kind == "qcow2" ? "qcow2" : "raw";
  nonvol::emit::QemuPlan plan = plan_of(kind);
  plan.executable = {arguments[2], format};
  std::optional<FirmwareFile> nvram_template;
  if (count == 5) {
    plan.nvram = FirmwareFile{arguments[3], format};
    nvram_template = FirmwareFile{arguments[4], format};
  }
  const auto xml = nonvol::emit::libvirt_xml(
      plan, nvram_template, {.formats = true, .domain_name = "emitted-" + kind, .virtualization = "qemu"});
  if (!xml) {
    std::fprintf(stderr, "%s\n", xml.error().message.c_str());
    return 1;
  }
  std::fputs(xml->c_str(), stdout);
  return 0;
}
