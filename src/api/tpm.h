#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/blob_image.h"
#include "serve/tpm_server.h"
#include "tpm/state.h"

// The commands about a TPM whose state is in an NVRAM image. An image is named by its path or URI, or by the
// guest that has it. Errors beyond those named: those of read_key and vnvram::open_file, and of a guest's
// record (kNoSuchGuest, kRecordDamaged); kNoTpmState for a guest without a TPM.
namespace nonvol::api {

// `where` with a guest's name replaced by the path of its image.
Result<BlobImage> tpm_image(const Context& context, BlobImage where);

// What an image for a TPM of this version is made of: an atomic entry for each of its states, and a plain one
// for counters.
std::vector<vnvram::EntryRequest> tpm_entries(tpm::TpmVersion version, bool encrypted);

struct TpmRunRequest {
  BlobImage image;
  std::string socket_path;       // empty with a guest: in the guest's directory
  std::string data_socket_path;  // empty: none
  std::optional<tpm::TpmVersion> version;
  tpm::Startup startup = tpm::Startup::kPoweredOn;
  bool incoming = false;
  std::string migration_key_file;
  std::uint64_t store_limit_bytes_per_second = 0;
  bool ends_with_client = false;
  bool sandbox = true;
  std::function<void(const std::string&)> log = [](const std::string&) {};
};
// Until the emulator ends; see serve/tpm_server.h. Without a socket for data, the control channel's path is
// needed; with one it is by default that path and ".ctrl", where the tools of TPM software expect it. Errors:
// kBadCommandLine without a path, and those of serve_tpm.
Result<serve::TpmServeReport> tpm_run(const Context& context, TpmRunRequest request);

std::string to_json(const serve::TpmServeReport& report);

}  // namespace nonvol::api
