#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "api/keys.h"
#include "api/keys_files.h"
#include "api/keys_time.h"
#include "api/keys_work.h"
#include "efi/authenticode.h"
#include "octets/text.h"
#include "storage/byte_stream.h"

namespace nonvol::api {
namespace {

using varstore::Change;

constexpr std::uint64_t kLargestProgramBytes = 1ull << 30;

using EditKeys = std::function<Result<void>(KeyWork&, KeysEditReport&)>;

// Every command that changes keys: the store is opened and locked once, and `edit` works on what is there.
Result<KeysEditReport> edit_keys(const Context& context, const StoreEditRequest& request,
                                 const EditKeys& edit) {
  KeysEditReport report;
  std::optional<Finding> nothing;
  auto edited =
      edit_store(context, request, [&](const varstore::Contents& contents) -> Result<std::vector<Change>> {
        KeyWork work(contents.variables(), request.target);
        if (Result<void> done = edit(work, report); !done) return done.error();
        const efi::SecureBootKeys keys = work.keys();
        report.steps = work.steps();
        report.is_setup_mode = keys.is_setup_mode();
        report.verifies_programs = keys.verifies_programs();
        nothing = nothing_starts(keys, request.target);
        return work.changes();
      });
  if (!edited) return edited.error();
  report.edit = *std::move(edited);
  if (nothing) report.edit.findings.push_back(*std::move(nothing));
  return report;
}

Error bad_option(std::string message, std::string_view command) {
  return Error(ErrorId::kBadCommandLine, std::move(message))
      .with_hint(fmt::format("nonvol help {}", command));
}

Result<octets::Guid> owner_from(const std::string& text) {
  if (text.empty()) return octets::Guid{};
  const auto owner = octets::parse_guid(text);
  if (!owner) return bad_option(fmt::format("--owner is '{}', and must be a GUID", text), "keys enroll");
  return *owner;
}

Result<std::optional<efi::EfiTime>> time_from(const Context& context, const std::string& text) {
  if (text.empty()) return std::optional<efi::EfiTime>();
  const auto time = parse_utc(text == "now" ? context.now() : text);
  if (!time) {
    return bad_option(fmt::format("--time is '{}', and must be 'now' or as 2026-11-21T20:25:00Z", text),
                      "keys enroll");
  }
  return std::optional(efi_time(*time));
}

// All that files bring, read before the store is opened.
struct Sources {
  std::array<std::vector<KeyFile>, kKeySlots.size()> slots;
  std::vector<KeyFile> updates;
  std::vector<KeyFile> platform_keys_of_directory;
  std::optional<VariablesListReport> from;
};

Result<void> read_named(const std::vector<std::string>& paths, std::vector<KeyFile>& into) {
  for (const std::string& path : paths) {
    auto file = read_key_file(path);
    if (!file) return file.error();
    into.push_back(*std::move(file));
  }
  return {};
}

Result<Sources> read_sources(const Context& context, const KeysEnrollRequest& wanted) {
  Sources sources;
  const std::vector<std::string>* const paths[] = {&wanted.pk, &wanted.kek, &wanted.db, &wanted.dbx};
  for (std::size_t i = 0; i < kKeySlots.size(); ++i) {
    if (Result<void> read = read_named(*paths[i], sources.slots[i]); !read) return read.error();
  }
  if (Result<void> read = read_named(wanted.auth, sources.updates); !read) return read.error();
  for (const KeyFile& file : sources.updates) {
    if (file.is_update()) continue;
    return Error(ErrorId::kKeyFile, fmt::format("{}: is no update, which --auth takes", file.path))
        .at(Place::in_file(file.path))
        .with_hint("nonvol help keys enroll");
  }
  if (!wanted.directory.empty()) {
    auto directory = read_key_directory(context, wanted.directory);
    if (!directory) return directory.error();
    sources.platform_keys_of_directory = std::move(directory->slots.front());
    for (std::size_t i = 1; i < kKeySlots.size(); ++i) {
      for (KeyFile& file : directory->slots[i]) sources.slots[i].push_back(std::move(file));
    }
  }
  if (!wanted.from.empty()) {
    auto from = variables_list(context, wanted.from, false);
    if (!from) return from.error();
    sources.from = *std::move(from);
  }
  return sources;
}

std::vector<KeyMaterial> material_of(const efi::SignatureDatabase& database) {
  std::vector<KeyMaterial> result;
  for (const efi::SignatureList& list : database.lists) {
    for (const efi::Signature& signature : list.signatures) {
      result.push_back({list.type, signature.owner, signature.data});
    }
  }
  return result;
}

// What another store has and this one has not. Its PK only where there is none: who owns the guest stays so.
Result<void> take_over(KeyWork& work, const VariablesListReport& from, KeysEditReport& report) {
  const efi::SecureBootKeys theirs = efi::read_secure_boot_keys(from.variables, from.place.path);
  const std::array variables = {&theirs.pk, &theirs.kek, &theirs.db, &theirs.dbx};
  for (const KeySlot slot : kKeySlots) {
    const efi::KeyVariable& variable = *variables[static_cast<std::size_t>(slot)];
    if (!variable.is_present) continue;
    if (slot == KeySlot::kPk && work.has(slot)) {
      report.notes.push_back(fmt::format("PK of {} is not taken over: the guest has one", from.place.path));
      continue;
    }
    Result<void> added = work.add(slot, material_of(variable.database), {});
    if (!added) return added;
    work.stamp_new(slot, variable.time);
  }
  return {};
}

Result<void> take_slots(KeyWork& work, const Sources& sources, const octets::Guid& owner) {
  // PK of several files is refused as PK of several certificates is.
  std::vector<KeyMaterial> platform_keys;
  for (const KeyFile& file : sources.slots.front()) {
    platform_keys.insert(platform_keys.end(), file.signatures.begin(), file.signatures.end());
  }
  if (!platform_keys.empty()) {
    if (Result<void> added = work.add(KeySlot::kPk, platform_keys, owner); !added) return added;
  }
  for (const KeySlot slot : {KeySlot::kKek, KeySlot::kDb, KeySlot::kDbx}) {
    for (const KeyFile& file : sources.slots[static_cast<std::size_t>(slot)]) {
      if (Result<void> added = work.add(slot, file.signatures, owner); !added) return added;
    }
  }
  return {};
}

// Updates come behind what is put in from the host, in the order in which they are named, so that keys that
// are given along with them can vouch for them.
Result<void> take_updates(KeyWork& work, const Sources& sources) {
  for (const KeySlot slot : {KeySlot::kDb, KeySlot::kDbx, KeySlot::kKek, KeySlot::kPk}) {
    for (const KeyFile& file : sources.slots[static_cast<std::size_t>(slot)]) {
      if (!file.is_update()) continue;
      if (Result<void> applied = work.apply_update(file, slot); !applied) return applied;
    }
  }
  for (const KeyFile& file : sources.updates) {
    if (Result<void> applied = work.apply_update(file, std::nullopt); !applied) return applied;
  }
  return {};
}

Result<void> enroll(KeyWork& work, const Sources& sources, const octets::Guid& owner,
                    KeysEditReport& report) {
  if (Result<void> taken = take_slots(work, sources, owner); !taken) return taken;
  if (!sources.platform_keys_of_directory.empty()) {
    if (work.has(KeySlot::kPk)) {
      report.notes.emplace_back("PK of the directory is not taken: the guest has one");
    } else {
      for (const KeyFile& file : sources.platform_keys_of_directory) {
        Result<void> added = file.is_update() ? work.apply_update(file, KeySlot::kPk)
                                              : work.add(KeySlot::kPk, file.signatures, owner);
        if (!added) return added;
      }
    }
  }
  if (sources.from) {
    if (Result<void> taken = take_over(work, *sources.from, report); !taken) return taken;
  }
  return take_updates(work, sources);
}

// Where Microsoft's certificate of 2023 goes, and which one of 2011 it succeeds: those for third parties were
// one.
KeySlot home_of(const efi::KnownCertificate& known) {
  return known.role == efi::CertificateRole::kKeyExchangeKey ? KeySlot::kKek : KeySlot::kDb;
}

bool succeeds(const efi::KnownCertificate& known, const efi::KnownCertificate& old) {
  using enum efi::CertificateRole;
  const efi::CertificateRole role = known.role == kOptionRom ? kThirdParty : known.role;
  return old.year == 2011 && old.role == role;
}

Result<std::optional<KeyMaterial>> find_certificate(const KeyDirectory& directory,
                                                    std::string_view sha256_hex) {
  std::vector<const KeyFile*> files;
  for (const auto& slot : directory.slots) {
    for (const KeyFile& file : slot) files.push_back(&file);
  }
  for (const KeyFile& file : directory.loose) files.push_back(&file);
  for (const KeyFile* file : files) {
    for (const KeyMaterial& signature : file->signatures) {
      if (signature.type != efi::signature_type::kX509) continue;
      const auto sum = seal::sha256({signature.data});
      if (!sum) return sum.error();
      const std::string sum_hex = octets::to_hex(*sum);
      if (sum_hex == sha256_hex) return std::optional(signature);
    }
  }
  return std::optional<KeyMaterial>();
}

Result<void> update_microsoft(KeyWork& work, const KeyDirectory& directory, const std::string& path,
                              const efi::SecureBootReport& before, KeysEditReport& report) {
  for (const efi::KnownCertificate* known : before.missing) {
    if (known->year != 2023) continue;
    const KeySlot slot = home_of(*known);
    const bool trusts_old =
        std::ranges::any_of(before.certificates, [&](const efi::ListedCertificate& listed) {
          return listed.known != nullptr && listed.variable == name_of(slot) &&
                 succeeds(*known, *listed.known);
        });
    if (!trusts_old) {
      report.notes.push_back(fmt::format(
          "{} is not added: {} does not hold the certificate of 2011 before it", known->name, name_of(slot)));
      continue;
    }
    const auto found = find_certificate(directory, known->sha256_hex);
    if (!found) return found.error();
    if (!*found && known->role == efi::CertificateRole::kOptionRom) {
      // No boot medium is signed with it, and few guests have a card whose ROM is.
      report.notes.push_back(fmt::format("{} is not added: {} has no file with it", known->name, path));
      continue;
    }
    if (!*found) {
      return Error(ErrorId::kKnownCertificateMissing,
                   fmt::format("{} has no file with {} (SHA-256 {})", path, known->name, known->sha256_hex))
          .at(Place::in_file(path));
    }
    if (Result<void> added = work.add(slot, {**found}, efi::kMicrosoftOwner); !added) return added;
  }
  return {};
}

Result<std::vector<KeyMaterial>> revocations(const KeysRevokeRequest& wanted) {
  std::vector<KeyMaterial> result;
  for (const std::string& path : wanted.certificates) {
    const auto file = read_key_file(path);
    if (!file) return file.error();
    if (file->is_update()) {
      return Error(ErrorId::kKeyFile, fmt::format("{}: is an update; --certificate takes certificates", path))
          .at(Place::in_file(path))
          .with_hint("nonvol help keys enroll");
    }
    result.insert(result.end(), file->signatures.begin(), file->signatures.end());
  }
  for (const std::string& text : wanted.digests_hex) {
    auto digest = octets::from_hex(text);
    if (!digest || digest->size() != seal::Sha256Digest{}.size()) {
      return Error(ErrorId::kBadValue,
                   fmt::format("--digest is '{}', and must be 64 hexadecimal digits", text))
          .with_hint("nonvol help keys revoke");
    }
    result.push_back({efi::signature_type::kSha256, std::nullopt, *std::move(digest)});
  }
  for (const std::string& path : wanted.programs) {
    const auto bytes = storage::read_input(path, kLargestProgramBytes);
    if (!bytes) return bytes.error();
    const auto image = efi::parse_portable_executable(*bytes, path);
    if (!image) return image.error();
    auto digest = efi::authenticode_digest(*bytes, *image, seal::DigestAlgorithm::kSha256);
    if (!digest) return digest.error();
    result.push_back({efi::signature_type::kSha256, std::nullopt, *std::move(digest)});
  }
  return result;
}

}  // namespace

Result<KeysEditReport> keys_enroll(const Context& context, const StoreEditRequest& request,
                                   const KeysEnrollRequest& wanted) {
  const auto owner = owner_from(wanted.owner);
  if (!owner) return owner.error();
  const auto time = time_from(context, wanted.time);
  if (!time) return time.error();
  const auto sources = read_sources(context, wanted);
  if (!sources) return sources.error();
  return edit_keys(context, request, [&](KeyWork& work, KeysEditReport& report) -> Result<void> {
    if (Result<void> enrolled = enroll(work, *sources, *owner, report); !enrolled) return enrolled;
    if (*time) work.stamp_changed(**time);
    if (wanted.secure_boot) return work.set_secure_boot(*wanted.secure_boot);
    return {};
  });
}

Result<KeysEditReport> keys_update_microsoft(const Context& context, const StoreEditRequest& request,
                                             const std::string& directory) {
  const auto files = read_key_directory(context, directory);
  if (!files) return files.error();
  return edit_keys(context, request, [&](KeyWork& work, KeysEditReport& report) -> Result<void> {
    const auto before = efi::report_secure_boot(work.keys(), context.now(), request.target);
    if (!before) return before.error();
    return update_microsoft(work, *files, directory, *before, report);
  });
}

Result<KeysEditReport> keys_revoke(const Context& context, const StoreEditRequest& request,
                                   const KeysRevokeRequest& wanted) {
  const auto revoked = revocations(wanted);
  if (!revoked) return revoked.error();
  return edit_keys(context, request, [&](KeyWork& work, KeysEditReport&) -> Result<void> {
    if (Result<void> added = work.add(KeySlot::kDbx, *revoked, {}); !added) return added;
    if (!wanted.remove_from_db) return {};
    for (const KeyMaterial& signature : *revoked) work.remove(KeySlot::kDb, signature.type, signature.data);
    return {};
  });
}

Result<KeysEditReport> keys_delete(const Context& context, const StoreEditRequest& request,
                                   const std::string& variable, bool lose_secure_boot) {
  if (!lose_secure_boot) {
    return Error(ErrorId::kSecureBootLost,
                 fmt::format("{} of {} is not deleted without --lose-secure-boot",
                             variable == "all" ? "PK, KEK, db and dbx" : variable, request.target))
        .at(Place::in_file(request.target))
        .with_hint(fmt::format("nonvol keys delete {} --variable {} --lose-secure-boot",
                               octets::shell_path(request.target), variable));
  }
  return edit_keys(context, request, [&](KeyWork& work, KeysEditReport&) -> Result<void> {
    for (const KeySlot slot : kKeySlots) {
      if (variable == "all" || variable == name_of(slot)) work.remove_slot(slot);
    }
    if (!work.has(KeySlot::kPk)) work.remove_switch();
    return {};
  });
}

Result<KeysEditReport> keys_mode(const Context& context, const StoreEditRequest& request, bool secure_boot) {
  return edit_keys(context, request,
                   [&](KeyWork& work, KeysEditReport&) { return work.set_secure_boot(secure_boot); });
}

}  // namespace nonvol::api
