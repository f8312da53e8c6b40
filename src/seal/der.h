#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "seal/certificate.h"

namespace nonvol::seal {

// Values in DER (ITU-T X.690, chapters 8 and 10), built from the inside out: what certificates hold that no
// function of OpenSSL makes.

Der der_element(std::uint8_t tag, std::initializer_list<octets::Bytes> content);
Der der_sequence(std::initializer_list<octets::Bytes> parts);
// Of one member, so that DER's order of members has nothing to say.
Der der_set_of_one(octets::Bytes member);
// 2.23.133.2.1 is der_oid({2, 23, 133, 2, 1}).
Der der_oid(std::initializer_list<std::uint32_t> arcs);
Der der_utf8(std::string_view text);
Der der_octets(octets::Bytes bytes);
// Whole bytes.
Der der_bits(octets::Bytes bytes);
// A number that is not negative, big-endian, with any number of zero bytes in front.
Der der_integer(octets::Bytes magnitude);
Der der_integer(std::uint32_t value);

}  // namespace nonvol::seal
