#pragma once

#include <optional>

#include "api/libvirt_select.h"

// Private to api/: the pieces of libvirt_select.
namespace nonvol::api {

// The domain that asks libvirt for what the words ask nonvol for.
Result<libvirt::Domain> domain_from_words(const FirmwareRequest& request);

// The request to nonvol's own rules that says what the domain says; nothing where firmware is given by path,
// which they do not have.
std::optional<descriptor::Request> own_request(const libvirt::Domain& domain);

// kLibvirtDiffers with every rule that makes the two answers differ; nothing where they are the same.
// `wanted` gives what a domain has no words for.
std::optional<Finding> difference(const Context& context, const libvirt::Domain& asked,
                                  const libvirt::Descriptors& read, const FirmwareRequest& wanted,
                                  const LibvirtSelectReport& report);

}  // namespace nonvol::api
