#include "efi/device_path.h"

#include <gmock/gmock.h>

#include "octets/text.h"
#include "testing/expect.h"

namespace nonvol::efi {
namespace {

using ByteVector = std::vector<std::uint8_t>;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Hex, with spaces for the eye.
ByteVector bytes_of(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  const auto bytes = octets::from_hex(digits);
  EXPECT_TRUE(bytes) << hex;
  return bytes.value_or(ByteVector{});
}

constexpr std::string_view kEnd = "7fff0400";

struct Row {
  std::string_view hex;  // without the end node
  std::string_view text;
};

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

// Written by hand from the tables of UEFI 2.10, 10.3.
constexpr Row kNodes[] = {
    {"0101 0600 021f", "Pci(0x1f,0x2)"},
    {"0102 0500 01", "PcCard(0x1)"},
    {"0103 1800 0b000000 0000e0ff00000000 ffffffff00000000", "MemoryMapped(0xb,0xffe00000,0xffffffff)"},
    {"0104 1400 8349fb2a 5672 7a48 8b4bf99f9bf0f0f0", "VenHw(2afb4983-7256-487a-8b4b-f99f9bf0f0f0)"},
    {"0104 1700 8349fb2a 5672 7a48 8b4bf99f9bf0f0f0 010203",
     "VenHw(2afb4983-7256-487a-8b4b-f99f9bf0f0f0,010203)"},
    {"0105 0800 01000000", "Ctrl(0x1)"},
    {"0106 0d00 01 00f0ff0000000000", "BMC(0x1,0xfff000)"},
    {"0201 0c00 d041030a 00000000", "PciRoot(0x0)"},
    {"0201 0c00 d041080a 02000000", "PcieRoot(0x2)"},
    {"0201 0c00 d0410406 00000000", "Floppy(0x0)"},
    {"0201 0c00 d0410103 00000000", "Keyboard(0x0)"},
    {"0201 0c00 d0410105 01000000", "Serial(0x1)"},
    {"0201 0c00 d0410104 00000000", "ParallelPort(0x0)"},
    {"0201 0c00 d041050a 00000000", "Acpi(PNP0a05,0x0)"},
    {"0201 0c00 50444d51 07000000", "Acpi(0x514d4450,0x7)"},
    {"0202 1400 d041030a 00000000 d041080a 00 3100 00", "AcpiExp(PNP0a03,PNP0a08,1)"},
    {"0202 1500 d041030a 00000000 d041080a 4100 3100 00", "AcpiEx(PNP0a03,PNP0a08,0x0,A,,1)"},
    {"0202 1b00 00000000 05000000 00000000 5145303100 5500 43303200",
     "AcpiEx(0x00000000,0x00000000,0x5,QE01,C02,U)"},
    {"0203 0800 00010180", "AcpiAdr(0x80010100)"},
    {"0203 0c00 00010180 00020180", "AcpiAdr(0x80010100,0x80010200)"},
    {"0301 0800 01 00 0000", "Ata(Secondary,Master,0x0)"},
    {"0302 0800 0300 0100", "Scsi(0x3,0x1)"},
    {"0303 1800 00000000 8877665544332211 0100000000000000", "Fibre(0x1122334455667788,0x1)"},
    {"0304 1000 00000000 efcdab8967452301", "I1394(0123456789abcdef)"},
    {"0305 0600 02 01", "USB(0x2,0x1)"},
    {"0306 0800 05000000", "I2O(0x5)"},
    {"0309 3000 01000000 00112233445566778899aabbccddeeff 0200000000000000 0300000000000000 0400000000000000",
     "Infiniband(0x1,33221100-5544-7766-8899-aabbccddeeff,0x2,0x3,0x4)"},
    {"030a 1400 5347c1e0 bef9 d211 9a0c0090273fc14d", "VenPcAnsi()"},
    {"030a 1400 6560a6df 19b4 d311 9a2d0090273fc14d", "VenVt100()"},
    {"030a 1400 0bc7ae7b e057 764c 8e872f9e28088343", "VenVt100Plus()"},
    {"030a 1400 d6a015ad ec8b cf4a a073d01de77e2d88", "VenUtf8()"},
    {"030a 1400 d2e8a4eb 5838 ec41 a2812647ba9660d0", "DebugPort()"},
    {"030a 1800 9d9a4937 2f54 894c a02635da142094e4 01000000", "UartFlowCtrl(Hardware)"},
    {"030a 1600 00000000 0000 0000 0000000000000001 abcd",
     "VenMsg(00000000-0000-0000-0000-000000000001,abcd)"},
    {"030b 2500 525400123456 0000000000000000000000000000000000000000000000000000 01",
     "MAC(525400123456,0x1)"},
    {"030c 1b00 0a00020f 0a000202 0000 0000 0600 01 0a000201 ffffff00",
     "IPv4(10.0.2.2,TCP,Static,10.0.2.15,10.0.2.1,255.255.255.0)"},
    {"030c 1b00 00000000 00000000 0000 0000 0000 00 00000000 00000000",
     "IPv4(0.0.0.0,0x0,DHCP,0.0.0.0,0.0.0.0,0.0.0.0)"},
    {"030d 3c00 00000000000000000000000000000000 fe800000000000000000000000000001 0000 0000 1100 01 40 "
     "00000000000000000000000000000000",
     "IPv6(fe80:0000:0000:0000:0000:0000:0000:0001,UDP,StatelessAutoConfigure,"
     "0000:0000:0000:0000:0000:0000:0000:0000,0x40,0000:0000:0000:0000:0000:0000:0000:0000)"},
    {"030e 1300 00000000 00c2010000000000 08 01 01", "Uart(115200,8,N,1)"},
    {"030e 1300 00000000 0000000000000000 00 00 00", "Uart(DEFAULT,DEFAULT,D,D)"},
    {"030f 0b00 ffff ffff 03 01 01", "UsbHID(0xffff,0xffff,0x1,0x1)"},
    {"030f 0b00 2705 0100 08 06 50", "UsbMassStorage(0x527,0x1,0x6,0x50)"},
    {"030f 0b00 ffff ffff fe 02 07", "UsbIrdaBridge(0xffff,0xffff,0x7)"},
    {"030f 0b00 ffff ffff 77 02 07", "UsbClass(0xffff,0xffff,0x77,0x2,0x7)"},
    {"0310 1000 0100 2705 0200 4100 4200 4300", "UsbWwid(0x527,0x2,0x1,\"ABC\")"},
    {"0311 0500 03", "Unit(0x3)"},
    {"0312 0a00 0100 ffff 0000", "Sata(0x1,0xffff,0x0)"},
    {"0313 1b00 0000 0218 0001000000000000 0100 69716e2e3230323600",
     "iSCSI(iqn.2026,0x1,0x0001000000000000,CRC32C,None,0x6,TCP)"},
    {"0313 1a00 0000 0210 0001000000000000 0100 69716e2e32303200",
     "iSCSI(iqn.202,0x1,0x0001000000000000,CRC32C,None,CHAP_UNI,TCP)"},
    {"0313 1a00 0000 0008 0000000000000000 0100 69716e2e32303200",
     "iSCSI(iqn.202,0x1,0x0000000000000000,None,None,None,TCP)"},
    {"0314 0600 2a00", "Vlan(42)"},
    {"0315 1800 00000000 0001020304050607 08090a0b0c0d0e0f",
     "FibreEx(0x0001020304050607,0x08090a0b0c0d0e0f)"},
    {"0317 1000 01000000 0011223344556677", "NVMe(0x1,77-66-55-44-33-22-11-00)"},
    {"0318 1e00 687474703a2f2f6578616d706c652e6f72672f612c622e656669", "Uri(http://example.org/a,b.efi)"},
    {"0318 0400", "Uri()"},
    {"0319 0600 00 02", "UFS(0x0,0x2)"},
    {"031a 0500 01", "SD(0x1)"},
    {"031b 0a00 001320f5fa77", "Bluetooth(001320f5fa77)"},
    {"031c 2400 686f6d65 00000000000000000000000000000000000000000000000000000000", "Wi-Fi(home)"},
    {"031d 0500 02", "eMMC(0x2)"},
    {"031e 0b00 001320f5fa77 01", "BluetoothLE(001320f5fa77,0x01)"},
    {"031f 2500 00 0a000203000000000000000000000000 08080808000000000000000000000000",
     "Dns(10.0.2.3,8.8.8.8)"},
    {"031f 1500 01 fe800000000000000000000000000001", "Dns(fe80:0000:0000:0000:0000:0000:0000:0001)"},
    {"0401 2a00 01000000 0008000000000000 0000100000000000 67456b8b 7b32 c623 643c986966334873 02 02",
     "HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)"},
    {"0401 2a00 02000000 3f00000000000000 0010000000000000 78563412 000000000000000000000000 01 01",
     "HD(2,MBR,0x12345678,0x3f,0x1000)"},
    {"0402 1800 00000000 2800000000000000 0020000000000000", "CDROM(0x0,0x28,0x2000)"},
    {"0403 1400 00000000 0000 0000 0000000000000002", "VenMedia(00000000-0000-0000-0000-000000000002)"},
    {"0404 3000 5c004500460049005c0042004f004f0054005c0042004f004f0054005800360034002e0045004600490000 00",
     "\\EFI\\BOOT\\BOOTX64.EFI"},
    {"0405 1400 00000000 0000 0000 0000000000000003", "Media(00000000-0000-0000-0000-000000000003)"},
    {"0406 1400 83a5047c 3e9e 1c4f ad65e05268d0b4d1", "FvFile(7c04a583-9e3e-4f1c-ad65-e05268d0b4d1)"},
    {"0407 1400 c9bdb87c ebf8 344f aaea3ee4af6516a1", "Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)"},
    {"0408 1800 00000000 0010000000000000 ff1f000000000000", "Offset(0x1000,0x1fff)"},
    {"0409 2600 0000004000000000 ffff0f4000000000 5a53ab77 fc45 4b62 5560f7b281d1f96e 0000",
     "VirtualDisk(0x40000000,0x400fffff,0)"},
    {"0409 2600 0000004000000000 ffff0f4000000000 30bd5a3d 7541 ce87 6d64d2ade523c4bb 0100",
     "VirtualCD(0x40000000,0x400fffff,1)"},
    {"0409 2600 0000004000000000 ffff0f4000000000 c902ea5c 074d d369 269f4496fbe096f9 0000",
     "PersistentVirtualDisk(0x40000000,0x400fffff,0)"},
    {"0409 2600 0000004000000000 ffff0f4000000000 88810108 cd42 48bb 100f5387d53ded3d 0000",
     "PersistentVirtualCD(0x40000000,0x400fffff,0)"},
    {"0409 2600 0000004000000000 ffff0f4000000000 00000000 0000 0000 0000000000000004 0000",
     "RamDisk(0x40000000,0x400fffff,0,00000000-0000-0000-0000-000000000004)"},
    {"0501 0d00 0200 0000 5175696b00", "BBS(HD,Quik,0x0)"},
    {"0501 0d00 8000 0100 42455600 00", "Path(5,1,800001004245560000)"},
    {"0501 0c00 8000 0100 42455600", "BBS(0x80,BEV,0x1)"},
};

TEST(DevicePath, EveryNodeIsReadAndWritten) {
  for (const Row& row : kNodes) {
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
      {"Pci(0x1)", "device path node 'Pci(0x1)': has 1 arguments, Pci takes 2"},
      {"Pci(1,2,3)", "has 3 arguments, Pci takes 2"},
      {"Pci(0x100,0)", "argument 1 (device) is '0x100', Pci takes a number of at most 8 bits"},
      {"Pci(1, 2)", "argument 2 (function) is ' 2'"},
      {"PciRoot()", "argument 1 (UID) is '', PciRoot takes a number of at most 32 bits"},
      {"HD(1,GPT,1234)", "argument 3 (partition GUID) is '1234', HD takes a GUID such as"},
      {"HD(1,MBR)", "has 2 arguments, HD takes 3 to 5"},
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
      {"a\xff.efi", "a file's name is UTF-8 without NUL"},
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
  EXPECT_THAT(long_file.error().message, HasSubstr("has 65536 bytes, a node has at most 65535"));
  EXPECT_ERROR(device_path_from_text("Path(1,9," + std::string(65535, '0') + ")"), kDevicePathText);
  EXPECT_ERROR(device_path_from_text(std::string(65537, 'a')), kDevicePathText);
}

}  // namespace
}  // namespace nonvol::efi
