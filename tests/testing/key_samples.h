#pragma once

#include <array>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "octets/guid.h"
#include "octets/reader.h"
#include "seal/certificate.h"
#include "testing/child.h"
#include "testing/scratch.h"

// Keys, signature lists and EFI programs for tests. The formats are written here by hand, so that what reads
// them is not held to itself.
namespace nonvol::test_keys {

using ByteVector = std::vector<std::uint8_t>;

inline constexpr octets::Guid kX509 = octets::guid_literal("a5c059a1-94e4-4aa7-87b5-ab155c2bf072");
inline constexpr octets::Guid kSha256 = octets::guid_literal("c1c41626-504c-4092-aca9-41f936934328");
inline constexpr octets::Guid kOwner = octets::guid_literal("11111111-2222-3333-4444-555555555555");
inline constexpr octets::Guid kOtherOwner = octets::guid_literal("99999999-2222-3333-4444-555555555555");

// A key and its certificate, made once for the whole program: making one takes a tenth of a second.
inline const seal::SelfSigned& key_named(const std::string& name) {
  static std::vector<std::pair<std::string, seal::SelfSigned>> made;
  for (const auto& [known, key] : made) {
    if (known == name) return key;
  }
  constexpr std::int64_t kStartOf2026 = 1767225600;
  made.reserve(64);  // references to elements are handed out
  made.emplace_back(name, *seal::make_self_signed({name, kStartOf2026, 3650}));
  return made.back().second;
}

inline void put(ByteVector& out, octets::Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
inline void put_number(ByteVector& out, std::uint64_t value, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// An EFI_SIGNATURE_LIST of entries that all have the size of the first.
inline ByteVector list_of(const octets::Guid& type, const std::vector<ByteVector>& entries,
                          const octets::Guid& owner = kOwner) {
  ByteVector out(type.bytes.begin(), type.bytes.end());
  const std::size_t size_bytes = 16 + (entries.empty() ? 32 : entries.front().size());
  put_number(out, 28 + entries.size() * size_bytes, 4);
  put_number(out, 0, 4);
  put_number(out, size_bytes, 4);
  for (const ByteVector& entry : entries) {
    put(out, owner.bytes);
    put(out, entry);
  }
  return out;
}

inline ByteVector joined(std::initializer_list<ByteVector> parts) {
  ByteVector out;
  for (const ByteVector& part : parts) put(out, part);
  return out;
}

// EFI_TIME: year to second, the rest zero.
inline std::array<std::uint8_t, 16> time_of(int year, int month, int day, int second = 0) {
  return {static_cast<std::uint8_t>(year),
          static_cast<std::uint8_t>(year >> 8),
          static_cast<std::uint8_t>(month),
          static_cast<std::uint8_t>(day),
          0,
          0,
          static_cast<std::uint8_t>(second)};
}

inline ByteVector read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline std::string write_file(const testing::Scratch& scratch, std::string_view name, octets::Bytes bytes) {
  const std::string path = scratch / name;
  std::ofstream file(path, std::ios::binary);
  for (const std::uint8_t byte : bytes) file.put(static_cast<char>(byte));
  return path;
}
inline std::string write_text(const testing::Scratch& scratch, std::string_view name, std::string_view text) {
  return write_file(scratch, name, ByteVector(text.begin(), text.end()));
}

// NAME.pem, NAME.der and NAME.key of a key in the scratch directory, for programs.
inline void write_key(const testing::Scratch& scratch, const std::string& name) {
  const seal::SelfSigned& key = key_named(name);
  const std::string der = write_file(scratch, name + ".der", key.certificate);
  write_text(scratch, name + ".key", key.private_key_pem);
  testing::run({"openssl", "x509", "-inform", "DER", "-in", der, "-out", scratch / (name + ".pem")});
}

// What a program prints and returns, run by the shell in the scratch directory.
inline testing::Finished shell(const testing::Scratch& scratch, const std::string& script) {
  return testing::run({"sh", "-c", "cd " + scratch.path() + " && { " + script + "; }"});
}
inline bool has_program(const std::string& name) {
  return testing::run({"sh", "-c", "command -v " + name}).status == 0;
}

// A PE32+ program with one section of 0x200 bytes and, if asked for, a second one with this text as .sbat;
// `signatures` become its certificate table.
struct ProgramShape {
  std::string sbat;
  ByteVector signatures;
  std::uint32_t directory_entries = 16;
};

inline void poke(ByteVector& bytes, std::size_t offset_bytes, std::uint64_t value, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i)
    bytes.at(offset_bytes + i) = static_cast<std::uint8_t>(value >> (8 * i));
}

namespace program {
inline constexpr std::size_t kPeHeader = 0x40;
inline constexpr std::size_t kOptionalHeader = kPeHeader + 24;
inline constexpr std::size_t kSizeOfImage = kOptionalHeader + 56;
inline constexpr std::size_t kSizeOfHeaders = kOptionalHeader + 60;
inline constexpr std::size_t kChecksum = kOptionalHeader + 64;
inline constexpr std::size_t kDirectoryCount = kOptionalHeader + 108;
inline constexpr std::size_t kSecurityEntry = kOptionalHeader + 112 + 4 * 8;
inline constexpr std::size_t kSectionTable = kOptionalHeader + 112 + 16 * 8;
inline constexpr std::size_t kHeadersBytes = 0x200;
inline constexpr std::size_t kSectionBytes = 0x200;
}  // namespace program

inline ByteVector make_program(const ProgramShape& shape = {}) {
  namespace at = program;
  const bool has_sbat = !shape.sbat.empty();
  ByteVector bytes(at::kHeadersBytes + at::kSectionBytes * (has_sbat ? 2 : 1), 0);
  poke(bytes, 0, 0x5a4d, 2);
  poke(bytes, 0x3c, at::kPeHeader, 4);
  poke(bytes, at::kPeHeader, 0x4550, 4);
  poke(bytes, at::kPeHeader + 4, 0x8664, 2);
  poke(bytes, at::kPeHeader + 6, has_sbat ? 2 : 1, 2);
  poke(bytes, at::kPeHeader + 20, 112 + shape.directory_entries * 8, 2);
  poke(bytes, at::kOptionalHeader, 0x20b, 2);
  poke(bytes, at::kSizeOfImage, 0x3000, 4);
  poke(bytes, at::kSizeOfHeaders, at::kHeadersBytes, 4);
  poke(bytes, at::kChecksum, 0x12345678, 4);
  poke(bytes, at::kOptionalHeader + 68, 10, 2);  // EFI application
  poke(bytes, at::kDirectoryCount, shape.directory_entries, 4);
  std::size_t table = at::kOptionalHeader + 112 + shape.directory_entries * 8;
  const auto add_section = [&](std::string_view name, std::uint64_t number, std::uint64_t used_bytes) {
    for (std::size_t i = 0; i < name.size(); ++i) bytes[table + i] = static_cast<std::uint8_t>(name[i]);
    poke(bytes, table + 8, used_bytes, 4);
    poke(bytes, table + 12, 0x1000 * (number + 1), 4);
    poke(bytes, table + 16, at::kSectionBytes, 4);
    poke(bytes, table + 20, at::kHeadersBytes + number * at::kSectionBytes, 4);
    table += 40;
  };
  add_section(".text", 0, at::kSectionBytes);
  for (std::size_t i = 0; i < at::kSectionBytes; ++i)
    bytes[at::kHeadersBytes + i] = static_cast<std::uint8_t>(i * 7);
  if (has_sbat) {
    add_section(".sbat", 1, shape.sbat.size());
    for (std::size_t i = 0; i < shape.sbat.size(); ++i) {
      bytes[at::kHeadersBytes + at::kSectionBytes + i] = static_cast<std::uint8_t>(shape.sbat[i]);
    }
  }
  if (!shape.signatures.empty()) {
    poke(bytes, at::kSecurityEntry, bytes.size(), 4);
    poke(bytes, at::kSecurityEntry + 4, shape.signatures.size(), 4);
    put(bytes, shape.signatures);
  }
  return bytes;
}

}  // namespace nonvol::test_keys
