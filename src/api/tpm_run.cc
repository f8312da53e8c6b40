#include <fmt/format.h>

#include "api/guest_tpm.h"
#include "api/tpm.h"
#include "api/variables.h"
#include "seal/aead.h"
#include "storage/byte_stream.h"
#include "tpm/swtpm_key.h"

namespace nonvol::api {
namespace {

constexpr std::uint64_t kMaxKeyFileBytes = 128;

Result<std::optional<tpm::SwtpmKey>> migration_key(const std::string& file) {
  if (file.empty()) return std::optional<tpm::SwtpmKey>();
  Result<std::vector<std::uint8_t>> content = storage::read_input(file, kMaxKeyFileBytes);
  if (!content) return content.error();
  Result<tpm::SwtpmKey> key = tpm::parse_swtpm_key(*content, file);
  seal::wipe(*content);
  if (!key) return key.error();
  return std::optional<tpm::SwtpmKey>(*std::move(key));
}

// The socket that emit tells QEMU of.
Result<std::string> socket_of_guest(const Context& context, const std::string& name) {
  Result<guest::Home> home = open_home(context);
  if (!home) return home.error();
  return tpm_socket_path(*home, name, "", fmt::format("nonvol tpm run {} --socket", name));
}

}  // namespace

Result<serve::TpmServeReport> tpm_run(const Context& context, TpmRunRequest request) {
  Result<BlobImage> image = tpm_image(context, request.image);
  if (!image) return image.error();
  Result<std::optional<seal::Key>> key = read_key(image->key);
  if (!key) return key.error();
  Result<std::optional<tpm::SwtpmKey>> sealing = migration_key(request.migration_key_file);
  if (!sealing) return sealing.error();
  if (request.socket_path.empty() && !request.data_socket_path.empty()) {
    request.socket_path = request.data_socket_path + ".ctrl";
  }
  if (request.socket_path.empty() && is_guest_word(request.image.target)) {
    Result<std::string> path = socket_of_guest(context, request.image.target);
    if (!path) return path.error();
    request.socket_path = *std::move(path);
  }
  if (request.socket_path.empty()) {
    return Error(ErrorId::kBadCommandLine, "--socket is missing").with_hint("nonvol help tpm run");
  }
  serve::TpmServeRequest run;
  run.state.medium = {image->target, image->luks_key_file};
  run.state.key = *std::move(key);
  run.state.lock_wait_ms = image->wait_ms;
  run.state.incoming = request.incoming;
  run.socket_path = request.socket_path;
  run.data_socket_path = request.data_socket_path;
  run.version = request.version;
  run.migration_key = *std::move(sealing);
  run.startup = request.startup;
  run.store_limit_bytes_per_second = request.store_limit_bytes_per_second;
  run.ends_with_client = request.ends_with_client;
  run.sandbox = request.sandbox;
  run.log = request.log;
  return serve::serve_tpm(context.files, std::move(run));
}

}  // namespace nonvol::api
