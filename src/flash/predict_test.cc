#include "flash/predict.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "testing/expect.h"
#include "testing/store_damage.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::damaged;
using Outcome = Prediction::Outcome;
using testing::IsEmpty;

const Layout& layout(std::string_view name) {
  for (const Layout& each : known_layouts()) {
    if (each.name == name) return each;
  }
  return layout_of_volume(0);
}

FirmwareTraits x86(bool smm = false, std::string_view name = "ovmf-4m") {
  return {.expects = &layout(name), .smm = smm, .code_name = "CODE.fd"};
}

FirmwareTraits arm(bool validates_records) {
  return {.family = FirmwareTraits::Family::kArm,
          .expects = &layout("armvirt"),
          .validates_records = validates_records,
          .code_name = "AAVMF.fd"};
}

Prediction predict_file(const ByteVector& file, const FirmwareTraits& firmware) {
  return predict("web01.fd", file, file.size(), firmware);
}

Prediction predict_damage(std::string_view name, const FirmwareTraits& firmware = x86()) {
  return predict_file(damaged(test_stores::ovmf_4m(), name), firmware);
}

std::vector<std::string> names(const std::vector<variable::Identity>& identities) {
  std::vector<std::string> result;
  for (const variable::Identity& identity : identities) result.push_back(identity.name().text);
  return result;
}

struct Row {
  std::string_view damage;
  Outcome plain;
  Outcome smm;
};

