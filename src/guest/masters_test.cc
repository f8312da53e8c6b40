#include "guest/masters.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "guest/home.h"
#include "octets/text.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/qemu_images.h"

namespace nonvol::guest {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void write_text(const fs::path& path, std::string_view text) {
  std::ofstream(path) << text;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class MastersTest : public ::testing::Test {
 protected:
  MastersTest() : files(storage::posix_file_system()), home(*files, scratch / "guests") {
    write_text(scratch / "CODE.fd", "code");
    write_text(scratch / "VARS.fd", std::string(8192, 'v'));
  }

  CreateRequest request(const std::string& name) {
    CreateRequest result;
    result.name = name;
    result.created = "2026-01-31T23:59:59Z";
    result.nonvol_version = "0.1.0";
    result.architecture = "x86_64";
    result.machine = "q35";
    result.descriptor = scratch / "60-edk2.json";
    result.executable = {scratch / "CODE.fd", "raw"};
    result.nvram_template = FirmwareChoice{scratch / "VARS.fd", "raw"};
    result.store = StoreKind::kOverlay;
    return result;
  }
  Record create(const std::string& name) {
    const Result<Created> created = home.create(request(name), false);
    EXPECT_OK(created);
    return created ? created->record : Record();
  }
  std::string in_home(std::string_view path) { return scratch / ("guests/" + std::string(path)); }
  std::vector<std::string> masters() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(in_home(".masters")))
      names.push_back(entry.path().filename());
    return names;
  }

  testing::Scratch scratch;
  std::unique_ptr<storage::FileSystem> files;
  Home home;
};

TEST_F(MastersTest, AreSharedAndGoWithTheLast) {
  const Record first = create("web01");
  const Record second = create("web02");
  ASSERT_TRUE(first.nvram && first.nvram->master);
  EXPECT_EQ(first.nvram->format, "qcow2");
  EXPECT_EQ(first.nvram->size_bytes, 16384u);
  EXPECT_EQ(first.nvram->master->sha256, first.nvram_template->sha256);
  EXPECT_EQ(home.master_path(first), home.master_path(second));
  EXPECT_EQ(read_text(home.master_path(first)), read_text(scratch / "VARS.fd"));
  EXPECT_THAT(masters(), ElementsAre(octets::to_hex(first.nvram->master->sha256) + ".fd"));
  const Result<Record> loaded = home.load("web01");
  ASSERT_OK(loaded);
  EXPECT_EQ(*loaded, first);

  write_text(scratch / "VARS.fd", std::string(8192, 'w'));  // a package update
  const Record third = create("web03");
  EXPECT_EQ(masters().size(), 2u);
  ASSERT_OK(home.remove("web01", NvramFate::kDelete, false));
  EXPECT_EQ(masters().size(), 2u);
  ASSERT_OK(home.remove("web02", NvramFate::kDelete, false));
  EXPECT_THAT(masters(), ElementsAre(octets::to_hex(third.nvram->master->sha256) + ".fd"));
  ASSERT_OK(home.remove("web03", NvramFate::kDelete, false));
  EXPECT_THAT(masters(), IsEmpty());
}

