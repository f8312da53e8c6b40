#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "tpm/state.h"

// The run functions of the tpm commands. Private to cli/.
namespace nonvol::cli {

Result<Output> run_tpm_run(const Invocation& invocation);
Result<Output> run_tpm_create(const Invocation& invocation);
Result<Output> run_tpm_show(const Invocation& invocation);
Result<Output> run_tpm_check(const Invocation& invocation);
Result<Output> run_tpm_import(const Invocation& invocation);
Result<Output> run_tpm_export(const Invocation& invocation);

// --tpm2 and --tpm1.2; nothing where neither is given. Error: kContradiction.
Result<std::optional<tpm::TpmVersion>> tpm_version_from(const Arguments& arguments, std::string_view command);

// Their entries of the command table.
std::vector<CommandSpec> tpm_commands();

// Options of these commands only.
extern const OptionSpec kStoreImageOption;
extern const OptionSpec kControlSocketOption;
extern const OptionSpec kDataSocketOption;
extern const OptionSpec kTpm2Option;
extern const OptionSpec kTpm12Option;
extern const OptionSpec kIncomingOption;
extern const OptionSpec kMigrationKeyOption;
extern const OptionSpec kStoreLimitOption;
extern const OptionSpec kTerminateOption;
extern const OptionSpec kStartupOption;
extern const OptionSpec kNoSandboxOption;
extern const OptionSpec kEkOption;
extern const OptionSpec kEkCertificatesOption;
extern const OptionSpec kPlatformCertificateOption;
extern const OptionSpec kPcrBankOption;
extern const OptionSpec kAuthorityOption;
extern const OptionSpec kTpmCommonNameOption;
extern const OptionSpec kLoseTpmSecretsOption;
extern const OptionSpec kSwtpmKeyFileOption;
extern const OptionSpec kSwtpmPassphraseOption;
extern const OptionSpec kWithoutVolatileOption;
extern const OptionSpec kSwtpmFormOption;

}  // namespace nonvol::cli
