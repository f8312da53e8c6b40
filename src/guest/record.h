#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor/descriptor.h"
#include "outcome/result.h"
#include "seal/digest.h"

namespace nonvol::guest {

inline constexpr const char* kRecordFileName = "guest.json";

// A file that firmware was installed as, and what it held when the guest was created or last upgraded.
struct FirmwareFile {
  std::string path;    // absolute
  std::string format;  // "raw" or "qcow2"; of a template for QEMU's uefi-vars device "json"
  std::uint64_t size_bytes = 0;
  seal::Sha256Digest sha256{};
  friend bool operator==(const FirmwareFile&, const FirmwareFile&) = default;
};

// What an overlay lies over: a read-only file of the home, one for all guests that began with these bytes.
struct Master {
  std::uint64_t size_bytes = 0;
  seal::Sha256Digest sha256{};
  friend bool operator==(const Master&, const Master&) = default;
};
// Seen from a guest's directory: "../.masters/SHA256.fd".
std::string master_file(const seal::Sha256Digest& sha256);

// The guest's own variables: a store, or in combined mode one image of code and store.
struct Nvram {
  std::string file;              // a plain name in the guest's directory
  std::string format;            // "raw", "qcow2", or "json" for QEMU's uefi-vars device
  std::uint64_t size_bytes = 0;  // when it was made; what is not raw grows
  std::optional<Master> master;  // of an overlay, whose format is "qcow2"
  friend bool operator==(const Nvram&, const Nvram&) = default;
};

// The guest's TPM: an NVRAM image that holds its state.
struct Tpm {
  std::string file;              // a plain name in the guest's directory
  std::string version;           // "1.2" or "2.0"
  std::uint64_t size_bytes = 0;  // of the image when it was made
  friend bool operator==(const Tpm&, const Tpm&) = default;
};
bool is_tpm_version(std::string_view text);

// guest.json: which firmware a guest boots and where its variables are. docs/formats/guest-record.md.
struct Record {
  std::string name;
  std::string created;  // RFC 3339, UTC
  std::string nonvol_version;
  std::string architecture;  // as descriptors name it: "x86_64"
  std::string machine;       // "q35"; may be empty
  std::string interface = "uefi";
  descriptor::Device device = descriptor::Device::kFlash;
  descriptor::FlashMode mode = descriptor::FlashMode::kSplit;  // of flash
  std::string descriptor;                                      // absolute path
  std::vector<std::string> features;
  FirmwareFile executable;
  std::optional<FirmwareFile> nvram_template;
  std::optional<Nvram> nvram;  // none where the firmware keeps no variables
  std::optional<Tpm> tpm;
  friend bool operator==(const Record&, const Record&) = default;
};

// What QEMU calls architectures and machines: letters, digits, '.', '_', '+' and '-', or nothing. Anything
// else could end a line or an option of QEMU's.
bool is_machine_word(std::string_view text);

// All text must be UTF-8: what is not cannot be held in JSON and would come back changed.
std::string write_record(const Record& record);

// Every member is checked, and that device, mode and store go together; members that are not known are passed
// over. What comes out names no file outside of the guest's directory as its store or its TPM's image, not
// one file as both, and none but one of the home's masters under the store. `path` only appears in places.
// Error: kRecordDamaged, with the place as a JSON Pointer, or as line and column of what is not JSON.
Result<Record> parse_record(std::string_view text, const std::string& path);

}  // namespace nonvol::guest
