#include "api/keys.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "api/keys_time.h"
#include "octets/text.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/scratch.h"
#include "testing/store_builder.h"

namespace nonvol::api {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Keys : public ::testing::Test {
 protected:
  void put(const std::string& path, octets::Bytes bytes) const {
    std::ofstream file(path, std::ios::binary);
    for (const std::uint8_t byte : bytes) file.put(static_cast<char>(byte));
  }
  // A store without variables; what commands are given.
  StoreEditRequest store(std::string_view name) {
    const std::string path = scratch / name;
    put(path, test_stores::StoreBuilder(test_stores::ovmf_4m()).bytes());
    return request(path);
  }
  static StoreEditRequest request(const std::string& path) {
    StoreEditRequest result;
    result.target = path;
    result.command = "test";
    return result;
  }
  // NAME.der of a new key.
  std::string certificate(const std::string& name) {
    const auto made = seal::make_self_signed({name, 1767225600, 3650});
    EXPECT_TRUE(made);
    const std::string path = scratch / (name + ".der");
    put(path, made->certificate);
    return path;
  }
  KeysEnrollRequest all_three() {
    KeysEnrollRequest wanted;
    wanted.pk = {certificate("pk")};
    wanted.kek = {certificate("kek")};
    wanted.db = {certificate("db")};
    return wanted;
  }

