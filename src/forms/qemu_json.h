#pragma once

#include <span>
#include <string>

#include "forms/form.h"
#include "outcome/result.h"

namespace nonvol::forms {

// Who would take a JSON file of variables (docs/formats/uefi-vars-json.md). All are version 2 but the last.
enum class Dialect : std::uint8_t {
  kQemu,          // QEMU's uefi-vars device, and thereby all the others
  kVirtFirmware,  // virt-firmware but not QEMU: a name outside ASCII
  kUefivars2,     // python-uefivars only: the stamp is called "timestamp"
  kUefivars1,     // its older form, a bare list
};

struct QemuJson {
  Dialect dialect = Dialect::kQemu;
  FormContents contents;
};

// As strict as QEMU is, and stricter where QEMU drops without a word what it cannot read: bad hexadecimal
// digits, stamps of a wrong length, attributes of more than 32 bits. What QEMU would refuse and others write
// is read, with the finding kVarsJsonDialect.
Result<QemuJson> read_qemu_json(const std::string& file_name, octets::Bytes file);

// kFormCannotHold where a reader of that dialect would not get back all that a variable has. kUefivars1 is
// not written.
Result<std::string> write_qemu_json(Dialect dialect, std::span<const variable::Variable> variables);

}  // namespace nonvol::forms
