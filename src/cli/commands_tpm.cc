#include "cli/commands_tpm.h"

#include <cstdio>

#include "api/tpm.h"
#include "cli/options_blob.h"
#include "cli/text.h"
#include "cli/text_tpm.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kStartups[] = {"none", "on", "clear"};
constexpr std::uint64_t kUsualLimitBytes = std::uint64_t{8} << 20;

// While it runs: what it prints at its end would come too late.
void log_line(const std::string& line) {
  std::fprintf(stderr, "nonvol: %s\n", printable(line).c_str());
}

tpm::Startup startup_from(const Arguments& arguments) {
  const std::string word = arguments.value("--startup");
  if (word == "none") return tpm::Startup::kNone;
  return word == "clear" ? tpm::Startup::kClear : tpm::Startup::kPoweredOn;
}

}  // namespace

const OptionSpec kStoreImageOption{
    .name = "--store",
    .value = "IMAGE",
    .help = "The NVRAM image that holds the TPM: a path, or an NBD URI. Instead of a guest."};
const OptionSpec kControlSocketOption{
    .name = "--socket",
    .value = "PATH",
    .help =
        "The unix socket of the control channel, for QEMU's -chardev socket (default: tpm.sock in a "
        "guest's directory; with --data-socket that path and .ctrl)."};
const OptionSpec kDataSocketOption{
    .name = "--data-socket",
    .value = "PATH",
    .help =
        "A unix socket for TPM commands without QEMU: what TPM tools reach as swtpm:path=PATH. Its clients "
        "find the TPM switched on."};
const OptionSpec kTpm2Option{.name = "--tpm2", .help = "A TPM 2.0 (default for a new TPM)."};
const OptionSpec kTpm12Option{.name = "--tpm1.2", .help = "A TPM 1.2."};
const OptionSpec kIncomingOption{
    .name = "--incoming",
    .help =
        "The state comes with a migration: the image is neither locked nor read before that, so that another "
        "host can still use it."};
const OptionSpec kMigrationKeyOption{
    .name = "--migration-key-file",
    .value = "FILE",
    .help =
        "Encrypt the state on its way to another host, as swtpm's --migration-key does: 16 or 32 bytes, or "
        "the same in hexadecimal."};
const OptionSpec kStoreLimitOption{
    .name = "--store-limit",
    .value = "SIZE",
    .help =
        "How many bytes of state a guest may store in a second before its answers are delayed; the eightfold "
        "of it may come at once (default: 8M; 0: no limit)."};
const OptionSpec kTerminateOption{.name = "--terminate",
                                  .help = "End when the last client of the control channel has gone."};
const OptionSpec kStartupOption{
    .name = "--startup",
    .value = "HOW",
    .help =
        "How clients of the data socket find a TPM that nobody switched on: off (none), on, or on and "
        "started with Startup(CLEAR) (default: on).",
    .choices = kStartups};
const OptionSpec kNoSandboxOption{.name = "--no-sandbox",
                                  .help = "Keep all rights of the process, for a kernel without seccomp."};

Result<Output> run_tpm_run(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  api::TpmRunRequest request;
  auto image = store_image_from(arguments, "tpm run");
  if (!image) return image.error();
  request.image = *std::move(image);
  auto version = tpm_version_from(arguments, "tpm run");
  if (!version) return version.error();
  request.version = *version;
  auto limit = size_from(arguments, "--store-limit", "tpm run");
  if (!limit) return limit.error();
  request.store_limit_bytes_per_second = limit->value_or(kUsualLimitBytes);
  request.socket_path = arguments.value("--socket");
  request.data_socket_path = arguments.value("--data-socket");
  request.startup = startup_from(arguments);
  request.incoming = arguments.has("--incoming");
  request.migration_key_file = arguments.value("--migration-key-file");
  request.ends_with_client = arguments.has("--terminate");
  request.sandbox = !arguments.has("--no-sandbox");
  request.log = log_line;
  auto report = api::tpm_run(invocation.context, std::move(request));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? api::to_json(*report) : text_of(*report), {}};
}

}  // namespace nonvol::cli
