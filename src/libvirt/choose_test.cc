#include "libvirt/choose.h"

#include "testing/expect.h"

namespace nonvol::libvirt {
namespace {

using descriptor::Device;
using descriptor::FirmwareFile;
using descriptor::FlashMode;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Split flash for q35, the commonest kind; tests change what they are about.
Candidate candidate(const std::string& name, std::vector<std::string> features = {}) {
  Candidate result;
  result.path = "/d/" + name + ".json";
  result.descriptor.interface_types = {"uefi"};
  result.descriptor.mapping.executable = {"/fw/" + name + ".code", "raw"};
  result.descriptor.mapping.nvram_template = FirmwareFile{"/fw/" + name + ".vars", "raw"};
  result.descriptor.targets = {{"x86_64", {"pc-q35-*"}}};
  result.descriptor.features = std::move(features);
  return result;
}

Candidate of_mode(Candidate result, FlashMode mode) {
  result.descriptor.mapping.mode = mode;
  result.descriptor.mapping.nvram_template.reset();
  return result;
}

Candidate of_device(Candidate result, Device device) {
  result = of_mode(std::move(result), FlashMode::kSplit);
  result.descriptor.mapping.device = device;
  return result;
}

Candidate of_format(Candidate result, const std::string& format) {
  result.descriptor.mapping.executable.format = format;
  result.descriptor.mapping.nvram_template->format = format;
  return result;
}

Candidate secure(const std::string& name) {
  return candidate(name, {"secure-boot", "requires-smm"});
}

Candidate enrolled(const std::string& name) {
  return candidate(name, {"secure-boot", "requires-smm", "enrolled-keys"});
}

class ChooseTest : public ::testing::Test {
 protected:
  ChooseTest() { options_.nvram_directory = "/nv"; }

  // A q35 guest with ACPI; `os` stands in <os> behind <type>.
  static Domain domain(const std::string& os, const std::string& attributes = " firmware='efi'",
                       const std::string& rest = "", const std::string& machine = "q35",
                       const std::string& features = "<acpi/>") {
    Result<Domain> result = parse_domain(
        "<domain type='kvm'><name>web01</name><os" + attributes + "><type arch='x86_64' machine='" + machine +
            "'>hvm</type>" + os + "</os><features>" + features + "</features>" + rest + "</domain>",
        "web01.xml");
    EXPECT_OK(result);
    return result ? *result : Domain{};
  }

  static Domain manual(const std::string& os, const std::string& features = "<acpi/>") {
    return domain(os, "", "", "q35", features);
  }

  const Answer& ask(const Domain& wanted) {
    answer_ = choose(wanted, descriptors_, options_);
    return answer_;
  }

  // Name of the chosen descriptor, or what stands in its place.
  std::string chosen(const Domain& wanted) {
    ask(wanted);
    if (answer_.refusal) return answer_.refusal->id == ErrorId::kLibvirtNoneFits ? "none fits" : "refused";
    if (!answer_.chosen) return std::string(to_string(answer_.origin));
    return answer_.chosen->path.substr(3, answer_.chosen->path.size() - 8);
  }

  // libvirt's message for a domain that it refuses.
  std::string message(const Domain& wanted) {
    ask(wanted);
    if (!answer_.refusal) return "not refused";
    EXPECT_EQ(answer_.refusal->id, ErrorId::kLibvirtRefuses);
    return answer_.refusal->notes.front();
  }

