#include "efi/portable_executable.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Guid;
using octets::Reader;

constexpr std::uint16_t kDosSignature = 0x5a4d;     // "MZ"
constexpr std::uint32_t kPeSignature = 0x00004550;  // "PE\0\0"
constexpr std::uint16_t kPe32 = 0x10b;
constexpr std::uint16_t kPe32Plus = 0x20b;
constexpr std::uint32_t kSecurityEntry = 4;
constexpr std::uint32_t kDirectoryEntryBytes = 8;
constexpr std::uint32_t kMostDirectoryEntries = 16;
constexpr std::uint32_t kSectionHeaderBytes = 40;
// sbat.md of shim names a handful of components; more lines than this say nothing to anybody.
constexpr std::size_t kMostSbatLines = 256;
// Each is verified against every certificate of db and dbx. Programs have one or two.
constexpr std::size_t kMostSignatures = 64;

constexpr std::uint16_t kPkcsSignedData = 0x0002;
constexpr std::uint16_t kEfiGuid = 0x0ef1;
constexpr Guid kPkcs7 = octets::guid_literal("4aafd29d-68df-49ee-8aa9-347d375665a7");
constexpr std::uint32_t kWinCertificateBytes = 8;
constexpr std::uint32_t kGuidCertificateBytes = 24;

class ImageParser {
 public:
  ImageParser(Bytes bytes, std::string_view file) : bytes_(bytes), file_(file) {}

  Result<PortableExecutable> parse() {
    image_.file_size_bytes = bytes_.size();
    if (Result<void> read = read_headers(); !read) return read.error();
    if (Result<void> read = read_sections(); !read) return read.error();
    if (image_.certificate_table.size_bytes != 0) read_signatures();
    read_sbat();
    return std::move(image_);
  }

 private:
  Error refuse(std::uint64_t offset_bytes, std::string message) const {
    return Error(ErrorId::kNotAnEfiProgram, std::move(message)).at(Place::at_byte(file_, offset_bytes));
  }
  Error cut_off(const Reader& reader) const {
    return refuse(reader.failure()->offset_bytes,
                  fmt::format("{} is no EFI program: {}", file_, octets::describe(*reader.failure())));
  }
  Reader reader_at(std::uint64_t offset_bytes) const {
    return Reader(bytes_.subspan(std::min<std::uint64_t>(offset_bytes, bytes_.size())), offset_bytes);
  }

  Result<void> read_headers() {
    std::uint64_t pe_offset = 0;
    Reader dos(bytes_);
    if (dos.u16("DOS signature") == kDosSignature) {
      dos.bytes("DOS header", 58);
      pe_offset = dos.u32("offset of the PE header");
    }
    if (dos.failure()) return cut_off(dos);
    Reader reader = reader_at(pe_offset);
    const std::uint32_t signature = reader.u32("PE signature");
    image_.machine = reader.u16("machine");
    section_count_ = reader.u16("number of sections");
    reader.bytes("time and symbols", 12);
    const std::uint16_t optional_bytes = reader.u16("size of the optional header");
    reader.u16("characteristics");
    const std::uint64_t optional_offset = reader.offset_bytes();
    const std::uint16_t magic = reader.u16("magic of the optional header");
    if (reader.failure()) return cut_off(reader);
    if (signature != kPeSignature) {
      return refuse(pe_offset,
                    fmt::format("PE signature at offset {:#x} of {}: is {:#010x}, an EFI program has "
                                "{:#010x} ('PE')",
                                pe_offset, file_, signature, kPeSignature));
    }
    if (magic != kPe32 && magic != kPe32Plus) {
      return refuse(optional_offset,
                    fmt::format("magic at offset {:#x} of {}: is {:#x}, {:#x} and {:#x} are known",
                                optional_offset, file_, magic, kPe32, kPe32Plus));
    }
    image_.is_64_bit = magic == kPe32Plus;
    section_table_ = optional_offset + optional_bytes;
    return read_optional_header(optional_offset, optional_bytes);
  }

  Result<void> read_optional_header(std::uint64_t offset, std::uint32_t optional_bytes) {
    Reader reader = reader_at(offset);
    reader.bytes("optional header", 56);
    const std::uint32_t image_bytes = reader.u32("SizeOfImage");
    image_.headers_size_bytes = reader.u32("SizeOfHeaders");
    image_.checksum_offset_bytes = reader.offset_bytes();
    reader.u32("CheckSum");
    image_.subsystem = reader.u16("Subsystem");
    reader.bytes("stack and heap sizes", image_.is_64_bit ? 38 : 22);
    const std::uint32_t entries = reader.u32("NumberOfRvaAndSizes");
    const std::uint64_t directory = reader.offset_bytes();
    if (reader.failure()) return cut_off(reader);
    const std::uint64_t fixed_bytes = directory - offset;
    if (entries > kMostDirectoryEntries || fixed_bytes + entries * kDirectoryEntryBytes != optional_bytes) {
      return refuse(
          directory - 4,
          fmt::format("NumberOfRvaAndSizes at offset {:#x} of {}: says {} entries, the optional header "
                      "has {} bytes after its first {}",
                      directory - 4, file_, entries,
                      optional_bytes < fixed_bytes ? 0 : optional_bytes - fixed_bytes, fixed_bytes));
    }
    if (image_.headers_size_bytes > bytes_.size() || image_.headers_size_bytes >= image_bytes ||
        image_.headers_size_bytes < section_table_) {
      return refuse(
          image_.checksum_offset_bytes - 4,
          fmt::format("SizeOfHeaders at offset {:#x} of {}: says {} bytes, the section table begins at "
                      "{}, the file has {} and the image {}",
                      image_.checksum_offset_bytes - 4, file_, image_.headers_size_bytes, section_table_,
                      bytes_.size(), image_bytes));
    }
    if (entries <= kSecurityEntry) return {};
    const std::uint64_t entry = directory + kSecurityEntry * kDirectoryEntryBytes;
    image_.security_entry_offset_bytes = entry;
    Reader security = reader_at(entry);
    image_.certificate_table.offset_bytes = security.u32("certificate table");
    image_.certificate_table.size_bytes = security.u32("size of the certificate table");
    if (security.failure()) return cut_off(security);
    if (image_.certificate_table.size_bytes != 0 && image_.certificate_table.end_bytes() > bytes_.size()) {
      return refuse(entry,
                    fmt::format("certificate table at offset {:#x} of {}: ends at {}, the file has {} bytes",
                                entry, file_, image_.certificate_table.end_bytes(), bytes_.size()));
    }
    return {};
  }

