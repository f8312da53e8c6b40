#include "libvirt/domain.h"

#include "testing/expect.h"

namespace nonvol::libvirt {
namespace {

using ::testing::HasSubstr;

// A domain with the given inside of <os> behind its <type>, and the given elements behind <os>.
std::string domain_with(const std::string& os, const std::string& rest = "",
                        const std::string& attributes = "") {
  return "<domain type='kvm'>\n<name>web01</name>\n<os" + attributes +
         ">\n<type arch='x86_64' machine='q35'>hvm</type>\n" + os + "</os>\n" + rest + "</domain>\n";
}

Domain parsed(const std::string& text) {
  Result<Domain> domain = parse_domain(text, "web01.xml");
  EXPECT_OK(domain);
  return domain ? *domain : Domain{};
}

TEST(Domain, WhatMattersToFirmwareIsRead) {
  const Domain domain = parsed(domain_with(
      "<firmware><feature enabled='yes' name='secure-boot'/><feature enabled='no' name='enrolled-keys'/></firmware>"
      "<loader readonly='yes' secure='yes' type='pflash' stateless='no' format='qcow2'>/fw/code</loader>"
      "<nvram template='/fw/vars' templateFormat='raw' format='qcow2'>/own/vars</nvram><kernel>/boot/k</kernel>",
      "<features><acpi/><smm state='off'/></features><pm><suspend-to-mem enabled='no'/>"
      "<suspend-to-disk enabled='yes'/></pm><launchSecurity type='sev'><policy>0x0007</policy></launchSecurity>",
      " firmware='efi'"));
  EXPECT_EQ(domain.name, "web01");
  EXPECT_EQ(domain.virtualization, "kvm");
  EXPECT_EQ(domain.architecture, "x86_64");
  EXPECT_EQ(domain.machine, "q35");
  EXPECT_EQ(domain.firmware, FirmwareType::kEfi);
  EXPECT_TRUE(domain.asks_for_features);
  EXPECT_EQ(domain.secure_boot, true);
  EXPECT_EQ(domain.enrolled_keys, false);
  ASSERT_TRUE(domain.loader);
  EXPECT_EQ(domain.loader->path, "/fw/code");
  EXPECT_EQ(domain.loader->type, LoaderType::kPflash);
  EXPECT_EQ(domain.loader->readonly, true);
  EXPECT_EQ(domain.loader->secure, true);
  EXPECT_EQ(domain.loader->stateless, false);
  EXPECT_EQ(domain.loader->format, "qcow2");
  EXPECT_EQ(domain.loader->nvram_template, "/fw/vars");
  EXPECT_EQ(domain.loader->nvram_template_format, "raw");
  ASSERT_TRUE(domain.loader->nvram);
  EXPECT_EQ(domain.loader->nvram->path, "/own/vars");
  EXPECT_EQ(domain.loader->nvram->format, "qcow2");
  EXPECT_EQ(domain.kernel, "/boot/k");
  EXPECT_TRUE(domain.acpi);
  EXPECT_EQ(domain.smm, false);
  EXPECT_EQ(domain.suspend_to_memory, false);
  EXPECT_EQ(domain.suspend_to_disk, true);
  EXPECT_EQ(domain.launch_security, "sev");
  EXPECT_EQ(domain.sev_policy, 7u);
}

TEST(Domain, WhatIsLeftOutIsLeftOpen) {
  const Domain domain = parsed(domain_with(""));
  EXPECT_EQ(domain.firmware, FirmwareType::kNone);
  EXPECT_FALSE(domain.loader);
  EXPECT_FALSE(domain.asks_for_features);
  EXPECT_FALSE(domain.secure_boot);
  EXPECT_FALSE(domain.smm);
  EXPECT_FALSE(domain.acpi);
}

TEST(Domain, MachineIsLibvirtsDefaultAndNotNonvols) {
  const auto machine_of = [](const std::string& architecture) {
    return parsed("<domain type='qemu'><name>n</name><os><type arch='" + architecture +
                  "'>hvm</type></os></domain>")
        .machine;
  };
  EXPECT_EQ(machine_of("x86_64"), "pc");
  EXPECT_EQ(machine_of("i686"), "pc");
  EXPECT_EQ(machine_of("aarch64"), "virt");
}

TEST(Domain, ArchitecturesGetQemusNames) {
  EXPECT_EQ(qemu_architecture("i686"), "i386");
  EXPECT_EQ(qemu_architecture("armv7l"), "arm");
  EXPECT_EQ(qemu_architecture("aarch64"), "aarch64");
}

TEST(Domain, ALoaderWithAPathAndNoTypeIsRom) {
  EXPECT_EQ(parsed(domain_with("<loader>/fw/x</loader>")).loader->type, LoaderType::kRom);
  EXPECT_EQ(parsed(domain_with("<loader/>")).loader->type, LoaderType::kNone);
}

TEST(Domain, NvramAloneSaysTheLoadersFormat) {
  EXPECT_EQ(parsed(domain_with("<nvram format='qcow2'/>")).loader->format, "qcow2");
  EXPECT_EQ(parsed(domain_with("<loader/><nvram format='qcow2'/>")).loader->format, "");
}

TEST(Domain, NvramCanBeAnywhere) {
  const Domain file = parsed(domain_with("<nvram type='file'><source file='/own/vars'/></nvram>"));
  EXPECT_EQ(file.loader->nvram->path, "/own/vars");
  EXPECT_TRUE(file.loader->nvram->is_local());
  const Domain network = parsed(domain_with("<nvram type='network'><source protocol='nbd'/></nvram>"));
  EXPECT_FALSE(network.loader->nvram->is_local());
  EXPECT_FALSE(network.loader->nvram->is_empty());
  EXPECT_TRUE(parsed(domain_with("<nvram/>")).loader->nvram->is_empty());
}

TEST(Domain, TextIsTakenWithReferencesAndCdata) {
  EXPECT_EQ(parsed(domain_with("<loader>/fw/<![CDATA[a&b]]>&amp;<!-- no -->&#99;</loader>")).loader->path,
            "/fw/a&b&c");
}

TEST(Domain, SmmWithoutAStateIsOn) {
  EXPECT_EQ(parsed(domain_with("", "<features><smm/></features>")).smm, true);
}

TEST(Domain, ErrorsNameLineAndColumn) {
  const Result<Domain> domain =
      parse_domain(domain_with("<loader\n  type='flash'>/fw/x</loader>"), "web01.xml");
  EXPECT_ERROR(domain, kDomainElement);
  EXPECT_EQ(domain.error().place.text(), "web01.xml:5:1");
  EXPECT_THAT(domain.error().message, HasSubstr("'type' of <loader> is 'flash'"));
  const Result<Domain> cut = parse_domain("<domain>\n<name>", "cut.xml");
  EXPECT_ERROR(cut, kXmlSyntax);
  EXPECT_EQ(cut.error().place.line, 2u);
}

TEST(Domain, WhatLibvirtsParserRefusesIsRefused) {
  for (const char* os : {"<loader readonly='maybe'/>", "<loader secure='on'/>", "<nvram type='file'/>",
                         "<firmware><feature name='secure-boot'/></firmware>",
                         "<firmware><feature enabled='yes' name='secureboot'/></firmware>"}) {
    EXPECT_ERROR(parse_domain(domain_with(os), "x"), kDomainElement);
  }
  EXPECT_ERROR(parse_domain(domain_with("", "<features><smm state='yes'/></features>"), "x"), kDomainElement);
  EXPECT_ERROR(parse_domain(domain_with("", "<launchSecurity type='sev'/>"), "x"), kDomainElement);
  EXPECT_ERROR(parse_domain(domain_with("", "<launchSecurity/>"), "x"), kDomainElement);
  EXPECT_ERROR(parse_domain(domain_with("", "", " firmware='uefi'"), "x"), kDomainElement);
  for (const char* text : {"<network/>", "<domain/>", "<domain type='kvm'><name>a</name></domain>",
                           "<domain type='kvm'><os><type>hvm</type></os></domain>",
                           "<domain type='kvm'><name>a/b</name><os><type>hvm</type></os></domain>",
                           "<domain type='kvm'><name>a</name><os/></domain>",
                           "<domain type='lxc'><name>a</name><os><type>exe</type></os></domain>"}) {
    EXPECT_ERROR(parse_domain(text, "x"), kDomainElement);
  }
}

TEST(Domain, WhatIsNoXmlIsRefused) {
  for (const std::string& text :
       {std::string(""), std::string("{}"), std::string("<domain type='kvm' type='qemu'/>"),
        std::string("<domain/><domain/>"), std::string("<!DOCTYPE domain [<!ENTITY a 'b'>]><domain/>"),
        std::string("<domain>\x01</domain>"), std::string("<domain>\0</domain>", 18),
        std::string("<domain>\xff</domain>"), std::string("<a></b>")}) {
    EXPECT_ERROR(parse_domain(text, "x"), kXmlSyntax);
  }
}

TEST(Domain, WhatLibxml2RefusesAndPugixmlTakesIsRefused) {
  for (const char* inside : {"a&b",
                             "a & b",
                             "&foo;",
                             "&amp",
                             "&;",
                             "&#1;",
                             "&#xd800;",
                             "&#xfffe;",
                             "&#x110000;",
                             "&#99999999999;",
                             "&#X41;",
                             "&#;",
                             "&#x;",
                             "<!-- a -- b -->",
                             "<!-- a --->",
                             "]]>",
                             "<?xml version='1.0'?>",
                             "<?XML a?>",
                             "<?a>b ?>",
                             "<? a?>",
                             "<?a?b?>",
                             "<a b='<'/>",
                             "<a b='&foo;'/>",
                             "<!DOCTYPE a>",
                             "\xef\xbf\xbf",
                             "<a b='\xef\xbf\xbe'/>"}) {
    SCOPED_TRACE(inside);
    EXPECT_ERROR(parse_domain(domain_with("", inside), "x"), kXmlSyntax);
  }
  const std::string good = domain_with("");
  for (const std::string& text :
       {"text" + good, good + "text", good + "&#32;", good + "<![CDATA[a]]>", " <?xml version='1.0'?>" + good,
        "<?xml?>" + good, "<?xml encoding='UTF-8'?>" + good, good + "<?xml version='1.0'?>"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(parse_domain(text, "x"), kXmlSyntax);
  }
  const Result<Domain> placed = parse_domain(domain_with("", "\n<a>&foo;</a>"), "x");
  EXPECT_THAT(placed.error().message, HasSubstr("'&foo;' is not defined"));
  EXPECT_EQ(placed.error().place.column, 4u);
}

TEST(Domain, WhatLibxml2TakesIsTaken) {
  for (const char* inside :
       {"&amp;&lt;&gt;&quot;&apos;&#9;&#0065;&#x10FFFF;", "<![CDATA[ & ]] <a> ]]>", "<!-- & ]]> <b> -->",
        "<?app & ]]> ?>", "<a b='>' c=\"'\" d='&amp;]]>'/>", "]] >", "<!---->"}) {
    SCOPED_TRACE(inside);
    EXPECT_OK(parse_domain(domain_with("", inside), "x"));
  }
  EXPECT_OK(
      parse_domain("<?xml version='1.0'?>\n<!-- a -->\n" + domain_with("") + "\n<?app x?><!-- b -->\n", "x"));
  EXPECT_OK(parse_domain("\xef\xbb\xbf<?xml version='1.0'?>" + domain_with(""), "x"));
}

TEST(Domain, NamesAreOfOneLine) {
  const std::string text = "<domain type='kvm'><name>a\nb</name><os><type>hvm</type></os></domain>";
  EXPECT_ERROR(parse_domain(text, "x"), kDomainElement);
}

TEST(Domain, SizeDepthAndAttributesAreBounded) {
  EXPECT_ERROR(parse_domain(std::string((1u << 20) + 1, ' '), "x"), kDomainTooLarge);
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<a>";
  for (int i = 0; i < 300; ++i) deep += "</a>";
  EXPECT_ERROR(parse_domain(domain_with("", deep), "x"), kDomainTooLarge);
  // As many side by side are nothing out of the ordinary.
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "<a><b/></a>";
  EXPECT_OK(parse_domain(domain_with("", wide), "x"));
  std::string many = "<a";
  for (int i = 0; i < 300; ++i) many += " b" + std::to_string(i) + "=''";
  EXPECT_ERROR(parse_domain(domain_with("", many + "/>"), "x"), kDomainTooLarge);
}

}  // namespace
}  // namespace nonvol::libvirt
