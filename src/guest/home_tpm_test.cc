#include <sys/socket.h>
#include <sys/un.h>

#include "guest/home_for_test.h"

namespace nonvol::guest {
namespace {

TEST_F(HomeTest, CreatesATpmWithTheGuest) {
  const auto before = snapshot();
  const Result<Created> planned = home.create(request_with_tpm(), true);
  ASSERT_OK(planned);
  EXPECT_EQ(snapshot(), before);
  const Result<Created> created = home.create(request_with_tpm(), false);
  ASSERT_OK(created);
  EXPECT_EQ(planned->record.tpm, created->record.tpm);
  EXPECT_EQ(created->record.tpm, (Tpm{"web01.nvram", "2.0", image.size()}));
  EXPECT_EQ(created->tpm_image_path, in_home("web01/web01.nvram"));
  EXPECT_EQ(read_text(created->tpm_image_path), std::string(image.begin(), image.end()));
  EXPECT_EQ(home.tpm_socket_path("web01"), in_home("web01/tpm.sock"));
  struct stat status {};
  ASSERT_EQ(::stat(created->tpm_image_path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  // No hole, or a TPM's answer waits for the file system to find room.
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, image.size());
  const Result<Record> loaded = home.load("web01");
  ASSERT_OK(loaded);
  EXPECT_EQ(*loaded, created->record);
  EXPECT_EQ(images_made, 2);
  // Nobody makes a TPM for a guest that is there.
  EXPECT_ERROR(home.create(request_with_tpm(), false), kGuestExists);
  EXPECT_EQ(images_made, 2);
}

TEST_F(HomeTest, CreatesNothingWithoutTheTpm) {
  CreateRequest wanted = request_with_tpm();
  wanted.tpm->make_image = []() -> Result<std::unique_ptr<storage::BlockFile>> {
    return Error(ErrorId::kLibraryMissing, "no library");
  };
  for (const bool dry_run : {true, false}) EXPECT_ERROR(home.create(wanted, dry_run), kLibraryMissing);
  EXPECT_ERROR(home.load("web01"), kNoSuchGuest);
}

TEST_F(HomeTest, AnotherTpmIsAnotherRequest) {
  const Result<Created> with = home.create(request_with_tpm(), false);
  const Result<Created> without = home.create(request("web02"), false);
  ASSERT_OK(with);
  ASSERT_OK(without);
  CreateRequest wanted = request_with_tpm();
  EXPECT_TRUE(same_request(with->record, wanted));
  EXPECT_FALSE(same_request(with->record, request()));
  wanted.tpm->version = "1.2";
  EXPECT_FALSE(same_request(with->record, wanted));
  EXPECT_FALSE(same_request(without->record, request_with_tpm("web02")));
}

TEST_F(HomeTest, LosesNoSecretsOfATpmUnasked) {
  ASSERT_OK(home.create(request_with_tpm(), false));
  const auto refuses = [&] {
    const auto before = snapshot();
    for (const bool dry_run : {true, false}) {
      const Result<Deleted> deleted = home.remove("web01", NvramFate::kDelete, dry_run);
      EXPECT_ERROR(deleted, kTpmSecretsAtStake);
      EXPECT_EQ(deleted.error().place, Place::in_file(in_home("web01/web01.nvram")));
    }
    EXPECT_EQ(snapshot(), before);
  };
  refuses();
  const std::string record = read_text(in_home("web01/guest.json"));
  write_text(in_home("web01/guest.json"), "{");
  refuses();
  write_text(in_home("web01/guest.json"), record);
  const Result<Deleted> kept = home.remove("web01", NvramFate::kKeep, false);
  ASSERT_OK(kept);
  EXPECT_THAT(kept->kept, ElementsAre(in_home("web01/web01.nvram"), in_home("web01/web01_VARS.fd")));
  refuses();
  EXPECT_ERROR(home.create(request(), false), kStoreLeftBehind);
  const Result<Deleted> deleted = home.remove("web01", NvramFate::kDeleteWithTpm, false);
  ASSERT_OK(deleted);
  EXPECT_THAT(deleted->removed, ElementsAre(in_home("web01/web01.nvram"), in_home("web01/web01_VARS.fd")));
  EXPECT_FALSE(fs::exists(in_home("web01")));
}

TEST_F(HomeTest, KeepsATpmWithoutVariables) {
  CreateRequest wanted = request_with_tpm();
  wanted.mode = FlashMode::kStateless;
  wanted.nvram_template.reset();
  ASSERT_OK(home.create(wanted, false));
  const Result<Deleted> kept = home.remove("web01", NvramFate::kKeep, false);
  ASSERT_OK(kept);
  EXPECT_THAT(kept->kept, ElementsAre(in_home("web01/web01.nvram")));
  const Result<Record> gone = home.load("web01");
  EXPECT_ERROR(gone, kNoSuchGuest);
  EXPECT_THAT(gone.error().message, ::testing::HasSubstr("TPM's image was kept"));
  const auto entries = home.list();
  ASSERT_OK(entries);
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->front().state, EntryState::kKeptStore);
  const Result<Created> again = home.create(wanted, false);
  EXPECT_ERROR(again, kStoreLeftBehind);
  EXPECT_THAT(again.error().message, ::testing::HasSubstr("TPM's image of an earlier guest"));
}

TEST_F(HomeTest, LeavesAGuestWithARunningTpmAlone) {
  ASSERT_OK(home.create(request_with_tpm(), false));
  const int fd = locked(in_home("web01/web01.nvram"));
  for (const bool dry_run : {true, false}) {
    for (const NvramFate fate : {NvramFate::kDelete, NvramFate::kDeleteWithTpm, NvramFate::kKeep}) {
      const Result<Deleted> deleted = home.remove("web01", fate, dry_run);
      EXPECT_ERROR(deleted, kGuestRunning);
      EXPECT_THAT(deleted.error().message, ::testing::HasSubstr("the TPM of guest web01"));
    }
  }
  ::close(fd);
  EXPECT_OK(home.remove("web01", NvramFate::kDeleteWithTpm, false));
}

// An emulator that was killed leaves its socket; nobody but it makes one of that name.
TEST_F(HomeTest, DeletesTheSocketOfATpm) {
  ASSERT_OK(home.create(request_with_tpm(), false));
  const auto listen_at = [](const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd, static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address), 0)
        << path;
    ::close(fd);
  };
  listen_at(in_home("web01/other.sock"));
  EXPECT_ERROR(home.remove("web01", NvramFate::kDeleteWithTpm, false), kForeignFiles);
  fs::remove(in_home("web01/other.sock"));
  listen_at(home.tpm_socket_path("web01"));
  ASSERT_OK(home.remove("web01", NvramFate::kDeleteWithTpm, false));
  EXPECT_FALSE(fs::exists(in_home("web01")));
}

TEST_F(HomeTest, FindsWhatBecameOfTheTpm) {
  const Result<Created> created = home.create(request_with_tpm(), false);
  ASSERT_OK(created);
  EXPECT_THAT(home.check_firmware(*files, created->record, false), IsEmpty());
  fs::rename(created->tpm_image_path, scratch / "elsewhere");
  const auto findings = home.check_firmware(*files, created->record, false);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FINDING(findings, kTpmImageMissing);
  EXPECT_EQ(findings[0].severity, Severity::kError);
  // Nothing is left whose secrets could be lost.
  EXPECT_OK(home.remove("web01", NvramFate::kDelete, true));
  fs::create_symlink(scratch / "elsewhere", created->tpm_image_path);
  EXPECT_ERROR(home.load("web01"), kTpmImageMissing);
}

}  // namespace
}  // namespace nonvol::guest