TEST_F(MastersTest, CannotBeWritten) {
  struct stat status {};
  ASSERT_EQ(::stat(home.master_path(create("web01")).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0400u);
}

TEST_F(MastersTest, StayForWhateverMayNeedThem) {
  const Record record = create("web01");
  const auto stays = [&](std::string_view why) {
    create("web09");
    EXPECT_OK(home.remove("web09", NvramFate::kDelete, false));
    EXPECT_TRUE(fs::exists(home.master_path(record))) << why;
  };
  // A kept store has no record; moved to where no guest is, it still needs what it lies over.
  ASSERT_OK(home.remove("web01", NvramFate::kKeep, false));
  stays("kept");
  fs::rename(in_home("web01"), in_home("web01.kept"));
  stays("kept and moved");
  write_text(in_home("web01.kept/guest.json"), "{");
  stays("with a damaged record");
  // Someone else's file there is nobody's to remove.
  write_text(in_home(".masters/notes.fd"), "mine");
  fs::remove_all(in_home("web01.kept"));
  create("web09");
  ASSERT_OK(home.remove("web09", NvramFate::kDelete, false));
  EXPECT_THAT(masters(), ElementsAre("notes.fd"));
}

TEST_F(MastersTest, OfARecordWithoutItsOverlayStayToo) {
  const Record record = create("web01");
  fs::rename(home.nvram_path(record), scratch / "elsewhere.qcow2");
  create("web02");
  ASSERT_OK(home.remove("web02", NvramFate::kDelete, false));
  EXPECT_TRUE(fs::exists(home.master_path(record)));
}

TEST_F(MastersTest, AreCheckedBeforeTheyAreUsed) {
  const Record record = create("web01");
  const std::string path = home.master_path(record);
  EXPECT_OK(home.check_master(record));
  const auto changed = [&](std::string_view text, bool quick) {
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    write_text(path, text);
    EXPECT_ERROR(home.check_master(record), kMasterChanged);
    EXPECT_ERROR(home.create(request("web02"), false), kMasterChanged);
    EXPECT_FINDING(home.check_firmware(*files, record, true), kMasterChanged);
    EXPECT_EQ(home.check_firmware(*files, record, false).empty(), !quick);
  };
  changed(std::string(8192, 'w'), false);
  changed(std::string(8191, 'v'), true);
  fs::remove(path);
  EXPECT_ERROR(home.check_master(record), kMasterChanged);
  // Put back, as the error's text says.
  fs::copy_file(scratch / "VARS.fd", path);
  EXPECT_OK(home.check_master(record));
  EXPECT_OK(home.create(request("web02"), false));
}

TEST_F(MastersTest, AreWhatTheOverlayNames) {
  const Record record = create("web01");
  const std::string overlay = home.nvram_path(record);
  EXPECT_THAT(testing::run({"qemu-img", "info", overlay}).output,
              HasSubstr(master_file(record.nvram->master->sha256)));
  ASSERT_EQ(testing::run({"qemu-img", "compare", overlay, scratch / "VARS.fd"}).status, 0);
  // Over another file by somebody's hand.
  ASSERT_EQ(
      testing::run({"qemu-img", "rebase", "-u", "-b", scratch / "VARS.fd", "-F", "raw", overlay}).status, 0);
  EXPECT_ERROR(home.check_master(record), kMasterChanged);
  EXPECT_FINDING(home.check_firmware(*files, record, false), kMasterChanged);
  // Made whole, it needs none.
  ASSERT_EQ(testing::run({"qemu-img", "rebase", "-b", "", overlay}).status, 0);
  EXPECT_OK(home.check_master(record));
}

TEST_F(MastersTest, AreForRawTemplatesOnly) {
  CreateRequest wanted = request("web01");
  wanted.nvram_template->format = "qcow2";
  EXPECT_ERROR(home.create(wanted, false), kStoreFormExcluded);
  wanted = request("web01");
  wanted.nvram_template.reset();
  wanted.mode = descriptor::FlashMode::kCombined;
  EXPECT_ERROR(home.create(wanted, true), kStoreFormExcluded);
  write_text(scratch / "VARS.fd", std::string(8191, 'v'));
  EXPECT_ERROR(home.create(request("web01"), false), kStoreFormExcluded);
  EXPECT_FALSE(fs::exists(in_home("")));
}

TEST_F(MastersTest, ADryRunMakesNone) {
  const Result<Created> planned = home.create(request("web01"), true);
  ASSERT_OK(planned);
  EXPECT_FALSE(fs::exists(in_home("")));
  EXPECT_EQ(planned->record, create("web01"));
}

}  // namespace
}  // namespace nonvol::guest
