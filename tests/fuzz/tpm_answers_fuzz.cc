// A TPM whose answers are hostile: made, and looked at. Input: byte 0 says what is done (modulo 4): 0 an
// inventory, 1 that of a TPM 1.2, 2 making one, 3 making a TPM 1.2. Then answers, each a 16-bit size and so
// many bytes: what stands behind the header of an answer that says that all went well, or, with the highest
// bit of the size set, a whole answer.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "octets/writer.h"
#include "tpm/credential.h"
#include "tpm/inventory.h"
#include "tpm/manufacture.h"
#include "tpm/tpm12.h"

namespace {

using namespace nonvol;
using namespace nonvol::tpm;

class Hostile final : public CommandPort {
 public:
  explicit Hostile(octets::Bytes input) : input_(input) {}
  Result<Response> execute(octets::Bytes command) override {
    // Whatever it was told, it is asked with commands that say how long they are.
    octets::Reader header(command);
    header.big_u16("tag");
    if (header.big_u32("size") != command.size() || command.size() > 4096) std::abort();
    if (input_.size() < 2) return Error(ErrorId::kInputOutput, "no more answers");
    octets::Reader reader(input_);
    const std::uint16_t said = reader.big_u16("size");
    const std::uint64_t size_bytes = std::min<std::uint64_t>(said & 0x7fff, reader.left_bytes());
    const octets::Bytes answer = reader.bytes("answer", size_bytes);
    input_ = input_.subspan(reader.position_bytes());
    if ((said & 0x8000) != 0) return Response(answer.begin(), answer.end());
    octets::Writer writer;
    writer.big_u16(0x8001).big_u32(static_cast<std::uint32_t>(10 + answer.size())).big_u32(0).bytes(answer);
    return writer.take();
  }

 private:
  octets::Bytes input_;
};

Result<std::vector<std::uint8_t>> certify(CertificateKind kind, const EkPublic& key) {
  const CredentialFacts facts;
  if (credential_request(kind, key, facts).extensions.empty()) std::abort();
  return std::vector<std::uint8_t>(1025);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Hostile port(octets::Bytes(data, size).subspan(1));
  switch (data[0] % 4) {
    case 0: {
      const Result<TpmInventory> inventory = read_inventory(port);
      if (inventory && identity_of(*inventory).manufacturer.size() != 11) std::abort();
      if (inventory) {
        for (const PersistentObject& object : inventory->objects) {
          if (describe(object.area).empty()) std::abort();
        }
      }
      break;
    }
    case 1: {
      const Result<TpmInventory12> inventory = read_inventory_12(port);
      if (inventory && identity_of(*inventory).manufacturer.size() != 11) std::abort();
      break;
    }
    case 2: {
      const ManufactureRequest request{
          {EkKind::kRsa2048, EkKind::kRsa3072, EkKind::kEccP384}, true, true, {kAlgorithmSha256}};
      const Result<Manufactured> made = manufacture(port, request, certify);
      if (made && made->certificates.size() != 4) std::abort();
      break;
    }
    default: {
      const Result<Manufactured> made = manufacture_12(port, {true, true, true}, certify);
      if (made && made->keys.size() != 1) std::abort();
    }
  }
  return 0;
}
