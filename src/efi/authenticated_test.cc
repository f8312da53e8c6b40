#include "efi/authenticated.h"

#include "efi/signature_list.h"
#include "octets/text.h"
#include "testing/expect.h"
#include "testing/key_samples.h"

namespace nonvol::efi {
namespace {

using namespace test_keys;
using octets::Bytes;
using ::testing::HasSubstr;
using variable::Identity;
using variable::Variable;

constexpr std::uint32_t kAppending = kSecureBootAttributes | variable::attribute::kAppend;
const EfiTime kOld = time_of(2025, 3, 2);
const EfiTime kNew = time_of(2026, 11, 21, 7);

Identity named(std::string_view name) {
  const bool is_global = name == "PK" || name == "KEK";
  return *variable::make_identity(
      name, is_global ? variable::vendor::kGlobal : variable::vendor::kImageSecurityDatabase);
}

ByteVector list_with(const std::string& key_name) {
  return list_of(kX509, {key_named(key_name).certificate});
}

ByteVector update(std::string_view variable, const std::string& signer, Bytes payload,
                  std::uint32_t attributes = kSecureBootAttributes, const EfiTime& time = kNew) {
  const auto made = make_update(named(variable), attributes, time, payload, key_named(signer).certificate,
                                key_named(signer).private_key_pem);
  EXPECT_OK(made);
  return made ? *made : ByteVector{};
}

// A guest whose PK is the key "pk" and whose KEK are "other" and "kek".
struct Guest {
  ByteVector pk = list_with("pk");
  ByteVector kek = joined({list_of(kSha256, {ByteVector(32, 1)}), list_with("other"), list_with("kek")});
  std::optional<Variable> current;

