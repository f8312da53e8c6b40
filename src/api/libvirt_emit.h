#pragma once

#include <string>

#include "api/guests.h"
#include "emit/libvirt.h"

namespace nonvol::api {

struct EmitLibvirtReport {
  std::string guest;
  std::string xml;
  std::optional<TpmToStart> tpm;
};

// The elements of a domain XML that start the guest with its firmware, variables and TPM; a whole domain
// where `style` has a name. `tpm_socket` as for emit_qemu. Errors: those of loading the guest, of the socket
// and of emit::libvirt_xml.
Result<EmitLibvirtReport> emit_libvirt(const Context& context, const std::string& name,
                                       const emit::LibvirtStyle& style, const std::string& tpm_socket);

std::string to_json(const EmitLibvirtReport& report);

}  // namespace nonvol::api
