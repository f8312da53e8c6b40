#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flash/store_reader.h"
#include "forms/form.h"
#include "storage/medium.h"
#include "variable/variable.h"

namespace nonvol::varstore {

// What a variable store of any form says: either edk2's flash, or one of the others.
struct Contents {
  std::string file_name;
  std::uint64_t file_size_bytes = 0;
  std::optional<flash::VariableStore> flash;
  forms::FormContents form;              // where `flash` is none
  std::vector<std::uint8_t> form_bytes;  // likewise: the whole file

  bool is_flash() const { return flash.has_value(); }
  forms::Form form_of_file() const { return flash ? forms::Form::kFlash : form.form; }
  const std::vector<Finding>& findings() const { return flash ? flash->findings : form.findings; }
  // As the firmware sees them, in the store's order.
  std::vector<variable::Variable> variables() const;
};

// Reads no more of a flash store than its reader asks for. Errors: those of flash::StoreReader,
// forms::read_form and of reading; kFormUnknown for what is none of them.
Result<Contents> read_contents(storage::BlockFile& file, const std::string& file_name,
                               flash::ReadOptions options = {});

// The same of a file or an NBD export that is opened for it; what turns out to be a qcow2 or LUKS image is
// opened through qemu-storage-daemon.
Result<Contents> read_contents_of(storage::FileSystem& files, const storage::Medium& medium,
                                  flash::ReadOptions options = {});

}  // namespace nonvol::varstore
