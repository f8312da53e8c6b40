#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::efi {

// An EFI program: a PE/COFF image as edk2's PeCoffLoaderGetImageInfo accepts it ("Microsoft Portable
// Executable and Common Object File Format", revision 8.3). All offsets are of the file.

struct FileRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t end_bytes() const { return offset_bytes + size_bytes; }
  friend bool operator==(const FileRange&, const FileRange&) = default;
};

struct Section {
  std::string name;
  std::uint32_t virtual_size_bytes = 0;
  FileRange raw;
};

// An entry of the certificate table: WIN_CERTIFICATE.
struct ImageSignature {
  std::uint64_t offset_bytes = 0;
  std::uint16_t type = 0;
  FileRange signed_data;  // the PKCS #7; empty for a type that edk2 passes over
};

// A line of the section .sbat: "shim,4,UEFI shim,shim,1,https://github.com/rhboot/shim".
struct SbatEntry {
  std::string component;
  std::string generation;
  std::string rest;  // vendor and so on, as written
};

struct PortableExecutable {
  std::uint16_t machine = 0;
  std::uint16_t subsystem = 0;
  bool is_64_bit = false;  // PE32+
  std::uint64_t file_size_bytes = 0;
  std::uint64_t checksum_offset_bytes = 0;
  std::optional<std::uint64_t> security_entry_offset_bytes;  // the data directory's entry, where there is one
  std::uint32_t headers_size_bytes = 0;
  std::vector<Section> sections;
  FileRange certificate_table;  // empty: the program is not signed
  std::vector<ImageSignature> signatures;
  // The entries fill the table exactly; otherwise edk2 starts the program under no circumstances.
  bool signatures_fill_table = true;
  std::vector<SbatEntry> sbat;
  std::vector<Finding> findings;  // kProgramSignatures
};

// "x86_64", "aarch64", ...; "0x1234" for others.
std::string machine_name(std::uint16_t machine);

// Errors: kNotAnEfiProgram. `file` is what places say.
Result<PortableExecutable> parse_portable_executable(octets::Bytes bytes, std::string_view file);

}  // namespace nonvol::efi