  testing::Scratch scratch;
  std::unique_ptr<storage::FileSystem> files = storage::posix_file_system();
  Context context{*files, {}, {}, {}, [] { return std::string("2026-11-21T20:25:00Z"); }};
};

TEST_F(Keys, AreEnrolledOnce) {
  const StoreEditRequest target = store("vars.fd");
  const KeysEnrollRequest wanted = all_three();
  const auto first = keys_enroll(context, target, wanted);
  ASSERT_OK(first);
  EXPECT_THAT(first->steps, ElementsAre(Field(&KeyStep::name, "pk"), Field(&KeyStep::name, "kek"),
                                        Field(&KeyStep::name, "db")));
  EXPECT_TRUE(first->verifies_programs);
  for (const VariableChange& change : first->edit.changes) {
    EXPECT_EQ(change.after->attributes, efi::kSecureBootAttributes);
    EXPECT_EQ(change.after->time, efi::EfiTime{}) << "a stamp of the host's own would refuse signed updates";
  }
  const auto again = keys_enroll(context, target, wanted);
  ASSERT_OK(again);
  EXPECT_THAT(again->edit.changes, IsEmpty());
  EXPECT_EQ(again->edit.plan.way, varstore::ChangePlan::Way::kNothing);
}

TEST_F(Keys, PlatformKeyIsNotReplacedByTheWay) {
  const StoreEditRequest target = store("vars.fd");
  ASSERT_OK(keys_enroll(context, target, all_three()));
  KeysEnrollRequest other;
  other.pk = {certificate("other")};
  EXPECT_ERROR(keys_enroll(context, target, other), kOnePlatformKey);
  const StoreEditRequest blank = store("blank.fd");
  other.pk.push_back(certificate("second"));
  EXPECT_ERROR(keys_enroll(context, blank, other), kOnePlatformKey);
}

TEST_F(Keys, SwitchNeedsAPlatformKey) {
  const StoreEditRequest target = store("vars.fd");
  EXPECT_ERROR(keys_mode(context, target, true), kNoPlatformKey);
  KeysEnrollRequest only_pk;
  only_pk.pk = {certificate("pk")};
  const auto enrolled = keys_enroll(context, target, only_pk);
  ASSERT_OK(enrolled);
  EXPECT_FINDING(enrolled->edit.findings, kNothingStarts);
  const auto off = keys_mode(context, target, false);
  ASSERT_OK(off);
  EXPECT_FALSE(off->verifies_programs);
  EXPECT_THAT(off->edit.changes, SizeIs(1));
}

TEST_F(Keys, DeletingThePlatformKeyTakesTheSwitchWithIt) {
  const StoreEditRequest target = store("vars.fd");
  KeysEnrollRequest wanted = all_three();
  wanted.secure_boot = true;
  ASSERT_OK(keys_enroll(context, target, wanted));
  EXPECT_ERROR(keys_delete(context, target, "PK", false), kSecureBootLost);
  const auto deleted = keys_delete(context, target, "PK", true);
  ASSERT_OK(deleted);
  EXPECT_TRUE(deleted->is_setup_mode);
  EXPECT_THAT(deleted->edit.changes, SizeIs(2));
  const auto listed = keys_list(context, target.target);
  ASSERT_OK(listed);
  EXPECT_FALSE(listed->keys.secure_boot_enable);
  EXPECT_TRUE(listed->keys.db.is_present);
}

TEST_F(Keys, TakenOverKeepTheirStampsAndNothingIsLost) {
  const StoreEditRequest first = store("first.fd");
  KeysEnrollRequest wanted = all_three();
  wanted.time = "2026-01-02T03:04:05Z";
  ASSERT_OK(keys_enroll(context, first, wanted));
  const StoreEditRequest second = store("second.fd");
  KeysEnrollRequest own;
  own.pk = {certificate("own pk")};
  own.db = {certificate("own db")};
  ASSERT_OK(keys_enroll(context, second, own));
  KeysEnrollRequest take;
  take.from = first.target;
  const auto taken = keys_enroll(context, second, take);
  ASSERT_OK(taken);
  EXPECT_THAT(taken->steps, ElementsAre(Field(&KeyStep::name, "kek"), Field(&KeyStep::name, "db")));
  EXPECT_THAT(taken->notes, SizeIs(1)) << "PK stays";
  const auto listed = keys_list(context, second.target);
  ASSERT_OK(listed);
  EXPECT_EQ(listed->keys.kek.time, efi_time(*parse_utc("2026-01-02T03:04:05Z")));
  EXPECT_EQ(listed->keys.db.time, efi::EfiTime{});
  EXPECT_EQ(listed->keys.db.database.signature_count(), 2u);
}

TEST_F(Keys, FilesThatHoldNoneAreRefused) {
  KeysEnrollRequest wanted;
  wanted.db = {scratch / "text"};
  put(wanted.db.front(), std::vector<std::uint8_t>{'h', 'i'});
  EXPECT_ERROR(keys_enroll(context, store("vars.fd"), wanted), kKeyFile);
  std::filesystem::create_directory(scratch / "empty");
  EXPECT_ERROR(keys_update_microsoft(context, store("vars.fd"), scratch / "empty"), kNoKeysInDirectory);
}

// Debian's template trusts Microsoft's certificates of 2011 and none of 2023.
TEST_F(Keys, OfMicrosoftAreLookedForInTheDirectory) {
  const std::string built_in = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd";
  if (!std::filesystem::exists(built_in)) GTEST_SKIP() << "there is no " << built_in;
  std::filesystem::copy_file(built_in, scratch / "vars.fd");
  std::filesystem::create_directory(scratch / "files");
  std::filesystem::rename(certificate("other"), scratch / "files/other.der");
  const auto updated = keys_update_microsoft(context, request(scratch / "vars.fd"), scratch / "files");
  EXPECT_ERROR(updated, kKnownCertificateMissing);
  const auto own = store("own.fd");
  ASSERT_OK(keys_enroll(context, own, all_three()));
  const auto nothing = keys_update_microsoft(context, own, scratch / "files");
  ASSERT_OK(nothing);
  EXPECT_THAT(nothing->edit.changes, IsEmpty()) << "who trusts none of Microsoft's gets none";
  EXPECT_THAT(nothing->notes, SizeIs(4));
}

TEST(Utc, IsReadToTheSecond) {
  const auto time = parse_utc("2026-11-21T20:25:07Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(octets::to_hex(efi_time(*time)), "ea070b15141907000000000000000000");
  for (const std::string_view wrong :
       {"", "now", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T20:25:60Z",
        "2026-11-21 20:25:07Z", "2026-11-21T20:25:07+01"}) {
    EXPECT_FALSE(parse_utc(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace nonvol::api