  UpdateContext context() const { return {current ? &*current : nullptr, Bytes(pk), kek}; }
  Guest with(ByteVector data, const EfiTime& time) const {
    Guest guest = *this;
    guest.current.emplace();
    guest.current->data = std::move(data);
    guest.current->time = time;
    return guest;
  }
};

Result<AcceptedUpdate> verify(std::string_view variable, Bytes auth, const UpdateContext& context,
                              std::uint32_t attributes = kSecureBootAttributes) {
  return verify_update(named(variable), attributes, auth, context, "x.auth");
}

TEST(Update, OfPkAndKekIsSignedByPk) {
  const Guest guest = Guest().with(list_with("old"), kOld);
  for (const char* variable : {"PK", "KEK", "db", "dbx", "dbt"}) {
    const auto accepted = verify(variable, update(variable, "pk", list_with("new")), guest.context());
    ASSERT_OK(accepted);
    EXPECT_EQ(accepted->authority, Authority::kPlatformKey);
    EXPECT_EQ(accepted->signer, key_named("pk").certificate);
    EXPECT_EQ(accepted->data, list_with("new"));
    EXPECT_EQ(accepted->time, kNew);
    EXPECT_EQ(accepted->attributes, kSecureBootAttributes);
    EXPECT_FALSE(accepted->deletes);
  }
  EXPECT_ERROR(verify("PK", update("PK", "kek", list_with("new")), guest.context()), kUpdateNotTrusted);
  EXPECT_ERROR(verify("KEK", update("KEK", "kek", list_with("new")), guest.context()), kUpdateNotTrusted);
}

TEST(Update, OfDatabasesMayBeSignedByAnyKek) {
  for (const char* variable : {"db", "dbx", "dbt"}) {
    const auto accepted = verify(variable, update(variable, "kek", list_with("new")), Guest().context());
    ASSERT_OK(accepted);
    EXPECT_EQ(accepted->authority, Authority::kKeyExchangeKey);
    EXPECT_EQ(accepted->signer, key_named("kek").certificate);
  }
  const auto stranger = verify("db", update("db", "stranger", list_with("new")), Guest().context());
  EXPECT_ERROR(stranger, kUpdateNotTrusted);
  EXPECT_THAT(stranger.error().message,
              HasSubstr("neither PK nor any KEK vouches for it as an update of db"));
}

// Everything that is signed counts: name, vendor, attributes, time, content.
TEST(Update, IsForOneVariableAndOneContentOnly) {
  const ByteVector good = update("db", "kek", list_with("new"));
  const Guest guest;
  EXPECT_ERROR(verify("dbx", good, guest.context()), kUpdateNotTrusted);
  EXPECT_ERROR(verify("db", good, guest.context(), kAppending), kUpdateNotTrusted);
  EXPECT_ERROR(verify("db", good, guest.context(), 0x23), kUpdateNotTrusted);
  ByteVector later = good;
  later[6] += 1;
  EXPECT_ERROR(verify("db", later, guest.context()), kUpdateNotTrusted);
  ByteVector other = good;
  other.back() ^= 1;
  EXPECT_ERROR(verify("db", other, guest.context()), kUpdateNotTrusted);
}

TEST(Update, ThatReplacesMustBeLater) {
  const ByteVector auth = update("db", "kek", list_with("new"));
  EXPECT_OK(verify("db", auth, Guest().with(list_with("old"), kOld).context()));
  EfiTime same_second = kNew;
  same_second[8] = 1;  // nanoseconds of the stored stamp do not count
  for (const EfiTime& stored : {kNew, same_second, time_of(2027, 1, 1), time_of(2026, 12, 1)}) {
    EXPECT_ERROR(verify("db", auth, Guest().with(list_with("old"), stored).context()), kUpdateNotLater);
  }
  const auto refused = verify("db", auth, Guest().with(list_with("old"), kNew).context());
  EXPECT_EQ(
      refused.error().message,
      "time stamp of x.auth: is 2026-11-21T00:00:07Z, db has 2026-11-21T00:00:07Z and takes only a later one");
}

TEST(Update, ThatAppendsMayBeOlderAndKeepsTheLaterStamp) {
  const ByteVector old_list = list_with("old");
  const ByteVector auth = update("db", "kek", joined({old_list, list_with("new")}), kAppending, kOld);
  const auto accepted = verify("db", auth, Guest().with(old_list, kNew).context(), kAppending);
  ASSERT_OK(accepted);
  EXPECT_EQ(accepted->data, joined({old_list, list_with("new")})) << "what is there is not added again";
  EXPECT_EQ(accepted->time, kNew);
  EXPECT_EQ(accepted->attributes, kSecureBootAttributes);
  const auto later = verify("db", auth, Guest().with(old_list, time_of(2020, 1, 1)).context(), kAppending);
  ASSERT_OK(later);
  EXPECT_EQ(later->time, kOld);
  const auto first = verify("db", auth, Guest().context(), kAppending);
  ASSERT_OK(first);
  EXPECT_EQ(first->data, joined({old_list, list_with("new")}));
}

TEST(Update, WithoutContentDeletes) {
  const auto accepted = verify("PK", update("PK", "pk", {}), Guest().with(list_with("pk"), kOld).context());
  ASSERT_OK(accepted);
  EXPECT_TRUE(accepted->deletes);
}

TEST(Update, InSetupModeNeedsNobodyButPkNeedsItself) {
  const UpdateContext setup{};
  for (const char* variable : {"KEK", "db", "dbx"}) {
    const auto accepted = verify(variable, update(variable, "stranger", list_with("new")), setup);
    ASSERT_OK(accepted);
    EXPECT_EQ(accepted->authority, Authority::kNobody);
    EXPECT_EQ(accepted->data, list_with("new"));
  }
  const auto own = verify("PK", update("PK", "new pk", list_with("new pk")), setup);
  ASSERT_OK(own);
  EXPECT_EQ(own->authority, Authority::kItself);
  EXPECT_ERROR(verify("PK", update("PK", "stranger", list_with("new pk")), setup), kUpdateNotTrusted);
  EXPECT_ERROR(verify("PK", update("PK", "stranger", {}), setup), kUpdateNotTrusted);
}

// AuthVarTypePk compares the signer with PK itself; a certificate that PK issued is not enough, of KEK it is.
TEST(Update, IsNotSignedByAChainToPk) {
  const testing::Scratch scratch;
  write_key(scratch, "pk");
  const ByteVector payload = list_with("new");
  write_file(scratch, "signed", update_to_sign(named("db"), kSecureBootAttributes, kNew, payload));
  const testing::Finished done = shell(
      scratch,
      "openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf"
      " && openssl x509 -req -in leaf.csr -CA pk.pem -CAkey pk.key -CAcreateserial -out leaf.pem -days 1"
      " && openssl smime -sign -binary -noattr -md sha256 -signer leaf.pem -inkey leaf.key -outform DER -in signed"
      " -out p7");
  ASSERT_EQ(done.status, 0) << done.output;
  // The file has a ContentInfo around SignedData: 19 bytes in front.
  const ByteVector wrapped = read_file(scratch / "p7");
  const auto auth_with = [&](Bytes signature) {
    ByteVector auth = update("db", "pk", {});
    auth.resize(40);
    poke(auth, 16, 24 + signature.size(), 4);
    put(auth, signature);
    put(auth, payload);
    return auth;
  };
  const ByteVector bare = auth_with(Bytes(wrapped).subspan(19));
  Guest guest;
  EXPECT_ERROR(verify("db", bare, guest.context()), kUpdateNotTrusted);
  guest.kek = list_with("pk");
  const auto accepted = verify("db", bare, guest.context());
  ASSERT_OK(accepted);
  EXPECT_EQ(accepted->authority, Authority::kKeyExchangeKey);
  EXPECT_ERROR(verify("db", auth_with(wrapped), guest.context()), kUpdateDigest);
}

TEST(Update, HasOneFormOnly) {
  const Guest guest;
  const ByteVector good = update("db", "kek", list_with("new"));
  EXPECT_ERROR(verify("db", {}, guest.context()), kUpdateDamaged);
  EXPECT_ERROR(verify("db", Bytes(good).first(39), guest.context()), kUpdateDamaged);
  EXPECT_ERROR(verify("db", list_with("new"), guest.context()), kUpdateDamaged);
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{23}, good.size() - 15, std::uint64_t{0xffffffff}}) {
    ByteVector bad = good;
    poke(bad, 16, length, 4);
    const auto refused = verify("db", bad, guest.context());
    EXPECT_ERROR(refused, kUpdateDamaged);
    EXPECT_EQ(refused.error().place.offset_bytes, 16u);
  }
  for (const std::size_t offset_bytes : {22, 24}) {
    ByteVector bad = good;
    bad[offset_bytes] ^= 1;
    EXPECT_ERROR(verify("db", bad, guest.context()), kUpdateDamaged);
  }
  for (const std::size_t offset_bytes : {7, 8, 12, 14, 15}) {
    ByteVector bad = good;
    bad[offset_bytes] = 1;
    EXPECT_ERROR(verify("db", bad, guest.context()), kUpdateTimeField);
  }
  ByteVector sha1 = good;
  sha1[40 + 13 + 8] = 2;  // SHA-384 where SHA-256 should be
  EXPECT_ERROR(verify("db", sha1, guest.context()), kUpdateDigest);
}