  Descriptors descriptors_;
  Options options_;
  Answer answer_;
};

TEST_F(ChooseTest, TheFirstThatFitsIsTakenAndFilledIn) {
  descriptors_.candidates = {enrolled("a"), candidate("b")};
  ASSERT_EQ(chosen(domain("")), "a");
  const Domain& filled = answer_.domain;
  ASSERT_TRUE(filled.loader);
  EXPECT_EQ(filled.loader->path, "/fw/a.code");
  EXPECT_EQ(filled.loader->type, LoaderType::kPflash);
  EXPECT_EQ(filled.loader->readonly, true);
  EXPECT_EQ(filled.loader->secure, true);
  EXPECT_EQ(filled.loader->format, "raw");
  EXPECT_EQ(filled.loader->nvram_template, "/fw/a.vars");
  EXPECT_EQ(filled.loader->nvram_template_format, "raw");
  EXPECT_EQ(filled.loader->nvram->path, "/nv/web01_VARS.fd");
  EXPECT_EQ(filled.smm, true);
  EXPECT_EQ(filled.secure_boot, true);
  EXPECT_EQ(filled.enrolled_keys, true);
}

TEST_F(ChooseTest, FeaturesAreRequiredOrForbidden) {
  descriptors_.candidates = {enrolled("a"), secure("b"), candidate("c")};
  const auto with = [](const std::string& features) {
    return domain("<firmware>" + features + "</firmware>");
  };
  EXPECT_EQ(chosen(with("<feature enabled='no' name='enrolled-keys'/>")), "b");
  EXPECT_EQ(chosen(with("<feature enabled='no' name='secure-boot'/>")), "c");
  EXPECT_EQ(chosen(with("<feature enabled='yes' name='enrolled-keys'/>")), "a");
  EXPECT_EQ(
      chosen(with("<feature enabled='yes' name='enrolled-keys'/><feature enabled='no' name='secure-boot'/>")),
      "refused");
}

TEST_F(ChooseTest, SmmIsAskedForByItselfOrByTheLoader) {
  descriptors_.candidates = {secure("a"), candidate("b")};
  EXPECT_EQ(chosen(domain("", " firmware='efi'", "", "q35", "<acpi/><smm state='off'/>")), "b");
  EXPECT_EQ(chosen(domain("<loader secure='no'/>")), "b");
  descriptors_.candidates = {candidate("b"), secure("a")};
  EXPECT_EQ(chosen(domain("<loader secure='yes'/>")), "a");
}

TEST_F(ChooseTest, TargetInterfaceAndSleepMustFit) {
  Candidate other = candidate("other");
  other.descriptor.targets = {{"aarch64", {"virt-*"}}, {"x86_64", {"pc-i440fx-*"}}};
  Candidate bios = candidate("bios");
  bios.descriptor.interface_types = {"bios"};
  descriptors_.candidates = {other, bios, candidate("plain"), candidate("sleepy", {"acpi-s3", "acpi-s4"})};
  EXPECT_EQ(chosen(domain("")), "plain");
  EXPECT_EQ(chosen(domain("", " firmware='efi'", "<pm><suspend-to-mem enabled='yes'/></pm>")), "sleepy");
  EXPECT_EQ(chosen(domain("", " firmware='efi'", "<pm><suspend-to-disk enabled='yes'/></pm>")), "sleepy");
  EXPECT_EQ(chosen(domain("", " firmware='efi'", "<pm><suspend-to-mem enabled='no'/></pm>")), "plain");
  EXPECT_EQ(chosen(domain("", " firmware='efi'", "", "pc")), "other");
  EXPECT_EQ(answer_.passed_over.size(), 0u);
  EXPECT_EQ(chosen(domain("", " firmware='efi'", "", "pc-i440fx-7.2")), "other");
}

TEST_F(ChooseTest, ModesAreSplitUnlessStatelessAndNeverCombined) {
  descriptors_.candidates = {of_mode(candidate("combined"), FlashMode::kCombined),
                             of_mode(candidate("stateless"), FlashMode::kStateless), candidate("split")};
  EXPECT_EQ(chosen(domain("")), "split");
  EXPECT_EQ(chosen(domain("<loader stateless='yes'/>")), "stateless");
  EXPECT_FALSE(answer_.domain.loader->nvram);
  EXPECT_EQ(answer_.domain.enrolled_keys, false);
  EXPECT_EQ(chosen(domain("<loader readonly='no' type='pflash'/>")), "none fits");
}

TEST_F(ChooseTest, FormatsAreThoseAskedFor) {
  descriptors_.candidates = {of_format(candidate("odd"), "vmdk"), of_format(candidate("qcow2"), "qcow2"),
                             candidate("raw")};
  EXPECT_EQ(chosen(domain("")), "qcow2");
  EXPECT_EQ(answer_.domain.loader->nvram->path, "/nv/web01_VARS.qcow2");
  EXPECT_EQ(chosen(domain("<loader format='raw'/>")), "raw");
  EXPECT_EQ(chosen(domain("<nvram format='raw'/>")), "raw");
  // The loader's format wins, and a store without a path forgets its own.
  EXPECT_EQ(chosen(domain("<loader format='raw'/><nvram format='qcow2'/>")), "raw");
  EXPECT_EQ(answer_.domain.loader->nvram->format, "raw");
}

TEST_F(ChooseTest, AStoreWithAPathKeepsItAndInheritsTheLoadersFormat) {
  Candidate mixed = of_format(candidate("mixed"), "qcow2");
  mixed.descriptor.mapping.executable.format = "raw";
  descriptors_.candidates = {mixed};
  ask(domain("<nvram>/own/vars</nvram>"));
  EXPECT_EQ(answer_.domain.loader->nvram->path, "/own/vars");
  EXPECT_EQ(answer_.domain.loader->nvram->format, "raw");
  EXPECT_EQ(answer_.domain.loader->nvram_template_format, "qcow2");
  ask(domain(""));
  EXPECT_EQ(answer_.domain.loader->nvram->format, "qcow2");
}

TEST_F(ChooseTest, NobodyKnowsTheKeysOfAStoreOnTheNetwork) {
  descriptors_.candidates = {enrolled("a")};
  ask(domain("<nvram type='network'><source protocol='nbd'/></nvram>"));
  EXPECT_FALSE(answer_.domain.loader->nvram_template);
  EXPECT_EQ(answer_.domain.secure_boot, true);
  EXPECT_FALSE(answer_.domain.enrolled_keys);
}

TEST_F(ChooseTest, TheStoreEndsInRawWithItsTemplateUnlessTheGuestIsThereAlready) {
  Candidate raw = candidate("a");
  raw.descriptor.mapping.nvram_template->path = "/fw/vars.raw";
  descriptors_.candidates = {raw};
  ask(domain(""));
  EXPECT_EQ(answer_.domain.loader->nvram->path, "/nv/web01_VARS.raw");
  options_.existing_guest = true;
  ask(domain(""));
  EXPECT_EQ(answer_.domain.loader->nvram->path, "/nv/web01_VARS.fd");
}

TEST_F(ChooseTest, AnExistingGuestStaysWithRaw) {
  descriptors_.candidates = {of_format(candidate("qcow2"), "qcow2"), candidate("raw")};
  options_.existing_guest = true;
  EXPECT_EQ(chosen(domain("")), "raw");
  EXPECT_EQ(chosen(domain("<loader format='qcow2'/>")), "qcow2");
}

TEST_F(ChooseTest, FeaturesWithoutAutomaticChoiceCountOnlyForANewGuest) {
  descriptors_.candidates = {candidate("a")};
  const Domain old = manual(
      "<firmware><feature enabled='yes' name='secure-boot'/></firmware>"
      "<loader readonly='yes' type='pflash'>/fw/a.code</loader>");
  EXPECT_THAT(message(old), HasSubstr("cannot use feature-based firmware autoselection"));
  options_.existing_guest = true;
  EXPECT_EQ(chosen(old), "a");
}

TEST_F(ChooseTest, PathsFindTheirDescriptor) {
  descriptors_.candidates = {enrolled("a"), candidate("b")};
  EXPECT_EQ(chosen(manual("<loader readonly='yes' type='pflash'>/fw/b.code</loader>")), "b");
  EXPECT_EQ(answer_.domain.firmware, FirmwareType::kEfi);
  EXPECT_EQ(answer_.domain.loader->nvram_template, "/fw/b.vars");
  EXPECT_EQ(chosen(domain("<loader>/fw/b.code</loader>")), "none fits");  // a path without a type is ROM
  EXPECT_EQ(chosen(domain("<nvram template='/fw/b.vars'/>")), "b");
  EXPECT_EQ(chosen(domain("<nvram template='/fw/c.vars'/>")), "none fits");
}

TEST_F(ChooseTest, UnknownPathsAreTakenAsTheyAre) {
  descriptors_.candidates = {candidate("a")};
  EXPECT_EQ(chosen(manual("<loader readonly='yes' type='pflash'>/own/code</loader>")), "paths");
  EXPECT_EQ(answer_.domain.loader->format, "raw");
  EXPECT_EQ(answer_.domain.loader->nvram->path, "/nv/web01_VARS.fd");
  EXPECT_EQ(chosen(manual("<loader readonly='no' type='pflash'>/own/code</loader>")), "paths");
  EXPECT_FALSE(answer_.domain.loader->nvram);
  EXPECT_EQ(chosen(manual("<loader type='rom'>/own/code</loader>")), "paths");
  EXPECT_EQ(chosen(manual("")), "none");
}

TEST_F(ChooseTest, TheBuiltInListKnowsFourPairs) {
  const std::string ovmf =
      "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.secboot.fd</loader>";
  EXPECT_EQ(chosen(manual(ovmf)), "list");
  EXPECT_EQ(answer_.domain.loader->nvram_template, "/usr/share/OVMF/OVMF_VARS.fd");
  EXPECT_EQ(chosen(manual(ovmf + "<nvram template='/own/vars'/>")), "list");
  EXPECT_EQ(answer_.domain.loader->nvram_template, "/own/vars");
  EXPECT_EQ(answer_.domain.loader->nvram_template_format, "raw");
  EXPECT_EQ(chosen(manual("<loader readonly='no' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>")),
            "paths");
  EXPECT_EQ(chosen(manual(
                "<loader type='pflash' readonly='yes' format='qcow2'>/usr/share/OVMF/OVMF_CODE.fd</loader>")),
            "paths");
}

TEST_F(ChooseTest, MemoryAndKernelAreLoadedOtherwise) {
  descriptors_.candidates = {of_device(candidate("memory"), Device::kMemory)};
  EXPECT_EQ(chosen(domain("")), "memory");
  EXPECT_EQ(answer_.domain.loader->type, LoaderType::kRom);
  EXPECT_EQ(answer_.domain.loader->path, "/fw/memory.code");
  EXPECT_FALSE(answer_.domain.loader->nvram);
  EXPECT_EQ(chosen(domain("<loader type='pflash'/>")), "none fits");
  EXPECT_EQ(chosen(domain("<loader readonly='no'/>")), "none fits");
  descriptors_.candidates = {of_device(candidate("kernel"), Device::kKernel)};
  EXPECT_EQ(chosen(domain("")), "kernel");
  EXPECT_EQ(answer_.domain.kernel, "/fw/kernel.code");
  EXPECT_EQ(chosen(domain("<kernel>/boot/own</kernel>")), "none fits");
}

TEST_F(ChooseTest, LaunchSecurityNeedsItsFeature) {
  descriptors_.candidates = {candidate("plain"), candidate("sev", {"amd-sev"}),
                             candidate("es", {"amd-sev", "amd-sev-es"}), candidate("snp", {"amd-sev-snp"})};
  const auto with = [](const std::string& security) { return domain("", " firmware='efi'", security); };
  EXPECT_EQ(chosen(with("<launchSecurity type='sev'><policy>1</policy></launchSecurity>")), "sev");
  EXPECT_EQ(chosen(with("<launchSecurity type='sev'><policy>0x5</policy></launchSecurity>")), "es");
  EXPECT_EQ(chosen(with("<launchSecurity type='sev-snp'/>")), "snp");
  EXPECT_EQ(chosen(with("<launchSecurity type='s390-pv'/>")), "plain");
  EXPECT_EQ(chosen(with("<launchSecurity type='tdx'/>")), "refused");
  // Nothing keeps a build for confidential guests from others.
  descriptors_.candidates = {of_mode(candidate("snp", {"amd-sev-snp"}), FlashMode::kStateless)};
  EXPECT_EQ(chosen(domain("<loader stateless='yes'/>")), "snp");
}

TEST_F(ChooseTest, ContradictionsAreRefusedWithLibvirtsMessage) {
  descriptors_.candidates = {candidate("a")};
  EXPECT_THAT(message(domain("<nvram/>", " firmware='bios'")),
              HasSubstr("firmware type 'bios' does not support nvram"));
  EXPECT_THAT(message(manual("<loader/>")), HasSubstr("no loader path specified"));
  EXPECT_THAT(message(domain("<loader stateless='yes'/><nvram template='/fw/a.vars'/>")),
              HasSubstr("NVRAM template is not permitted"));
  EXPECT_THAT(message(domain("<loader stateless='yes'/><nvram/>")), HasSubstr("NVRAM is not permitted"));
  EXPECT_THAT(message(manual("<loader stateless='no'>/own/code</loader>")),
              HasSubstr("Only pflash loader type"));
  EXPECT_THAT(message(domain("<loader stateless='no'/>", " firmware='bios'")),
              HasSubstr("Only EFI firmware"));
  EXPECT_THAT(message(domain("<loader format='vmdk'/>")), HasSubstr("Unsupported loader format 'vmdk'"));
  EXPECT_THAT(message(domain("<nvram format='vdi'/>")), HasSubstr("Unsupported nvram format 'vdi'"));
  EXPECT_THAT(message(domain("<nvram templateFormat='vdi'/>")),
              HasSubstr("Unsupported nvram template format"));
}

TEST_F(ChooseTest, MachineRulesLookAtTheCompletedDomain) {
  Candidate pc = secure("pc");
  pc.descriptor.targets = {{"x86_64", {"pc-*"}}};
  descriptors_.candidates = {pc};
  EXPECT_THAT(message(domain("", " firmware='efi'", "", "pc")), HasSubstr("q35 machine types only"));
  EXPECT_THAT(message(domain("", " firmware='efi'", "", "q35", "")), HasSubstr("UEFI requires ACPI"));
  const std::string own = "<loader readonly='yes' secure='yes' type='pflash'>/own/code</loader>";
  EXPECT_THAT(message(manual(own)), HasSubstr("Secure boot requires SMM feature enabled"));
  EXPECT_EQ(chosen(manual(own, "<acpi/><smm state='on'/>")), "paths");
  Domain arm = manual("");
  arm.architecture = "aarch64";
  EXPECT_THAT(message(arm), HasSubstr("ACPI requires UEFI"));
  Domain i386 = manual(own, "<acpi/><smm state='on'/>");
  i386.architecture = "i386";
  EXPECT_THAT(message(i386), HasSubstr("x86_64 architecture only"));
  EXPECT_THAT(message(manual("<loader readonly='yes' type='pflash'>/own/code</loader>"
                             "<nvram type='volume'><source pool='p' volume='v'/></nvram>")),
              HasSubstr("unsupported nvram disk type 'volume'"));
}

TEST_F(ChooseTest, WhereNothingFitsEachDescriptorHasItsReason) {
  descriptors_.candidates = {candidate("a"), secure("b")};
  EXPECT_EQ(chosen(domain("<firmware><feature enabled='yes' name='enrolled-keys'/></firmware>")),
            "none fits");
  EXPECT_THAT(answer_.passed_over, SizeIs(2));
  EXPECT_EQ(answer_.passed_over[0].reason, "it lacks enrolled-keys");
  EXPECT_THAT(answer_.refusal->notes, Contains(HasSubstr("Unable to find 'efi' firmware")));
  EXPECT_THAT(answer_.refusal->notes, Contains(HasSubstr("/d/b.json")));
  const Result<void> refused = *answer_.refusal;
  EXPECT_ERROR(refused, kLibvirtNoneFits);
}

TEST_F(ChooseTest, ADirectoryThatCannotBeReadCountsOnlyWhereItIsNeeded) {
  descriptors_.failure = Error(ErrorId::kLibvirtRefuses, "broken");
  EXPECT_EQ(chosen(domain("")), "refused");
  EXPECT_EQ(chosen(manual("<loader readonly='yes' type='pflash'>/own/code</loader>")), "refused");
  EXPECT_EQ(chosen(manual("<loader type='rom'>/own/code</loader>")), "paths");
}

TEST_F(ChooseTest, LibvirtsLogComplainsOfHonestDescriptors) {
  descriptors_.candidates = {candidate("arm", {"secure-boot"})};
  EXPECT_FINDING(ask(domain("")).findings, kLibvirtFeatures);
  descriptors_.candidates = {candidate("keys", {"enrolled-keys"})};
  EXPECT_FINDING(ask(domain("")).findings, kLibvirtFeatures);
  descriptors_.candidates = {secure("a")};
  EXPECT_THAT(ask(domain("")).findings, IsEmpty());
}

class Choose90Test : public ChooseTest {
 protected:
  Choose90Test() { options_.release = Release::k9_0; }
};

TEST_F(Choose90Test, AFormatItCannotUseIsFoundOutTooLate) {
  descriptors_.candidates = {of_format(candidate("qcow2"), "qcow2"), candidate("raw")};
  EXPECT_THAT(message(domain("")), HasSubstr("unsupported flash format 'qcow2'"));
  EXPECT_THAT(message(domain("<loader format='raw'/>")), HasSubstr("unsupported flash format"));
}

TEST_F(Choose90Test, SmmOffIsFoundOutTooLate) {
  descriptors_.candidates = {secure("a"), candidate("b")};
  EXPECT_THAT(message(domain("", " firmware='efi'", "", "q35", "<acpi/><smm state='off'/>")),
              HasSubstr("domain has SMM turned off"));
}

TEST_F(Choose90Test, LittleMayStandBesideAutomaticChoice) {
  descriptors_.candidates = {secure("a")};
  for (const char* os : {"<loader readonly='yes'/>", "<loader type='pflash'/>", "<loader>/fw/a.code</loader>",
                         "<loader secure='no'/>", "<nvram template='/fw/a.vars'/>"}) {
    EXPECT_THAT(message(domain(os)), HasSubstr("cannot be specified when firmware autoselection is enabled"))
        << os;
  }
  EXPECT_EQ(chosen(domain("<loader secure='yes'/>")), "a");
  EXPECT_EQ(answer_.domain.loader->nvram->path, "/nv/web01_VARS.fd");
  EXPECT_EQ(answer_.domain.loader->nvram->format, "raw");
}

TEST_F(Choose90Test, EnrolledKeysMeanSecureBoot) {
  descriptors_.candidates = {candidate("odd", {"enrolled-keys"}), enrolled("a")};
  EXPECT_EQ(chosen(domain("<firmware><feature enabled='yes' name='enrolled-keys'/></firmware>")), "a");
}

TEST_F(Choose90Test, PathsLookForTheirTemplateOnlyWhereNoneIsNamed) {
  descriptors_.candidates = {secure("a")};
  const std::string code = "<loader readonly='yes' type='pflash'>/fw/a.code</loader>";
  EXPECT_EQ(chosen(manual(code)), "a");
  EXPECT_EQ(answer_.domain.smm, true);
  EXPECT_EQ(chosen(manual(code + "<nvram template='/own/vars'/>")), "paths");
  EXPECT_FALSE(answer_.domain.smm);
  EXPECT_EQ(chosen(manual(code + "<nvram type='network'><source protocol='nbd'/></nvram>")), "paths");
}

TEST_F(Choose90Test, NewerLaunchSecurityIsUnknown) {
  EXPECT_EQ(chosen(domain("", " firmware='efi'", "<launchSecurity type='sev-snp'/>")), "refused");
}

}  // namespace
}  // namespace nonvol::libvirt
