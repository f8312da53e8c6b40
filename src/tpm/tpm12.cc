#include "tpm/tpm12.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "octets/writer.h"
#include "tpm/exchange.h"

namespace nonvol::tpm {
namespace {

using octets::Bytes;
using octets::Reader;
using octets::Writer;

constexpr std::uint16_t kRequest = 0x00c1;  // TPM_TAG_RQU_COMMAND: without authorisation

// Part 2, 17.
constexpr Command kStartup = {"TPM_Startup", 0x00000099};
constexpr Command kGetCapability = {"TPM_GetCapability", 0x00000065};
constexpr Command kPhysicalEnable = {"TPM_PhysicalEnable", 0x0000006f};
constexpr Command kPhysicalSetDeactivated = {"TPM_PhysicalSetDeactivated", 0x00000072};
constexpr Command kCreateEndorsementKeyPair = {"TPM_CreateEndorsementKeyPair", 0x00000078};
constexpr Command kNvDefineSpace = {"TPM_NV_DefineSpace", 0x000000cc};
constexpr Command kNvWriteValue = {"TPM_NV_WriteValue", 0x000000cd};
constexpr Command kPhysicalPresence = {"TSC_PhysicalPresence", 0x4000000a};

constexpr std::uint32_t kAlreadyStarted = 0x00000026;  // TPM_INVALID_POSTINIT
constexpr std::size_t kDigestBytes = 20;

// Part 2, 21.1 and 21.2.
constexpr std::uint32_t kCapabilityFlag = 0x04;
constexpr std::uint32_t kCapabilityProperty = 0x05;
constexpr std::uint32_t kCapabilityNvList = 0x0d;
constexpr std::uint32_t kCapabilityNvIndex = 0x11;
constexpr std::uint32_t kCapabilityVersion = 0x1a;
constexpr std::uint32_t kFlagPermanent = 0x108;
constexpr std::uint32_t kPropertyOwner = 0x111;

Result<std::vector<std::uint8_t>> ask(CommandPort& port, const Command& command, Bytes parameters) {
  return exchange_ok(port, command, kRequest, parameters);
}

Result<void> start_up_12(CommandPort& port) {
  constexpr std::uint16_t kClear = 0x0001;  // TPM_ST_CLEAR
  const Result<Answer> answer = exchange(port, kStartup, kRequest, Writer().big_u16(kClear).view());
  if (!answer) return answer.error();
  if (answer->code != 0 && answer->code != kAlreadyStarted) return refused_with(kStartup, answer->code);
  return {};
}

// What a computer's firmware does when somebody stands before it: swtpm_setup's run_swtpm_bios.
Result<void> enable(CommandPort& port) {
  constexpr std::uint16_t kPresenceByCommand = 0x0020;  // TPM_PHYSICAL_PRESENCE_CMD_ENABLE
  constexpr std::uint16_t kPresent = 0x0008;
  for (const std::uint16_t presence : {kPresenceByCommand, kPresent}) {
    const auto answer = ask(port, kPhysicalPresence, Writer().big_u16(presence).view());
    if (!answer) return answer.error();
  }
  if (const auto answer = ask(port, kPhysicalEnable, {}); !answer) return answer.error();
  return done(ask(port, kPhysicalSetDeactivated, Writer().u8(0).view()));
}

Result<MadeKey> make_endorsement_key(CommandPort& port) {
  Writer parameters;
  // The nonce would show that the answer is to this question; nobody stands in between.
  parameters.bytes(std::array<std::uint8_t, kDigestBytes>{});
  // TPM_KEY_PARMS (part 2, 10.1): RSA for encryption by OAEP, 2048 bits of two primes, the usual exponent.
  parameters.big_u32(1).big_u16(3).big_u16(1).big_u32(12).big_u32(2048).big_u32(2).big_u32(0);
  const auto answer = ask(port, kCreateEndorsementKeyPair, parameters.view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  reader.bytes("algorithmParms", 8);
  reader.bytes("parms", reader.big_u32("parmSize"));
  const Bytes modulus = reader.bytes("pubKey", reader.big_u32("keyLength"));
  if (reader.failure()) return cut(kCreateEndorsementKeyPair, reader);
  const seal::RsaPublicKey key{{modulus.begin(), modulus.end()}};
  return MadeKey{{EkKind::kRsa2048, key}, kEndorsementKey12};
}

// TPM_PCR_INFO_SHORT (part 2, 8.4) that asks for nothing: no registers, any locality.
void write_no_condition(Writer& writer) {
  writer.big_u16(3).u8(0).u8(0).u8(0).u8(0x1f).bytes(std::array<std::uint8_t, kDigestBytes>{});
}

Result<void> define_and_write(CommandPort& port, Handle index, Bytes data) {
  constexpr std::uint32_t kOwnerReadsAndWrites = 0x00020002;  // part 2, 19.2
  Writer definition;
  definition.big_u16(0x0018).big_u32(index);  // TPM_TAG_NV_DATA_PUBLIC
  write_no_condition(definition);
  write_no_condition(definition);
  definition.big_u16(0x0017).big_u32(kOwnerReadsAndWrites);  // TPM_TAG_NV_ATTRIBUTES
  definition.u8(0).u8(0).u8(0).big_u32(static_cast<std::uint32_t>(data.size()));
  definition.bytes(std::array<std::uint8_t, kDigestBytes>{});  // the index's password
  if (const auto answer = ask(port, kNvDefineSpace, definition.view()); !answer) return answer.error();
  Writer value;
  value.big_u32(index).big_u32(0).big_u32(static_cast<std::uint32_t>(data.size())).bytes(data);
  return done(ask(port, kNvWriteValue, value.view()));
}

Result<StoredCertificate> store_certificate(CommandPort& port, CertificateKind kind, const EkPublic& key,
                                            const Certify& certify) {
  // NV memory of all of libtpms' TPM 1.2 (tpm_nvram_const.h, TPM_MAX_NV_DEFINED_SIZE).
  constexpr std::size_t kMemoryBytes = 2100;
  auto der = certify(kind, key);
  if (!der) return der.error();
  const Handle index =
      kind == CertificateKind::kPlatform ? kPlatformCertificateIndex12 : kEkCertificateIndex12;
  // TCG_PCCLIENT_STORED_CERT with a whole certificate in it (the PC Client specification, 7.4.4).
  Writer stored;
  stored.big_u16(0x1001)
      .u8(0)
      .big_u16(static_cast<std::uint16_t>(der->size() + 2))
      .big_u16(0x1002)
      .bytes(*der);
  if (stored.size_bytes() > kMemoryBytes) {
    return Error(
        ErrorId::kCertificateTooLarge,
        fmt::format("the certificate for index {:#x} has {} bytes with its header, the TPM's memory has {}",
                    index, stored.size_bytes(), kMemoryBytes));
  }
  if (const auto written = define_and_write(port, index, stored.view()); !written) return written.error();
  return StoredCertificate{kind, index, std::move(*der)};
}

Result<std::vector<std::uint8_t>> get_capability(CommandPort& port, std::uint32_t area, Bytes what) {
  Writer parameters;
  parameters.big_u32(area).big_u32(static_cast<std::uint32_t>(what.size())).bytes(what);
  const auto answer = ask(port, kGetCapability, parameters.view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  const Bytes result = reader.bytes("resp", reader.big_u32("respSize"));
  if (reader.failure()) return cut(kGetCapability, reader);
  return std::vector<std::uint8_t>(result.begin(), result.end());
}

// TPM_CAP_VERSION_INFO (part 2, 21.6).
Result<void> read_version(CommandPort& port, TpmInventory12& into) {
  const auto answer = get_capability(port, kCapabilityVersion, {});
  if (!answer) return answer.error();
  Reader reader(*answer);
  reader.bytes("tag, major and minor", 4);
  into.firmware_major = reader.u8("revMajor");
  into.firmware_minor = reader.u8("revMinor");
  into.level = reader.big_u16("specLevel");
  into.errata = reader.u8("errataRev");
  into.manufacturer_id = reader.big_u32("tpmVendorID");
  if (reader.failure()) return cut(kGetCapability, reader);
  into.manufacturer = vendor_letters(into.manufacturer_id);
  return {};
}

// TPM_PERMANENT_FLAGS (part 2, 7.1) and TPM_CAP_PROP_OWNER.
Result<void> read_flags(CommandPort& port, TpmInventory12& into) {
  const auto answer = get_capability(port, kCapabilityFlag, Writer().big_u32(kFlagPermanent).view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  reader.big_u16("tag");
  const Bytes flags = reader.bytes("flags", 16);
  if (reader.failure()) return cut(kGetCapability, reader);
  into.enabled = flags[0] == 0;
  into.activated = flags[2] == 0;
  into.endorsement_key_made = flags[9] != 0;  // CEKPUsed
  into.memory_locked = flags[15] != 0;        // nvLocked
  const auto owner = get_capability(port, kCapabilityProperty, Writer().big_u32(kPropertyOwner).view());
  if (!owner) return owner.error();
  into.owned = !owner->empty() && owner->front() != 0;
  return {};
}

void pass_condition(Reader& reader) {
  reader.bytes("pcrSelect", reader.big_u16("sizeOfSelect"));
  reader.bytes("localityAtRelease and digestAtRelease", 1 + kDigestBytes);
}

// TPM_NV_DATA_PUBLIC (part 2, 19.3).
Result<NvIndex12> read_index(CommandPort& port, Handle index) {
  const auto answer = get_capability(port, kCapabilityNvIndex, Writer().big_u32(index).view());
  if (!answer) return answer.error();
  Reader reader(*answer);
  NvIndex12 result;
  reader.big_u16("tag");
  result.index = reader.big_u32("nvIndex");
  pass_condition(reader);
  pass_condition(reader);
  reader.big_u16("tag");
  result.attributes = reader.big_u32("attributes");
  reader.bytes("bReadSTClear, bWriteSTClear and bWriteDefine", 3);
  result.size_bytes = reader.big_u32("dataSize");
  if (reader.failure()) return cut(kGetCapability, reader);
  return result;
}

}  // namespace

Result<Manufactured> manufacture_12(CommandPort& port, const ManufactureRequest12& request,
                                    const Certify& certify) {
  if (const auto started = start_up_12(port); !started) return started.error();
  if (const auto enabled = enable(port); !enabled) return enabled.error();
  Manufactured result;
  if (!request.endorsement_key) return result;
  Result<MadeKey> made = make_endorsement_key(port);
  if (!made) return made.error();
  result.keys.push_back(std::move(*made));
  for (const auto& [wanted, kind] : {std::pair(request.ek_certificate, CertificateKind::kEndorsementKey),
                                     std::pair(request.platform_certificate, CertificateKind::kPlatform)}) {
    if (!wanted) continue;
    Result<StoredCertificate> stored = store_certificate(port, kind, result.keys.front().key, certify);
    if (!stored) return stored.error();
    result.certificates.push_back(std::move(*stored));
  }
  return result;
}

Result<TpmInventory12> read_inventory_12(CommandPort& port) {
  if (const auto started = start_up_12(port); !started) return started.error();
  TpmInventory12 result;
  if (const auto read = read_version(port, result); !read) return read.error();
  if (const auto read = read_flags(port, result); !read) return read.error();
  const auto list = get_capability(port, kCapabilityNvList, {});
  if (!list) return list.error();
  Reader reader(*list);
  // The size of an answer bounds it.
  while (reader.left_bytes() >= sizeof(Handle)) {
    const Result<NvIndex12> index = read_index(port, reader.big_u32("nvIndex"));
    if (!index) return index.error();
    result.indices.push_back(*index);
  }
  return result;
}

TpmIdentity identity_of(const TpmInventory12& inventory) {
  TpmIdentity result;
  result.manufacturer = fmt::format("id:{:08X}", inventory.manufacturer_id);
  result.model = "libtpms";  // a TPM 1.2 has no string for it
  result.version = fmt::format("id:{:04X}{:04X}", inventory.firmware_major, inventory.firmware_minor);
  result.family = "1.2";
  result.level = inventory.level;
  // The errata are those of revisions 94, 103 and 116.
  result.revision = inventory.errata >= 3 ? 116 : inventory.errata == 2 ? 103 : 94;
  return result;
}

}  // namespace nonvol::tpm
