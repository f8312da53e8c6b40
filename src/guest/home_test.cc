#include <atomic>
#include <thread>

#include "guest/home_for_test.h"
#include "octets/text.h"

namespace nonvol::guest {
namespace {

TEST_F(HomeTest, CreatesTheHomeAndTheGuest) {
  const auto none = home.list();
  ASSERT_OK(none);
  EXPECT_THAT(*none, IsEmpty());
  const Result<Created> created = home.create(request(), false);
  ASSERT_OK(created);
  EXPECT_EQ(created->directory, in_home("web01"));
  EXPECT_EQ(created->nvram_path, in_home("web01/web01_VARS.fd"));
  EXPECT_EQ(read_text(created->nvram_path), read_text(scratch / "VARS.fd"));
  EXPECT_EQ(created->record.executable.size_bytes, 4u);
  EXPECT_EQ(created->record.nvram->size_bytes, 5009u);
  // sha256sum of "code"
  EXPECT_EQ(octets::to_hex(created->record.executable.sha256),
            "5694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b");
  const Result<Record> loaded = home.load("web01");
  ASSERT_OK(loaded);
  EXPECT_EQ(*loaded, created->record);
  EXPECT_TRUE(same_request(*loaded, request()));
}

TEST_F(HomeTest, KeepsItToTheOwner) {
  ASSERT_OK(home.create(request(), false));
  const auto mode = [&](std::string_view path) {
    struct stat status {};
    EXPECT_EQ(::stat(in_home(path).c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  };
  EXPECT_EQ(mode(""), 0700u);
  EXPECT_EQ(mode("web01"), 0700u);
  EXPECT_EQ(mode("web01/guest.json"), 0600u);
  EXPECT_EQ(mode("web01/web01_VARS.fd"), 0600u);
}

TEST_F(HomeTest, NamesAQcow2StoreAsSuch) {
  CreateRequest wanted = request();
  wanted.nvram_template->format = "qcow2";
  const Result<Created> created = home.create(wanted, false);
  ASSERT_OK(created);
  EXPECT_EQ(created->nvram_path, in_home("web01/web01_VARS.qcow2"));
  ASSERT_OK(home.remove("web01", NvramFate::kKeep, false));
  EXPECT_ERROR(home.create(request(), false), kStoreLeftBehind);
}

TEST_F(HomeTest, LeavesHolesWhereTheTemplateIsZero) {
  constexpr std::uint64_t kSizeBytes = std::uint64_t{64} << 20;
  std::string expected(kSizeBytes, '\0');
  expected.replace(0, 5, "first");
  expected.replace((std::size_t{1} << 20) - 2, 5, "piece");
  expected.replace(9'000'000, 3, "mid");
  write_text(scratch / "VARS.fd", expected);
  const Result<Created> created = home.create(request(), false);
  ASSERT_OK(created);
  EXPECT_TRUE(read_text(created->nvram_path) == expected);
  struct stat status {};
  ASSERT_EQ(::stat(created->nvram_path.c_str(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), kSizeBytes);
  EXPECT_LE(status.st_blocks * 512, 1 << 20);
}

TEST_F(HomeTest, DryRunsReadAndRefuseTheSame) {
  const auto before = snapshot();
  const Result<Created> planned = home.create(request(), true);
  ASSERT_OK(planned);
  EXPECT_EQ(snapshot(), before);
  const Result<Created> created = home.create(request(), false);
  ASSERT_OK(created);
  EXPECT_EQ(planned->record, created->record);
  EXPECT_EQ(planned->nvram_path, created->nvram_path);

  const auto with_guest = snapshot();
  EXPECT_ERROR(home.create(request(), true), kGuestExists);
  const Result<Deleted> deleted = home.remove("web01", NvramFate::kDelete, true);
  ASSERT_OK(deleted);
  EXPECT_THAT(deleted->removed, ElementsAre(in_home("web01/guest.json"), in_home("web01/web01_VARS.fd")));
  const Result<Deleted> kept = home.remove("web01", NvramFate::kKeep, true);
  ASSERT_OK(kept);
  EXPECT_THAT(kept->removed, ElementsAre(in_home("web01/guest.json")));
  EXPECT_THAT(kept->kept, ElementsAre(in_home("web01/web01_VARS.fd")));
  EXPECT_EQ(snapshot(), with_guest);
}

TEST_F(HomeTest, RefusesRequestsThatCannotBe) {
  const auto before = snapshot();
  for (const bool dry_run : {true, false}) {
    EXPECT_ERROR(home.create(request("a/b"), dry_run), kBadGuestName);
    CreateRequest wanted = request();
    wanted.mode = FlashMode::kCombined;
    EXPECT_ERROR(home.create(wanted, dry_run), kImpossible);
    wanted = request();
    wanted.nvram_template.reset();
    EXPECT_ERROR(home.create(wanted, dry_run), kImpossible);
    wanted = request();
    wanted.executable.path = scratch / "CODE\xff.fd";
    EXPECT_ERROR(home.create(wanted, dry_run), kNotRepresentable);
    wanted = request();
    wanted.descriptor = "60-edk2.json";
    EXPECT_ERROR(home.create(wanted, dry_run), kNotRepresentable);
    wanted = request();
    wanted.nvram_template->path = std::string("/a\0b", 4);
    EXPECT_ERROR(home.create(wanted, dry_run), kNotRepresentable);
    wanted = request();
    wanted.created = "yesterday";
    EXPECT_ERROR(home.create(wanted, dry_run), kImpossible);
    wanted = request();
    wanted.features = {"\xff"};
    EXPECT_ERROR(home.create(wanted, dry_run), kImpossible);
    wanted = request();
    wanted.executable.path = scratch / "none.fd";
    EXPECT_ERROR(home.create(wanted, dry_run), kFirmwareFileMissing);
    wanted = request();
    wanted.nvram_template->path = scratch / "none.fd";
    EXPECT_ERROR(home.create(wanted, dry_run), kFirmwareFileMissing);
    wanted.nvram_template->path = scratch.path();
    EXPECT_ERROR(home.create(wanted, dry_run), kFirmwareFileMissing);
    wanted.nvram_template->path = "/dev/zero";
    EXPECT_ERROR(home.create(wanted, dry_run), kFirmwareFileMissing);
    wanted.nvram_template->path = "/dev/null";
    EXPECT_ERROR(home.create(wanted, dry_run), kFirmwareFileMissing);
  }
  EXPECT_EQ(snapshot(), before);
  write_text(scratch / "VARS.fd", "");
  EXPECT_ERROR(home.create(request(), false), kNotAVariableStore);
}

TEST_F(HomeTest, NeverReplacesWhatIsThere) {
  ASSERT_OK(home.create(request(), false));
  fs::create_directories(in_home("kept"));
  write_text(in_home("kept/kept_VARS.fd"), "kept");
  fs::create_directories(in_home("mine"));
  write_text(in_home("broken"), "a file");
  fs::create_symlink("web01", in_home("link"));
  fs::create_symlink("nowhere", in_home("dangling"));
  const auto before = snapshot();
  for (const bool dry_run : {true, false}) {
    EXPECT_ERROR(home.create(request(), dry_run), kGuestExists);
    EXPECT_ERROR(home.create(request("kept"), dry_run), kStoreLeftBehind);
    for (const char* name : {"mine", "broken", "link", "dangling"}) {
      EXPECT_ERROR(home.create(request(name), dry_run), kAlreadyThere);
      EXPECT_ERROR(home.load(name), kNoSuchGuest);
      EXPECT_ERROR(home.remove(name, NvramFate::kDelete, dry_run), kNoSuchGuest);
    }
  }
  EXPECT_EQ(snapshot(), before);
}

TEST_F(HomeTest, TellsTheSameRequestFromAnother) {
  const Result<Created> created = home.create(request(), true);
  ASSERT_OK(created);
  CreateRequest other = request();
  other.created = "2027-01-01T00:00:00Z";
  other.nonvol_version = "9";
  EXPECT_TRUE(same_request(created->record, other));
  const auto changed = [&](auto change) {
    CreateRequest wanted = request();
    change(wanted);
    return !same_request(created->record, wanted);
  };
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.name = "web02"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.architecture = "aarch64"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.machine = "pc"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.mode = FlashMode::kStateless; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.descriptor += "x"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.executable.path += "x"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.executable.format = "qcow2"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.nvram_template->path += "x"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.nvram_template->format = "qcow2"; }));
  EXPECT_TRUE(changed([](CreateRequest& wanted) { wanted.nvram_template.reset(); }));
}

TEST_F(HomeTest, OneOfManyCreatesWins) {
  for (int round = 0; round < 10; ++round) {
    const std::string name = "web" + std::to_string(round);
    std::atomic<int> won = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto own_files = storage::posix_file_system();
        const Result<Created> created = Home(*own_files, home.path()).create(request(name), false);
        if (created) ++won;
        if (!created && created.error().id == ErrorId::kGuestExists) ++refused;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(refused, 7);
    EXPECT_OK(home.load(name));
  }
  for (const auto& entry : fs::directory_iterator(home.path())) {
    EXPECT_FALSE(entry.path().filename().string().ends_with(".creating"));
  }
}

TEST_F(HomeTest, ListsWhatItMadeAndPassesOverTheRest) {
  for (const char* name : {"b", "a", "c", "d"}) ASSERT_OK(home.create(request(name), false));
  ASSERT_OK(home.remove("b", NvramFate::kKeep, false));
  write_text(in_home("c/guest.json"), "{");
  fs::rename(in_home("d"), in_home("e"));
  fs::create_directory(in_home(".web01.creating"));
  fs::create_directory(in_home(".web02.deleting"));
  for (const char* name : {".git", "lost+found", ".creating", "..creating", "x.y"})
    fs::create_directory(in_home(name));
  write_text(in_home("notes"), "mine");
  const auto entries = home.list();
  ASSERT_OK(entries);
  std::vector<std::pair<std::string, EntryState>> found;
  for (const Entry& entry : *entries) {
    found.emplace_back(entry.name, entry.state);
    EXPECT_EQ(entry.record.has_value(), entry.state == EntryState::kGuest);
    EXPECT_EQ(entry.error.has_value(), entry.state == EntryState::kDamaged);
  }
  EXPECT_THAT(found, ElementsAre(std::pair(".web01.creating", EntryState::kUnfinished),
                                 std::pair(".web02.deleting", EntryState::kUnfinished),
                                 std::pair("a", EntryState::kGuest), std::pair("b", EntryState::kKeptStore),
                                 std::pair("c", EntryState::kDamaged), std::pair("e", EntryState::kDamaged)));
}

TEST_F(HomeTest, SaysWhyThereIsNoGuest) {
  EXPECT_ERROR(home.load("../x"), kBadGuestName);
  EXPECT_ERROR(home.load("web01"), kNoSuchGuest);
  EXPECT_ERROR(home.remove("web01", NvramFate::kDelete, false), kNoSuchGuest);
  EXPECT_FALSE(fs::exists(scratch / "state"));
  ASSERT_OK(home.create(request(), false));
  ASSERT_OK(home.remove("web01", NvramFate::kKeep, false));
  const Result<Record> kept = home.load("web01");
  EXPECT_ERROR(kept, kNoSuchGuest);
  EXPECT_THAT(kept.error().message, ::testing::HasSubstr("was kept"));
  EXPECT_EQ(kept.error().hint, "nonvol");
}

TEST_F(HomeTest, RefusesRecordsOfOthersAndEndlessOnes) {
  ASSERT_OK(home.create(request("web01"), false));
  ASSERT_OK(home.create(request("web02"), false));
  fs::copy_file(in_home("web02/guest.json"), in_home("web01/guest.json"),
                fs::copy_options::overwrite_existing);
  const Result<Record> loaded = home.load("web01");
  EXPECT_ERROR(loaded, kRecordDamaged);
  EXPECT_EQ(loaded.error().place, Place::at_pointer(in_home("web01/guest.json"), "/name"));
  write_text(in_home("web01/guest.json"), std::string(3 << 20, ' '));
  EXPECT_ERROR(home.load("web01"), kRecordDamaged);
}

TEST_F(HomeTest, DeletesWithTheStore) {
  ASSERT_OK(home.create(request(), false));
  ASSERT_OK(home.create(request("web02"), false));
  const Result<Deleted> deleted = home.remove("web01", NvramFate::kDelete, false);
  ASSERT_OK(deleted);
  EXPECT_THAT(deleted->removed, ElementsAre(in_home("web01/guest.json"), in_home("web01/web01_VARS.fd")));
  EXPECT_THAT(deleted->kept, IsEmpty());
  EXPECT_FALSE(fs::exists(in_home("web01")));
  EXPECT_FALSE(fs::exists(in_home(".web01.deleting")));
  EXPECT_OK(home.load("web02"));
  EXPECT_OK(home.create(request(), false));
}

TEST_F(HomeTest, DeletesAndKeepsTheStore) {
  ASSERT_OK(home.create(request(), false));
  Result<Deleted> deleted = home.remove("web01", NvramFate::kKeep, false);
  ASSERT_OK(deleted);
  EXPECT_THAT(deleted->kept, ElementsAre(in_home("web01/web01_VARS.fd")));
  EXPECT_EQ(read_text(in_home("web01/web01_VARS.fd")), read_text(scratch / "VARS.fd"));
  deleted = home.remove("web01", NvramFate::kKeep, false);
  ASSERT_OK(deleted);
  EXPECT_THAT(deleted->removed, IsEmpty());
  EXPECT_THAT(deleted->kept, ElementsAre(in_home("web01/web01_VARS.fd")));
  ASSERT_OK(home.remove("web01", NvramFate::kDelete, false));
  EXPECT_FALSE(fs::exists(in_home("web01")));
}

TEST_F(HomeTest, DeletesDamagedGuests) {
  ASSERT_OK(home.create(request(), false));
  write_text(in_home("web01/guest.json"), "{");
  ASSERT_OK(home.remove("web01", NvramFate::kDelete, false));
  EXPECT_FALSE(fs::exists(in_home("web01")));
  ASSERT_OK(home.create(request(), false));
  fs::remove(in_home("web01/web01_VARS.fd"));
  EXPECT_ERROR(home.remove("web01", NvramFate::kKeep, false), kNvramMissing);
  ASSERT_OK(home.remove("web01", NvramFate::kDelete, false));
}

TEST_F(HomeTest, DeletesWhatChangingTheStoreLeft) {
  ASSERT_OK(home.create(request(), false));
  write_text(in_home("web01/.web01_VARS.fd.undo"), "{}");
  write_text(in_home("web01/.web01_VARS.fd.1234abcd.new"), "half");
  write_text(in_home("web01/web01_VARS.fd.damaged"), "damaged");
  write_text(in_home("web01/web01_VARS.fd.damaged.12"), "damaged");
  ASSERT_OK(home.remove("web01", NvramFate::kDelete, false));
  EXPECT_FALSE(fs::exists(in_home("web01")));
}

TEST_F(HomeTest, DeletesNothingThatItDidNotMake) {
  ASSERT_OK(home.create(request(), false));
  const auto refused_with = [&](auto add) {
    const std::string odd = in_home("web01/disk.qcow2");
    add(odd);
    const auto before = snapshot();
    const Result<Deleted> deleted = home.remove("web01", NvramFate::kDelete, false);
    EXPECT_ERROR(deleted, kForeignFiles);
    EXPECT_EQ(deleted.error().place, Place::in_file(odd));
    EXPECT_EQ(snapshot(), before);
    fs::remove(odd);
  };
  refused_with([](const std::string& path) { write_text(path, "all there is"); });
  refused_with([](const std::string& path) { fs::create_directory(path); });
  refused_with([](const std::string& path) { fs::create_symlink("/etc/passwd", path); });
  EXPECT_OK(home.remove("web01", NvramFate::kDelete, false));
}

TEST_F(HomeTest, ClearsUpWhatWasInterrupted) {
  for (const char* name : {".web01.creating", ".web02.deleting", ".web03.creating"}) {
    fs::create_directories(in_home(name));
    write_text(in_home(std::string(name) + "/x_VARS.fd"), "half");
  }
  fs::create_directory(in_home(".web03.creating/odd"));
  ASSERT_OK(home.create(request(), false));
  EXPECT_FALSE(fs::exists(in_home(".web01.creating")));
  EXPECT_FALSE(fs::exists(in_home(".web02.deleting")));
  // Somebody put a directory there: it is theirs.
  EXPECT_TRUE(fs::exists(in_home(".web03.creating/x_VARS.fd")));
  EXPECT_ERROR(home.create(request("web03"), false), kAlreadyThere);
}

TEST_F(HomeTest, LeavesARunningGuestAlone) {
  ASSERT_OK(home.create(request(), false));
  const int fd = locked(in_home("web01/web01_VARS.fd"));
  const auto before = snapshot();
  for (const bool dry_run : {true, false}) {
    EXPECT_ERROR(home.remove("web01", NvramFate::kDelete, dry_run), kGuestRunning);
    EXPECT_ERROR(home.remove("web01", NvramFate::kKeep, dry_run), kGuestRunning);
  }
  EXPECT_EQ(snapshot(), before);
  ::close(fd);
  EXPECT_OK(home.remove("web01", NvramFate::kDelete, false));
}

TEST_F(HomeTest, FindsWhatBecameOfTheFirmware) {
  const Result<Created> created = home.create(request(), false);
  ASSERT_OK(created);
  const Record& record = created->record;
  EXPECT_THAT(home.check_firmware(*files, record, true), IsEmpty());

  write_text(scratch / "CODE.fd", "edoc");
  EXPECT_THAT(home.check_firmware(*files, record, false), IsEmpty());
  EXPECT_FINDING(home.check_firmware(*files, record, true), kFirmwareChanged);
  write_text(scratch / "CODE.fd", "longer");
  EXPECT_FINDING(home.check_firmware(*files, record, false), kFirmwareChanged);
  fs::remove(scratch / "CODE.fd");
  fs::remove(scratch / "VARS.fd");
  auto findings = home.check_firmware(*files, record, true);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_FINDING(findings, kFirmwareGone);
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_EQ(findings[1].severity, Severity::kWarning);

  fs::resize_file(created->nvram_path, 7);
  findings = home.check_firmware(*files, record, false);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_FINDING(findings, kFlashSize);
  EXPECT_THAT(findings[2].message, ::testing::HasSubstr("has 7 bytes, the guest was created with 5009"));
  fs::remove(created->nvram_path);
  EXPECT_THAT(home.check_firmware(*files, record, false).back().message,
              ::testing::HasSubstr("does not exist"));
}

}  // namespace
}  // namespace nonvol::guest
