#include "efi/signature_list.h"

#include "octets/text.h"
#include "testing/expect.h"
#include "testing/key_samples.h"

namespace nonvol::efi {
namespace {

using namespace test_keys;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ByteVector digest_of(std::uint8_t byte) {
  return ByteVector(32, byte);
}

TEST(SignatureList, IsModelledAndWrittenAsItWas) {
  const ByteVector bytes =
      joined({list_of(kSha256, {digest_of(1), digest_of(2)}), list_of(kX509, {ByteVector(700, 3)})});
  const SignatureDatabase database = parse_signatures(bytes, "db of web01.fd");
  EXPECT_THAT(database.findings, IsEmpty());
  ASSERT_THAT(database.lists, SizeIs(2));
  EXPECT_EQ(find_signature_type(database.lists[0].type)->name, "SHA256");
  EXPECT_EQ(find_signature_type(database.lists[1].type)->name, "X509");
  ASSERT_THAT(database.lists[0].signatures, SizeIs(2));
  EXPECT_EQ(database.lists[0].signatures[1].owner, kOwner);
  EXPECT_EQ(database.lists[0].signatures[1].data, digest_of(2));
  EXPECT_EQ(database.lists[0].signatures[1].offset_bytes, 28u + 48);
  EXPECT_EQ(database.lists[1].offset_bytes, 28u + 96);
  EXPECT_EQ(database.signature_count(), 3u);
  EXPECT_TRUE(is_well_formed(database));
  EXPECT_EQ(serialize(database), bytes);
  EXPECT_TRUE(is_well_formed(parse_signatures({}, "db")));
}

TEST(SignatureList, KnowsTheTwelveTypesOfEdk2) {
  EXPECT_THAT(signature_types(), SizeIs(12));
  for (const SignatureType& type : signature_types()) {
    const ByteVector fits = list_of(type.guid, {ByteVector(type.data_size_bytes.value_or(77), 1)});
    EXPECT_TRUE(is_well_formed(parse_signatures(fits, "db"))) << type.name;
    if (!type.data_size_bytes) continue;
    const ByteVector other = list_of(type.guid, {ByteVector(*type.data_size_bytes + 1, 1)});
    EXPECT_FINDING(parse_signatures(other, "db").findings, kSignatureSize);
  }
}

// What made another reader loop for ever: it must end here, keep what was before and say so.
TEST(SignatureList, OfSizeZeroIsAFindingAndNeverALoop) {
  const ByteVector good = list_of(kSha256, {digest_of(1)});
  ByteVector bad = list_of(kSha256, {digest_of(2)});
  poke(bad, 16, 0, 4);
  const ByteVector bytes = joined({good, bad, good});
  const SignatureDatabase database = parse_signatures(bytes, "db of web01.fd");
  EXPECT_FINDING(database.findings, kSignatureListSize);
  ASSERT_THAT(database.findings, SizeIs(1));
  EXPECT_EQ(database.findings[0].message,
            "signature list size at offset 0x5c: says 0 bytes, 28 to 152 are possible");
  EXPECT_EQ(database.findings[0].place.text(), "db of web01.fd, byte 0x5c");
  EXPECT_THAT(database.lists, SizeIs(1));
  EXPECT_EQ(database.rest.size(), bad.size() + good.size());
  EXPECT_EQ(serialize(database), bytes);
  EXPECT_FALSE(is_well_formed(database));
}

TEST(SignatureList, WithSizesThatDoNotFitKeepsWhatWasBefore) {
  const ByteVector good = list_of(kSha256, {digest_of(1)});
  struct Case {
    std::size_t offset_bytes;
    std::uint64_t value;
    std::size_t lists;
  };
  for (const Case& c :
       {Case{16, 27, 1}, {16, 77, 1}, {16, 0xffffffff, 1}, {20, 49, 1}, {20, 0xffffffff, 1}}) {
    ByteVector bad = list_of(kSha256, {digest_of(2)});
    poke(bad, c.offset_bytes, c.value, 4);
    const ByteVector bytes = joined({good, bad});
    const SignatureDatabase database = parse_signatures(bytes, "db");
    EXPECT_FINDING(database.findings, kSignatureListSize);
    EXPECT_THAT(database.lists, SizeIs(c.lists)) << c.offset_bytes << " " << c.value;
    EXPECT_EQ(serialize(database), bytes);
  }
  ByteVector cut = joined({good, good});
  cut.resize(good.size() + 27);
  EXPECT_FINDING(parse_signatures(cut, "db").findings, kSignatureListSize);
  EXPECT_EQ(serialize(parse_signatures(cut, "db")), cut);
}

TEST(SignatureList, WithSignaturesThatDoNotFitIsPassedOver) {
  const ByteVector good = list_of(kSha256, {digest_of(1)});
  for (const std::uint64_t size_bytes : {0u, 1u, 15u, 47u, 49u, 0xffffffffu}) {
    ByteVector bad = list_of(kSha256, {digest_of(2)});
    poke(bad, 24, size_bytes, 4);
    const ByteVector bytes = joined({bad, good});
    const SignatureDatabase database = parse_signatures(bytes, "db");
    EXPECT_FINDING(database.findings, kSignatureSize);
    ASSERT_THAT(database.lists, SizeIs(2)) << size_bytes;
    EXPECT_TRUE(contains(database, kSha256, digest_of(1)));
    EXPECT_FALSE(contains(database, kSha256, digest_of(2)));
    EXPECT_EQ(serialize(database), bytes);
  }
}

TEST(SignatureList, OfAnUnknownTypeIsKept) {
  const ByteVector bytes = list_of(kOtherOwner, {ByteVector(5, 1)});
  const SignatureDatabase database = parse_signatures(bytes, "db");
  EXPECT_FINDING(database.findings, kSignatureType);
  EXPECT_EQ(database.signature_count(), 1u);
  EXPECT_EQ(serialize(database), bytes);
  EXPECT_EQ(find_signature_type(kOtherOwner), nullptr);
}

TEST(SignatureList, MayHaveAHeaderThatIsKept) {
  ByteVector bytes = list_of(kSha256, {digest_of(1)});
  poke(bytes, 16, 28 + 4 + 48, 4);
  poke(bytes, 20, 4, 4);
  bytes.insert(bytes.begin() + 28, {1, 2, 3, 4});
  const SignatureDatabase database = parse_signatures(bytes, "db");
  EXPECT_THAT(database.lists.at(0).header, SizeIs(4));
  EXPECT_TRUE(contains(database, kSha256, digest_of(1)));
  EXPECT_EQ(serialize(database), bytes);
  EXPECT_FINDING(database.findings, kSignatureSize);
}

TEST(Add, PutsDigestsTogetherAndCertificatesApart) {
  SignatureDatabase database;
  EXPECT_TRUE(add(database, kX509, kOwner, ByteVector(100, 1)));
  EXPECT_TRUE(add(database, kX509, kOwner, ByteVector(100, 2)));
  EXPECT_TRUE(add(database, kSha256, kOwner, digest_of(1)));
  EXPECT_TRUE(add(database, kSha256, kOtherOwner, digest_of(2)));
  EXPECT_FALSE(add(database, kSha256, kOtherOwner, digest_of(1))) << "there already, whoever owns it";
  EXPECT_EQ(serialize(database),
            joined({list_of(kX509, {ByteVector(100, 1)}), list_of(kX509, {ByteVector(100, 2)}), [] {
                      ByteVector two = list_of(kSha256, {digest_of(1), digest_of(2)});
                      std::ranges::copy(kOtherOwner.bytes, two.begin() + 28 + 48);
                      return two;
                    }()}));
}

// FilterSignatureList of edk2, its odd sides included.
TEST(Append, LeavesOutWhatIsThereWithTheSameOwner) {
  SignatureDatabase database = parse_signatures(list_of(kSha256, {digest_of(1), digest_of(2)}), "dbx");
  const ByteVector update =
      joined({list_of(kSha256, {digest_of(2), digest_of(3), digest_of(3)}), list_of(kSha256, {digest_of(1)}),
              list_of(kSha256, {digest_of(1)}, kOtherOwner)});
  EXPECT_EQ(append(database, parse_signatures(update, "update")), 3u);
  EXPECT_EQ(serialize(database), joined({list_of(kSha256, {digest_of(1), digest_of(2)}),
                                         list_of(kSha256, {digest_of(3), digest_of(3)}),
                                         list_of(kSha256, {digest_of(1)}, kOtherOwner)}));
  EXPECT_EQ(append(database, parse_signatures(update, "update")), 0u);
}

TEST(Remove, TakesEverySuchSignatureAndEmptyLists) {
  SignatureDatabase database = parse_signatures(
      joined({list_of(kSha256, {digest_of(1), digest_of(2)}), list_of(kSha256, {digest_of(1)}, kOtherOwner)}),
      "db");
  EXPECT_EQ(remove(database, kSha256, digest_of(1)), 2u);
  EXPECT_EQ(serialize(database), list_of(kSha256, {digest_of(2)}));
  EXPECT_EQ(remove(database, kX509, digest_of(2)), 0u);
  EXPECT_EQ(remove(database, kSha256, digest_of(2)), 1u);
  EXPECT_THAT(serialize(database), IsEmpty());
}

TEST(RemoveDuplicates, KeepsTheFirst) {
  SignatureDatabase database = parse_signatures(
      joined({list_of(kSha256, {digest_of(1), digest_of(1)}), list_of(kSha256, {digest_of(1)}, kOtherOwner),
              list_of(kSha256, {digest_of(2)})}),
      "db");
  EXPECT_EQ(remove_duplicates(database), 2u);
  EXPECT_EQ(serialize(database),
            joined({list_of(kSha256, {digest_of(1)}), list_of(kSha256, {digest_of(2)})}));
  EXPECT_EQ(remove_duplicates(database), 0u);
}

TEST(SignatureList, IsTheOneThatEfitoolsAndSbsigntoolMake) {
  if (!has_program("cert-to-efi-sig-list") || !has_program("sbsiglist")) {
    GTEST_SKIP() << "needs the packages efitools and sbsigntool";
  }
  const testing::Scratch scratch;
  write_key(scratch, "db key");
  const testing::Finished done = shell(
      scratch, "cert-to-efi-sig-list -g " + kOwner.text() + " 'db key.pem' e.esl && sbsiglist --owner " +
                   kOwner.text() + " --type x509 --output s.esl 'db key.der'");
  ASSERT_EQ(done.status, 0) << done.output;
  SignatureDatabase ours;
  add(ours, kX509, kOwner, key_named("db key").certificate);
  EXPECT_EQ(serialize(ours), read_file(scratch / "e.esl"));
  EXPECT_EQ(serialize(ours), read_file(scratch / "s.esl"));
}

}  // namespace
}  // namespace nonvol::efi
