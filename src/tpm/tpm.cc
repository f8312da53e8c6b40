#include "tpm/tpm.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "seal/aead.h"
#include "tpm/libtpms.h"

namespace nonvol::tpm {
namespace {

// libtpms' callbacks carry no pointer of their user's.
Tpm* the_tpm = nullptr;

Error library_missing() {
  return Error(ErrorId::kLibraryMissing, "libtpms.so.0 could not be loaded or is too old")
      .with_hint("apt-get install libtpms0");
}

TPMLIB_StateType library_kind(StateKind kind) {
  switch (kind) {
    case StateKind::kPermanent:
      return TPMLIB_STATE_PERMANENT;
    case StateKind::kVolatile:
      return TPMLIB_STATE_VOLATILE;
    case StateKind::kSaveState:
      return TPMLIB_STATE_SAVE_STATE;
  }
  return TPMLIB_STATE_PERMANENT;
}

// Chooses the version, by way of the other one: libtpms forgets blobs of a migration that never came to its
// end then only (its TPMLIB_ChooseTPMVersion), and would begin the next TPM with them.
bool forget_blobs(TpmVersion version) {
  const bool of_12 = version == TpmVersion::k12;
  libtpms()->choose_version(of_12 ? TPMLIB_TPM_VERSION_2 : TPMLIB_TPM_VERSION_1_2);
  return libtpms()->choose_version(of_12 ? TPMLIB_TPM_VERSION_1_2 : TPMLIB_TPM_VERSION_2) == TPM_SUCCESS;
}

std::optional<StateKind> kind_named(const char* name) {
  for (const StateKind kind : kAllStates) {
    if (name == entry_name(kind)) return kind;
  }
  return std::nullopt;
}

// libtpms frees with free(3) what it allocated itself.
struct FreeSecret {
  std::uint32_t size_bytes = 0;
  void operator()(unsigned char* memory) const {
    seal::wipe({memory, size_bytes});
    std::free(memory);
  }
};

}  // namespace

// What libtpms calls. A failure to load is never "there is none": libtpms makes a new TPM then.
struct Tpm::Callbacks {
  static TPM_RESULT init() { return TPM_SUCCESS; }

  static TPM_RESULT load(unsigned char** data, std::uint32_t* size_bytes, std::uint32_t, const char* name) {
    *data = nullptr;
    *size_bytes = 0;
    const std::optional<StateKind> kind = kind_named(name);
    if (!kind) return TPM_FAIL;
    Result<std::optional<State>> state = the_tpm->store_.load(*kind);
    if (!state) return failed(state.error());
    if (!state->has_value()) return TPM_RETRY;
    const auto size = static_cast<std::uint32_t>((*state)->size());
    // libtpms frees it with free(3). Its own TPM_Malloc gives no more than 128 KiB, less than a full state.
    *data = static_cast<unsigned char*>(std::malloc(std::max<std::uint32_t>(size, 1)));
    if (*data == nullptr) return TPM_FAIL;
    std::ranges::copy(**state, *data);
    seal::wipe(**state);
    *size_bytes = size;
    return TPM_SUCCESS;
  }

  static TPM_RESULT store(const unsigned char* data, std::uint32_t size_bytes, std::uint32_t,
                          const char* name) {
    const std::optional<StateKind> kind = kind_named(name);
    if (!kind) return TPM_FAIL;
    Result<void> stored = the_tpm->store_.store(*kind, {data, size_bytes});
    return stored ? TPM_SUCCESS : failed(stored.error());
  }

  static TPM_RESULT erase(std::uint32_t, const char* name, TPM_BOOL must_exist) {
    const std::optional<StateKind> kind = kind_named(name);
    if (!kind) return TPM_FAIL;
    if (must_exist) {
      Result<std::optional<State>> state = the_tpm->store_.load(*kind);
      if (!state) return failed(state.error());
      if (!state->has_value()) return TPM_RETRY;
    }
    Result<void> erased = the_tpm->store_.erase(*kind);
    return erased ? TPM_SUCCESS : failed(erased.error());
  }

  static TPM_RESULT locality(TPM_MODIFIER_INDICATOR* locality, std::uint32_t) {
    *locality = the_tpm->locality_;
    return TPM_SUCCESS;
  }

  // Nobody stands before a virtual machine.
  static TPM_RESULT presence(TPM_BOOL* present, std::uint32_t) {
    *present = FALSE;
    return TPM_SUCCESS;
  }

  static TPM_RESULT failed(const Error& error) {
    the_tpm->store_error_ = error;
    return TPM_FAIL;
  }
};

Result<std::unique_ptr<Tpm>> Tpm::make(TpmVersion version, StateStore& store) {
  const Libtpms* library = libtpms();
  if (library == nullptr) return library_missing();
  if (the_tpm != nullptr) return Error(ErrorId::kImpossible, "a process has one TPM, and this is a second");
  std::unique_ptr<Tpm> tpm(new Tpm(version, store));
  // A command that ends in failure mode is printed whatever the level, passwords and all.
  static const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) library->set_debug_fd(nowhere);
  libtpms_callbacks callbacks{};
  callbacks.sizeOfStruct = sizeof callbacks;
  callbacks.tpm_nvram_init = &Callbacks::init;
  callbacks.tpm_nvram_loaddata = &Callbacks::load;
  callbacks.tpm_nvram_storedata = &Callbacks::store;
  callbacks.tpm_nvram_deletename = &Callbacks::erase;
  callbacks.tpm_io_init = &Callbacks::init;
  callbacks.tpm_io_getlocality = &Callbacks::locality;
  callbacks.tpm_io_getphysicalpresence = &Callbacks::presence;
  const bool chosen = forget_blobs(version);
  if (!chosen || library->register_callbacks(&callbacks) != TPM_SUCCESS) {
    return Error(ErrorId::kLibraryMissing,
                 fmt::format("libtpms was built without TPM {}", to_string(version)));
  }
  the_tpm = tpm.get();
  return tpm;
}

