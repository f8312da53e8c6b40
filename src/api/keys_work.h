#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/keys.h"
#include "api/keys_files.h"
#include "efi/authenticated.h"
#include "varstore/change.h"

// The variables of Secure Boot while a command changes them. Private to api/.
namespace nonvol::api {

class KeyWork {
 public:
  // `file` is what places say.
  KeyWork(std::vector<variable::Variable> variables, std::string file)
      : before_(std::move(variables)), now_(before_), file_(std::move(file)) {}

  bool has(KeySlot slot) const { return find(identity_of(slot)) != nullptr; }
  // Adds what is not there. PK: only where there is none, or it is the same; otherwise kOnePlatformKey.
  Result<void> add(KeySlot slot, const std::vector<KeyMaterial>& signatures, const octets::Guid& owner);
  // Of every owner. A variable that becomes empty goes.
  void remove(KeySlot slot, const octets::Guid& type, octets::Bytes data);
  void remove_variable(const variable::Identity& identity);
  void remove_slot(KeySlot slot) { remove_variable(identity_of(slot)); }
  // As the guest's firmware would. `slot`: what somebody says it is for. An update that was taken before is
  // nothing to do.
  Result<void> apply_update(const KeyFile& file, std::optional<KeySlot> slot);
  // kNoPlatformKey where it is to be on without a PK.
  Result<void> set_secure_boot(bool on);
  void remove_switch();
  // Of variables that are not as they were, if their content can have one.
  void stamp_changed(const efi::EfiTime& time);
  // Of a variable that was not there before.
  void stamp_new(KeySlot slot, const efi::EfiTime& time);

  std::vector<varstore::Change> changes() const;
  std::vector<KeyStep> steps() const;
  efi::SecureBootKeys keys() const { return efi::read_secure_boot_keys(now_, file_); }
  efi::SecureBootKeys keys_before() const { return efi::read_secure_boot_keys(before_, file_); }

  static variable::Identity identity_of(KeySlot slot);

 private:
  const variable::Variable* find(const variable::Identity& identity) const;
  variable::Variable& find_or_make(const variable::Identity& identity);
  efi::SignatureDatabase database(KeySlot slot) const;
  void store(KeySlot slot, const efi::SignatureDatabase& database);
  Result<void> check_platform_key(const std::vector<KeyMaterial>& signatures) const;

  std::vector<variable::Variable> before_;
  std::vector<variable::Variable> now_;
  std::string file_;
};

// What it means that programs are verified and none is allowed.
std::optional<Finding> nothing_starts(const efi::SecureBootKeys& keys, const std::string& file);

}  // namespace nonvol::api
