#include "efi/device_path.h"

#include <gmock/gmock.h>

#include "octets/text.h"
#include "testing/device_path_samples.h"
#include "testing/expect.h"

namespace nonvol::efi {
namespace {

using ByteVector = std::vector<std::uint8_t>;
using device_path_samples::bytes_of;
using device_path_samples::Row;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kEnd = "7fff0400";

void expect_both_ways(const Row& row) {
  const ByteVector bytes = bytes_of(std::string(row.hex) + std::string(kEnd));
  const DevicePaths parsed = parse_device_paths(bytes, "Boot0000");
  ASSERT_EQ(parsed.paths.size(), 1u) << row.text;
  EXPECT_THAT(parsed.findings, IsEmpty());
  EXPECT_EQ(parsed.paths[0].text(), row.text);
  const auto made = device_path_from_text(row.text);
  ASSERT_OK(made);
  EXPECT_EQ(octets::to_hex(*made), octets::to_hex(bytes)) << row.text;
}

TEST(DevicePath, EveryNodeIsReadAndWritten) {
  for (const Row& row : device_path_samples::kNodes) {
    SCOPED_TRACE(row.text);
    expect_both_ways(row);
  }
}

// Nodes whose text would leave something out.
TEST(DevicePath, WhatTheTextCannotSayIsPrintedInNumbers) {
  const Row rows[] = {
      {"0321 0600 0102", "Path(3,33,0102)"},                    // not known
      {"6301 0400", "Path(99,1)"},                              // not even the type
      {"7f02 0400", "Path(127,2)"},                             // an end of another kind
      {"0101 0700 021f00", "Path(1,1,021f00)"},                 // a byte too many
      {"0303 1800 01000000 8877665544332211 0100000000000000",  // reserved bytes are not zero
       "Path(3,3,0100000088776655443322110100000000000000)"},
      {"0404 0800 61002f00", "Path(4,4,61002f00)"},                           // no NUL
      {"0404 0a00 61002f000000", "Path(4,4,61002f000000)"},                   // a slash
      {"0404 0a00 61002c000000", "Path(4,4,61002c000000)"},                   // a comma
      {"0404 0a00 610028000000", "Path(4,4,610028000000)"},                   // a parenthesis alone
      {"0404 0a00 61001b000000", "Path(4,4,61001b000000)"},                   // speaks to the terminal
      {"0404 0a00 61009b000000", "Path(4,4,61009b000000)"},                   // the same, in one character
      {"0404 0a00 610000d80000", "Path(4,4,610000d80000)"},                   // half a character
      {"0404 0600 0000", "Path(4,4,0000)"},                                   // no name at all
      {"0404 0e00 5300440028002900 0000", "Path(4,4,53004400280029000000)"},  // a file called SD()
      {"0318 0500 29", "Path(3,24,29)"},
      {"0318 0500 0a", "Path(3,24,0a)"},
      {"030a 1800 9d9a4937 2f54 894c a02635da142094e4 05000000", "UartFlowCtrl(0x5)"},
      {"030c 1300 0a00020f 0a000202 0000 0000 0600 01", "Path(3,12,0a00020f0a00020200000000060001)"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    expect_both_ways(row);
  }
}

TEST(DevicePath, NodesMakePathsAndInstances) {
  // As OVMF writes ConOut: a display and a serial port.
  constexpr Row kConsoles = {
      "0201 0c00 d041030a 00000000 0101 0600 0001 0203 0800 00010180 7f01 0400"
      "0201 0c00 d041030a 00000000 0101 0600 0001 0201 0c00 d0410105 00000000"
      "030e 1300 00000000 00c2010000000000 08 01 01 030a 1400 5347c1e0 bef9 d211 9a0c0090273fc14d",
      "PciRoot(0x0)/Pci(0x1,0x0)/AcpiAdr(0x80010100),"
      "PciRoot(0x0)/Pci(0x1,0x0)/Serial(0x0)/Uart(115200,8,N,1)/VenPcAnsi()"};
  expect_both_ways(kConsoles);
  const DevicePaths parsed = parse_device_paths(bytes_of(std::string(kConsoles.hex) + "7fff0400"), "ConOut");
  ASSERT_EQ(parsed.paths.size(), 1u);
  EXPECT_THAT(parsed.paths[0].instance_texts(),
              ElementsAre("PciRoot(0x0)/Pci(0x1,0x0)/AcpiAdr(0x80010100)",
                          "PciRoot(0x0)/Pci(0x1,0x0)/Serial(0x0)/Uart(115200,8,N,1)/VenPcAnsi()"));
  EXPECT_EQ(parsed.paths[0].instances[1][1].offset_bytes, 0x2au);
  EXPECT_EQ(parsed.paths[0].instances[1][1].text(), "Pci(0x1,0x0)");

  expect_both_ways({"", ""});
  expect_both_ways({"7f010400", ","});
  expect_both_ways({"0101 0600 0001 7f010400 7f010400", "Pci(0x1,0x0),,"});
}

TEST(DevicePath, SeveralPathsFollowOneAnother) {
  const DevicePaths parsed =
      parse_device_paths(bytes_of("010106000001 7fff0400 0311050003 7fff0400"), "Boot0000");
  ASSERT_EQ(parsed.paths.size(), 2u);
  EXPECT_EQ(parsed.paths[0].text(), "Pci(0x1,0x0)");
  EXPECT_EQ(parsed.paths[1].text(), "Unit(0x3)");
  EXPECT_EQ(parsed.paths[1].offset_bytes, 10u);
  EXPECT_EQ(parsed.paths[1].size_bytes, 9u);
  EXPECT_THAT(parsed.findings, IsEmpty());
  EXPECT_THAT(parsed.rest, IsEmpty());
}

TEST(DevicePath, DamageEndsTheReadingAndIsKept) {
  struct Case {
    std::string_view hex;
    std::string_view message;
    std::size_t rest_bytes;
  };
  const Case cases[] = {
      {"010106000001 01010300 7fff0400",
       "device path node at offset 0x16 of Boot0007: says 3 bytes, a node has at least 4", 8},
      {"010106000001 0101 0000",
       "device path node at offset 0x16 of Boot0007: says 0 bytes, a node has at least 4", 4},
      {"010106000001 01010900 7fff0400",
       "device path node at offset 0x16 of Boot0007: says 9 bytes, 8 are left", 8},
      {"010106000001 7fff04",
       "device path node at offset 0x16 of Boot0007: its header needs 4 bytes, 3 are left", 3},
      {"010106000001 7fff0500 00",
       "device path node at offset 0x16 of Boot0007: says 5 bytes, an end node has 4", 5},
  };
  for (const Case& c : cases) {
    const DevicePaths parsed = parse_device_paths(bytes_of(c.hex), "Boot0007", 0x10);
    ASSERT_EQ(parsed.paths.size(), 1u);
    EXPECT_EQ(parsed.paths[0].text(), "Pci(0x1,0x0)");
    EXPECT_FALSE(parsed.paths[0].ended);
    EXPECT_EQ(parsed.rest.size(), c.rest_bytes);
    EXPECT_FINDING(parsed.findings, kDevicePathNode);
    ASSERT_EQ(parsed.findings.size(), 1u);
    EXPECT_EQ(parsed.findings[0].message, c.message);
  }
}

TEST(DevicePath, NeedsAnEnd) {
  const DevicePaths parsed = parse_device_paths(bytes_of("010106000001"), "ConIn");
  EXPECT_FINDING(parsed.findings, kDevicePathEnd);
  EXPECT_EQ(parsed.findings[0].message,
            "device path at offset 0x0 of ConIn: ends after 6 bytes without an end node");
  ASSERT_EQ(parsed.paths.size(), 1u);
  EXPECT_FALSE(parsed.paths[0].ended);
  const DevicePaths nothing = parse_device_paths({}, "ConIn");
  EXPECT_FINDING(nothing.findings, kDevicePathEnd);
  EXPECT_THAT(nothing.paths, IsEmpty());
}

TEST(DevicePathFromText, TakesWhatPeopleType) {
  const Row rows[] = {
      {"PciRoot(0)/Pci(31,2)/Sata(1,65535,0)", "PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x1,0xffff,0x0)"},
      {"HD(1,GPT,8B6B4567-327B-23C6-643C-986966334873)/\\EFI\\x.efi",
       "HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x0,0x0)/\\EFI\\x.efi"},
      {"HD(1,MBR,0x12345678,0x800,0x1000)", "HD(1,MBR,0x12345678,0x800,0x1000)"},
      {"IPv4(10.0.2.2)", "IPv4(10.0.2.2,0x0,DHCP,0.0.0.0,0.0.0.0,0.0.0.0)"},
      {"IPv6(fe80::1:2)",
       "IPv6(fe80:0000:0000:0000:0000:0000:0001:0002,0x0,Static,0000:0000:0000:0000:0000:0000:0000:0000,0x0,"
       "0000:0000:0000:0000:0000:0000:0000:0000)"},
      {"Dns(::1)", "Dns(0000:0000:0000:0000:0000:0000:0000:0001)"},
      {"File(\\EFI\\x.efi)", "\\EFI\\x.efi"},
      {"\\EFI\\B\u00e4r (2)\\x.efi", "\\EFI\\B\u00e4r (2)\\x.efi"},
      {"x.efi", "x.efi"},
      {"HardwarePath(1,021F)/AcpiPath(1,d041030a00000000)/Msg(99)/MediaPath(7)/BbsPath(2,00)",
       "Pci(0x1f,0x2)/PciRoot(0x0)/Path(3,99)/Path(4,7)/Path(5,2,00)"},
  };
  for (const Row& row : rows) {
    const auto bytes = device_path_from_text(row.hex);
    ASSERT_OK(bytes);
    const DevicePaths parsed = parse_device_paths(*bytes, "typed");
    ASSERT_EQ(parsed.paths.size(), 1u);
    EXPECT_EQ(parsed.paths[0].text(), row.text);
  }
}

TEST(DevicePathFromText, SaysWhatIsWrong) {
  const Row rows[] = {
      {"Pci(0x1)", "device path node 'Pci(0x1)': Pci takes 2 arguments, this one has 1"},
      {"Pci(1,2,3)", "Pci takes 2 arguments, this one has 3"},
      {"Pci(0x100,0)", "argument 1 (device) is '0x100', Pci takes a number of at most 8 bits"},
      {"Pci(1, 2)", "argument 2 (function) is ' 2'"},
      {"PciRoot()", "argument 1 (UID) is '', PciRoot takes a number of at most 32 bits"},
      {"HD(1,GPT,1234)", "argument 3 (partition GUID) is '1234', HD takes a GUID such as"},
      {"HD(1,MBR)", "HD takes 3 to 5 arguments, this one has 2"},
      {"HD(1,APM,0)", "argument 2 (format) is 'APM', HD takes GPT or a number"},
      {"IPv4(10.0.2)", "argument 1 (remote address) is '10.0.2', IPv4 takes an address such as 10.0.2.2"},
      {"IPv4(10.0.2.256)", "argument 1"},
      {"IPv6(1:2:3:4:5:6:7:8:9)", "argument 1"},
      {"IPv6(1::2::3)", "argument 1"},
      {"IPv6(1:2:3:4:5:6:7::8)", "argument 1"},
      {"Dns(10.0.2.3,::1)", "argument 2 (server address) is '::1', Dns takes"},
      {"MAC(5254001234,1)/MAC(xx,1)", "device path node 'MAC(xx,1)': argument 1 (address) is 'xx'"},
      {"NVMe(1,00-11)", "argument 2 (EUI-64) is '00-11', NVMe takes 8 bytes in hex with a dash between them"},
      {"Acpi(QEM0001,0)", "argument 1 (HID) is 'QEM0001'"},
      {"Vlan(65536)", "argument 1 (VLAN)"},
      {"UsbWwid(1,2,3,ABC)", "text in double quotes"},
      {"PciBridge(1)",
       "there is no node called PciBridge; a file of that name is written File(PciBridge(1))"},
      {"Pci(1,2", "its parentheses do not match"},
      {"Pci(1,2))", "its parentheses do not match"},
      {"/EFI/BOOT/BOOTX64.EFI",
       "there is nothing before or behind the slash at position 1; folders are "
       "separated by backslashes"},
      {"PciRoot(0)//x", "nothing before or behind the slash"},
      {"PciRoot(0)/", "nothing before or behind the slash"},
      {"PciRoot(0)/,x", "nothing before or behind the slash"},
      {"Path(3)", "the arguments of a node in numbers"},
      {"Path(3,1,0)", "the arguments of a node in numbers"},
      {"Path(256,1)", "type '256' is no number up to 255"},
      {"Path(127,255)", "the ends of a path are written as a comma or not at all"},
      {"a\xff.efi", "device path node 'a\ufffd.efi': a file's name is UTF-8 without NUL"},
  };
  for (const Row& row : rows) {
    const auto bytes = device_path_from_text(row.hex);
    EXPECT_ERROR(bytes, kDevicePathText);
    EXPECT_THAT(bytes.error().message, HasSubstr(row.text)) << row.hex;
  }
}

TEST(DevicePathFromText, HasLimits) {
  EXPECT_OK(device_path_from_text(std::string(32764, 'a')));
  const auto long_file = device_path_from_text(std::string(32765, 'a'));
  EXPECT_ERROR(long_file, kDevicePathText);
  EXPECT_THAT(long_file.error().message, testing::SizeIs(testing::Lt(200u)));
  EXPECT_THAT(long_file.error().message, HasSubstr("has 65536 bytes, a node has at most 65535"));
  EXPECT_OK(device_path_from_text("Path(1,9," + std::string(2 * 65531, '0') + ")"));
  EXPECT_ERROR(device_path_from_text("Path(1,9," + std::string(2 * 65532, '0') + ")"), kDevicePathText);
  const auto long_text = device_path_from_text(std::string(512 * 1024 + 1, ','));
  EXPECT_ERROR(long_text, kDevicePathText);
  EXPECT_EQ(long_text.error().message, "device path has 524289 bytes of text, at most 524288 are read");
}

TEST(DevicePathFromText, TakesThePathsThatFillALoadOption) {
  for (const std::string_view node : {"7ffe0400", "030f0b00fffffffffe01ff", "7f010400"}) {
    std::string hex;
    while (hex.size() < 2 * 65500) hex += node;
    const ByteVector bytes = bytes_of(hex + std::string(kEnd));
    const DevicePaths parsed = parse_device_paths(bytes, "Boot0000");
    ASSERT_EQ(parsed.paths.size(), 1u);
    const auto made = device_path_from_text(parsed.paths[0].text());
    ASSERT_OK(made);
    EXPECT_EQ(*made, bytes);
  }
}

}  // namespace
}  // namespace nonvol::efi
