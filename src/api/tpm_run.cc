#include <fmt/format.h>

#include "api/guest_tpm.h"
#include "api/tpm.h"
#include "api/tpm_store.h"

namespace nonvol::api {
namespace {

// The socket that emit tells QEMU of.
Result<std::string> socket_of_guest(const Context& context, const std::string& name) {
  Result<guest::Home> home = open_home(context);
  if (!home) return home.error();
  return tpm_socket_path(*home, name, "", fmt::format("nonvol tpm run {} --socket", name));
}

}  // namespace

Result<serve::TpmServeReport> tpm_run(const Context& context, TpmRunRequest request) {
  Result<TpmPlace> place = tpm_place(context, request.image);
  if (!place) return place.error();
  if (request.version) {
    if (Result<void> right = check_guest_version(*place, *request.version); !right) return right.error();
  }
  Result<std::optional<seal::Key>> key = read_key(place->image.key);
  if (!key) return key.error();
  Result<std::vector<tpm::SwtpmKey>> sealing = read_swtpm_keys(request.migration_key_file, "");
  if (!sealing) return sealing.error();
  if (request.socket_path.empty() && !request.data_socket_path.empty()) {
    request.socket_path = request.data_socket_path + ".ctrl";
  }
  if (request.socket_path.empty() && !place->guest.empty()) {
    Result<std::string> path = socket_of_guest(context, place->guest);
    if (!path) return path.error();
    request.socket_path = *std::move(path);
  }
  if (request.socket_path.empty()) {
    return Error(ErrorId::kBadCommandLine, "--socket is missing").with_hint("nonvol help tpm run");
  }
  serve::TpmServeRequest run;
  run.state.medium = {place->image.target, place->image.luks_key_file};
  run.state.key = *std::move(key);
  run.state.lock_wait_ms = place->image.wait_ms;
  run.state.incoming = request.incoming;
  run.socket_path = request.socket_path;
  run.data_socket_path = request.data_socket_path;
  run.version = place->version ? place->version : request.version;
  // A guest was made with its TPM: where there is none, it was lost.
  run.makes_tpm = place->guest.empty();
  if (!sealing->empty()) run.migration_key = std::move(sealing->front());
  run.startup = request.startup;
  run.store_limit_bytes_per_second = request.store_limit_bytes_per_second;
  run.ends_with_client = request.ends_with_client;
  run.sandbox = request.sandbox;
  run.log = request.log;
  return serve::serve_tpm(context.files, std::move(run));
}

}  // namespace nonvol::api
