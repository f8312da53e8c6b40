#pragma once

#include <optional>
#include <span>

#include "seal/certificate_library.h"

namespace nonvol::seal {

// For the files of this folder that read PKCS #7.

// SignedData from its bytes, bare or in a ContentInfo. Error: kNotSignedData.
Result<Owned<PKCS7>> decode_signed_data(octets::Bytes signed_data);

// What verify_signed_data() says of a message that was read already.
std::optional<std::size_t> verify_decoded(PKCS7* message, octets::Bytes content,
                                          std::span<const octets::Bytes> trusted);

}  // namespace nonvol::seal
