#include "forms/recognise.h"

#include <algorithm>
#include <array>
#include <string>

#include "octets/guid.h"

namespace nonvol::forms {
namespace {

using octets::Bytes;

constexpr std::string_view kWhitespace = " \t\r\n";
// The file system of a firmware volume that holds variables (edk2: gEfiSystemNvDataFvGuid).
constexpr octets::Guid kNvDataFileSystem = octets::guid_literal("fff12b8d-7696-4c8b-a985-2747075b4f50");
// Sectors of 512 or of 4096 bytes: where the second header of a VMGS file can be.
constexpr std::array<std::size_t, 3> kVmgsHeaders = {0, 512, 4096};

bool has_at(Bytes bytes, std::size_t offset_bytes, std::string_view text) {
  if (bytes.size() < offset_bytes + text.size()) return false;
  return std::ranges::equal(bytes.subspan(offset_bytes, text.size()), text, {}, {},
                            [](char c) { return static_cast<std::uint8_t>(c); });
}

// "AMZNUEFI" in base64. Its last four bits share a digit with what follows: 1001xx is one of k, l, m, n.
bool is_ec2(std::string_view text) {
  return text.size() > 10 && text.starts_with("QU1aTlVFRk") && text[10] >= 'k' && text[10] <= 'n';
}

Form recognise_json(std::string_view text) {
  const auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (text.front() == '[') return has("\"guid\"") ? Form::kUefivarsJson : Form::kUnknown;
  if (!has("\"variables\"")) return Form::kUnknown;
  return has("\"timestamp\"") ? Form::kUefivarsJson : Form::kQemuJson;
}

}  // namespace

Form recognise(Bytes first_bytes) {
  const Bytes bytes = first_bytes.first(std::min(first_bytes.size(), kRecogniseBytes));
  if (has_at(bytes, 40, "_FVH") && std::ranges::equal(bytes.subspan(16, 16), kNvDataFileSystem.bytes))
    return Form::kFlash;
  for (const std::size_t offset_bytes : kVmgsHeaders) {
    if (has_at(bytes, offset_bytes, "GUESTRTS")) return Form::kVmgs;
  }
  const std::string all(bytes.begin(), bytes.end());
  std::string_view text = all;
  text.remove_prefix(std::min(text.find_first_not_of(kWhitespace), text.size()));
  if (text.empty()) return Form::kUnknown;
  if (text.front() == '{' || text.front() == '[') return recognise_json(text);
  return is_ec2(text) ? Form::kEc2 : Form::kUnknown;
}

std::string_view to_string(Form form) {
  switch (form) {
    case Form::kFlash:
      return "a flash store";
    case Form::kQemuJson:
      return "QEMU's uefi-vars JSON";
    case Form::kVirtFirmwareJson:
      return "virt-firmware's JSON";
    case Form::kUefivarsJson:
      return "python-uefivars' JSON";
    case Form::kEc2:
      return "EC2's uefi-data";
    case Form::kVmgs:
      return "a Hyper-V VMGS file";
    case Form::kUnknown:
      break;
  }
  return "an unknown form";
}

std::string_view name_of(Form form) {
  switch (form) {
    case Form::kFlash:
      return "flash";
    case Form::kQemuJson:
      return "qemu-json";
    case Form::kVirtFirmwareJson:
      return "virt-firmware-json";
    case Form::kUefivarsJson:
      return "uefivars-json";
    case Form::kEc2:
      return "ec2";
    case Form::kVmgs:
      return "vmgs";
    case Form::kUnknown:
      break;
  }
  return "unknown";
}

bool keeps_digests(Form form) {
  return form == Form::kQemuJson || form == Form::kUefivarsJson || form == Form::kEc2;
}

}  // namespace nonvol::forms
