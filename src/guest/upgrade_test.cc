#include <filesystem>
#include <fstream>

#include "guest/home.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/scratch.h"

namespace nonvol::guest {
namespace {

namespace fs = std::filesystem;
using descriptor::Device;
using descriptor::FlashMode;

void write_text(const fs::path& path, std::string_view text) {
  std::ofstream(path) << text;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class KindsTest : public ::testing::Test {
 protected:
  KindsTest() : files(storage::posix_file_system()), home(*files, scratch / "guests") {
    write_text(scratch / "FLASH.fd", "variables-code");
    write_text(scratch / "vars.json", "{}");
  }

  CreateRequest request(const std::string& name, Device device, FlashMode mode = FlashMode::kSplit) {
    CreateRequest result;
    result.name = name;
    result.created = "2026-01-31T23:59:59Z";
    result.nonvol_version = "0.1.0";
    result.architecture = "x86_64";
    result.machine = "q35";
    result.device = device;
    result.mode = mode;
    result.descriptor = scratch / "60-edk2.json";
    result.executable = {scratch / "FLASH.fd", "raw"};
    return result;
  }
  Created create(const CreateRequest& wanted) {
    const Result<Created> created = home.create(wanted, false);
    EXPECT_OK(created);
    if (!created) return {};
    const Result<Record> loaded = home.load(wanted.name);
    EXPECT_TRUE(loaded && *loaded == created->record);
    EXPECT_TRUE(same_request(created->record, wanted));
    const Result<Created> again = home.create(wanted, false);
    EXPECT_TRUE(!again && again.error().id == ErrorId::kGuestExists);
    return *created;
  }
  UpgradeRequest upgrade_of(const Record& record, std::uint64_t variables_bytes) {
    UpgradeRequest result;
    result.before = record;
    result.descriptor = record.descriptor;
    result.features = record.features;
    result.executable = {scratch / "FLASH.fd", "raw"};
    result.variables_bytes = variables_bytes;
    return result;
  }

  testing::Scratch scratch;
  std::unique_ptr<storage::FileSystem> files;
  Home home;
};

TEST_F(KindsTest, CombinedHasAnImageOfItsOwn) {
  const Created created = create(request("web01", Device::kFlash, FlashMode::kCombined));
  EXPECT_EQ(created.nvram_path, scratch / "guests/web01/web01_FLASH.fd");
  EXPECT_EQ(read_text(created.nvram_path), "variables-code");
  EXPECT_EQ(created.record.executable.sha256, home.load("web01")->executable.sha256);
  ASSERT_OK(home.remove("web01", NvramFate::kKeep, false));
  EXPECT_ERROR(home.create(request("web01", Device::kFlash, FlashMode::kCombined), false), kStoreLeftBehind);
  ASSERT_OK(home.remove("web01", NvramFate::kDelete, false));

  CreateRequest qcow2 = request("web01", Device::kFlash, FlashMode::kCombined);
  qcow2.executable.format = "qcow2";
  EXPECT_EQ(create(qcow2).nvram_path, scratch / "guests/web01/web01_FLASH.qcow2");
}

TEST_F(KindsTest, StatelessMemoryKernelAndIgvmHaveNothing) {
  const std::pair<Device, const char*> kDevices[] = {{Device::kFlash, "flash"},
                                                     {Device::kMemory, "memory"},
                                                     {Device::kKernel, "kernel"},
                                                     {Device::kIgvm, "igvm"}};
  for (const auto& [device, name] : kDevices) {
    const Created created = create(request(name, device, FlashMode::kStateless));
    EXPECT_FALSE(created.record.nvram.has_value());
    EXPECT_EQ(created.nvram_path, "");
    EXPECT_TRUE(home.check_firmware(*files, created.record, true).empty());
    EXPECT_ERROR(home.remove(name, NvramFate::kKeep, false), kNvramMissing);
    ASSERT_OK(home.remove(name, NvramFate::kDelete, false));
  }
}

TEST_F(KindsTest, UefiVarsAreACopyOfTheJson) {
  CreateRequest wanted = request("web01", Device::kMemory);
  wanted.nvram_template = FirmwareChoice{scratch / "vars.json", "json"};
  const Created created = create(wanted);
  EXPECT_EQ(created.nvram_path, scratch / "guests/web01/web01_VARS.json");
  EXPECT_EQ(read_text(created.nvram_path), "{}");
  EXPECT_EQ(created.record.nvram->format, "json");
  // What changes it may make it longer.
  write_text(created.nvram_path, "{\"version\": 2}");
  EXPECT_TRUE(home.check_firmware(*files, created.record, true).empty());
}

TEST_F(KindsTest, AreDifferentRequests) {
  const Created combined = create(request("web01", Device::kFlash, FlashMode::kCombined));
  EXPECT_FALSE(same_request(combined.record, request("web01", Device::kFlash, FlashMode::kStateless)));
  EXPECT_FALSE(same_request(combined.record, request("web01", Device::kMemory)));
  CreateRequest other = request("web01", Device::kFlash, FlashMode::kCombined);
  other.interface = "bios";
  EXPECT_FALSE(same_request(combined.record, other));
}

TEST_F(KindsTest, UpgradePutsCodeBehindTheVariables) {
  const Created created = create(request("web01", Device::kFlash, FlashMode::kCombined));
  write_text(created.nvram_path, "VARIABLES-code");
  write_text(scratch / "FLASH.fd", "variables-CODE");
  const UpgradeRequest wanted = upgrade_of(created.record, 9);
  const Result<Upgraded> planned = home.upgrade(wanted, true);
  ASSERT_OK(planned);
  EXPECT_TRUE(planned->image_changes && planned->record_changes);
  EXPECT_EQ(read_text(created.nvram_path), "VARIABLES-code");
  EXPECT_EQ(*home.load("web01"), created.record);

  const Result<Upgraded> upgraded = home.upgrade(wanted, false);
  ASSERT_OK(upgraded);
  EXPECT_EQ(upgraded->record, planned->record);
  EXPECT_EQ(read_text(created.nvram_path), "VARIABLES-CODE");
  EXPECT_EQ(*home.load("web01"), upgraded->record);
  EXPECT_NE(upgraded->record.executable.sha256, created.record.executable.sha256);
  // Whoever has an old record in mind is told.
  EXPECT_ERROR(home.upgrade(wanted, false), kGuestChangedMeanwhile);
  const Result<Upgraded> again = home.upgrade(upgrade_of(upgraded->record, 9), false);
  ASSERT_OK(again);
  EXPECT_FALSE(again->image_changes || again->record_changes);
}

TEST_F(KindsTest, UpgradeRefusesAnImageOfAnotherSize) {
  const Created created = create(request("web01", Device::kFlash, FlashMode::kCombined));
  write_text(scratch / "FLASH.fd", "variables-CODE+");
  for (const bool dry_run : {true, false}) {
    EXPECT_ERROR(home.upgrade(upgrade_of(created.record, 9), dry_run), kUpgradeLayout);
  }
  EXPECT_EQ(read_text(created.nvram_path), "variables-code");
}

TEST_F(KindsTest, UpgradeOfSharedCodeIsARecord) {
  const Created created = create(request("web01", Device::kFlash, FlashMode::kStateless));
  write_text(scratch / "FLASH.fd", "other");
  EXPECT_FINDING(home.check_firmware(*files, created.record, true), kFirmwareChanged);
  UpgradeRequest wanted = upgrade_of(created.record, 0);
  wanted.features = {"secure-boot"};
  wanted.descriptor = scratch / "70.json";
  const Result<Upgraded> upgraded = home.upgrade(wanted, false);
  ASSERT_OK(upgraded);
  EXPECT_FALSE(upgraded->image_changes);
  EXPECT_EQ(upgraded->record.features, wanted.features);
  EXPECT_EQ(upgraded->record.descriptor, wanted.descriptor);
  EXPECT_TRUE(home.check_firmware(*files, *home.load("web01"), true).empty());
  wanted.before = upgraded->record;
  wanted.executable.path = scratch / "none.fd";
  EXPECT_ERROR(home.upgrade(wanted, false), kFirmwareFileMissing);
}

}  // namespace
}  // namespace nonvol::guest
