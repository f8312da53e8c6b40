#include "emit/libvirt.h"

#include "testing/expect.h"

namespace nonvol::emit {
namespace {

using descriptor::Device;
using descriptor::FirmwareFile;
using descriptor::FlashMode;
using ::testing::HasSubstr;
using ::testing::Not;

const std::optional<FirmwareFile> kTemplate = FirmwareFile{"/fw/VARS.fd", "raw"};

QemuPlan split_plan() {
  QemuPlan plan;
  plan.architecture = "x86_64";
  plan.machine = "q35";
  plan.executable = {"/fw/CODE.fd", "raw"};
  plan.nvram = FirmwareFile{"/guests/web01/vars.fd", "raw"};
  plan.requirements.s3 = true;
  return plan;
}

std::string xml_of(const QemuPlan& plan, const LibvirtStyle& style = {}) {
  Result<std::string> text = libvirt_xml(plan, kTemplate, style);
  EXPECT_OK(text);
  return text ? *text : std::string();
}

TEST(LibvirtXml, SplitFlashNamesEveryFile) {
  EXPECT_EQ(xml_of(split_plan()),
            "<os>\n"
            "  <type arch='x86_64' machine='q35'>hvm</type>\n"
            "  <loader readonly='yes' type='pflash'>/fw/CODE.fd</loader>\n"
            "  <nvram template='/fw/VARS.fd'>/guests/web01/vars.fd</nvram>\n"
            "</os>\n"
            "<features>\n"
            "  <acpi/>\n"
            "</features>\n");
}

TEST(LibvirtXml, SecureFlashNeedsSmm) {
  QemuPlan plan = split_plan();
  plan.requirements.smm = true;
  plan.requirements.secure_pflash = true;
  const std::string text = xml_of(plan);
  EXPECT_THAT(text, HasSubstr("<loader readonly='yes' secure='yes' type='pflash'>"));
  EXPECT_THAT(text, HasSubstr("  <smm state='on'/>\n"));
  plan.machine = "pc";
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kLibvirtRefuses);
  plan.machine = "q35";
  plan.architecture = "i386";
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kLibvirtRefuses);
}

TEST(LibvirtXml, FormatsAreSaidOnlyWhereTheyAreNotRaw) {
  QemuPlan plan = split_plan();
  plan.executable.format = "qcow2";
  plan.nvram->format = "qcow2";
  Result<std::string> text = libvirt_xml(plan, FirmwareFile{"/fw/VARS.qcow2", "qcow2"}, {});
  ASSERT_OK(text);
  EXPECT_THAT(*text, HasSubstr("type='pflash' format='qcow2'>/fw/CODE.fd<"));
  EXPECT_THAT(*text, HasSubstr("<nvram template='/fw/VARS.qcow2' templateFormat='qcow2' format='qcow2'>"));
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {.formats = false}), kLibvirtRefuses);
  plan.executable.format = "raw";
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {.formats = false}), kLibvirtRefuses);
}

TEST(LibvirtXml, StatelessFlashHasNoStore) {
  QemuPlan plan = split_plan();
  plan.mode = FlashMode::kStateless;
  plan.nvram.reset();
  const std::string text = xml_of(plan);
  EXPECT_THAT(text, HasSubstr("<loader readonly='yes' type='pflash' stateless='yes'>/fw/CODE.fd</loader>"));
  EXPECT_THAT(text, Not(HasSubstr("nvram")));
}

TEST(LibvirtXml, CombinedFlashIsTheGuestsOwnImage) {
  QemuPlan plan = split_plan();
  plan.mode = FlashMode::kCombined;
  const std::string text = xml_of(plan);
  EXPECT_THAT(text, HasSubstr("<loader readonly='no' type='pflash'>/guests/web01/vars.fd</loader>"));
  EXPECT_THAT(text, Not(HasSubstr("nvram")));
}

TEST(LibvirtXml, RomAndKernelHaveElementsOfTheirOwn) {
  QemuPlan plan = split_plan();
  plan.device = Device::kMemory;
  plan.nvram.reset();
  EXPECT_THAT(xml_of(plan), HasSubstr("<loader type='rom'>/fw/CODE.fd</loader>"));
  plan.device = Device::kKernel;
  EXPECT_THAT(xml_of(plan), HasSubstr("<kernel>/fw/CODE.fd</kernel>"));
  // libvirt has no ACPI without flash there.
  plan.architecture = "aarch64";
  plan.machine = "virt";
  EXPECT_THAT(xml_of(plan), Not(HasSubstr("acpi")));
  plan.device = Device::kFlash;
  EXPECT_THAT(xml_of(plan), HasSubstr("<acpi/>"));
}

TEST(LibvirtXml, FirmwareThatDoesNotWakeUpIsNotPutToSleep) {
  QemuPlan plan = split_plan();
  plan.requirements.s3 = false;
  EXPECT_THAT(xml_of(plan), HasSubstr("<suspend-to-mem enabled='no'/>"));
}

TEST(LibvirtXml, WhatLibvirtCannotSayIsRefused) {
  QemuPlan plan = split_plan();
  plan.device = Device::kIgvm;
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kLibvirtRefuses);
  plan.device = Device::kMemory;
  plan.requirements.uefi_vars_device = true;
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kLibvirtRefuses);
}

TEST(LibvirtXml, PathsAreEscaped) {
  QemuPlan plan = split_plan();
  plan.executable.path = "/fw/<a&b>'\n.fd";
  EXPECT_THAT(xml_of(plan), HasSubstr(">/fw/&lt;a&amp;b&gt;&apos;&#10;.fd</loader>"));
  plan.executable.path = "/fw/\x01.fd";
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kLibvirtRefuses);
  plan.executable.path = "/fw/\xff.fd";
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kLibvirtRefuses);
}

TEST(LibvirtXml, ATpmIsOneThatRunsAlready) {
  QemuPlan plan = split_plan();
  plan.tpm = TpmPlan{"2.0", "/guests/it's/tpm.sock"};
  EXPECT_THAT(
      xml_of(plan),
      testing::EndsWith("</features>\n"
                        "<devices>\n"
                        "  <tpm model='tpm-crb'>\n"
                        "    <backend type='external'>\n"
                        "      <source type='unix' mode='connect' path='/guests/it&apos;s/tpm.sock'/>\n"
                        "    </backend>\n"
                        "  </tpm>\n"
                        "</devices>\n"));
  plan.tpm->version = "1.2";
  EXPECT_THAT(xml_of(plan), HasSubstr("<tpm model='tpm-tis'>"));
  plan.architecture = "aarch64";
  plan.machine = "virt";
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kTpmProfile);
  plan.tpm->version = "2.0";
  EXPECT_THAT(xml_of(plan), HasSubstr("<tpm model='tpm-tis'>"));
  plan.tpm->socket_path = "/guests/\x01/tpm.sock";
  EXPECT_ERROR(libvirt_xml(plan, kTemplate, {}), kLibvirtRefuses);
}

TEST(LibvirtXml, AWholeDomainHasNameAndMemory) {
  const std::string text = xml_of(split_plan(), {.domain_name = "web01", .virtualization = "qemu"});
  EXPECT_THAT(text, testing::StartsWith("<domain type='qemu'>\n  <name>web01</name>\n  <memory unit='MiB'>"));
  EXPECT_THAT(text, HasSubstr("\n  <os>\n    <type arch='x86_64'"));
  EXPECT_THAT(text, testing::EndsWith("  </features>\n</domain>\n"));
}

}  // namespace
}  // namespace nonvol::emit
