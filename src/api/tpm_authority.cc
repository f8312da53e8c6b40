#include "api/tpm_authority.h"

#include <fmt/format.h>

#include <vector>

#include "api/keys_time.h"
#include "octets/text.h"
#include "seal/aead.h"
#include "storage/byte_stream.h"
#include "storage/file_beside.h"
#include "storage/posix.h"

namespace nonvol::api {
namespace {

constexpr std::uint64_t kMaxPemBytes = 64 * 1024;
constexpr const char* kSigningCertificate = "signing-certificate.pem";
constexpr const char* kSigningKey = "signing-key.pem";
constexpr const char* kRootCertificate = "root-certificate.pem";
constexpr const char* kRootKey = "root-key.pem";

octets::Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<std::string> read_part(const std::string& directory, const char* name) {
  const std::string path = directory + "/" + name;
  Result<std::vector<std::uint8_t>> content = storage::read_input(path, kMaxPemBytes);
  if (!content && content.error().id == ErrorId::kFileMissing) {
    return Error(ErrorId::kAuthorityDamaged,
                 fmt::format("the certificate authority in {} has no {}", directory, name))
        .at(Place::in_file(path))
        .with_hint("ls -l " + octets::shell_path(directory));
  }
  if (!content) return content.error();
  std::string text(content->begin(), content->end());
  seal::wipe(*content);
  return text;
}

Result<void> make(const Context& context, const std::string& directory, std::int64_t now) {
  Result<seal::Authority> authority = seal::make_authority({"nonvol TPM authority", {now}});
  if (!authority) return authority.error();
  storage::FileSystem& files = context.files;
  const std::string temporary = directory + ".new";
  // What an interrupted one left; whoever is at it now keeps it, and this one is refused.
  const std::pair<const char*, const std::string*> parts[] = {
      {kRootCertificate, &authority->root_certificate_pem},
      {kRootKey, &authority->root_key_pem},
      {kSigningCertificate, &authority->signing_certificate_pem},
      {kSigningKey, &authority->signing_key_pem}};
  for (const auto& [name, text] : parts) static_cast<void>(files.remove_file(temporary + "/" + name));
  static_cast<void>(files.remove_directory(temporary));
  if (Result<void> done = files.make_directory(temporary); !done) return done;
  for (const auto& [name, text] : parts) {
    Result<void> written = storage::write_new_file(files, temporary + "/" + name, bytes_of(*text));
    if (!written) return written;
  }
  if (Result<void> done = files.sync_directory(temporary); !done) return done;
  if (Result<void> done = files.rename_new(temporary, directory); !done) return done;
  return files.sync_directory(storage::directory_of(directory));
}

}  // namespace

Result<OpenAuthority> open_authority(const Context& context, const std::string& directory) {
  const std::optional<std::chrono::sys_seconds> now = parse_utc(context.now());
  OpenAuthority authority{directory, false, {}, now ? now->time_since_epoch().count() : 0};
  if (directory.empty()) {
    Result<guest::Home> home = open_home(context);
    if (!home) return home.error();
    if (Result<void> made = home->make_home(); !made) return made.error();
    authority.directory = home->directory(kAuthorityDirectory);
  }
  Result<storage::FileStatus> status = context.files.status(authority.directory);
  if (!status && status.error().id != ErrorId::kFileMissing) return status.error();
  if (!status) {
    Result<std::unique_ptr<storage::Lock>> lock = context.files.lock(authority.directory + ".lock");
    if (!lock) return lock.error();
    // Another process may have made it meanwhile.
    if (!context.files.status(authority.directory)) {
      if (Result<void> made = make(context, authority.directory, authority.now_unix_seconds); !made) {
        return made.error();
      }
      authority.made = true;
    }
  }
  Result<std::string> certificate = read_part(authority.directory, kSigningCertificate);
  if (!certificate) return certificate.error();
  Result<std::string> key = read_part(authority.directory, kSigningKey);
  if (!key) return key.error();
  authority.signer = {*std::move(certificate), *std::move(key)};
  return authority;
}

}  // namespace nonvol::api
