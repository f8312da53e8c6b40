#pragma once

#include "cli/command.h"

// Run functions and options of the commands on Secure Boot's keys. Private to cli/.
namespace nonvol::cli {

Result<Output> run_keys_list(const Invocation& invocation);
Result<Output> run_keys_verify(const Invocation& invocation);
Result<Output> run_keys_enroll(const Invocation& invocation);
Result<Output> run_keys_update(const Invocation& invocation);
Result<Output> run_keys_revoke(const Invocation& invocation);
Result<Output> run_keys_delete(const Invocation& invocation);
Result<Output> run_keys_mode(const Invocation& invocation);
Result<Output> run_keys_make(const Invocation& invocation);

extern const OptionSpec kPkOption;
extern const OptionSpec kKekOption;
extern const OptionSpec kDbOption;
extern const OptionSpec kDbxOption;
extern const OptionSpec kAuthOption;
extern const OptionSpec kFromOption;
extern const OptionSpec kKeyDirectoryOption;
extern const OptionSpec kOwnerOption;
extern const OptionSpec kSecureBootSwitchOption;
extern const OptionSpec kTimeOption;
extern const OptionSpec kMicrosoftOption;
extern const OptionSpec kCertificateOption;
extern const OptionSpec kDigestOption;
extern const OptionSpec kProgramOption;
extern const OptionSpec kRemoveFromDbOption;
extern const OptionSpec kKeyVariableOption;
extern const OptionSpec kLoseSecureBootOption;
extern const OptionSpec kCommonNameOption;
extern const OptionSpec kOutputDirectoryOption;

}  // namespace nonvol::cli
