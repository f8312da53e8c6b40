#pragma once

#include <cstdint>
#include <vector>

#include "efi/portable_executable.h"
#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/digest.h"

namespace nonvol::efi {

// The parts of the file that the Authenticode digest covers, in order, as edk2's HashPeImage takes them:
// headers without checksum and certificate entry, the sections by their place, what lies behind them up to
// the certificates. Error: kNotAnEfiProgram where these do not fit together, which edk2 does not start.
Result<std::vector<FileRange>> authenticode_ranges(const PortableExecutable& image);

// The digest by which db and dbx name a program, and which its signatures are for. Errors: kNotAnEfiProgram,
// kLibraryMissing.
Result<std::vector<std::uint8_t>> authenticode_digest(octets::Bytes file, const PortableExecutable& image,
                                                      seal::DigestAlgorithm algorithm);

}  // namespace nonvol::efi
