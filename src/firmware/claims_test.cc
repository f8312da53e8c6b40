#include "firmware/claims.h"

#include <gmock/gmock.h>

#include "testing/expect.h"
#include "testing/firmware_samples.h"

namespace nonvol::firmware {
namespace {

using flash::Certainty;
using flash::CodeFacts;
using flash::Trait;
using testing::briefly;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::plain;
using testing::SampleDescriptor;

// Code that is known to have these features and no others.
CodeLook code_with(const std::vector<std::string_view>& features, Certainty certainty = Certainty::kProven) {
  CodeLook look;
  look.facts.has_code = true;
  for (const CodeClaim& claim : code_claims()) {
    Trait& trait = look.facts.*claim.trait;
    const bool has = std::ranges::find(features, claim.feature) != features.end();
    trait = {has || trait.value.value_or(false), certainty, "what the test says"};
  }
  return look;
}

TEST(Claims, TrueOnesAreNotMentioned) {
  const SampleDescriptor all({"acpi-s3", "amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx", "requires-smm",
                              "secure-boot", "verbose-dynamic"});
  const CodeLook code = code_with({"acpi-s3", "amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx",
                                   "requires-smm", "secure-boot", "verbose-dynamic"});
  EXPECT_THAT(briefly(check_claims(all.subject(), code)), IsEmpty());
  EXPECT_THAT(briefly(check_claims(SampleDescriptor().subject(), code_with({}))), IsEmpty());
}

TEST(Claims, EachFalseOne) {
  for (const CodeClaim& claim : code_claims()) {
    const SampleDescriptor sample({"warp-drive", std::string(claim.feature)});
    const LintFindings findings = check_claims(sample.subject(), code_with({}));
    EXPECT_FINDING(plain(findings), kClaimFalse);
    ASSERT_EQ(findings.size(), 1u) << claim.feature;
    EXPECT_EQ(findings[0].finding.severity, claim.if_false) << claim.feature;
    EXPECT_EQ(findings[0].finding.place.json_pointer, "/features/1");
    EXPECT_EQ(findings[0].feature, claim.feature);
    EXPECT_EQ(findings[0].rests_on, "what the test says");
  }
}

TEST(Claims, WhatIsLikelyWeighsLess) {
  const CodeLook code = code_with({}, Certainty::kLikely);
  EXPECT_THAT(briefly(check_claims(SampleDescriptor({"secure-boot"}).subject(), code)),
              ElementsAre("warning NV3305 /features/0"));
  EXPECT_THAT(briefly(check_claims(SampleDescriptor({"acpi-s3"}).subject(), code)),
              ElementsAre("warning NV3305 /features/0"));
  EXPECT_THAT(briefly(check_claims(SampleDescriptor({"verbose-static"}).subject(), code)),
              ElementsAre("note NV3305 /features/0"));
}

// Abilities need not be vouched for; what requests exclude, and what a guest must have, has to be said.
TEST(Claims, LeftOut) {
  const CodeLook able =
      code_with({"acpi-s3", "amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx", "verbose-dynamic"});
  EXPECT_THAT(briefly(check_claims(SampleDescriptor().subject(), able)), IsEmpty());
  const LintFindings secure = check_claims(SampleDescriptor().subject(), code_with({"secure-boot"}));
  EXPECT_FINDING(plain(secure), kClaimMissing);
  EXPECT_THAT(briefly(secure), ElementsAre("note NV3306 /features"));
  EXPECT_THAT(
      briefly(check_claims(SampleDescriptor().subject(), code_with({"requires-smm", "host-uefi-vars"}))),
      ElementsAre("error NV3306 /features", "error NV3306 /features"));
}

TEST(Claims, WhatNothingSpeaksForIsOneNote) {
  CodeLook unknown = code_with({});
  for (const CodeClaim& claim : code_claims()) unknown.facts.*claim.trait = {};
  const SampleDescriptor sample({"acpi-s3", "acpi-s4", "secure-boot"});
  LintFindings findings = check_claims(sample.subject(), unknown);
  EXPECT_FINDING(plain(findings), kClaimUnproven);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].finding.message, "nothing speaks for or against secure-boot, acpi-s3");
  EXPECT_EQ(findings[0].certainty, Certainty::kUnknown);
  unknown.trouble = Error(ErrorId::kNotAFirmwareImage, "no volume");
  EXPECT_EQ(check_claims(sample.subject(), unknown)[0].rests_on, "no volume");
}

