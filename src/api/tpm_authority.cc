#include "api/tpm_authority.h"

#include <fmt/format.h>

#include <vector>

#include "api/keys_time.h"
#include "octets/text.h"
#include "seal/aead.h"
#include "storage/byte_stream.h"
#include "storage/file_attributes.h"
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

// Mode bits of whoever is not the owner.
constexpr unsigned kOthersAny = 077;
constexpr unsigned kOthersWrite = 022;

Error too_open(const std::string& path, unsigned mode, const char* what) {
  return Error(ErrorId::kAuthorityDamaged,
               fmt::format("{} has mode {:04o}: others than its owner can {}", path, mode, what))
      .at(Place::in_file(path))
      .with_hint("chmod go-rwx " + octets::shell_path(path));
}

Result<void> check_modes(const std::string& directory) {
  Result<unsigned> mode = storage::permission_bits(directory);
  if (!mode) return mode.error();
  if ((*mode & kOthersWrite) != 0) return too_open(directory, *mode, "exchange the keys in it");
  for (const char* name : {kSigningKey, kRootKey}) {
    const std::string path = directory + "/" + name;
    mode = storage::permission_bits(path);
    // A root's key that is kept elsewhere is a good one; without the other the reader will complain.
    if (!mode && mode.error().id == ErrorId::kFileMissing) continue;
    if (!mode) return mode.error();
    if ((*mode & kOthersAny) != 0) return too_open(path, *mode, "sign with it");
  }
  return {};
}

// The files of a new authority, in the order in which they are written.
std::vector<std::pair<const char*, const std::string*>> parts_of(const seal::Authority& authority) {
  return {{kRootCertificate, &authority.root_certificate_pem},
          {kRootKey, &authority.root_key_pem},
          {kSigningCertificate, &authority.signing_certificate_pem},
          {kSigningKey, &authority.signing_key_pem}};
}

void remove_parts(storage::FileSystem& files, const seal::Authority& authority,
                  const std::string& directory) {
  for (const auto& [name, text] : parts_of(authority)) {
    static_cast<void>(files.remove_file(directory + "/" + name));
  }
  static_cast<void>(files.remove_directory(directory));
}

Result<void> publish(storage::FileSystem& files, const seal::Authority& authority,
                     const std::string& temporary, const std::string& directory) {
  for (const auto& [name, text] : parts_of(authority)) {
    Result<void> written = storage::write_new_file(files, temporary + "/" + name, bytes_of(*text));
    if (!written) return written;
  }
  if (Result<void> done = files.sync_directory(temporary); !done) return done;
  // rename(2) puts a directory in the place of an empty one, and of no other.
  const bool is_there = files.status(directory).has_value();
  Result<void> renamed =
      is_there ? files.rename_replace(temporary, directory) : files.rename_new(temporary, directory);
  return renamed ? files.sync_directory(storage::directory_of(directory)) : renamed;
}

Result<void> store(storage::FileSystem& files, const seal::Authority& authority,
                   const std::string& directory) {
  const std::string temporary = directory + ".new";
  // What an interrupted one left; whoever is at it now has the lock.
  remove_parts(files, authority, temporary);
  if (Result<void> done = files.make_directory(temporary); !done) return done;
  Result<void> done = publish(files, authority, temporary, directory);
  // Keys that nobody will use.
  if (!done) remove_parts(files, authority, temporary);
  return done;
}

Result<bool> is_missing_or_empty(storage::FileSystem& files, const std::string& directory) {
  Result<storage::FileStatus> status = files.status(directory);
  if (!status && status.error().id == ErrorId::kFileMissing) return true;
  if (!status) return status.error();
  Result<std::unique_ptr<storage::Directory>> opened = files.open_directory(directory);
  if (!opened) return opened.error();
  Result<std::vector<storage::DirectoryEntry>> entries = (*opened)->entries();
  return entries ? Result<bool>(entries->empty()) : entries.error();
}

// Finds or makes the files; nothing where they are there.
Result<std::optional<seal::Signer>> make_if_missing(const Context& context, OpenAuthority& authority,
                                                    bool rehearsal) {
  Result<bool> missing = is_missing_or_empty(context.files, authority.directory);
  if (!missing) return missing.error();
  if (!*missing) return std::optional<seal::Signer>();
  std::unique_ptr<storage::Lock> held;
  if (!rehearsal) {
    Result<std::unique_ptr<storage::Lock>> lock = context.files.lock(authority.directory + ".lock");
    if (!lock) return lock.error();
    held = *std::move(lock);
    // Another process may have made it meanwhile.
    missing = is_missing_or_empty(context.files, authority.directory);
    if (!missing) return missing.error();
    if (!*missing) return std::optional<seal::Signer>();
  }
  Result<seal::Authority> made = seal::make_authority({"nonvol TPM authority", {authority.now_unix_seconds}});
  if (!made) return made.error();
  if (!rehearsal) {
    if (Result<void> stored = store(context.files, *made, authority.directory); !stored)
      return stored.error();
  }
  authority.made = true;
  return std::optional(seal::Signer{made->signing_certificate_pem, made->signing_key_pem});
}

}  // namespace

Result<OpenAuthority> open_authority(const Context& context, const std::string& directory, bool rehearsal) {
  const std::optional<std::chrono::sys_seconds> now = parse_utc(context.now());
  OpenAuthority authority{directory, false, {}, now ? now->time_since_epoch().count() : 0};
  while (authority.directory.size() > 1 && authority.directory.ends_with('/')) {
    authority.directory.pop_back();
  }
  if (directory.empty()) {
    Result<guest::Home> home = open_home(context);
    if (!home) return home.error();
    if (!rehearsal) {
      if (Result<void> made = home->make_home(); !made) return made.error();
    }
    authority.directory = home->directory(kAuthorityDirectory);
  } else {
    Result<storage::FileStatus> above = context.files.status(storage::directory_of(authority.directory));
    if (!above) return above.error();
  }
  Result<std::optional<seal::Signer>> made = make_if_missing(context, authority, rehearsal);
  if (!made) return made.error();
  if (made->has_value()) {
    authority.signer = **std::move(made);
    return authority;
  }
  if (Result<void> safe = check_modes(authority.directory); !safe) return safe.error();
  Result<std::string> certificate = read_part(authority.directory, kSigningCertificate);
  if (!certificate) return certificate.error();
  Result<std::string> key = read_part(authority.directory, kSigningKey);
  if (!key) return key.error();
  authority.signer = {*std::move(certificate), *std::move(key)};
  return authority;
}

}  // namespace nonvol::api
