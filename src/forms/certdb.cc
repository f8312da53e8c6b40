// A digest here is SHA-256 over the common name of the signer's certificate and over a certificate, in two
// ways that never agree and, being digests, cannot be made from one another:
//   edk2  CN, then a tbsCertificate (CalculatePrivAuthVarSignChainSHA256Digest). It is called the top-level
//         issuer's, but Pkcs7GetSigners gives the signer's own, as a signature with a chain showed.
//   QEMU  CN, then the SHA-256 fingerprint of the last certificate in the signature (var-service-pkcs7.c,
//         build_digest_authvar)
// Each compares what is stored with its own (VerifyTimeBasedPayload; uefi_vars_mm_digest_compare). So a moved
// digest is kept byte for byte, and the change of meaning is reported.
#include "forms/certdb.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "octets/text.h"

namespace nonvol::forms {
namespace {

using octets::Bytes;
using octets::Reader;
using variable::Identity;
using variable::Variable;
using ByteVector = std::vector<std::uint8_t>;

// AUTH_CERT_DB_DATA: vendor, node size, name size, data size.
constexpr std::uint64_t kNodeHeaderBytes = 28;
// What InsertCertsToDb gives it. A stamp it has none (AuthServiceInternalUpdateVariable).
constexpr std::uint32_t kCertDbAttributes =
    variable::attribute::kNonVolatile | variable::attribute::kBootService | variable::attribute::kRuntime |
    variable::attribute::kTimeBasedAuthenticated;

Identity certdb_identity() {
  return {variable::vendor::kCertDb, {'c', 0, 'e', 0, 'r', 0, 't', 0, 'd', 0, 'b', 0}};
}

auto find_certdb(std::vector<Variable>& variables) {
  return std::ranges::find(variables, certdb_identity(), &Variable::identity);
}

std::string list_hint(const std::string& file_name) {
  return fmt::format("nonvol vars list {}", octets::shell_path(file_name));
}

Finding finding(Severity severity, ErrorId id, const std::string& file_name, std::string message) {
  return {severity, id, std::move(message), Place::in_file(file_name), list_hint(file_name)};
}

void append_u32(ByteVector& bytes, std::uint64_t number) {
  for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

// One entry. Sizes are read as 32 bits and summed in 64, so that nothing wraps.
Result<CertDbEntry> read_entry(const std::string& file_name, Reader& reader, bool& as_uefivars) {
  const std::uint64_t at = reader.offset_bytes();
  const auto bad = [&](std::string message) {
    return Error(ErrorId::kCertDbDamaged,
                 fmt::format("entry at offset {:#x} of certdb of {}: {}", at, file_name, message))
        .at(Place::in_file(file_name))
        .with_hint(list_hint(file_name));
  };
  CertDbEntry entry;
  entry.identity.vendor = reader.guid("vendor");
  const std::uint64_t node_bytes = reader.u32("node size");
  const std::uint64_t name_characters = reader.u32("name size");
  const std::uint64_t digest_bytes = reader.u32("digest size");
  const Bytes name = reader.bytes("name", name_characters * 2);
  const Bytes digest = reader.bytes("digest", digest_bytes);
  if (reader.failure()) return bad(octets::describe(*reader.failure()));
  // python-uefivars counts a NUL and takes a character for one byte (EDK2CertDB.to_var); firmware refuses
  // every update for such an entry, yet what it says is plain.
  const bool nul = name.size() > 2 && octets::all_equal(name.last(2), 0);
  const bool uefivars = nul && node_bytes == kNodeHeaderBytes + name_characters + digest_bytes;
  if (!uefivars && node_bytes != kNodeHeaderBytes + name.size() + digest_bytes) {
    return bad(fmt::format("has node size {}, its header, name and digest have {}", node_bytes,
                           kNodeHeaderBytes + name.size() + digest_bytes));
  }
  if (name.empty() || digest.empty()) return bad("has no name or no digest");
  as_uefivars = as_uefivars || uefivars;
  const Bytes characters = uefivars ? name.first(name.size() - 2) : name;
  entry.identity.name_utf16.assign(characters.begin(), characters.end());
  entry.digest.assign(digest.begin(), digest.end());
  return entry;
}

}  // namespace

Result<CertDb> parse_certdb(const std::string& file_name, Bytes data) {
  Reader reader(data);
  const std::uint32_t size_bytes = reader.u32("size");
  if (reader.failure() || size_bytes != data.size()) {
    return Error(ErrorId::kCertDbDamaged,
                 fmt::format("size at the front of certdb of {}: says {} bytes, the variable has {}",
                             file_name, size_bytes, data.size()))
        .at(Place::in_file(file_name))
        .with_hint(list_hint(file_name));
  }
  CertDb result;
  // Each entry takes 28 bytes and more, or ends this.
  while (reader.left_bytes() != 0) {
    auto entry = read_entry(file_name, reader, result.as_uefivars);
    if (!entry) return entry.error();
    result.entries.push_back(*std::move(entry));
  }
  return result;
}

ByteVector build_certdb(const std::vector<CertDbEntry>& entries) {
  std::uint64_t size_bytes = 4;
  for (const CertDbEntry& entry : entries)
    size_bytes += kNodeHeaderBytes + entry.identity.name_utf16.size() + entry.digest.size();
  ByteVector result;
  result.reserve(size_bytes);
  append_u32(result, size_bytes);
  for (const CertDbEntry& entry : entries) {
    const ByteVector& name = entry.identity.name_utf16;
    result.insert(result.end(), entry.identity.vendor.bytes.begin(), entry.identity.vendor.bytes.end());
    append_u32(result, kNodeHeaderBytes + name.size() + entry.digest.size());
    append_u32(result, name.size() / 2);  // characters without NUL, as StrLen counts
    append_u32(result, entry.digest.size());
    result.insert(result.end(), name.begin(), name.end());
    result.insert(result.end(), entry.digest.begin(), entry.digest.end());
  }
  return result;
}

std::vector<Finding> digests_from_certdb(const std::string& file_name, std::vector<Variable>& variables) {
  const auto certdb = find_certdb(variables);
  if (certdb == variables.end()) return {};
  auto parsed = parse_certdb(file_name, certdb->data);
  if (!parsed) return {to_finding(parsed.error())};
  std::vector<Finding> findings;
  if (parsed->as_uefivars) {
    findings.push_back(finding(Severity::kWarning, ErrorId::kCertDbDamaged, file_name,
                               fmt::format("certdb of {} has sizes as python-uefivars writes them, which "
                                           "firmware cannot read; its {} entries were understood",
                                           file_name, parsed->entries.size())));
  }
  variables.erase(certdb);
  std::map<Identity, Variable*> places;
  for (Variable& variable : variables) places.emplace(variable.identity, &variable);
  std::set<Identity> seen;
  for (CertDbEntry& entry : parsed->entries) {
    const auto place = places.find(entry.identity);
    std::string_view unused;
    if (place == places.end()) {
      unused = "there is no such variable";
    } else if ((place->second->attributes & variable::attribute::kTimeBasedAuthenticated) == 0) {
      unused = "that variable is not authenticated";
    } else if (!seen.insert(entry.identity).second) {
      unused = "there is one before it";  // FindCertsFromDb stops at the first
    }
    if (unused.empty()) {
      place->second->digest = std::move(entry.digest);
      continue;
    }
    findings.push_back(finding(Severity::kWarning, ErrorId::kCertDbEntryUnused, file_name,
                               fmt::format("entry of certdb of {} for {} is left out: {}", file_name,
                                           entry.identity.text(), unused)));
  }
  return findings;
}

Result<void> certdb_from_digests(const std::string& file_name, std::vector<Variable>& variables) {
  if (std::ranges::all_of(variables, [](const Variable& variable) { return variable.digest.empty(); }))
    return {};
  auto certdb = find_certdb(variables);
  std::vector<CertDbEntry> entries;
  if (certdb != variables.end()) {
    auto parsed = parse_certdb(file_name, certdb->data);
    if (!parsed) return parsed.error();
    entries = std::move(parsed->entries);
  } else {
    variables.push_back({certdb_identity(), kCertDbAttributes});
    certdb = variables.end() - 1;
  }
  std::map<Identity, std::size_t> places;
  for (std::size_t i = 0; i < entries.size(); ++i) places.emplace(entries[i].identity, i);
  for (Variable& variable : variables) {
    if (variable.digest.empty()) continue;
    const auto [place, is_new] = places.try_emplace(variable.identity, entries.size());
    if (is_new) entries.push_back({variable.identity, {}});
    entries[place->second].digest = std::exchange(variable.digest, {});
  }
  certdb->data = build_certdb(entries);
  return {};
}

std::vector<Finding> digests_that_change_meaning(const std::string& file_name, Form from, Form to,
                                                 const std::vector<Variable>& variables) {
  const auto is_qemu = [](Form form) { return form == Form::kQemuJson; };
  std::vector<Finding> findings;
  if (is_qemu(from) == is_qemu(to)) return findings;
  for (const Variable& variable : variables) {
    if (variable.digest.empty()) continue;
    findings.push_back(
        finding(Severity::kWarning, ErrorId::kDigestOfOtherFirmware, file_name,
                fmt::format("digest of the signer of {} is made as {} makes it, and not as {} does: the "
                            "variable can be read, and signed updates of it will be refused",
                            variable.identity.text(), is_qemu(from) ? "QEMU" : "edk2",
                            is_qemu(to) ? "QEMU" : "edk2")));
  }
  return findings;
}

}  // namespace nonvol::forms