TEST(Claims, KeysWithoutATemplateCannotBeSeen) {
  SampleDescriptor sample({"enrolled-keys"});
  EXPECT_THAT(briefly(check_claims(sample.subject(), code_with({}))), IsEmpty());
  sample.descriptor.mapping.mode = descriptor::FlashMode::kCombined;
  sample.descriptor.mapping.nvram_template.reset();
  EXPECT_THAT(briefly(check_claims(sample.subject(), code_with({}))), IsEmpty());
  sample.descriptor.mapping.mode = descriptor::FlashMode::kStateless;
  EXPECT_THAT(briefly(check_claims(sample.subject(), code_with({}))), ElementsAre("note NV3307 /features"));
}

TEST(Claims, ConfidentialBuildsAreForTheConfidential) {
  CodeLook code = code_with({"amd-sev"});
  code.facts.confidential_only = {true, Certainty::kProven, "the base of the secret's page"};
  EXPECT_THAT(briefly(check_claims(SampleDescriptor().subject(), code)),
              ElementsAre("error NV3306 /features"));
  EXPECT_THAT(briefly(check_claims(SampleDescriptor({"amd-sev"}).subject(), code)), IsEmpty());
  code.facts.confidential_only.value = false;
  EXPECT_THAT(briefly(check_claims(SampleDescriptor().subject(), code)), IsEmpty());
}

TEST(Claims, CodeOfAnotherArchitecture) {
  CodeLook code = code_with({});
  const SampleDescriptor sample;
  for (const char* fits : {"", "x86_64", "i386"}) {
    code.facts.architecture = fits;
    EXPECT_THAT(briefly(check_claims(sample.subject(), code)), IsEmpty()) << fits;
  }
  code.facts.architecture = "aarch64";
  EXPECT_THAT(briefly(check_claims(sample.subject(), code)),
              ElementsAre("error NV3305 /targets/0/architecture"));
}

TEST(Claims, AVariableStoreIsNoCode) {
  CodeLook code;
  EXPECT_THAT(briefly(check_claims(SampleDescriptor({"secure-boot"}).subject(), code)),
              ElementsAre("error NV2801 /mapping/executable/filename"));
}

TEST(SameCode, OppositeClaimsAreToldOnceAtTheOneWhoIsWrong) {
  SampleDescriptor claims({"secure-boot"});
  claims.path = "/d/40-claims.json";
  SampleDescriptor silent;
  silent.path = "/d/60-silent.json";
  const Subject first = claims.subject();
  const Subject second = silent.subject();
  CodeLook code = code_with({"secure-boot"});
  LintFindings findings = check_same_code({{&first, &second}, &code});
  EXPECT_FINDING(plain(findings), kSameBinaryClaims);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].finding.place.file, "/d/60-silent.json");
  EXPECT_EQ(findings[0].finding.severity, Severity::kWarning);
  EXPECT_THAT(findings[0].finding.message, HasSubstr("by 40-claims.json and not by 60-silent.json"));
  code = code_with({});
  findings = check_same_code({{&first, &second}, &code});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].finding.place.file, "/d/40-claims.json");
  EXPECT_EQ(findings[0].finding.place.json_pointer, "/features/0");
}

TEST(SameCode, ATemplatesPropertyIsNotTheCodes) {
  const SampleDescriptor enrolled({"secure-boot", "enrolled-keys"});
  const SampleDescriptor empty({"secure-boot"});
  const Subject first = enrolled.subject();
  const Subject second = empty.subject();
  const CodeLook code = code_with({"secure-boot"});
  EXPECT_THAT(check_same_code({{&first, &second}, &code}), IsEmpty());
}

}  // namespace
}  // namespace nonvol::firmware
