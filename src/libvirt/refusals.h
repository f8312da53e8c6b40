#pragma once

#include <optional>
#include <string>

#include "libvirt/choose.h"

// Private to libvirt/. Each returns why libvirt refuses the domain, or nothing.
namespace nonvol::libvirt {

// kLibvirtRefuses: the reason in nonvol's words, with libvirt's own message as a note so that a search for
// it finds this.
Error refusal(std::string reason, std::string message);

// virDomainDefOSValidate and what the parser and qemuFirmwareFillDomain refuse besides.
std::optional<Error> request_trouble(const Domain& domain, Release release);

// The one contradiction that 9.0 looks for before all others, and whatever <os> says.
std::optional<Error> keys_trouble(const Domain& domain);

// qemuValidateDomainDef: what machine and architecture have to do with firmware. libvirt 9.0 asks before it
// chooses, 11.3 afterwards.
std::optional<Error> machine_trouble(const Domain& domain);

}  // namespace nonvol::libvirt
