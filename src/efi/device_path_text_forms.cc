#include "efi/device_path_text_forms.h"

#include <array>

#include "octets/guid.h"

namespace nonvol::efi {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t kHardware = 1, kAcpi = 2, kMessaging = 3, kMedia = 4, kBiosBoot = 5;

constexpr std::string_view kPrimarySecondary[] = {"Primary", "Secondary"};
constexpr std::string_view kMasterSlave[] = {"Master", "Slave"};
constexpr std::string_view kIpv4Origin[] = {"DHCP", "Static"};
constexpr std::string_view kIpv6Origin[] = {"Static", "StatelessAutoConfigure", "StatefulAutoConfigure"};
constexpr std::string_view kParity[] = {"D", "N", "E", "O", "M", "S"};
constexpr std::string_view kStopBits[] = {"D", "1", "1.5", "2"};
constexpr std::string_view kFlowControl[] = {"None", "Hardware", "XonXoff"};
constexpr std::string_view kDigest[] = {"None", "", "CRC32C"};
constexpr std::string_view kLogin[] = {"CHAP_BI", "", "None", "", "CHAP_UNI"};
constexpr std::string_view kIscsiProtocol[] = {"TCP"};
constexpr std::string_view kBiosDevice[] = {"", "Floppy", "HD", "CDROM", "PCMCIA", "USB", "Network"};
constexpr std::string_view kMbr[] = {"", "MBR"};
constexpr std::string_view kGpt[] = {"", "", "GPT"};

constexpr Field field(FieldKind kind, std::uint8_t offset_bytes, std::uint8_t size_bytes,
                      std::string_view name) {
  return {.kind = kind, .offset_bytes = offset_bytes, .size_bytes = size_bytes, .name = name};
}
constexpr Field hex(std::uint8_t offset_bytes, std::uint8_t size_bytes, std::string_view name) {
  return field(FieldKind::kHexadecimal, offset_bytes, size_bytes, name);
}
constexpr Field decimal(std::uint8_t offset_bytes, std::uint8_t size_bytes, std::string_view name) {
  return field(FieldKind::kDecimal, offset_bytes, size_bytes, name);
}
constexpr Field guid(std::uint8_t offset_bytes, std::string_view name) {
  return field(FieldKind::kGuid, offset_bytes, 16, name);
}
constexpr Field choice(std::uint8_t offset_bytes, std::uint8_t size_bytes, std::string_view name,
                       std::span<const std::string_view> choices) {
  Field result = field(FieldKind::kChoice, offset_bytes, size_bytes, name);
  result.choices = choices;
  return result;
}
constexpr Field bits(std::uint8_t offset_bytes, std::uint8_t shift_bits, std::uint8_t width_bits,
                     std::string_view name, std::span<const std::string_view> choices) {
  Field result = choice(offset_bytes, 2, name, choices);
  result.shift_bits = shift_bits;
  result.width_bits = width_bits;
  return result;
}
constexpr Field string(std::uint8_t offset_bytes, std::uint8_t index, std::string_view name) {
  Field result = field(FieldKind::kString, offset_bytes, 0, name);
  result.index = index;
  return result;
}
constexpr Field rest(FieldKind kind, std::uint8_t offset_bytes, std::string_view name) {
  return field(kind, offset_bytes, 0, name);
}

// A GUID as the bytes that a form stands for.
template <octets::Guid kGuid>
constexpr std::array<char, 16> kGuidCharacters = [] {
  std::array<char, 16> result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<char>(kGuid.bytes[i]);
  return result;
}();
template <octets::Guid kGuid>
constexpr std::string_view guid_bytes() {
  return {kGuidCharacters<kGuid>.data(), 16};
}

// An ACPI device that has a name of its own (UEFI 2.10, table 10.6.1.3).
constexpr Form acpi(std::string_view name, std::string_view identifier) {
  return {.type = kAcpi,
          .subtype = 1,
          .name = name,
          .size_bytes = 8,
          .constant = identifier,
          .fields = {hex(4, 4, "UID")}};
}
// A vendor's message node that has a name of its own and says nothing more.
constexpr Form vendor_message(std::string_view name, std::string_view type_guid) {
  return {
      .type = kMessaging, .subtype = 10, .name = name, .size_bytes = 16, .constant = type_guid, .fields = {}};
}
constexpr Form vendor_defined(std::uint8_t type, std::uint8_t subtype, std::string_view name) {
  return {.type = type,
          .subtype = subtype,
          .name = name,
          .size_bytes = 16,
          .fields = {guid(0, "GUID"), rest(FieldKind::kRestBytes, 16, "data")},
          .required = 1};
}
constexpr Form usb_class(std::string_view name, std::string_view device_class) {
  return {
      .type = kMessaging,
      .subtype = 15,
      .name = name,
      .size_bytes = 7,
      .constant_offset_bytes = 4,
      .constant = device_class,
      .fields = {hex(0, 2, "vendor"), hex(2, 2, "product"), hex(5, 1, "subclass"), hex(6, 1, "protocol")}};
}
constexpr Form usb_subclass(std::string_view name, std::string_view class_and_subclass) {
  return {.type = kMessaging,
          .subtype = 15,
          .name = name,
          .size_bytes = 7,
          .constant_offset_bytes = 4,
          .constant = class_and_subclass,
          .fields = {hex(0, 2, "vendor"), hex(2, 2, "product"), hex(6, 1, "protocol")}};
}
constexpr Form ram_disk(std::string_view name, std::string_view type_guid) {
  return {.type = kMedia,
          .subtype = 9,
          .name = name,
          .size_bytes = 34,
          .constant_offset_bytes = 16,
          .constant = type_guid,
          .fields = {hex(0, 8, "start"), hex(8, 8, "end"), decimal(32, 2, "instance")}};
}
constexpr Form one_number(std::uint8_t subtype, std::string_view name, std::uint8_t size_bytes,
                          std::string_view what) {
  return {.type = kMessaging,
          .subtype = subtype,
          .name = name,
          .size_bytes = size_bytes,
          .fields = {hex(0, size_bytes, what)}};
}
constexpr Form one_guid(std::uint8_t subtype, std::string_view name, std::string_view what) {
  return {.type = kMedia, .subtype = subtype, .name = name, .size_bytes = 16, .fields = {guid(0, what)}};
}

// UEFI 2.10, 10.3 for the bytes, 10.6.1 for the text. Where a node has forms of its own for some contents,
// these stand before the one for all others.
constexpr Form kForms[] = {
    {kHardware, 1, "Pci", 2, 0, {}, {hex(1, 1, "device"), hex(0, 1, "function")}},
    {kHardware, 2, "PcCard", 1, 0, {}, {hex(0, 1, "function")}},
    {kHardware, 3, "MemoryMapped", 20, 0, {}, {hex(0, 4, "type"), hex(4, 8, "start"), hex(12, 8, "end")}},
    vendor_defined(kHardware, 4, "VenHw"),
    {kHardware, 5, "Ctrl", 4, 0, {}, {hex(0, 4, "controller")}},
    {kHardware, 6, "BMC", 9, 0, {}, {hex(0, 1, "interface type"), hex(1, 8, "base address")}},

    acpi("PciRoot", "\xd0\x41\x03\x0a"sv),
    acpi("PcieRoot", "\xd0\x41\x08\x0a"sv),
    acpi("Floppy", "\xd0\x41\x04\x06"sv),
    acpi("Keyboard", "\xd0\x41\x01\x03"sv),
    acpi("Serial", "\xd0\x41\x01\x05"sv),
    acpi("ParallelPort", "\xd0\x41\x01\x04"sv),
    {kAcpi, 1, "Acpi", 8, 0, {}, {field(FieldKind::kPnpId, 0, 4, "HID"), hex(4, 4, "UID")}},
    {.type = kAcpi,
     .subtype = 2,
     .name = "AcpiExp",
     .size_bytes = 12,
     .fields = {field(FieldKind::kEisaId, 0, 4, "HID"), field(FieldKind::kEisaId, 8, 4, "CID"),
                string(12, 1, "UID string")},
     .strings = 3},
    {.type = kAcpi,
     .subtype = 2,
     .name = "AcpiEx",
     .size_bytes = 12,
     .fields = {field(FieldKind::kEisaId, 0, 4, "HID"), field(FieldKind::kEisaId, 8, 4, "CID"),
                hex(4, 4, "UID"), string(12, 0, "HID string"), string(12, 2, "CID string"),
                string(12, 1, "UID string")},
     .strings = 3},
    {kAcpi, 3, "AcpiAdr", 0, 0, {}, {rest(FieldKind::kRestNumbers, 0, "display device")}},

    {.type = kMessaging,
     .subtype = 1,
     .name = "Ata",
     .size_bytes = 4,
     .fields = {choice(0, 1, "channel", kPrimarySecondary), choice(1, 1, "device", kMasterSlave),
                hex(2, 2, "LUN")}},
    {kMessaging, 2, "Scsi", 4, 0, {}, {hex(0, 2, "target"), hex(2, 2, "LUN")}},
    {kMessaging, 3, "Fibre", 20, 0, {}, {hex(4, 8, "WWN"), hex(12, 8, "LUN")}},
    {kMessaging, 4, "I1394", 12, 0, {}, {field(FieldKind::kBareHexadecimal, 4, 8, "EUI-64")}},
    {kMessaging, 5, "USB", 2, 0, {}, {hex(0, 1, "port"), hex(1, 1, "interface")}},
    one_number(6, "I2O", 4, "TID"),
    {.type = kMessaging,
     .subtype = 9,
     .name = "Infiniband",
     .size_bytes = 44,
     .fields = {hex(0, 4, "flags"), guid(4, "port GID"), hex(20, 8, "service"), hex(28, 8, "target port"),
                hex(36, 8, "device")}},
    vendor_message("VenPcAnsi", guid_bytes<octets::guid_literal("e0c14753-f9be-11d2-9a0c-0090273fc14d")>()),
    vendor_message("VenVt100", guid_bytes<octets::guid_literal("dfa66065-b419-11d3-9a2d-0090273fc14d")>()),
    vendor_message("VenVt100Plus",
                   guid_bytes<octets::guid_literal("7baec70b-57e0-4c76-8e87-2f9e28088343")>()),
    vendor_message("VenUtf8", guid_bytes<octets::guid_literal("ad15a0d6-8bec-4acf-a073-d01de77e2d88")>()),
    vendor_message("DebugPort", guid_bytes<octets::guid_literal("eba4e8d2-3858-41ec-a281-2647ba9660d0")>()),
    {.type = kMessaging,
     .subtype = 10,
     .name = "UartFlowCtrl",
     .size_bytes = 20,
     .constant = guid_bytes<octets::guid_literal("37499a9d-542f-4c89-a026-35da142094e4")>(),
     .fields = {choice(16, 4, "flow control", kFlowControl)}},
    vendor_defined(kMessaging, 10, "VenMsg"),
    {.type = kMessaging,
     .subtype = 11,
     .name = "MAC",
     .size_bytes = 33,
     .fields = {field(FieldKind::kHardwareAddress, 0, 32, "address"), hex(32, 1, "interface type")}},
    {.type = kMessaging,
     .subtype = 12,
     .name = "IPv4",
     .size_bytes = 23,
     .fields = {field(FieldKind::kIpv4Address, 4, 4, "remote address"),
                field(FieldKind::kProtocol, 12, 2, "protocol"), choice(14, 1, "origin", kIpv4Origin),
                field(FieldKind::kIpv4Address, 0, 4, "local address"),
                field(FieldKind::kIpv4Address, 15, 4, "gateway"),
                field(FieldKind::kIpv4Address, 19, 4, "subnet mask")},
     .required = 1},
    {.type = kMessaging,
     .subtype = 13,
     .name = "IPv6",
     .size_bytes = 56,
     .fields = {field(FieldKind::kIpv6Address, 16, 16, "remote address"),
                field(FieldKind::kProtocol, 36, 2, "protocol"), choice(38, 1, "origin", kIpv6Origin),
                field(FieldKind::kIpv6Address, 0, 16, "local address"), hex(39, 1, "prefix length"),
                field(FieldKind::kIpv6Address, 40, 16, "gateway")},
     .required = 1},
    {.type = kMessaging,
     .subtype = 14,
     .name = "Uart",
     .size_bytes = 15,
     .fields = {field(FieldKind::kDecimalOrDefault, 4, 8, "baud rate"),
                field(FieldKind::kDecimalOrDefault, 12, 1, "data bits"), choice(13, 1, "parity", kParity),
                choice(14, 1, "stop bits", kStopBits)}},
    usb_class("UsbAudio", "\x01"sv),
    usb_class("UsbCDCControl", "\x02"sv),
    usb_class("UsbHID", "\x03"sv),
    usb_class("UsbImage", "\x06"sv),
    usb_class("UsbPrinter", "\x07"sv),
    usb_class("UsbMassStorage", "\x08"sv),
    usb_class("UsbHub", "\x09"sv),
    usb_class("UsbCDCData", "\x0a"sv),
    usb_class("UsbSmartCard", "\x0b"sv),
    usb_class("UsbVideo", "\x0e"sv),
    usb_class("UsbDiagnostic", "\xdc"sv),
    usb_class("UsbWireless", "\xe0"sv),
    usb_subclass("UsbDeviceFirmwareUpdate", "\xfe\x01"sv),
    usb_subclass("UsbIrdaBridge", "\xfe\x02"sv),
    usb_subclass("UsbTestAndMeasurement", "\xfe\x03"sv),
    {.type = kMessaging,
     .subtype = 15,
     .name = "UsbClass",
     .size_bytes = 7,
     .fields = {hex(0, 2, "vendor"), hex(2, 2, "product"), hex(4, 1, "class"), hex(5, 1, "subclass"),
                hex(6, 1, "protocol")}},
    {.type = kMessaging,
     .subtype = 16,
     .name = "UsbWwid",
     .size_bytes = 6,
     .fields = {hex(2, 2, "vendor"), hex(4, 2, "product"), hex(0, 2, "interface"),
                rest(FieldKind::kRestQuotedUtf16, 6, "serial number")}},
    one_number(17, "Unit", 1, "LUN"),
    {kMessaging, 18, "Sata", 6, 0, {}, {hex(0, 2, "port"), hex(2, 2, "multiplier port"), hex(4, 2, "LUN")}},
    {.type = kMessaging,
     .subtype = 19,
     .name = "iSCSI",
     .size_bytes = 14,
     .fields = {string(14, 0, "target"), hex(12, 2, "portal group"),
                field(FieldKind::kPrefixedBytes, 4, 8, "LUN"), bits(2, 0, 2, "header digest", kDigest),
                bits(2, 2, 2, "data digest", kDigest), bits(2, 10, 3, "login", kLogin),
                choice(0, 2, "protocol", kIscsiProtocol)},
     .strings = 1},
    {kMessaging, 20, "Vlan", 2, 0, {}, {decimal(0, 2, "VLAN")}},
    {.type = kMessaging,
     .subtype = 21,
     .name = "FibreEx",
     .size_bytes = 20,
     .fields = {field(FieldKind::kPrefixedBytes, 4, 8, "WWN"),
                field(FieldKind::kPrefixedBytes, 12, 8, "LUN")}},
    {.type = kMessaging,
     .subtype = 23,
     .name = "NVMe",
     .size_bytes = 12,
     .fields = {hex(0, 4, "namespace"), field(FieldKind::kReversedBytes, 4, 8, "EUI-64")}},
    {kMessaging, 24, "Uri", 0, 0, {}, {rest(FieldKind::kRestText, 0, "URI")}},
    {kMessaging, 25, "UFS", 2, 0, {}, {hex(0, 1, "target"), hex(1, 1, "LUN")}},
    one_number(26, "SD", 1, "slot"),
    {kMessaging, 27, "Bluetooth", 6, 0, {}, {field(FieldKind::kBytes, 0, 6, "address")}},
    {kMessaging, 28, "Wi-Fi", 32, 0, {}, {field(FieldKind::kPaddedText, 0, 32, "SSID")}},
    one_number(29, "eMMC", 1, "slot"),
    {.type = kMessaging,
     .subtype = 30,
     .name = "BluetoothLE",
     .size_bytes = 7,
     .fields = {field(FieldKind::kBytes, 0, 6, "address"),
                field(FieldKind::kPaddedHexadecimal, 6, 1, "address type")}},
    {kMessaging, 31, "Dns", 1, 0, {}, {rest(FieldKind::kRestAddresses, 1, "server address")}},

    {.type = kMedia,
     .subtype = 1,
     .name = "HD",
     .size_bytes = 38,
     .constant_offset_bytes = 36,
     .constant = "\x02\x02"sv,
     .fields = {decimal(0, 4, "partition"), choice(37, 1, "format", kGpt), guid(20, "partition GUID"),
                hex(4, 8, "first block"), hex(12, 8, "blocks")},
     .required = 3},
    {.type = kMedia,
     .subtype = 1,
     .name = "HD",
     .size_bytes = 38,
     .constant_offset_bytes = 36,
     .constant = "\x01\x01"sv,
     .fields = {decimal(0, 4, "partition"), choice(37, 1, "format", kMbr),
                field(FieldKind::kPaddedHexadecimal, 20, 4, "disk signature"), hex(4, 8, "first block"),
                hex(12, 8, "blocks")},
     .required = 3},
    {kMedia,
     2,
     "CDROM",
     20,
     0,
     {},
     {hex(0, 4, "boot entry"), hex(4, 8, "first block"), hex(12, 8, "blocks")}},
    vendor_defined(kMedia, 3, "VenMedia"),
    one_guid(5, "Media", "protocol"),
    one_guid(6, "FvFile", "file"),
    one_guid(7, "Fv", "volume"),
    {kMedia, 8, "Offset", 20, 0, {}, {hex(4, 8, "start"), hex(12, 8, "end")}},
    ram_disk("VirtualDisk", guid_bytes<octets::guid_literal("77ab535a-45fc-624b-5560-f7b281d1f96e")>()),
    ram_disk("VirtualCD", guid_bytes<octets::guid_literal("3d5abd30-4175-87ce-6d64-d2ade523c4bb")>()),
    ram_disk("PersistentVirtualDisk",
             guid_bytes<octets::guid_literal("5cea02c9-4d07-69d3-269f-4496fbe096f9")>()),
    ram_disk("PersistentVirtualCD",
             guid_bytes<octets::guid_literal("08018188-42cd-bb48-100f-5387d53ded3d")>()),
    {.type = kMedia,
     .subtype = 9,
     .name = "RamDisk",
     .size_bytes = 34,
     .fields = {hex(0, 8, "start"), hex(8, 8, "end"), decimal(32, 2, "instance"), guid(16, "type")}},

    {.type = kBiosBoot,
     .subtype = 1,
     .name = "BBS",
     .size_bytes = 4,
     .fields = {choice(0, 2, "device", kBiosDevice), string(4, 0, "description"), hex(2, 2, "status")},
     .strings = 1},
};

}  // namespace

std::span<const Field> Form::used_fields() const {
  std::size_t count = 0;
  while (count < kMaxFields && fields[count].kind != FieldKind::kNone) ++count;
  return std::span(fields).first(count);
}

std::span<const Form> device_path_forms() {
  return kForms;
}

}  // namespace nonvol::efi
