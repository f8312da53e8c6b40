#pragma once

#include <string>

#include "api/guest_upgrade.h"
#include "api/guests.h"

// Reports on guests as text. Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::GuestCreateReport& report);
std::string text_of(const api::GuestShowReport& report);
std::string text_of(const api::GuestUpgradeReport& report);
std::string text_of(const api::GuestDeleteReport& report);
std::string text_of(const api::StatusReport& report);

// That the guest's TPM must be started first; nothing of a guest without one.
std::string tpm_note(const std::optional<api::TpmToStart>& tpm);

}  // namespace nonvol::cli
