// Feeds EFI programs: read, digested, and verified against a db and a dbx.
//
// Input: bytes 0 and 1 the length of a signature database that serves as db and dbx; then it, then the
// program.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "efi/authenticode.h"
#include "efi/verify.h"
#include "octets/text.h"

namespace {

using namespace nonvol;
using octets::Bytes;

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

void look_at(const efi::PortableExecutable& image, std::uint64_t size_bytes) {
  for (const efi::Section& section : image.sections) {
    require(section.raw.size_bytes == 0 || section.raw.end_bytes() <= size_bytes);
  }
  for (const efi::ImageSignature& signature : image.signatures) {
    require(signature.signed_data.end_bytes() <= size_bytes);
  }
  require(image.certificate_table.size_bytes == 0 || image.certificate_table.end_bytes() <= size_bytes);
  require(image.sbat.size() <= 256 && image.signatures.size() <= size_bytes / 8);
  for (const efi::SbatEntry& entry : image.sbat) require(octets::is_utf8(entry.component));
  for (const Finding& finding : image.findings) require(!finding.message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes < 2) return 0;
  const Bytes rest = Bytes(data, size_bytes).subspan(2);
  const std::size_t split = std::min<std::size_t>(rest.size(), data[0] | data[1] << 8);
  const Bytes file = rest.subspan(split);
  const auto image = efi::parse_portable_executable(file, "fuzz.efi");
  if (!image) {
    require(!image.error().message.empty() && image.error().id == ErrorId::kNotAnEfiProgram);
    return 0;
  }
  look_at(*image, file.size());
  efi::SecureBootKeys keys;
  keys.pk.is_present = true;
  keys.db.database = efi::parse_signatures(rest.first(split), "db");
  const auto allowed = efi::verify_image(file, *image, keys);
  std::swap(keys.db, keys.dbx);
  const auto revoked = efi::verify_image(file, *image, keys);
  require(allowed.has_value() == revoked.has_value());
  if (!allowed) return 0;
  require(!efi::starts(revoked->verdict) && allowed->sha256 == revoked->sha256);
  require(allowed->sha256.size() == 32 && allowed->signatures.size() == image->signatures.size());
  return 0;
}
