#pragma once

#include <optional>
#include <string>

#include "api/guests.h"
#include "json/writer.h"

// Where a guest's TPM is, for those who run it and those who connect to it. Private to api/.
namespace nonvol::api {

// Nothing where the guest has no TPM.
std::optional<GuestTpm> tpm_of(const Context& context, const guest::Home& home, const guest::Record& record);

// Where the TPM is listened to: `chosen`, or in the guest's directory. Error: kNotRepresentable where that is
// longer than a unix socket's path can be, with `option_of_command` ("nonvol tpm run web01 --socket") as
// hint.
Result<std::string> tpm_socket_path(const guest::Home& home, const std::string& name,
                                    const std::string& chosen, const std::string& option_of_command);

// What whoever starts the guest has to know. Error: kNoTpmState where a socket was chosen for a guest without
// a TPM; those of tpm_socket_path.
Result<std::optional<TpmToStart>> tpm_to_start(const guest::Home& home, const guest::Record& record,
                                               const std::string& chosen_socket,
                                               const std::string& emit_command);

// The member "tpm" of a document that says how a guest is started.
void write_tpm_to_start(json::Writer& writer, const std::optional<TpmToStart>& tpm);

}  // namespace nonvol::api
