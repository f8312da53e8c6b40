#include "forms/form_file.h"

#include <fmt/format.h>

#include "forms/checks.h"
#include "forms/ec2.h"
#include "forms/qemu_json.h"
#include "forms/recognise.h"
#include "forms/vmgs.h"
#include "octets/text.h"

namespace nonvol::forms {
namespace {

Result<std::vector<std::uint8_t>> bytes_of(const Result<std::string>& text) {
  if (!text) return text.error();
  return std::vector<std::uint8_t>(text->begin(), text->end());
}

}  // namespace

Result<FormContents> read_form(const std::string& file_name, octets::Bytes whole_file) {
  const Form form = recognise(whole_file);
  switch (form) {
    case Form::kQemuJson:
    case Form::kVirtFirmwareJson:
    case Form::kUefivarsJson: {
      auto read = read_qemu_json(file_name, whole_file);
      if (!read) return read.error();
      return std::move(read->contents);
    }
    case Form::kEc2:
      return read_ec2(file_name, whole_file);
    case Form::kVmgs:
      return read_vmgs(file_name, whole_file);
    case Form::kFlash:
    case Form::kUnknown:
      break;
  }
  Error error =
      Error(ErrorId::kFormUnknown,
            fmt::format("{}, {} bytes, is {}; here are read JSON of QEMU, virt-firmware and "
                        "python-uefivars, EC2's uefi-data and Hyper-V's VMGS",
                        file_name, whole_file.size(), whole_file.empty() ? "empty" : to_string(form)))
          .at(Place::in_file(file_name))
          .with_hint(fmt::format("hexdump -C -n 256 {}", octets::shell_path(file_name)));
  if (whole_file.empty()) {
    error.notes.push_back(
        "QEMU takes an empty file for a store without variables, and also leaves one when it "
        "stops while it writes");
  }
  return error;
}

Result<std::vector<std::uint8_t>> write_form(Form form, std::span<const variable::Variable> variables) {
  switch (form) {
    case Form::kQemuJson:
      return bytes_of(write_qemu_json(Dialect::kQemu, variables));
    case Form::kVirtFirmwareJson:
      return bytes_of(write_qemu_json(Dialect::kVirtFirmware, variables));
    case Form::kUefivarsJson:
      return bytes_of(write_qemu_json(Dialect::kUefivars2, variables));
    case Form::kEc2:
      return bytes_of(write_ec2(variables));
    case Form::kVmgs:
    case Form::kFlash:
    case Form::kUnknown:
      break;
  }
  return not_written(form);
}

}  // namespace nonvol::forms