Tpm::~Tpm() {
  if (the_tpm != this) return;
  switch_off();
  forget_blobs(version_);
  if (response_ != nullptr) libtpms()->release(response_);
  the_tpm = nullptr;
}

Result<void> Tpm::switch_on() {
  switch_off();
  store_error_.reset();
  const TpmResult result = libtpms()->main_init();
  if (result == kTpmSuccess && !store_error_) {
    on_ = true;
    return {};
  }
  libtpms()->terminate();
  return store_error_ ? *store_error_ : not_taken(result);
}

Error Tpm::not_taken(TpmResult result) const {
  return Error(ErrorId::kTpmStateDamaged,
               fmt::format("libtpms does not take the state of this TPM {} (result {:#x})",
                           to_string(version_), result));
}

Result<void> Tpm::validate() {
  store_error_.reset();
  Result<std::optional<State>> state = store_.load(StateKind::kPermanent);
  if (!state) return state.error();
  if (!state->has_value()) return {};
  seal::wipe(**state);
  const TpmResult result = libtpms()->validate_state(TPMLIB_STATE_PERMANENT, 0);
  if (store_error_) return *store_error_;
  return result == kTpmSuccess ? Result<void>() : not_taken(result);
}

void Tpm::switch_off() {
  if (on_) libtpms()->terminate();
  on_ = false;
}

octets::Bytes Tpm::process(octets::Bytes command) {
  std::uint32_t size_bytes = 0;
  // libtpms only reads the command, though it does not say so.
  auto* const bytes = const_cast<unsigned char*>(command.data());
  const TpmResult result = libtpms()->process(&response_, &size_bytes, &response_capacity_bytes_, bytes,
                                              static_cast<std::uint32_t>(command.size()));
  if (result != kTpmSuccess || response_ == nullptr) return {};
  return {response_, size_bytes};
}

Result<Response> Tpm::execute(octets::Bytes command) {
  if (!on_) return Error(ErrorId::kImpossible, "a command for a TPM that is off");
  const octets::Bytes response = process(command);
  if (store_error_) return *store_error_;
  return Response(response.begin(), response.end());
}

void Tpm::cancel() {
  libtpms()->cancel_command();
}

TpmResult Tpm::get_state(StateKind kind, State& state) {
  unsigned char* memory = nullptr;
  std::uint32_t size_bytes = 0;
  const TpmResult result = libtpms()->get_state(library_kind(kind), &memory, &size_bytes);
  const std::unique_ptr<unsigned char, FreeSecret> owner(memory, FreeSecret{size_bytes});
  if (result == kTpmSuccess && memory != nullptr) {
    state.assign(memory, memory + size_bytes);
  } else {
    state.clear();
  }
  return result;
}

TpmResult Tpm::set_state(StateKind kind, octets::Bytes state) {
  return libtpms()->set_state(library_kind(kind), state.data(), static_cast<std::uint32_t>(state.size()));
}

void Tpm::forget_states() {
  forget_blobs(version_);
}

TpmResult Tpm::store_volatile() {
  State state;
  const TpmResult result = get_state(StateKind::kVolatile, state);
  if (result != kTpmSuccess) return result;
  Result<void> stored = store_.store(StateKind::kVolatile, state);
  seal::wipe(state);
  return stored ? kTpmSuccess : Callbacks::failed(stored.error());
}

Tpm::BufferSizes Tpm::set_buffer_size(std::uint32_t wanted_bytes) {
  BufferSizes sizes;
  sizes.now_bytes = libtpms()->set_buffer_size(wanted_bytes, &sizes.least_bytes, &sizes.most_bytes);
  return sizes;
}

TpmResult Tpm::established(bool& established) {
  TPM_BOOL bit = FALSE;
  const TpmResult result = libtpms()->established_get(&bit);
  established = bit != FALSE;
  return result;
}

TpmResult Tpm::reset_established(std::uint8_t locality) {
  const std::uint8_t before = locality_;
  locality_ = locality;
  const TpmResult result = libtpms()->established_reset();
  locality_ = before;
  return result;
}

TpmResult Tpm::hash_start() {
  return libtpms()->hash_start();
}

TpmResult Tpm::hash_data(octets::Bytes data) {
  return libtpms()->hash_data(data.data(), static_cast<std::uint32_t>(data.size()));
}

TpmResult Tpm::hash_end() {
  return libtpms()->hash_end();
}

std::string Tpm::info(std::uint64_t flags) {
  constexpr std::uint64_t kMostFlags = 0xffffffff;
  char* text = libtpms()->get_info(static_cast<TPMLIB_InfoFlags>(flags & kMostFlags));
  const std::string result = text == nullptr ? "" : text;
  std::free(text);
  return result;
}

Result<std::string> library_version() {
  const Libtpms* library = libtpms();
  if (library == nullptr) return library_missing();
  const std::uint32_t version = library->version();
  return fmt::format("{}.{}.{}", version >> 16, version >> 8 & 0xff, version & 0xff);
}

}  // namespace nonvol::tpm
