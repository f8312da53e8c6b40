#include "api/keys_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "octets/text.h"

namespace nonvol::api {
namespace {

using variable::Identity;
using variable::Variable;
using varstore::Change;

Identity identity_named(std::string_view name, const octets::Guid& vendor) {
  return variable::make_identity(name, vendor).value_or(Identity{});
}

Identity switch_identity() {
  return identity_named("SecureBootEnable", variable::vendor::kSecureBootEnable);
}

const Variable* find_in(const std::vector<Variable>& variables, const Identity& identity) {
  const auto found = std::ranges::find(variables, identity, &Variable::identity);
  return found == variables.end() ? nullptr : &*found;
}

// Type and data are what the firmware compares; the owner means nothing to it.
using Signatures = std::set<std::pair<octets::Guid, std::vector<std::uint8_t>>>;

Signatures signatures_of(const efi::SignatureDatabase& database) {
  Signatures result;
  for (const efi::SignatureList& list : database.lists) {
    for (const efi::Signature& signature : list.signatures) result.emplace(list.type, signature.data);
  }
  return result;
}

KeyStep step_of(std::string_view variable, bool added, const octets::Guid& type,
                const std::vector<std::uint8_t>& data) {
  KeyStep step;
  step.variable = variable;
  step.added = added;
  const efi::SignatureType* known = efi::find_signature_type(type);
  step.type = known == nullptr ? type.text() : std::string(known->name);
  step.digest_hex = octets::to_hex(data);
  if (type != efi::signature_type::kX509) return step;
  const auto certificate = seal::parse_certificate(data);
  step.name = certificate ? certificate->name() : "no certificate";
  step.digest_hex = certificate ? octets::to_hex(certificate->sha256) : std::string();
  return step;
}

void add_steps(std::string_view variable, const efi::SignatureDatabase& before,
               const efi::SignatureDatabase& after, std::vector<KeyStep>& steps) {
  const auto missing_in = [&](const efi::SignatureDatabase& from, const Signatures& other, bool added) {
    Signatures seen;
    for (const efi::SignatureList& list : from.lists) {
      for (const efi::Signature& signature : list.signatures) {
        if (other.contains({list.type, signature.data})) continue;
        if (!seen.emplace(list.type, signature.data).second) continue;
        steps.push_back(step_of(variable, added, list.type, signature.data));
      }
    }
  };
  missing_in(before, signatures_of(after), false);
  missing_in(after, signatures_of(before), true);
}

}  // namespace

Identity KeyWork::identity_of(KeySlot slot) {
  const bool is_database = slot == KeySlot::kDb || slot == KeySlot::kDbx;
  return identity_named(name_of(slot),
                        is_database ? variable::vendor::kImageSecurityDatabase : variable::vendor::kGlobal);
}

const Variable* KeyWork::find(const Identity& identity) const {
  return find_in(now_, identity);
}

Variable& KeyWork::find_or_make(const Identity& identity) {
  const auto found = std::ranges::find(now_, identity, &Variable::identity);
  if (found != now_.end()) return *found;
  Variable made;
  made.identity = identity;
  made.attributes = variable::usual_attributes(identity);
  return now_.emplace_back(std::move(made));
}

efi::SignatureDatabase KeyWork::database(KeySlot slot) const {
  const Variable* found = find(identity_of(slot));
  if (found == nullptr) return {};
  return efi::parse_signatures(found->data, fmt::format("{} of {}", name_of(slot), file_));
}

void KeyWork::store(KeySlot slot, const efi::SignatureDatabase& database) {
  std::vector<std::uint8_t> data = efi::serialize(database);
  if (data.empty()) {
    // A variable without content does not exist (UEFI 2.10, 8.2.2).
    remove_slot(slot);
    return;
  }
  find_or_make(identity_of(slot)).data = std::move(data);
}

Result<void> KeyWork::check_platform_key(const std::vector<KeyMaterial>& signatures) const {
  const efi::SignatureDatabase now = database(KeySlot::kPk);
  const bool is_one = signatures.size() == 1 && signatures.front().type == efi::signature_type::kX509;
  if (!is_one) {
    return Error(
               ErrorId::kOnePlatformKey,
               fmt::format("{} signatures are given for PK, which holds one certificate", signatures.size()))
        .at(Place::in_file(file_))
        .with_hint("nonvol help keys enroll");
  }
  if (!has(KeySlot::kPk) || efi::contains(now, signatures.front().type, signatures.front().data)) return {};
  return Error(ErrorId::kOnePlatformKey, fmt::format("PK of {} holds another certificate already", file_))
      .at(Place::in_file(file_))
      .with_hint(
          fmt::format("nonvol keys delete {} --variable PK --lose-secure-boot", octets::shell_path(file_)));
}

Result<void> KeyWork::add(KeySlot slot, const std::vector<KeyMaterial>& signatures,
                          const octets::Guid& owner) {
  if (slot == KeySlot::kPk) {
    if (Result<void> checked = check_platform_key(signatures); !checked) return checked;
  }
  efi::SignatureDatabase whole = database(slot);
  bool added = false;
  for (const KeyMaterial& signature : signatures) {
    octets::Guid signature_owner = signature.owner.value_or(owner);
    if (!signature.owner && signature.type == efi::signature_type::kX509) {
      const auto certificate = seal::parse_certificate(signature.data);
      if (!certificate) return certificate.error();
      // Microsoft's own updates name Microsoft as the owner of these.
      if (efi::find_known_certificate(certificate->sha256) != nullptr) signature_owner = efi::kMicrosoftOwner;
    }
    added = efi::add(whole, signature.type, signature_owner, signature.data) || added;
  }
  if (added) store(slot, whole);
  return {};
}

void KeyWork::remove(KeySlot slot, const octets::Guid& type, octets::Bytes data) {
  efi::SignatureDatabase whole = database(slot);
  if (efi::remove(whole, type, data) > 0) store(slot, whole);
}

void KeyWork::remove_variable(const Identity& identity) {
  std::erase_if(now_, [&](const Variable& variable) { return variable.identity == identity; });
}

Result<void> KeyWork::apply_update(const KeyFile& file, std::optional<KeySlot> slot) {
  const auto update = efi::parse_update(file.update, file.path);
  if (!update) return update.error();
  auto target = efi::find_update_target(*update);
  if (!target) return target.error();
  const bool is_for_slot = *target && (!slot || (*target)->identity == identity_of(*slot));
  if (!is_for_slot) {
    return Error(ErrorId::kUpdateNotTrusted, fmt::format("signature of {}: is not for {} but {}", file.path,
                                                         slot ? name_of(*slot) : "PK, KEK, db, dbx or dbt",
                                                         *target ? "for " + (*target)->identity.name().text
                                                                 : std::string("for something else")))
        .at(Place::in_file(file.path));
  }
  const efi::UpdateTarget& wanted = **target;
  const Variable* current = find(wanted.identity);
  const bool appends = (wanted.attributes & variable::attribute::kAppend) != 0;
  if (!appends && current != nullptr && current->time == update->time &&
      std::ranges::equal(current->data, update->payload)) {
    return {};
  }
  efi::UpdateContext context;
  context.current = current;
  const Variable* platform_key = find(identity_of(KeySlot::kPk));
  const Variable* key_exchange_keys = find(identity_of(KeySlot::kKek));
  if (platform_key != nullptr) context.platform_key = platform_key->data;
  if (key_exchange_keys != nullptr) context.key_exchange_keys = key_exchange_keys->data;
  auto accepted = efi::verify_update(wanted.identity, wanted.attributes, file.update, context, file.path);
  if (!accepted) return accepted.error();
  if (accepted->deletes) {
    remove_variable(wanted.identity);
    return {};
  }
  Variable& changed = find_or_make(wanted.identity);
  changed.data = std::move(accepted->data);
  changed.time = accepted->time;
  changed.attributes = accepted->attributes;
  return {};
}

Result<void> KeyWork::set_secure_boot(bool on) {
  if (on && !has(KeySlot::kPk)) {
    return Error(ErrorId::kNoPlatformKey,
                 fmt::format("{} has no PK: in setup mode the firmware verifies nothing, whatever "
                             "SecureBootEnable says",
                             file_))
        .at(Place::in_file(file_))
        .with_hint(
            fmt::format("nonvol keys enroll {} --pk FILE --kek FILE --db FILE", octets::shell_path(file_)));
  }
  find_or_make(switch_identity()).data = {static_cast<std::uint8_t>(on ? 1 : 0)};
  return {};
}

void KeyWork::remove_switch() {
  remove_variable(switch_identity());
}

void KeyWork::stamp_changed(const efi::EfiTime& time) {
  for (const KeySlot slot : kKeySlots) {
    const Identity identity = identity_of(slot);
    const Variable* old = find_in(before_, identity);
    const Variable* current = find(identity);
    if (current != nullptr && (old == nullptr || old->data != current->data))
      find_or_make(identity).time = time;
  }
}

void KeyWork::stamp_new(KeySlot slot, const efi::EfiTime& time) {
  const Identity identity = identity_of(slot);
  if (find_in(before_, identity) == nullptr && find(identity) != nullptr) find_or_make(identity).time = time;
}

// A store that is no file of its own is changed one variable after the other. PK goes first and comes last,
// so that a guest is never verified against half of its keys.
std::vector<Change> KeyWork::changes() const {
  const Identity platform_key = identity_of(KeySlot::kPk);
  std::vector<Change> result;
  for (const Variable& old : before_) {
    if (find(old.identity) != nullptr) continue;
    Change change;
    change.kind = Change::Kind::kRemove;
    change.variable.identity = old.identity;
    result.insert(old.identity == platform_key ? result.begin() : result.end(), std::move(change));
  }
  std::optional<Change> last;
  for (const Variable& variable : now_) {
    const Variable* old = find_in(before_, variable.identity);
    if (old != nullptr && *old == variable) continue;
    Change change;
    change.variable = variable;
    if (variable.identity == platform_key) {
      last = std::move(change);
    } else {
      result.push_back(std::move(change));
    }
  }
  if (last) result.push_back(*std::move(last));
  return result;
}

std::vector<KeyStep> KeyWork::steps() const {
  const efi::SecureBootKeys before = keys_before();
  const efi::SecureBootKeys after = keys();
  std::vector<KeyStep> steps;
  const std::vector<const efi::KeyVariable*> old = before.all();
  const std::vector<const efi::KeyVariable*> current = after.all();
  for (std::size_t i = 0; i < old.size(); ++i) {
    add_steps(old[i]->name, old[i]->database, current[i]->database, steps);
  }
  return steps;
}

std::optional<Finding> nothing_starts(const efi::SecureBootKeys& keys, const std::string& file) {
  if (!keys.verifies_programs() || keys.db.database.signature_count() > 0) return std::nullopt;
  return Finding{Severity::kWarning, ErrorId::kNothingStarts,
                 fmt::format("Secure Boot of {} is on and db is empty: no program starts", file),
                 Place::in_file(file),
                 fmt::format("nonvol keys enroll {} --db FILE", octets::shell_path(file))};
}

}  // namespace nonvol::api
