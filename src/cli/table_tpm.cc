#include "cli/commands_tpm.h"
#include "cli/options.h"
#include "cli/options_blob.h"

namespace nonvol::cli {
namespace {

constexpr PositionalSpec kGuestOrImage[] = {
    {"GUEST|IMAGE", "A guest, or the path of an NVRAM image (a word with '/', '.' or ':').", false,
     PositionalSpec::Kind::kGuestOrFile}};

constexpr PositionalSpec kImageAndSource[] = {
    {"GUEST|IMAGE", "A guest, or the path of an NVRAM image (a word with '/', '.' or ':').", true,
     PositionalSpec::Kind::kGuestOrFile},
    {"SOURCE", "swtpm's directory, or the file of its backend-uri=file://.", true,
     PositionalSpec::Kind::kFile}};
constexpr PositionalSpec kImageAndTarget[] = {
    {"GUEST|IMAGE", "A guest, or the path of an NVRAM image (a word with '/', '.' or ':').", true,
     PositionalSpec::Kind::kGuestOrFile},
    {"TARGET", "A directory, or with --form linear a file.", true, PositionalSpec::Kind::kFile}};

std::vector<CommandSpec> state_commands() {
  return {
      {"tpm create",
       "make a TPM in an NVRAM image",
       "Makes a TPM 2.0 (or 1.2) and stores its first state: in a new image of the right size, or in one that "
       "has the entries and no TPM yet. A crash leaves all of it or what was there before. A TPM that is there "
       "is never written over but with --lose-tpm-secrets.\nWith --ek-certificates the TPM gets what swtpm_setup "
       "gives: endorsement keys, and certificates for them that an authority of this machine signs; it is made "
       "in the home when it is first needed.\nWith a key the entries of a new image are encrypted.",
       kGuestOrImage,
       with_writer_options({&kStoreImageOption, &kTpm2Option, &kTpm12Option, &kEkOption,
                            &kEkCertificatesOption, &kPlatformCertificateOption, &kPcrBankOption,
                            &kAuthorityOption, &kTpmCommonNameOption, &kLoseTpmSecretsOption}),
       {"nonvol tpm create ./web01.nv",
        "nonvol tpm create ./web01.nv --ek-certificates --platform-certificate"},
       run_tpm_create},
      {"tpm show",
       "show the TPM in an NVRAM image",
       "Shows which TPM it is, what it holds, what its entries use, how often it was stored, and how often a "
       "guest was slowed because it stored too much. A copy of it is started in memory to be asked; the image is "
       "only read, and may be in use. Exit code 1 if it is damaged.",
       kGuestOrImage,
       with_image_options({&kStoreImageOption}),
       {"nonvol tpm show web01", "nonvol tpm show ./web01.nv --json"},
       run_tpm_show},
      {"tpm check",
       "verify the TPM in an NVRAM image",
       "Verifies every byte of the image, that its entries have room for all that a TPM may store, and that "
       "libtpms takes each of the states. Exit code 1 if anything is found.",
       kGuestOrImage,
       with_image_options({&kStoreImageOption}),
       {"nonvol tpm check web01"},
       run_tpm_check},
      {"tpm import",
       "take over a TPM of swtpm",
       "Reads swtpm's directory or linear file, encrypted ones with their key, lets libtpms load each state in memory, "
       "and only then stores them in the image, which is made if need be. The source stays as it is, under swtpm's "
       "lock meanwhile. A swtpm that has locked it is refused. It always locks a directory; a linear file only since "
       "0.10 and with its option 'lock', so end it first.",
       kImageAndSource,
       with_writer_options({&kTpm2Option, &kTpm12Option, &kSwtpmKeyFileOption, &kSwtpmPassphraseOption,
                            &kWithoutVolatileOption, &kLoseTpmSecretsOption}),
       {"nonvol tpm import ./web01.nv /var/lib/libvirt/swtpm/UUID/tpm2"},
       run_tpm_import},
      {"tpm export",
       "write a TPM as swtpm stores it",
       "Writes the state for swtpm's --tpmstate dir= or backend-uri=file://, encrypted where a key is given. The "
       "image must not be in use, and stays as it is: only one of the two may be used from then on. A TPM that is "
       "there already is never written over but with --lose-tpm-secrets, and what is no state of swtpm not at all.",
       kImageAndTarget,
       with_writer_options(
           {&kSwtpmFormOption, &kSwtpmKeyFileOption, &kSwtpmPassphraseOption, &kLoseTpmSecretsOption}),
       {"nonvol tpm export ./web01.nv ./swtpm-state", "nonvol tpm export ./web01.nv ./tpm.lin --form linear"},
       run_tpm_export},
  };
}

std::vector<CommandSpec> emulator_commands() {
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

}  // namespace

std::vector<CommandSpec> tpm_commands() {
  std::vector<CommandSpec> result = state_commands();
  for (CommandSpec& command : emulator_commands()) result.push_back(std::move(command));
  return result;
}

}  // namespace nonvol::cli
