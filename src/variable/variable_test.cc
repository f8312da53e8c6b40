#include "variable/variable.h"

#include <gtest/gtest.h>

namespace nonvol::variable {
namespace {

TEST(Identity, NameIsUtf16AndComesBack) {
  const auto identity = make_identity("B\u00e9\u4e16\U0001f600", vendor::kGlobal);
  ASSERT_TRUE(identity);
  const std::vector<std::uint8_t> expected = {'B', 0, 0xe9, 0, 0x16, 0x4e, 0x3d, 0xd8, 0x00, 0xde};
  EXPECT_EQ(identity->name_utf16, expected);
  EXPECT_EQ(identity->name().text, "B\u00e9\u4e16\U0001f600");
  EXPECT_EQ(make_identity("db", vendor::kImageSecurityDatabase)->text(),
            "db-d719b2cb-3d3a-4596-a3bc-dad00e67656f");
}

TEST(Identity, RefusesWhatNoVariableIsCalled) {
  EXPECT_FALSE(make_identity("", vendor::kGlobal));
  EXPECT_FALSE(make_identity("\xff", vendor::kGlobal));
  EXPECT_FALSE(make_identity(std::string_view("a\0b", 3), vendor::kGlobal));
}

TEST(Identity, IsVendorAndName) {
  EXPECT_NE(make_identity("Lang", vendor::kGlobal), make_identity("Lang", vendor::kShim));
  EXPECT_EQ(make_identity("Lang", vendor::kGlobal), make_identity("Lang", vendor::kGlobal));
}

TEST(WellKnownVendor, NamesOfTheSpecification) {
  EXPECT_EQ(well_known_vendor("BootOrder"), vendor::kGlobal);
  EXPECT_EQ(well_known_vendor("Boot00FF"), vendor::kGlobal);
  EXPECT_EQ(well_known_vendor("dbx"), vendor::kImageSecurityDatabase);
  EXPECT_EQ(well_known_vendor("MokList"), vendor::kShim);
  EXPECT_FALSE(well_known_vendor("Boot00ff"));
  EXPECT_FALSE(well_known_vendor("Boot123"));
  EXPECT_FALSE(well_known_vendor("Mine"));
}

TEST(UsualAttributes, AreWhatTheFirmwareGives) {
  EXPECT_EQ(usual_attributes(*make_identity("db", vendor::kImageSecurityDatabase)), 0x27u);
  EXPECT_EQ(usual_attributes(*make_identity("PK", vendor::kGlobal)), 0x27u);
  EXPECT_EQ(usual_attributes(*make_identity("BootOrder", vendor::kGlobal)), 7u);
  EXPECT_EQ(usual_attributes(*make_identity("SecureBootEnable", vendor::kSecureBootEnable)), 3u);
  EXPECT_EQ(usual_attributes(*make_identity("MokList", vendor::kShim)), 3u);
}

TEST(AttributeNames, UnknownBitsAreOneNumber) {
  EXPECT_EQ(attribute_names(0x27),
            (std::vector<std::string>{"NON_VOLATILE", "BOOTSERVICE_ACCESS", "RUNTIME_ACCESS",
                                      "TIME_BASED_AUTHENTICATED_WRITE_ACCESS"}));
  EXPECT_EQ(attribute_names(0x80000100), (std::vector<std::string>{"0x80000100"}));
}

}  // namespace
}  // namespace nonvol::variable
