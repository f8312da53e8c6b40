#include "firmware/statements.h"

#include <gmock/gmock.h>

#include "testing/expect.h"
#include "testing/firmware_samples.h"

namespace nonvol::firmware {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using testing::briefly;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::plain;
using testing::SampleDescriptor;

TEST(Statements, NothingIsWrongWithWhatPackagesShip) {
  EXPECT_THAT(briefly(check_statements(SampleDescriptor().subject())), IsEmpty());
  const SampleDescriptor all(
      {"acpi-s3", "amd-sev", "enrolled-keys", "requires-smm", "secure-boot", "verbose-dynamic"});
  EXPECT_THAT(briefly(check_statements(all.subject())), IsEmpty());
  SampleDescriptor arm({"secure-boot", "enrolled-keys", "verbose-static"});
  arm.descriptor.targets = {{"aarch64", {"virt-*"}}};
  EXPECT_THAT(briefly(check_statements(arm.subject())), IsEmpty());
  // Firmware for TDX has its keys built in, and no template.
  SampleDescriptor tdx({"enrolled-keys", "intel-tdx", "secure-boot"});
  tdx.descriptor.mapping = {};
  tdx.descriptor.mapping.device = Device::kMemory;
  EXPECT_THAT(briefly(check_statements(tdx.subject())), IsEmpty());
}

TEST(Statements, FeaturesThatNeedOrExcludeEachOther) {
  const SampleDescriptor keys({"enrolled-keys"});
  EXPECT_FINDING(plain(check_statements(keys.subject())), kFeaturesExclude);
  const SampleDescriptor verbose({"acpi-s3", "verbose-dynamic", "verbose-static"});
  EXPECT_THAT(briefly(check_statements(verbose.subject())), ElementsAre("warning NV3310 /features/2"));
  SampleDescriptor bios({"secure-boot"});
  bios.descriptor.interface_types = {"bios"};
  EXPECT_THAT(briefly(check_statements(bios.subject())), ElementsAre("warning NV3310 /features/0"));
  bios.descriptor.interface_types = {"bios", "uefi"};
  EXPECT_THAT(briefly(check_statements(bios.subject())), IsEmpty());
}

TEST(Statements, VariablesInADeviceAreNotInFlash) {
  SampleDescriptor sample({"host-uefi-vars"});
  EXPECT_THAT(briefly(check_statements(sample.subject())),
              ElementsAre("error NV3310 /features/0", "note NV3315 /features/0"));
  sample.descriptor.mapping.mode = FlashMode::kStateless;
  EXPECT_THAT(briefly(check_statements(sample.subject())), ElementsAre("note NV3315 /features/0"));
  sample.descriptor.mapping = {};
  sample.descriptor.mapping.device = Device::kMemory;
  sample.descriptor.mapping.uefi_vars_template = "/vars.json";
  EXPECT_THAT(briefly(check_statements(sample.subject())), ElementsAre("note NV3315 /features/0"));
  sample.descriptor.features.clear();
  EXPECT_THAT(briefly(check_statements(sample.subject())), ElementsAre("warning NV3310 /mapping/uefi-vars"));
}

TEST(Statements, WhatOnlyOneArchitectureHas) {
  SampleDescriptor sample({"amd-sev", "requires-smm"});
  sample.descriptor.targets = {{"aarch64", {"virt-*"}}};
  EXPECT_THAT(briefly(check_statements(sample.subject())),
              ElementsAre("error NV3310 /features/1", "warning NV3310 /features/0"));
  sample.descriptor.targets = {{"i386", {"pc-q35-*"}}};
  EXPECT_THAT(briefly(check_statements(sample.subject())), IsEmpty());
}

TEST(Statements, MachinesThatCannot) {
  SampleDescriptor smm({"requires-smm"});
  smm.descriptor.targets[0].machines = {"pc-q35-*", "pc-i440fx-*"};
  EXPECT_THAT(briefly(check_statements(smm.subject())), ElementsAre("warning NV3310 /targets/0/machines/1"));
  SampleDescriptor flashless;
  flashless.descriptor.targets[0].machines = {"microvm"};
  EXPECT_THAT(briefly(check_statements(flashless.subject())),
              ElementsAre("warning NV3310 /targets/0/machines/0"));
  flashless.descriptor.mapping = {};
  flashless.descriptor.mapping.device = Device::kMemory;
  EXPECT_THAT(briefly(check_statements(flashless.subject())), IsEmpty());
}

TEST(Statements, Aliases) {
  SampleDescriptor sample;
  sample.descriptor.targets = {{"x86_64", {"q35", "pc", "pc-q35-10.0", "q35*"}}, {"aarch64", {"virt"}}};
  const LintFindings findings = check_statements(sample.subject());
  EXPECT_FINDING(plain(findings), kMachineIsAlias);
  EXPECT_THAT(briefly(findings),
              ElementsAre("warning NV3312 /targets/0/machines/0", "warning NV3312 /targets/0/machines/1",
                          "warning NV3312 /targets/1/machines/0"));
  // There the name without a version is the machine's own.
  sample.descriptor.targets = {{"riscv64", {"virt"}}, {"loongarch64", {"virt"}}};
  EXPECT_THAT(briefly(check_statements(sample.subject())), IsEmpty());
}

TEST(Statements, EmptyAndUnknown) {
  SampleDescriptor sample;
  sample.descriptor.targets = {{"vax", {}}};
  EXPECT_THAT(briefly(check_statements(sample.subject())),
              ElementsAre("note NV3108 /targets/0/architecture", "warning NV3108 /targets/0/machines"));
  sample.descriptor.targets.clear();
  EXPECT_THAT(briefly(check_statements(sample.subject())), ElementsAre("warning NV3108 /targets"));
}

TEST(Statements, WhatLibvirtCannotUse) {
  SampleDescriptor combined;
  combined.descriptor.mapping.mode = FlashMode::kCombined;
  combined.descriptor.mapping.nvram_template.reset();
  EXPECT_FINDING(plain(check_statements(combined.subject())), kLibvirtTrips);
  SampleDescriptor igvm;
  igvm.descriptor.mapping = {};
  igvm.descriptor.mapping.device = Device::kIgvm;
  EXPECT_THAT(briefly(check_statements(igvm.subject())), ElementsAre("note NV3315 /mapping/device"));
}

}  // namespace
}  // namespace nonvol::firmware
