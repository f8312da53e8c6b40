#include "cli/commands_tpm.h"
#include "cli/options.h"
#include "cli/options_blob.h"

namespace nonvol::cli {
namespace {

constexpr PositionalSpec kGuestOrImage[] = {
    {"GUEST|IMAGE", "A guest, or the path of an NVRAM image (a word with '/', '.' or ':').", false,
     PositionalSpec::Kind::kGuestOrFile}};

}  // namespace

std::vector<CommandSpec> tpm_commands() {
  return {
      {"tpm run",
       "run a TPM emulator on an NVRAM image",
       "Runs libtpms with its state in the image, for QEMU's -tpmdev emulator and for TPM tools. What a command "
       "changed is durable before it is answered, with one flush. What cannot be read is never taken for a new "
       "TPM, and what cannot be stored ends in failure mode. The image is locked all the while, but between "
       "the moment in which QEMU has taken the state for a migration and the one in which the guest goes on. "
       "Once its sockets are open the process can open nothing else.\nEnds when QEMU ends, or with SIGTERM, "
       "SIGINT or SIGHUP.",
       kGuestOrImage,
       {&kStoreImageOption, &kControlSocketOption, &kDataSocketOption, &kTpm2Option, &kTpm12Option,
        &kIncomingOption, &kMigrationKeyOption, &kStoreLimitOption, &kTerminateOption, &kStartupOption,
        &kNoSandboxOption, &kKeyFileOption, &kKeyFdOption, &kLuksKeyFileOption, &kWaitOption},
       {"nonvol tpm run web01", "nonvol tpm run --store ./web01.nv --socket ./tpm.sock",
        "nonvol tpm run --store ./web01.nv --data-socket ./tpm --startup clear"},
       run_tpm_run},
  };
}

}  // namespace nonvol::cli