TEST(Update, HoldsSignatureLists) {
  const Guest guest;
  ByteVector broken = list_with("new");
  poke(broken, 16, 0, 4);
  for (const ByteVector& payload : {broken, ByteVector(3, 1), list_of(kOtherOwner, {ByteVector(4, 1)}),
                                    list_of(kX509, {ByteVector(300, 1)})}) {
    EXPECT_ERROR(verify("db", update("db", "kek", payload), guest.context()), kUpdatePayload);
    EXPECT_ERROR(verify("db", update("db", "kek", payload), UpdateContext{}), kUpdatePayload);
  }
  const ByteVector two = joined({list_with("new"), list_with("other")});
  EXPECT_ERROR(verify("PK", update("PK", "pk", two), guest.context()), kUpdatePayload);
  EXPECT_OK(verify("KEK", update("KEK", "pk", two), guest.context()));
}

TEST(Update, IsOfAVariableOfSecureBoot) {
  const Guest guest;
  const ByteVector auth = update("db", "kek", list_with("new"));
  for (const Identity& identity :
       {*variable::make_identity("db", variable::vendor::kGlobal),
        *variable::make_identity("DB", named("db").vendor), *variable::make_identity("Mine", kOwner)}) {
    EXPECT_ERROR(verify_update(identity, kSecureBootAttributes, auth, guest.context(), "x"),
                 kUpdateOtherVariable);
  }
  EXPECT_ERROR(verify("db", auth, guest.context(), 0x07), kUpdateAttributes);
  EXPECT_ERROR(verify("db", auth, guest.context(), 0x26), kUpdateAttributes);
}

