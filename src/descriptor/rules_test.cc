#include "descriptor/rules.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <sstream>

namespace nonvol::descriptor {
namespace {

using ::testing::IsEmpty;

Descriptor ordinary() {
  Descriptor result;
  result.interface_types = {"uefi"};
  result.targets = {{"x86_64", {"pc-q35-*"}}};
  result.features = {"acpi-s3"};
  result.mapping.executable = {"/fw/code.fd", "raw"};
  result.mapping.nvram_template = FirmwareFile{"/fw/vars.fd", "raw"};
  return result;
}

Request for_q35() {
  Request result;
  result.architecture = "x86_64";
  result.machine = "q35";
  return result;
}

TEST(NearMiss, NamesTheMachine) {
  Request request = for_q35();
  request.machine = "pc";
  const auto near = near_miss(ordinary(), request);
  ASSERT_TRUE(near);
  EXPECT_EQ(near->with, "--machine q35");
  EXPECT_THAT(near->without, IsEmpty());
  EXPECT_EQ(near->changes, 1u);
}

TEST(NearMiss, SaysWhatToLeaveOut) {
  Request request = for_q35();
  request.require = {"acpi-s3", "secure-boot"};
  request.secure_boot = true;
  const auto near = near_miss(ordinary(), request);
  ASSERT_TRUE(near);
  EXPECT_EQ(near->with, "--secure-boot off");
  EXPECT_EQ(near->without, "--require secure-boot");
}

TEST(NearMiss, AnotherArchitectureBringsItsMachine) {
  Descriptor arm = ordinary();
  arm.targets = {{"aarch64", {"virt-*"}}};
  const auto near = near_miss(arm, for_q35());
  ASSERT_TRUE(near);
  EXPECT_EQ(near->with, "--arch aarch64 --machine virt");
}

TEST(NearMiss, IsNoneWhereOnlyAVersionWouldTell) {
  Descriptor old = ordinary();
  old.targets = {{"x86_64", {"pc-q35-2.?"}}};
  EXPECT_FALSE(near_miss(old, for_q35()));
  EXPECT_FALSE(near_miss(ordinary(), for_q35())) << "it fits";
}

TEST(NearMiss, OfConfidentialBuilds) {
  Descriptor sev = ordinary();
  sev.mapping.mode = FlashMode::kStateless;
  sev.mapping.nvram_template.reset();
  sev.features = {"amd-sev"};
  ASSERT_TRUE(near_miss(sev, for_q35()));
  EXPECT_EQ(near_miss(sev, for_q35())->with, "--require amd-sev");
  Descriptor able = ordinary();
  able.features = {"amd-sev"};
  Request request = for_q35();
  request.require = {"amd-sev"};
  ASSERT_TRUE(near_miss(able, request));
  EXPECT_EQ(near_miss(able, request)->with, "--mode split");
}

// Does to a request what the words of a near miss say, as somebody who types them would.
Request retyped(Request request, const NearMiss& near) {
  std::istringstream without(near.without);
  for (std::string option, value; without >> option >> value;) {
    if (option == "--require") std::erase(request.require, value);
    if (option == "--forbid") std::erase(request.forbid, value);
    if (option == "--mode") request.mode.reset();
  }
  std::istringstream with(near.with);
  for (std::string option, value; with >> option >> value;) {
    if (option == "--interface") request.interface = value;
    if (option == "--arch") request.architecture = value;
    if (option == "--machine") request.machine = value;
    if (option == "--device") request.device = parse_device(value);
    if (option == "--mode") request.mode = parse_flash_mode(value);
    if (option == "--format") request.format = value;
    if (option == "--require") request.require.push_back(value);
    if (option == "--secure-boot") request.secure_boot = value == "on";
  }
  return request;
}

// Random descriptors and requests out of a few words, so that many nearly fit.
class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  Descriptor descriptor() {
    Descriptor result;
    result.interface_types = {pick({"uefi", "bios"})};
    result.targets = {{pick({"x86_64", "aarch64"}),
                       {pick({"pc-q35-*", "pc-i440fx-*", "virt-*", "microvm", "pc-q35-2.*"})}}};
    result.features = some({"acpi-s3", "secure-boot", "amd-sev", "intel-tdx", "enrolled-keys"});
    Mapping& mapping = result.mapping;
    mapping.device = coin() ? Device::kFlash : pick({Device::kMemory, Device::kKernel, Device::kIgvm});
    mapping.mode = pick({FlashMode::kSplit, FlashMode::kCombined, FlashMode::kStateless});
    mapping.executable = {"/fw/code", pick({"raw", "qcow2"})};
    return result;
  }

  Request request() {
    Request result;
    result.architecture = pick({"x86_64", "aarch64"});
    result.machine = pick({"q35", "pc", "virt"});
    result.interface = pick({"uefi", "bios"});
    result.require = some({"acpi-s3", "secure-boot", "amd-sev", "enrolled-keys"});
    result.forbid = some({"intel-tdx", "acpi-s4"});
    if (coin()) result.mode = pick({FlashMode::kSplit, FlashMode::kStateless});
    if (coin()) result.device = Device::kFlash;
    if (coin()) result.format = pick({"raw", "qcow2"});
    if (coin()) result.secure_boot = coin();
    return result;
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  template <class Value>
  Value pick(std::initializer_list<Value> values) {
    return values.begin()[random_() % values.size()];
  }
  std::vector<std::string> some(std::initializer_list<const char*> words) {
    std::vector<std::string> result;
    for (const char* word : words) {
      if (coin()) result.emplace_back(word);
    }
    return result;
  }

  std::mt19937 random_;
};

TEST(NearMiss, WhatItSaysMakesTheDescriptorFit) {
  Maker maker(20261121);
  std::size_t near_misses = 0;
  for (int round = 0; round < 20000; ++round) {
    const Descriptor descriptor = maker.descriptor();
    const Request request = maker.request();
    const auto near = near_miss(descriptor, request);
    std::vector<FailedRule> failed;
    Rules(request).examine(descriptor, failed);
    ASSERT_EQ(failed.empty(), Rules(request).fits(descriptor));
    if (!near) continue;
    ++near_misses;
    ASSERT_FALSE(failed.empty());
    const Request typed = retyped(request, *near);
    EXPECT_TRUE(Rules(typed).fits(descriptor)) << "with " << near->with << " without " << near->without;
    EXPECT_GE(near->changes, 1u);
  }
  EXPECT_GT(near_misses, 5000u);
}

}  // namespace
}  // namespace nonvol::descriptor
