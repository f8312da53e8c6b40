#include "efi/authenticode.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace nonvol::efi {
namespace {

constexpr std::uint64_t kChecksumBytes = 4;
constexpr std::uint64_t kDirectoryEntryBytes = 8;

}  // namespace

Result<std::vector<FileRange>> authenticode_ranges(const PortableExecutable& image) {
  const auto refuse = [](std::string message) {
    return Error(ErrorId::kNotAnEfiProgram, std::move(message));
  };
  std::vector<FileRange> ranges;
  const std::uint64_t behind_checksum = image.checksum_offset_bytes + kChecksumBytes;
  ranges.push_back({0, image.checksum_offset_bytes});
  std::uint64_t from = behind_checksum;
  if (image.security_entry_offset_bytes) {
    ranges.push_back({from, *image.security_entry_offset_bytes - from});
    from = *image.security_entry_offset_bytes + kDirectoryEntryBytes;
  }
  if (image.headers_size_bytes < from) {
    return refuse(fmt::format("SizeOfHeaders: says {} bytes, the data directory goes on to {}",
                              image.headers_size_bytes, from));
  }
  ranges.push_back({from, image.headers_size_bytes - from});
  std::vector<const Section*> sections;
  for (const Section& section : image.sections) {
    if (section.raw.size_bytes != 0) sections.push_back(&section);
  }
  // edk2 sorts by insertion, which keeps the order of the table where two begin at the same place.
  std::ranges::sort(sections, [](const Section* a, const Section* b) {
    return std::tie(a->raw.offset_bytes, a) < std::tie(b->raw.offset_bytes, b);
  });
  std::uint64_t digested_bytes = image.headers_size_bytes;
  for (const Section* section : sections) {
    digested_bytes += section->raw.size_bytes;
    ranges.push_back(section->raw);
  }
  const std::uint64_t signed_bytes = image.certificate_table.size_bytes;
  // Sections may overlap one another, and then their sum says nothing about the file; edk2 counts the same
  // way.
  if (digested_bytes > image.file_size_bytes ||
      (digested_bytes < image.file_size_bytes && digested_bytes + signed_bytes > image.file_size_bytes)) {
    return refuse(fmt::format("headers and sections have {} bytes and the certificates {}, the file has {}",
                              digested_bytes, signed_bytes, image.file_size_bytes));
  }
  if (digested_bytes + signed_bytes < image.file_size_bytes) {
    ranges.push_back({digested_bytes, image.file_size_bytes - signed_bytes - digested_bytes});
  }
  return ranges;
}

Result<std::vector<std::uint8_t>> authenticode_digest(octets::Bytes file, const PortableExecutable& image,
                                                      seal::DigestAlgorithm algorithm) {
  const Result<std::vector<FileRange>> ranges = authenticode_ranges(image);
  if (!ranges) return ranges.error();
  std::vector<octets::Bytes> parts;
  for (const FileRange& range : *ranges) parts.push_back(file.subspan(range.offset_bytes, range.size_bytes));
  return seal::digest(algorithm, parts);
}

}  // namespace nonvol::efi