TEST(FindUpdateTarget, SaysWhatAnUpdateWasMadeFor) {
  for (const char* variable : {"PK", "KEK", "db", "dbx", "dbt"}) {
    for (const std::uint32_t attributes : {kSecureBootAttributes, kAppending}) {
      const ByteVector auth = update(variable, "stranger", list_with("new"), attributes);
      const auto target = find_update_target(*parse_update(auth, "x.auth"));
      ASSERT_OK(target);
      ASSERT_TRUE(target->has_value()) << variable;
      EXPECT_EQ((*target)->identity, named(variable));
      EXPECT_EQ((*target)->attributes, attributes);
      EXPECT_EQ((*target)->signer, key_named("stranger").certificate);
    }
  }
}

TEST(FindUpdateTarget, KnowsNoneOfWhatDoesNotFit) {
  const ByteVector odd = update("db", "kek", list_with("new"), 0x23);
  EXPECT_EQ(find_update_target(*parse_update(odd, "x.auth"))->has_value(), false);
  ByteVector changed = update("db", "kek", list_with("new"));
  changed.back() ^= 1;
  EXPECT_EQ(find_update_target(*parse_update(changed, "x.auth"))->has_value(), false);
  const AuthenticatedUpdate unsigned_one{kNew, {}, {}};
  EXPECT_ERROR(find_update_target(unsigned_one), kNotSignedData);
}

TEST(Update, MadeByEfitoolsAndSbsigntoolIsVerified) {
  if (!has_program("sign-efi-sig-list") || !has_program("sbvarsign")) {
    GTEST_SKIP() << "needs the packages efitools and sbsigntool";
  }
  const testing::Scratch scratch;
  write_key(scratch, "kek");
  write_file(scratch, "new.esl", list_with("new"));
  const testing::Finished done =
      shell(scratch,
            "sign-efi-sig-list -t '2026-11-21 00:00:07' -k kek.key -c kek.pem db new.esl set.auth"
            " && sign-efi-sig-list -a -t '2026-11-21 00:00:07' -k kek.key -c kek.pem dbx new.esl append.auth"
            " && sbvarsign --key kek.key --cert kek.pem --attr "
            "NON_VOLATILE,BOOTSERVICE_ACCESS,RUNTIME_ACCESS,TIME_BASED_AUTHENTICATED_WRITE_ACCESS"
            " --output sb.auth db new.esl");
  ASSERT_EQ(done.status, 0) << done.output;
  const Guest guest;
  const auto set = verify("db", read_file(scratch / "set.auth"), guest.context());
  ASSERT_OK(set);
  EXPECT_EQ(set->data, list_with("new"));
  EXPECT_EQ(set->time, kNew);
  EXPECT_OK(verify("dbx", read_file(scratch / "append.auth"), guest.context(), kAppending));
  EXPECT_ERROR(verify("dbx", read_file(scratch / "append.auth"), guest.context()), kUpdateNotTrusted);
  EXPECT_OK(verify("db", read_file(scratch / "sb.auth"), guest.context()));
}

}  // namespace
}  // namespace nonvol::efi