// As real firmware was seen to do: tests/e2e/damage.py, docs/formats/varstore-damage.md.
constexpr Row kX86[] = {
    {"none", Outcome::kKeeps, Outcome::kKeeps},
    {"volume-checksum", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"volume-signature", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"volume-length", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"volume-revision", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"volume-guid", Outcome::kCrashes, Outcome::kCrashes},
    {"volume-zero-vector", Outcome::kKeeps, Outcome::kKeeps},
    {"volume-attributes", Outcome::kCrashes, Outcome::kCrashes},
    {"volume-block-length", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"volume-block-count", Outcome::kKeeps, Outcome::kKeeps},
    {"volume-header-length", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"store-guid", Outcome::kCrashes, Outcome::kCrashes},
    {"store-plain-guid", Outcome::kFormats, Outcome::kFormats},
    {"store-state", Outcome::kCrashes, Outcome::kCrashes},
    {"store-format", Outcome::kCrashes, Outcome::kCrashes},
    {"store-size-small", Outcome::kHangs, Outcome::kHangs},
    {"store-size-roomy", Outcome::kKeeps, Outcome::kKeeps},
    {"store-size-large", Outcome::kKeeps, Outcome::kCrashes},
    {"store-size-huge", Outcome::kCrashes, Outcome::kCrashes},
    {"start-mark", Outcome::kLosesVariables, Outcome::kLosesVariables},
    {"state-7f", Outcome::kKeeps, Outcome::kKeeps},
    {"state-11", Outcome::kKeeps, Outcome::kKeeps},
    {"state-ff", Outcome::kLosesVariables, Outcome::kLosesVariables},
    {"state-3e", Outcome::kKeeps, Outcome::kKeeps},
    {"name-size-7fffffff", Outcome::kVolatile, Outcome::kCrashes},
    {"name-size-ffffffff", Outcome::kHangs, Outcome::kHangs},
    {"name-size-0", Outcome::kHangs, Outcome::kHangs},
    {"first-name-size-ffffffff", Outcome::kFormats, Outcome::kFormats},
    {"name-size-odd", Outcome::kLosesVariables, Outcome::kLosesVariables},
    {"data-size-7fffffff", Outcome::kVolatile, Outcome::kCrashes},
    {"data-size-beyond", Outcome::kHangs, Outcome::kCrashes},
    {"data-size-ffffffff", Outcome::kHangs, Outcome::kHangs},
    {"data-size-larger", Outcome::kLosesVariables, Outcome::kLosesVariables},
    {"attributes-ffffffff", Outcome::kHangs, Outcome::kHangs},
    {"tail-torn", Outcome::kKeeps, Outcome::kKeeps},
    {"tail-bytes", Outcome::kKeeps, Outcome::kKeeps},
    {"ftw-crc", Outcome::kKeeps, Outcome::kKeeps},
    {"ftw-erased", Outcome::kKeeps, Outcome::kKeeps},
    {"pending-target-intact", Outcome::kKeepsAfterReplay, Outcome::kKeepsAfterReplay},
    {"pending-target-edited", Outcome::kKeepsAfterReplay, Outcome::kKeepsAfterReplay},
    {"pending-block-0-erased", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"pending-records-erased", Outcome::kFormats, Outcome::kKeepsAfterReplay},
    {"pending-store-header", Outcome::kCrashes, Outcome::kKeepsAfterReplay},
    {"pending-no-spare", Outcome::kKeeps, Outcome::kKeeps},
    {"pending-target-done", Outcome::kKeeps, Outcome::kKeeps},
    {"pending-spare-damaged", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"spare-only", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"wiped-before", Outcome::kCrashes, Outcome::kCrashes},
    {"all-ff", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"all-00", Outcome::kVolatile, Outcome::kCrashes},
    {"noise", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"short-4k", Outcome::kVolatile, Outcome::kCrashes},
    {"long-4k", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
    {"long-1m", Outcome::kWipesAndCrashes, Outcome::kWipesAndCrashes},
};

TEST(Predict, EachDamageOnX86) {
  ASSERT_EQ(std::size(kX86), test_stores::damages().size()) << "a row for each damage";
  for (const Row& row : kX86) {
    EXPECT_EQ(to_string(predict_damage(row.damage, x86(false)).outcome), to_string(row.plain)) << row.damage;
    EXPECT_EQ(to_string(predict_damage(row.damage, x86(true)).outcome), to_string(row.smm))
        << row.damage << ", SMM";
  }
}

struct ArmRow {
  std::string_view damage;
  Outcome before_202402;
  Outcome since_202402;
};

// From the driver's text; no ARM guest was started.
constexpr ArmRow kArm[] = {
    {"none", Outcome::kKeeps, Outcome::kKeeps},
    {"volume-checksum", Outcome::kFormats, Outcome::kFormats},
    {"volume-guid", Outcome::kFormats, Outcome::kFormats},
    {"volume-block-length", Outcome::kKeeps, Outcome::kKeeps},
    {"store-guid", Outcome::kFormats, Outcome::kFormats},
    {"store-plain-guid", Outcome::kFormats, Outcome::kFormats},
    {"store-state", Outcome::kCrashes, Outcome::kCrashes},
    {"store-size-small", Outcome::kFormats, Outcome::kFormats},
    {"start-mark", Outcome::kLosesVariables, Outcome::kLosesVariables},
    {"state-7f", Outcome::kKeeps, Outcome::kKeeps},
    {"state-11", Outcome::kKeeps, Outcome::kFormats},
    {"state-ff", Outcome::kLosesVariables, Outcome::kLosesVariables},
    {"name-size-7fffffff", Outcome::kVolatile, Outcome::kFormats},
    {"name-size-odd", Outcome::kLosesVariables, Outcome::kFormats},
    {"name-size-0", Outcome::kHangs, Outcome::kFormats},
    {"data-size-beyond", Outcome::kHangs, Outcome::kFormats},
    {"attributes-ffffffff", Outcome::kHangs, Outcome::kHangs},
    {"all-ff", Outcome::kFormats, Outcome::kFormats},
    {"all-00", Outcome::kFormats, Outcome::kFormats},
    {"short-4k", Outcome::kRefused, Outcome::kRefused},
    {"long-1m", Outcome::kKeeps, Outcome::kKeeps},
};

TEST(Predict, DamageOnArm) {
  for (const ArmRow& row : kArm) {
    const ByteVector file = damaged(test_stores::armvirt(), row.damage);
    EXPECT_EQ(to_string(predict_file(file, arm(false)).outcome), to_string(row.before_202402)) << row.damage;
    EXPECT_EQ(to_string(predict_file(file, arm(true)).outcome), to_string(row.since_202402)) << row.damage;
  }
}

TEST(Predict, EachReasonHasItsId) {
  EXPECT_FINDING(predict_file(ByteVector(1000, 0), x86()).reasons, kFlashSizeRefused);
  EXPECT_FINDING(predict_file(ByteVector(0x600000, 0xff), x86()).reasons, kFlashSizeRefused);
  EXPECT_FINDING(predict_damage("all-00").reasons, kFlashNotFound);
  EXPECT_FINDING(predict_damage("volume-checksum").reasons, kVolumeWiped);
  EXPECT_FINDING(predict_damage("store-guid").reasons, kStoreNotFound);
  EXPECT_FINDING(predict_file(damaged(test_stores::armvirt(), "state-11"), arm(true)).reasons,
                 kStoreFormatted);
  EXPECT_FINDING(predict_damage("pending-target-intact").reasons, kWriteReplayed);
  EXPECT_FINDING(predict_damage("pending-spare-damaged").reasons, kWriteReplayDestroys);
  EXPECT_FINDING(predict_damage("store-size-large").reasons, kStoreSizeMisleads);
  EXPECT_FINDING(predict_damage("name-size-0").reasons, kNamelessRecord);
  EXPECT_FINDING(predict_damage("data-size-beyond").reasons, kOversizedRecord);
  EXPECT_FINDING(predict_damage("start-mark").reasons, kVariablesUnseen);
  EXPECT_FINDING(predict_damage("state-11").reasons, kStateIgnored);
  EXPECT_FINDING(predict_damage("store-size-small").reasons, kNoRoomForABoot);
  EXPECT_FINDING(predict_damage("pending-records-erased").reasons, kReplayOverwritten);
}

TEST(Predict, ReasonsNameThePlaceBothNumbersAndTheRepair) {
  const Prediction prediction = predict_damage("volume-checksum");
  ASSERT_EQ(prediction.reasons.size(), 1u);
  const Finding& reason = prediction.reasons[0];
  EXPECT_EQ(
      reason.message,
      "firmware volume header sum at offset 0x32 of web01.fd: is 0x7b63, the firmware wants 0x0; CODE.fd erases "
      "540672 bytes from offset 0x0 on, spare area included, writes a header and stops with an exception");
  EXPECT_EQ(reason.place.text(), "web01.fd, byte 0x32");
  EXPECT_EQ(reason.hint, "nonvol vars repair web01.fd");
  for (const test_stores::Damage& damage : test_stores::damages()) {
    for (const Finding& each : predict_damage(damage.name).reasons) {
      EXPECT_FALSE(each.place.empty()) << damage.name;
      EXPECT_EQ(each.hint, "nonvol vars repair web01.fd") << damage.name;
    }
  }
}

TEST(Predict, NamesWhatIsSeenAndWhatIsLost) {
  const Prediction healthy = predict_damage("none");
  EXPECT_EQ(names(healthy.live), test_stores::probe_names());
  EXPECT_THAT(healthy.lost, IsEmpty());
  EXPECT_THAT(healthy.reasons, IsEmpty());
  const Prediction mark = predict_damage("start-mark");
  EXPECT_THAT(names(mark.live), testing::ElementsAre("Probe0", "Probe1"));
  EXPECT_THAT(names(mark.lost), testing::ElementsAre("Probe2", "Probe3", "Probe4", "Probe5"));
  EXPECT_EQ(names(predict_damage("volume-checksum").lost), test_stores::probe_names());
  EXPECT_EQ(names(predict_damage("pending-block-0-erased").lost), test_stores::probe_names());
  EXPECT_EQ(names(predict_damage("pending-target-edited").live), test_stores::probe_names())
      << "an edit is undone by the interrupted write";
}

TEST(Predict, AStoreOfAnotherLayoutIsNotWhereTheFirmwareLooks) {
  const ByteVector small = damaged(test_stores::ovmf_2m(), "none");
  const ByteVector large = damaged(test_stores::ovmf_4m(), "none");
  EXPECT_EQ(predict_file(small, x86(false)).outcome, Outcome::kVolatile);
  EXPECT_EQ(predict_file(small, x86(true)).outcome, Outcome::kCrashes);
  const Prediction wipes = predict_file(large, x86(false, "ovmf-2m"));
  EXPECT_EQ(wipes.outcome, Outcome::kWipesAndCrashes);
  EXPECT_EQ(wipes.reasons.at(0).place.offset_bytes, 0x64000u + 0x37u);
  EXPECT_EQ(predict_file(large, x86(true, "ovmf-2m")).outcome, Outcome::kHangs);
  EXPECT_EQ(predict_file(small, x86(false, "ovmf-2m")).outcome, Outcome::kKeeps);
  ByteVector padded = large;
  padded.resize(0x100000 + large.size(), 0);
  EXPECT_EQ(predict_file(padded, x86()).outcome, Outcome::kVolatile)
      << "it looks at zeros, which hide the flash";
}

// What Debian ships is sound.
TEST(Predict, TemplatesAreKept) {
  struct Template {
    const char* path;
    FirmwareTraits firmware;
    Outcome outcome;
  };
  const Template templates[] = {
      {"/usr/share/OVMF/OVMF_VARS_4M.fd", x86(true), Outcome::kKeeps},
      {"/usr/share/OVMF/OVMF_VARS_4M.ms.fd", x86(true), Outcome::kKeeps},
      {"/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd", x86(true), Outcome::kKeeps},
      {"/usr/share/OVMF/OVMF_VARS.fd", x86(false, "ovmf-2m"), Outcome::kKeeps},
      {"/usr/share/OVMF/OVMF_VARS.ms.fd", x86(false, "ovmf-2m"), Outcome::kKeeps},
      {"/usr/share/AAVMF/AAVMF_VARS.ms.fd", arm(true), Outcome::kKeeps},
      {"/usr/share/AAVMF/AAVMF_VARS.fd", arm(true), Outcome::kFormats},
  };
  int met = 0;
  for (const Template& each : templates) {
    std::ifstream in(each.path, std::ios::binary);
    if (!in) continue;
    ++met;
    std::string front(0xc0000, '\0');
    in.read(front.data(), static_cast<std::streamsize>(front.size()));
    front.resize(static_cast<std::size_t>(in.gcount()));
    in.clear();
    in.seekg(0, std::ios::end);
    const auto size_bytes = static_cast<std::uint64_t>(in.tellg());
    const ByteVector bytes(front.begin(), front.end());
    const Prediction prediction = predict(each.path, bytes, size_bytes, each.firmware);
    EXPECT_EQ(to_string(prediction.outcome), to_string(each.outcome)) << each.path;
    EXPECT_THAT(prediction.lost, IsEmpty()) << each.path;
  }
  if (met == 0) GTEST_SKIP() << "neither ovmf nor qemu-efi-aarch64 is installed";
}

}  // namespace
}  // namespace nonvol::flash
