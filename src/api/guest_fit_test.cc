#include "api/guest_fit.h"

#include <filesystem>
#include <fstream>

#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/qemu_images.h"

namespace nonvol::api {
namespace {

namespace fs = std::filesystem;
using descriptor::FlashMode;
using guest::FirmwareChoice;

constexpr std::uint64_t kCode4M = 3653632;
constexpr std::uint64_t kStore4M = 540672;
constexpr std::uint64_t kStore2M = 131072;

class GuestFit : public ::testing::Test {
 protected:
  GuestFit()
      : files(storage::posix_file_system()), context{*files, scratch / "guests", "", {}, [] { return ""; }} {}

  FirmwareChoice file(const std::string& name, std::uint64_t size_bytes) {
    std::ofstream(scratch / name) << 'x';
    fs::resize_file(scratch / name, size_bytes);
    return {scratch / name, "raw"};
  }
  FirmwareChoice image(const std::string& name, std::uint64_t size_bytes) {
    EXPECT_EQ(testing::make_image(scratch / name, "qcow2", size_bytes), "");
    return {scratch / name, "qcow2"};
  }
  guest::CreateRequest request(FirmwareChoice code, FirmwareChoice nvram_template) {
    guest::CreateRequest result;
    result.name = "web01";
    result.descriptor = scratch / "60.json";
    result.executable = std::move(code);
    result.nvram_template = std::move(nvram_template);
    return result;
  }

  testing::Scratch scratch;
  std::unique_ptr<storage::FileSystem> files;
  Context context;
};

TEST_F(GuestFit, OfAnImageWhatIsInsideCounts) {
  const auto inside = visible_bytes(*files, image("code.qcow2", kCode4M));
  ASSERT_OK(inside);
  EXPECT_EQ(*inside, kCode4M);
  FirmwareChoice none = file("none.qcow2", 8192);
  none.format = "qcow2";
  EXPECT_ERROR(visible_bytes(*files, none), kFlashSize);
}

TEST_F(GuestFit, FlashHasTheMachinesSizes) {
  const FlashFiles good{image("code.qcow2", kCode4M), file("vars.fd", kStore4M)};
  EXPECT_OK(check_flash(context, "x86_64", "q35", good));
  EXPECT_ERROR(check_flash(context, "x86_64", "microvm", good), kMachineWithoutFlash);
  EXPECT_ERROR(check_flash(context, "aarch64", "virt", good), kFlashSize);
  EXPECT_ERROR(check_flash(context, "x86_64", "q35", {good.code, file("odd.fd", kStore4M + 512)}),
               kFlashSize);
  EXPECT_ERROR(check_flash(context, "x86_64", "q35", {good.code, image("big.qcow2", 8 << 20)}), kFlashSize);
  // What is not there is somebody else's to say.
  EXPECT_OK(check_flash(context, "x86_64", "q35", {good.code, FirmwareChoice{scratch / "gone.fd", "raw"}}));
}

TEST_F(GuestFit, AGuestsFlashIsWhatItHasNow) {
  guest::Record record;
  record.architecture = "x86_64";
  record.machine = "q35";
  record.executable.path = file("code.fd", kCode4M).path;
  record.executable.format = "raw";
  record.nvram = guest::Nvram{"web01_VARS.fd", "raw", kStore4M, {}};
  EXPECT_OK(check_guest_flash(context, record, file("vars.fd", kStore4M).path));
  EXPECT_ERROR(check_guest_flash(context, record, file("cut.fd", kStore4M - 1).path), kFlashSize);
  record.mode = FlashMode::kCombined;
  EXPECT_OK(check_guest_flash(context, record, file("flash.fd", 4 << 20).path));
  EXPECT_ERROR(check_guest_flash(context, record, file("half.fd", 100).path), kFlashSize);
  record.device = descriptor::Device::kMemory;
  EXPECT_OK(check_guest_flash(context, record, ""));
}

TEST_F(GuestFit, ATemplateIsOfTheCodesLayout) {
  const FirmwareChoice code = file("code.fd", kCode4M);
  EXPECT_OK(check_store_source(context, request(code, image("vars.qcow2", kStore4M))));
  EXPECT_ERROR(check_store_source(context, request(code, image("small.qcow2", kStore2M))), kLayoutMismatch);
  EXPECT_ERROR(
      check_store_source(context, request(image("code.qcow2", kCode4M), image("too.qcow2", kStore2M))),
      kLayoutMismatch);
}

TEST_F(GuestFit, ATemplateStandsByItself) {
  const FirmwareChoice under = file("vars.fd", kStore4M);
  ASSERT_EQ(testing::make_image(scratch / "over.qcow2", "qcow2", kStore4M, {"-b", under.path, "-F", "raw"}),
            "");
  const FirmwareChoice over{scratch / "over.qcow2", "qcow2"};
  EXPECT_ERROR(check_store_source(context, request(file("code.fd", kCode4M), over)), kNvramInContainer);
}

TEST_F(GuestFit, WhatIsNoStoreIsRefused) {
  std::ofstream(scratch / "random.fd") << std::string(kStore4M, 'r');
  const FirmwareChoice code = file("code.fd", kCode4M);
  EXPECT_ERROR(check_store_source(context, request(code, {scratch / "random.fd", "raw"})),
               kNotAVariableStore);
  guest::CreateRequest json = request(code, {scratch / "random.fd", "json"});
  json.device = descriptor::Device::kMemory;
  EXPECT_ERROR(check_store_source(context, json), kNotAVariableStore);
}

TEST_F(GuestFit, ABlankTemplateIsArmsAlone) {
  for (const char* byte : {"zero", "erased"}) {
    const std::string fill(kStore4M, byte[0] == 'z' ? '\0' : '\xff');
    std::ofstream(scratch / "blank.fd") << fill;
    guest::CreateRequest x86 = request(file("code.fd", kCode4M), {scratch / "blank.fd", "raw"});
    x86.architecture = "x86_64";
    EXPECT_ERROR(check_store_source(context, x86), kNotAVariableStore);
  }
  std::ofstream(scratch / "arm.fd") << std::string(64 << 20, '\0');
  guest::CreateRequest arm = request(file("qemu-efi.fd", 64 << 20), {scratch / "arm.fd", "raw"});
  arm.architecture = "aarch64";
  EXPECT_OK(check_store_source(context, arm));
}

TEST_F(GuestFit, ACombinedImageStandsByItself) {
  const FirmwareChoice under = file("flash.fd", 4 << 20);
  ASSERT_EQ(testing::make_image(scratch / "over.qcow2", "qcow2", 4 << 20, {"-b", under.path, "-F", "raw"}),
            "");
  guest::CreateRequest combined = request({scratch / "over.qcow2", "qcow2"}, under);
  combined.nvram_template.reset();
  combined.mode = FlashMode::kCombined;
  EXPECT_ERROR(check_store_source(context, combined), kNvramInContainer);
  combined.executable = under;
  EXPECT_ERROR(check_store_source(context, combined), kNotAVariableStore);
}

TEST_F(GuestFit, AFileIsOfTheFormatThatIsSaid) {
  FirmwareChoice raw = image("vars.qcow2", kStore4M);
  raw.format = "raw";
  EXPECT_ERROR(visible_bytes(*files, raw), kFlashSize);
}

}  // namespace
}  // namespace nonvol::api
