#pragma once

#include <string>

#include "api/context.h"
#include "emit/libvirt.h"

namespace nonvol::api {

struct EmitLibvirtReport {
  std::string guest;
  std::string xml;
};

// The elements of a domain XML that start the guest with its firmware and variables; a whole domain where
// `style` has a name. Errors: those of loading the guest and of emit::libvirt_xml.
Result<EmitLibvirtReport> emit_libvirt(const Context& context, const std::string& name,
                                       const emit::LibvirtStyle& style);

std::string to_json(const EmitLibvirtReport& report);

}  // namespace nonvol::api
