#include <algorithm>

#include "capi/error.h"
#include "capi/handle.h"
#include "capi/options.h"

using namespace nonvol;
using namespace nonvol::capi;

int nonvol_nvram_setup(const char* location, const nonvol_setup_options* options, nonvol_nvram** nvram,
                       nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (location == nullptr || nvram == nullptr) return bad_call("location or nvram is NULL");
    const Result<nonvol_setup_options> given = taken(options);
    if (!given) return given.error();
    Result<std::optional<seal::Key>> key = key_of(given->key, given->key_bytes);
    if (!key) return key.error();
    Result<vnvram::Nvram> opened = vnvram::Nvram::setup(
        location, {.key = *std::move(key),
                   .luks_key_file = given->luks_key_file == nullptr ? "" : given->luks_key_file,
                   .lock_wait_ms = given->lock_wait_ms});
    if (!opened) return opened.error();
    *nvram = new nonvol_nvram(*std::move(opened));
    return {};
  });
}

void nonvol_nvram_delete(nonvol_nvram* nvram) {
  delete nvram;
}

int nonvol_nvram_register_entry(nonvol_nvram* nvram, const nonvol_entry* entry, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr) return bad_call("nvram is NULL");
    Result<vnvram::EntryRequest> wanted = entry_of(entry);
    if (!wanted) return wanted.error();
    return nvram->nvram.register_entry(*std::move(wanted));
  });
}

int nonvol_nvram_deregister_entry(nonvol_nvram* nvram, const char* name, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr || name == nullptr) return bad_call("nvram or name is NULL");
    return nvram->nvram.deregister_entry(name);
  });
}

int nonvol_nvram_start(nonvol_nvram* nvram, uint32_t flags, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr) return bad_call("nvram is NULL");
    const std::uint32_t known =
        NONVOL_START_FAIL_IF_ENCRYPTED_WITHOUT_KEY | NONVOL_START_FAIL_ON_UNREGISTERED;
    if (Result<void> checked = check_flags(flags, known); !checked) return checked;
    const std::scoped_lock lock(nvram->mutex);
    Result<void> started = nvram->nvram.start(
        {.fail_if_encrypted_without_key = (flags & NONVOL_START_FAIL_IF_ENCRYPTED_WITHOUT_KEY) != 0,
         .fail_on_unregistered = (flags & NONVOL_START_FAIL_ON_UNREGISTERED) != 0});
    // A second start changes nothing, and takes no string away.
    if (!started && started.error().id == ErrorId::kWrongOrder) return started;
    nvram->findings = nvram->nvram.findings();
    nvram->entries = nvram->nvram.entries();
    return started;
  });
}

size_t nonvol_nvram_finding_count(const nonvol_nvram* nvram) {
  if (nvram == nullptr) return 0;
  const std::scoped_lock lock(nvram->mutex);
  return nvram->findings.size();
}

int nonvol_nvram_finding(const nonvol_nvram* nvram, size_t index, int* id, int* severity,
                         const char** message) {
  if (nvram == nullptr) return number_of(ErrorId::kBadCall);
  const std::scoped_lock lock(nvram->mutex);
  if (index >= nvram->findings.size()) return number_of(ErrorId::kNoSuchEntry);
  const Finding& finding = nvram->findings[index];
  static_assert(static_cast<int>(Severity::kNote) == NONVOL_SEVERITY_NOTE &&
                static_cast<int>(Severity::kWarning) == NONVOL_SEVERITY_WARNING &&
                static_cast<int>(Severity::kError) == NONVOL_SEVERITY_ERROR);
  if (id != nullptr) *id = number_of(finding.id);
  if (severity != nullptr) *severity = static_cast<int>(finding.severity);
  if (message != nullptr) *message = finding.message.c_str();
  return 0;
}

unsigned nonvol_nvram_damaged_slots(const nonvol_nvram* nvram) {
  return nvram == nullptr ? 0 : nvram->nvram.damaged_slots();
}

size_t nonvol_nvram_entry_count(const nonvol_nvram* nvram) {
  if (nvram == nullptr) return 0;
  const std::scoped_lock lock(nvram->mutex);
  return nvram->entries.size();
}

int nonvol_nvram_entry(const nonvol_nvram* nvram, size_t index, nonvol_entry_info* info) {
  return guarded(nullptr, [&]() -> Result<void> {
    if (nvram == nullptr || info == nullptr || info->size_bytes < sizeof(nonvol_entry_info)) {
      return bad_call("nvram or info is NULL, or info has a smaller size_bytes than it ever had");
    }
    const std::scoped_lock lock(nvram->mutex);
    if (index >= nvram->entries.size()) return Error(ErrorId::kNoSuchEntry, "no entry has that index");
    const vnvram::EntryFacts& facts = nvram->entries[index];
    info->name = facts.name.c_str();
    info->capacity_bytes = facts.capacity_bytes;
    info->kind = facts.kind == vnvram::EntryKind::kPlain ? NONVOL_KIND_PLAIN : NONVOL_KIND_ATOMIC;
    info->flags = facts.encrypted ? NONVOL_ENTRY_ENCRYPTED : 0;
    // The one thing that changes after start.
    info->registered = nvram->nvram.entries().at(index).registered ? 1 : 0;
    return {};
  });
}

int nonvol_nvram_had_fatal_error(const nonvol_nvram* nvram) {
  return nvram != nullptr && nvram->nvram.had_fatal_error() ? 1 : 0;
}

int nonvol_nvram_generation(nonvol_nvram* nvram, const char* name, uint64_t* generation,
                            nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr || name == nullptr || generation == nullptr) {
      return bad_call("nvram, name or generation is NULL");
    }
    const Result<std::uint64_t> known = nvram->nvram.generation(name);
    if (!known) return known.error();
    *generation = *known;
    return {};
  });
}
