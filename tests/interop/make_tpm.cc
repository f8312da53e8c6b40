// Makes a TPM of the one that answers at a socket, as a test has a real swtpm to be made:
//   make_tpm SOCKET DIRECTORY KIND...      a TPM 2.0 with these keys
//   make_tpm SOCKET DIRECTORY 1.2
//   make_tpm SOCKET DIRECTORY show-1.2     what is in it, nothing is made
// The authority's certificates go to DIRECTORY/root.pem and signing.pem, each issued one to INDEX.der.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "seal/issue.h"
#include "tpm/credential.h"
#include "tpm/inventory.h"
#include "tpm/manufacture.h"
#include "tpm/tpm12.h"

namespace {

using namespace nonvol;

class SocketPort final : public tpm::CommandPort {
 public:
  explicit SocketPort(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~SocketPort() override { ::close(fd_); }
  SocketPort(const SocketPort&) = delete;
  SocketPort& operator=(const SocketPort&) = delete;

  Result<tpm::Response> execute(octets::Bytes command) override {
    // swtpm answers a command in one piece, and takes one likewise.
    std::array<std::uint8_t, 4096> answer{};
    if (!connected_ || ::write(fd_, command.data(), command.size()) != static_cast<ssize_t>(command.size())) {
      return Error(ErrorId::kInputOutput, "nobody takes commands at the socket");
    }
    const ssize_t size_bytes = ::read(fd_, answer.data(), answer.size());
    if (size_bytes <= 0) return Error(ErrorId::kInputOutput, "nobody answers at the socket");
    return tpm::Response(answer.begin(), answer.begin() + size_bytes);
  }

 private:
  int fd_;
  bool connected_ = false;
};

void put(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

tpm::Certify certify_with(const seal::Authority& authority, const tpm::TpmIdentity& identity) {
  const seal::Signer signer{authority.signing_certificate_pem, authority.signing_key_pem};
  const tpm::CredentialFacts facts{identity, {"QEMU", "q35", "7.2"}, "web01", {}};
  return [signer, facts](tpm::CertificateKind kind, const tpm::EkPublic& key) {
    return seal::issue_certificate(signer, tpm::credential_request(kind, key, facts));
  };
}

Result<tpm::Manufactured> make(tpm::CommandPort& port, const std::vector<std::string_view>& kinds,
                               const std::string& directory) {
  const Result<seal::Authority> authority = seal::make_authority({"Host 7", {}});
  if (!authority) return authority.error();
  put(directory + "/root.pem", authority->root_certificate_pem);
  put(directory + "/signing.pem", authority->signing_certificate_pem);
  if (std::ranges::find(kinds, "1.2") != kinds.end()) {
    const Result<tpm::TpmInventory12> inventory = tpm::read_inventory_12(port);
    if (!inventory) return inventory.error();
    return tpm::manufacture_12(port, {true, true, true}, certify_with(*authority, identity_of(*inventory)));
  }
  const Result<tpm::TpmInventory> inventory = tpm::read_inventory(port);
  if (!inventory) return inventory.error();
  tpm::ManufactureRequest request{{}, true, true, {tpm::kAlgorithmSha256}};
  for (const std::string_view name : kinds) {
    for (const tpm::EkKind kind : {tpm::EkKind::kRsa2048, tpm::EkKind::kRsa3072, tpm::EkKind::kEccP384}) {
      if (to_string(kind) == name) request.endorsement_keys.push_back(kind);
    }
  }
  return tpm::manufacture(port, request, certify_with(*authority, identity_of(*inventory)));
}

// Without what differs from one TPM to the next.
Result<void> show_12(tpm::CommandPort& port) {
  const Result<tpm::TpmInventory12> inventory = tpm::read_inventory_12(port);
  if (!inventory) return inventory.error();
  std::printf("enabled %d activated %d owned %d key %d locked %d\n", inventory->enabled, inventory->activated,
              inventory->owned, inventory->endorsement_key_made, inventory->memory_locked);
  for (const tpm::NvIndex12& index : inventory->indices) {
    std::printf("index %#x attributes %#x\n", index.index, index.attributes);
  }
  return {};
}

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  const std::string directory = words[2];
  const std::vector<std::string_view> kinds(words + 3, words + count);
  SocketPort port(words[1]);
  if (kinds.front() == "show-1.2") {
    const Result<void> shown = show_12(port);
    return shown ? 0 : fail(shown.error());
  }
  const Result<tpm::Manufactured> made = make(port, kinds, directory);
  if (!made) return fail(made.error());
  for (const tpm::StoredCertificate& certificate : made->certificates) {
    char name[32] = {};
    std::snprintf(name, sizeof(name), "/%#x.der", certificate.index);
    put(directory + name, std::string(certificate.der.begin(), certificate.der.end()));
  }
  return 0;
}
