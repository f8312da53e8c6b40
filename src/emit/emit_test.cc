#include <cstdio>

#include "emit/qemu.h"
#include "testing/expect.h"

namespace nonvol::emit {
namespace {

using descriptor::Device;
using descriptor::FirmwareFile;
using descriptor::FlashMode;
using descriptor::QemuVersion;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

QemuPlan split_plan() {
  QemuPlan plan;
  plan.architecture = "x86_64";
  plan.machine = "q35";
  plan.executable = {"/fw/code.fd", "raw"};
  plan.nvram = FirmwareFile{"/home/web01_VARS.fd", "raw"};
  plan.requirements.s3 = true;
  return plan;
}

std::vector<std::string> arguments(const QemuPlan& plan, const QemuStyle& style = {}) {
  const auto result = qemu_arguments(plan, style);
  if (!result) return {result.error().message};
  return *result;
}

TEST(QemuArguments, SplitFlashIsTwoBlockNodes) {
  EXPECT_THAT(
      arguments(split_plan()),
      ElementsAre("-machine", "q35,pflash0=nonvol-code,pflash1=nonvol-vars", "-blockdev",
                  "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fw/code.fd",
                  "-blockdev",
                  "node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,"
                  "file.filename=/home/web01_VARS.fd"));
}

TEST(QemuArguments, DriveStyleAndOldQemu) {
  EXPECT_THAT(arguments(split_plan(), {.flash = FlashStyle::kDrive}),
              ElementsAre("-machine", "q35,pflash0=nonvol-code,pflash1=nonvol-vars", "-drive",
                          "if=none,id=nonvol-code,format=raw,readonly=on,file=/fw/code.fd", "-drive",
                          "if=none,id=nonvol-vars,format=raw,readonly=off,file=/home/web01_VARS.fd"));
  const std::vector<std::string> old =
      arguments(split_plan(), {.flash = FlashStyle::kBlockdev, .version = QemuVersion{3, 1}});
  EXPECT_THAT(old, ElementsAre("-machine", "q35", "-drive",
                               "if=pflash,unit=0,format=raw,readonly=on,file=/fw/code.fd", "-drive",
                               "if=pflash,unit=1,format=raw,readonly=off,file=/home/web01_VARS.fd"));
  EXPECT_THAT(arguments(split_plan(), {.version = QemuVersion{4, 0}}), Contains("-blockdev"));
}

TEST(QemuArguments, SmmAndSecureFlashWhereRequired) {
  QemuPlan plan = split_plan();
  plan.requirements.smm = plan.requirements.secure_pflash = true;
  const std::vector<std::string> result = arguments(plan);
  EXPECT_EQ(result[1], "q35,smm=on,pflash0=nonvol-code,pflash1=nonvol-vars");
  EXPECT_THAT(result, Contains("driver=cfi.pflash01,property=secure,value=on"));
  EXPECT_THAT(machine_options(plan), ElementsAre("smm=on"));
}

TEST(QemuArguments, S3IsOffWhereTheFirmwareLacksIt) {
  QemuPlan plan = split_plan();
  plan.requirements.s3 = false;
  EXPECT_THAT(arguments(plan), Contains("ICH9-LPC.disable_s3=1"));
  plan.machine = "pc-q35-7.2";
  EXPECT_THAT(arguments(plan), Contains("ICH9-LPC.disable_s3=1"));
  plan.machine = "pc";
  EXPECT_THAT(arguments(plan), Contains("PIIX4_PM.disable_s3=1"));
  plan.architecture = "aarch64";
  plan.machine = "virt";
  EXPECT_THAT(arguments(plan), Not(Contains("-global")));
}

TEST(QemuArguments, EveryDeviceAndMode) {
  QemuPlan plan = split_plan();
  plan.mode = FlashMode::kStateless;
  plan.nvram.reset();
  EXPECT_THAT(arguments(plan), Contains(HasSubstr("read-only=on")));
  EXPECT_THAT(arguments(plan), Not(Contains(HasSubstr("pflash1"))));
  plan.mode = FlashMode::kCombined;
  plan.nvram = FirmwareFile{"/home/all.fd", "qcow2"};
  EXPECT_THAT(arguments(plan), Contains("node-name=nonvol-code,driver=qcow2,read-only=off,file.driver=file,"
                                        "file.filename=/home/all.fd"));
  plan.device = Device::kMemory;
  plan.nvram.reset();
  EXPECT_THAT(arguments(plan), ElementsAre("-machine", "q35", "-bios", "/fw/code.fd"));
  plan.requirements.uefi_vars_device = true;
  plan.nvram = FirmwareFile{"/home/vars,1.json", "json"};
  EXPECT_THAT(arguments(plan), Contains("uefi-vars-x64,jsonfile=/home/vars,,1.json"));
  plan.architecture = "aarch64";
  plan.machine = "virt";
  EXPECT_THAT(arguments(plan), Contains("uefi-vars-sysbus,jsonfile=/home/vars,,1.json"));
  EXPECT_ERROR(qemu_arguments(plan, {.version = QemuVersion{9, 2}}), kQemuTooOld);
  plan = split_plan();
  plan.device = Device::kKernel;
  EXPECT_THAT(arguments(plan), ElementsAre("-machine", "q35", "-kernel", "/fw/code.fd"));
  plan.device = Device::kIgvm;
  EXPECT_THAT(arguments(plan), ElementsAre("-machine", "q35,igvm-cfg=nonvol-igvm", "-object",
                                           "igvm-cfg,id=nonvol-igvm,file=/fw/code.fd"));
  EXPECT_ERROR(qemu_arguments(plan, {.version = QemuVersion{10, 0}}), kQemuTooOld);
}

TEST(QemuArguments, ATpmComesLast) {
  QemuPlan plan = split_plan();
  const std::size_t without = arguments(plan).size();
  plan.tpm = TpmPlan{"2.0", "/home/a,b/tpm.sock"};
  std::vector<std::string> all = arguments(plan);
  EXPECT_THAT(std::vector(all.begin() + static_cast<std::ptrdiff_t>(without), all.end()),
              ElementsAre("-chardev", "socket,id=nonvol-tpm-socket,path=/home/a,,b/tpm.sock", "-tpmdev",
                          "emulator,id=nonvol-tpm,chardev=nonvol-tpm-socket", "-device",
                          "tpm-crb,tpmdev=nonvol-tpm"));
  plan.tpm->version = "1.2";
  EXPECT_EQ(arguments(plan).back(), "tpm-tis,tpmdev=nonvol-tpm");
  // A chardev has no other form.
  plan.tpm->socket_path = "/home/line\nbreak/tpm.sock";
  EXPECT_ERROR(qemu_arguments(plan, {.one_line_each = true}), kNotRepresentable);
  EXPECT_THAT(arguments(plan), Contains(HasSubstr("path=/home/line\nbreak/tpm.sock")));
}

TEST(QemuArguments, EveryMachineHasItsTpmDeviceOrNone) {
  QemuPlan plan = split_plan();
  plan.mode = FlashMode::kStateless;
  plan.nvram.reset();
  plan.tpm = TpmPlan{"2.0", "/run/tpm.sock"};
  struct Case {
    const char* architecture;
    const char* machine;
    const char* device;  // null: refused
  };
  constexpr Case kCases[] = {
      {"x86_64", "pc", "tpm-crb"},
      {"i386", "pc-q35-7.2", "tpm-crb"},
      {"x86_64", "", "tpm-crb"},
      {"x86_64", "microvm", nullptr},
      {"x86_64", "isapc", nullptr},
      {"aarch64", "virt", "tpm-tis-device"},
      {"aarch64", "virt-7.2", "tpm-tis-device"},
      {"arm", "virt", "tpm-tis-device"},
      {"aarch64", "", "tpm-tis-device"},
      {"aarch64", "sbsa-ref", nullptr},
      {"riscv64", "virt", "tpm-tis-device"},
      {"loongarch64", "virt", "tpm-tis-device"},
      {"s390x", "s390-ccw-virtio", nullptr},
  };
  for (const Case& test : kCases) {
    plan.architecture = test.architecture;
    plan.machine = test.machine;
    if (test.device == nullptr) {
      EXPECT_ERROR(qemu_arguments(plan, {}), kTpmProfile);
    } else {
      EXPECT_EQ(arguments(plan).back(), std::string(test.device) + ",tpmdev=nonvol-tpm") << test.machine;
    }
  }
  plan.architecture = "aarch64";
  plan.machine = "virt";
  EXPECT_ERROR(qemu_arguments(plan, {.version = QemuVersion{4, 2}}), kQemuTooOld);
  EXPECT_OK(qemu_arguments(plan, {.version = QemuVersion{5, 0}}));
  plan.tpm->version = "1.2";
  EXPECT_ERROR(qemu_arguments(plan, {}), kTpmProfile);
}

TEST(QemuArguments, OddFileNamesSurvive) {
  QemuPlan plan = split_plan();
  plan.nvram->path = "/home/a,b 'c' \"d\"_VARS.fd";
  EXPECT_THAT(arguments(plan), Contains(HasSubstr("filename=/home/a,,b 'c' \"d\"_VARS.fd")));
  plan.nvram->path = "/home/line\nbreak,\"_VARS.fd";
  const QemuStyle drive{.flash = FlashStyle::kDrive};
  plan.executable.path = "nbd:code.fd";
  EXPECT_THAT(arguments(plan, drive), Contains(HasSubstr("file=./nbd:code.fd")));
  EXPECT_THAT(arguments(plan, drive), Contains(HasSubstr("file=/home/line\nbreak,,\"_VARS.fd")));
  const std::vector<std::string> lines = arguments(plan, {.one_line_each = true});
  EXPECT_THAT(lines, Each(Not(HasSubstr("\n"))));
  EXPECT_THAT(lines, Contains(HasSubstr(R"("filename": "/home/line\nbreak,\"_VARS.fd")")));
  const QemuStyle drive_lines{.flash = FlashStyle::kDrive, .version = {}, .one_line_each = true};
  EXPECT_ERROR(qemu_arguments(plan, drive_lines), kNotRepresentable);
  plan.nvram->path = "/home/line\n\xff";
  EXPECT_ERROR(qemu_arguments(plan, {.one_line_each = true}), kNotRepresentable);
}

TEST(ShellLine, IsSplitByAShellIntoTheSameArguments) {
  const std::vector<std::string> words{"plain",       "",      "a b",     "it's", "\"q\"", "$HOME`id`\\",
                                       "line\nbreak", "*?[x]", "-x=y,,z", "~",    "#"};
  const std::string command = "printf '%s\\0' " + shell_line(words);
  FILE* shell = ::popen(command.c_str(), "r");
  ASSERT_NE(shell, nullptr);
  std::string output;
  for (int c; (c = std::fgetc(shell)) != EOF;) output += static_cast<char>(c);
  ASSERT_EQ(::pclose(shell), 0);
  std::string expected;
  for (const std::string& word : words) expected += word + '\0';
  EXPECT_EQ(output, expected);
}

}  // namespace
}  // namespace nonvol::emit