  Result<void> read_sections() {
    Reader reader = reader_at(section_table_);
    for (std::uint32_t i = 0; i < section_count_; ++i) {
      const std::uint64_t at = reader.offset_bytes();
      const Bytes name = reader.bytes("section name", 8);
      Section section;
      section.virtual_size_bytes = reader.u32("section's virtual size");
      reader.u32("section's virtual address");
      section.raw.size_bytes = reader.u32("section's raw size");
      section.raw.offset_bytes = reader.u32("section's raw offset");
      reader.bytes("rest of the section header", kSectionHeaderBytes - 24);
      if (reader.failure()) return cut_off(reader);
      section.name.assign(name.begin(), std::ranges::find(name, 0));
      if (section.raw.size_bytes != 0 &&
          (section.raw.offset_bytes == 0 || section.raw.end_bytes() > bytes_.size())) {
        return refuse(
            at, fmt::format("section {} at offset {:#x} of {}: lies at {} to {}, the file has {} bytes", i,
                            at, file_, section.raw.offset_bytes, section.raw.end_bytes(), bytes_.size()));
      }
      image_.sections.push_back(std::move(section));
    }
    return {};
  }

  void find_signatures(std::uint64_t offset_bytes, std::string message) {
    image_.findings.push_back({Severity::kError,
                               ErrorId::kProgramSignatures,
                               std::move(message),
                               Place::at_byte(file_, offset_bytes),
                               {}});
  }

  // DxeImageVerificationHandler: entries follow one another, each on a multiple of 8, and end with the table.
  void read_signatures() {
    const std::uint64_t end = image_.certificate_table.end_bytes();
    std::uint64_t position = image_.certificate_table.offset_bytes;
    while (position < end) {
      if (image_.signatures.size() == kMostSignatures) {
        find_signatures(position,
                        fmt::format("signature at offset {:#x} of {}: is one more than the {} that are "
                                    "looked at",
                                    position, file_, kMostSignatures));
        break;
      }
      const std::uint64_t left = end - position;
      Reader reader = reader_at(position);
      const std::uint32_t length = reader.u32("length");
      reader.u16("revision");
      ImageSignature signature{position, reader.u16("type"), {}};
      const std::uint64_t padded = (std::uint64_t{length} + 7) / 8 * 8;
      const std::uint32_t header = signature.type == kEfiGuid ? kGuidCertificateBytes : kWinCertificateBytes;
      const bool is_read = signature.type == kEfiGuid || signature.type == kPkcsSignedData;
      if (left <= kWinCertificateBytes || length < header || (is_read && length == header) || padded > left) {
        find_signatures(position,
                        fmt::format("signature at offset {:#x} of {}: says {} bytes, {} to {} are possible",
                                    position, file_, length, header + (is_read ? 1 : 0), left));
        break;
      }
      if (signature.type == kPkcsSignedData ||
          (signature.type == kEfiGuid && reader.guid("GUID") == kPkcs7)) {
        signature.signed_data = {position + header, length - header};
      }
      image_.signatures.push_back(signature);
      position += padded;
    }
    image_.signatures_fill_table = position == end;
  }

  void read_sbat() {
    const auto section = std::ranges::find(image_.sections, ".sbat", &Section::name);
    if (section == image_.sections.end()) return;
    const std::uint64_t used = std::min<std::uint64_t>(section->raw.size_bytes, section->virtual_size_bytes);
    const Bytes raw = bytes_.subspan(section->raw.size_bytes == 0 ? 0 : section->raw.offset_bytes, used);
    const std::string text(raw.begin(), std::ranges::find(raw, 0));
    if (!octets::is_utf8(text)) return;
    std::string_view left = text;
    while (!left.empty() && image_.sbat.size() < kMostSbatLines) {
      std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(left.size(), line.size() + 1));
      while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line.empty()) continue;
      SbatEntry entry;
      for (std::string* field : {&entry.component, &entry.generation}) {
        const std::string_view value = line.substr(0, line.find(','));
        *field = value;
        line.remove_prefix(std::min(line.size(), value.size() + 1));
      }
      entry.rest = line;
      image_.sbat.push_back(std::move(entry));
    }
  }

  Bytes bytes_;
  std::string file_;
  PortableExecutable image_;
  std::uint32_t section_count_ = 0;
  std::uint64_t section_table_ = 0;
};

}  // namespace

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case 0x014c:
      return "i386";
    case 0x8664:
      return "x86_64";
    case 0x01c2:
      return "arm";
    case 0xaa64:
      return "aarch64";
    case 0x5064:
      return "riscv64";
    case 0x6264:
      return "loongarch64";
    default:
      return fmt::format("{:#06x}", machine);
  }
}

Result<PortableExecutable> parse_portable_executable(Bytes bytes, std::string_view file) {
  return ImageParser(bytes, file).parse();
}

}  // namespace nonvol::efi
