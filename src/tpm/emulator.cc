#include "tpm/emulator.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/writer.h"
#include "seal/aead.h"

namespace nonvol::tpm {
namespace {

constexpr std::uint32_t kTpm2Shutdown = 0x145;    // TPM_CC_Shutdown
constexpr std::uint32_t kTpm2NotStarted = 0x100;  // TPM_RC_INITIALIZE
constexpr std::uint32_t kTpm2Failure = 0x101;     // TPM_RC_FAILURE
constexpr unsigned kRetryMs = 10;
// The other side of a migration gives its lock away just before the blobs come.
constexpr unsigned kTakeForBlobsMs = 3000;
// What QEMU asks for; nobody else is served meanwhile.
constexpr unsigned kMostRetries = 300;

std::uint32_t code_of(octets::Bytes command) {
  octets::Reader reader(command);
  reader.bytes("tag and size", 6);
  return reader.big_u32("code");
}

// TPM2_Shutdown and TPM2_Startup: a header and one argument.
std::vector<std::uint8_t> tpm2_command(std::uint32_t code, std::uint16_t argument) {
  return octets::Writer().big_u16(0x8001).big_u32(12).big_u32(code).big_u16(argument).take();
}

std::vector<std::uint8_t> startup_clear(TpmVersion version) {
  if (version == TpmVersion::k20) return tpm2_command(0x144, 0);
  return octets::Writer().big_u16(0x00c1).big_u32(12).big_u32(0x99).big_u16(1).take();
}

std::optional<StateKind> kind_of(std::uint32_t type) {
  const auto found = std::ranges::find(kAllStates, static_cast<StateKind>(type));
  return found == std::end(kAllStates) ? std::nullopt : std::optional(*found);
}

}  // namespace

Result<std::unique_ptr<Emulator>> Emulator::make(EmulatorSettings settings, StateStore& store) {
  Result<std::unique_ptr<Tpm>> tpm = Tpm::make(settings.version, store);
  if (!tpm) return tpm.error();
  return std::unique_ptr<Emulator>(new Emulator(std::move(settings), store, *std::move(tpm)));
}

ControlReply Emulator::control(const ControlRequest& request, Asker asker) {
  using enum ControlCommand;
  switch (request.command) {
    case kGetCapability:
      return capability_reply();
    case kSetLocality:
      if (request.locality > 4) return result_reply(kTpmBadLocality);
      tpm_->set_locality(request.locality);
      return result_reply(kTpmSuccess);
    case kGetConfig:
      return config_reply(settings_.store_encrypted, settings_.migration_key.has_value());
    case kSetBufferSize:
      if (request.buffer_bytes != 0 && tpm_->is_on()) return result_reply(kTpmBadOrdinal);
      return buffer_size_reply(tpm_->set_buffer_size(request.buffer_bytes));
    case kGetInfo:
      return info_reply(tpm_->info(request.flags), request.offset_bytes);
    default:
      return control_of_state(request, asker);
  }
}

ControlReply Emulator::control_of_state(const ControlRequest& request, Asker asker) {
  using enum ControlCommand;
  switch (request.command) {
    case kInit:
      return result_reply(init(request.flags));
    case kStop:
      stop();
      return result_reply(kTpmSuccess);
    case kShutdown:
      stop();
      wants_end_ = true;
      return result_reply(kTpmSuccess);
    case kLockStorage:
      return result_reply(lock_storage(request.retries));
    case kSetStateBlob:
      return result_reply(tpm_->is_on() ? kTpmBadOrdinal : set_state_blob(request));
    default:
      return tpm_->is_on() ? control_of_running(request, asker) : result_reply(kTpmBadOrdinal);
  }
}

ControlReply Emulator::control_of_running(const ControlRequest& request, Asker asker) {
  using enum ControlCommand;
  if (request.command == kGetStateBlob) return get_state_blob(request, asker);
  if (!ready_for_command(Startup::kNone, asker)) return result_reply(kTpmFail);
  switch (request.command) {
    case kGetTpmEstablished: {
      bool established = false;
      const TpmResult result = tpm_->established(established);
      return established_reply(result, established);
    }
    case kResetTpmEstablished:
      if (request.locality > 4) return result_reply(kTpmBadLocality);
      return result_reply(tpm_->reset_established(request.locality));
    case kHashStart:
      return result_reply(tpm_->hash_start());
    case kHashData:
      return result_reply(tpm_->hash_data(request.data));
    case kHashEnd:
      return result_reply(tpm_->hash_end());
    case kStoreVolatile: {
      const TpmResult result = tpm_->store_volatile();
      note_store_error();
      return result_reply(result);
    }
    default:
      return result_reply(kTpmBadOrdinal);
  }
}

// A guest can ask a hundred thousand times a second.
TpmResult Emulator::reported_once(const Error& error) {
  if (!store_error_told_) settings_.report(error);
  store_error_told_ = true;
  return kTpmFail;
}

TpmResult Emulator::reported(const Error& error) {
  settings_.report(error);
  return kTpmFail;
}

void Emulator::note_store_error() {
  if (tpm_->store_error()) reported_once(*tpm_->store_error());
}

// A reset of the machine does not ask the guest: without a Shutdown the TPM would take it for a power cut and
// count it against whoever guesses passwords (TPM 2.0 Library, part 1, 19.8.6). STATE keeps more than CLEAR,
// and does not matter to a guest that starts afresh; it is refused where there are things that it cannot
// keep. A TPM that came with a migration and that nobody has used is left alone but for a reset: the host
// that it came from may want it back as it was.
void Emulator::shut_down_for_guest(bool reset) {
  if (!tpm_->is_on() || !store_.held()) return;
  if (tpm_->version() != TpmVersion::k20 || last_command_ == kTpm2Shutdown) return;
  if (last_command_ == 0 && !(resumed_ && reset)) return;
  for (const std::uint16_t type : {std::uint16_t{1}, std::uint16_t{0}}) {
    const octets::Bytes response = tpm_->process(tpm2_command(kTpm2Shutdown, type));
    const std::uint32_t code = code_of(response);
    if (response.size() >= 10 && code == 0) last_command_ = kTpm2Shutdown;
    if (response.size() >= 10 && (code == 0 || code == kTpm2NotStarted)) break;
  }
  note_store_error();
}

void Emulator::stop() {
  shut_down_for_guest(false);
  tpm_->switch_off();
}

// libtpms makes a TPM where it finds none.
Result<void> Emulator::check_there() {
  if (settings_.makes_tpm || blobs_came_) return {};
  Result<std::optional<State>> state = store_.load(StateKind::kPermanent);
  if (!state) return state.error();
  if (!state->has_value()) return Error(ErrorId::kNoTpmState, "the guest's TPM is not there any more");
  seal::wipe(**state);
  return {};
}

TpmResult Emulator::init(std::uint64_t flags) {
  shut_down_for_guest(true);
  tpm_->switch_off();
  // What another process stored meanwhile is what counts from now on.
  if (!store_.held()) {
    Result<void> taken = store_.take(kTakeForBlobsMs, StateStore::Expect::kAnything);
    if (!taken) return reported(taken.error());
  }
  store_error_told_ = false;
  last_command_ = 0;
  if (Result<void> there = check_there(); !there) return reported(there.error());
  const Result<void> on = tpm_->switch_on();
  if (blobs_came_ && !on) tpm_->forget_states();
  resumed_ = blobs_came_;
  blobs_came_ = false;
  blobs_told_ = 0;
  if (!on) return reported(on.error());
  if ((flags & kInitDeleteVolatile) != 0) {
    if (Result<void> erased = store_.erase(StateKind::kVolatile); !erased) {
      tpm_->switch_off();
      return reported(erased.error());
    }
  }
  return kTpmSuccess;
}

void Emulator::client_gone() {
  if (tpm_->is_on() && last_command_ != 0) return;
  if (blobs_came_ || from_elsewhere_) {
    stop();
    tpm_->forget_states();
    blobs_came_ = false;
  }
  if (from_elsewhere_) store_.give();
  from_elsewhere_ = false;
}

// TPM 1.2: what the guest saved with TPM_SaveState, not what it would save now. As swtpm's
// SWTPM_NVRAM_GetStateBlob, which takes all three from its store.
TpmResult Emulator::saved_state(State& state) {
  if (tpm_->version() == TpmVersion::k20) return kTpmRetry;
  if (!store_.held()) {
    Result<void> taken = store_.take(0, StateStore::Expect::kUnchanged);
    if (!taken) return reported(taken.error());
  }
  Result<std::optional<State>> stored = store_.load(StateKind::kSaveState);
  if (!stored) return reported(stored.error());
  if (stored->has_value()) state = **std::move(stored);
  return kTpmSuccess;
}

ControlReply Emulator::get_state_blob(const ControlRequest& request, Asker asker) {
  const std::optional<StateKind> kind = kind_of(request.type);
  if (!kind) return state_reply(kTpmFail, {}, 0);
  State state;
  TpmResult result = *kind == StateKind::kSaveState ? saved_state(state) : tpm_->get_state(*kind, state);
  std::vector<std::uint8_t> blob;
  const SwtpmKey* key = settings_.migration_key ? &*settings_.migration_key : nullptr;
  if (result == kTpmSuccess && state.empty()) result = kTpmRetry;
  if (result == kTpmSuccess) {
    Result<std::vector<std::uint8_t>> framed = encode_swtpm_migration(state, key);
    if (framed) {
      blob = *std::move(framed);
    } else {
      result = reported(framed.error());
    }
  }
  seal::wipe(state);
  // All three, and no command between them: the guest stands still, and now it is the other side's turn,
  // unless it goes on here. Somebody who looks at one of them ends nothing.
  const auto bit = [](StateKind of) { return 1u << static_cast<std::uint32_t>(of); };
  if (asker == Asker::kGuest) blobs_told_ |= bit(*kind);
  const std::uint32_t others = bit(StateKind::kPermanent) | bit(StateKind::kVolatile);
  if (asker == Asker::kGuest && *kind == StateKind::kSaveState && (blobs_told_ & others) == others)
    store_.give();
  ControlReply reply = state_reply(result, blob, request.offset_bytes);
  seal::wipe(blob);
  return reply;
}

TpmResult Emulator::set_state_blob(const ControlRequest& request) {
  const std::optional<StateKind> kind = kind_of(request.type);
  if (!kind) return kTpmBadParameter;
  if (!store_.held()) {
    Result<void> taken = store_.take(kTakeForBlobsMs, StateStore::Expect::kAnything);
    if (!taken) return reported(taken.error());
    from_elsewhere_ = true;
  }
  // Now the guest can still go on where it is.
  if (Result<void> room = store_.check_room(tpm_->version()); !room) return reported(room.error());
  const SwtpmKeys keys{nullptr, settings_.migration_key ? &*settings_.migration_key : nullptr};
  if (request.data.empty()) return kTpmSuccess;
  Result<State> state = decode_swtpm_blob(request.data, keys, std::string(entry_name(*kind)));
  if (!state) return reported(state.error());
  if (*kind == StateKind::kPermanent) {
    Result<PermanentFacts> facts = read_permanent(*state);
    if (!facts) return reported(facts.error());
    if (facts->version != tpm_->version()) {
      return reported(Error(ErrorId::kTpmOtherVersion, "the state that came is of the other version of TPM"));
    }
  }
  const TpmResult result = tpm_->set_state(*kind, *state);
  seal::wipe(*state);
  if (result == kTpmSuccess) {
    blobs_came_ = true;
    return result;
  }
  tpm_->forget_states();
  blobs_came_ = false;
  reported(
      Error(ErrorId::kTpmStateDamaged,
            fmt::format("libtpms does not take the {} that came (result {:#x})", entry_name(*kind), result)));
  return result;
}

TpmResult Emulator::lock_storage(std::uint32_t retries) {
  if (store_.held()) return kTpmSuccess;
  Result<void> taken =
      store_.take(std::min(retries, kMostRetries) * kRetryMs, StateStore::Expect::kUnchanged);
  return taken ? kTpmSuccess : reported(taken.error());
}

// Commands that come before INIT leave the store alone: QEMU asks for the time to find out which version this
// is, and the state may be on its way from another host. A client that does not say LOCK_STORAGE after it
// took the state (to save it, or because a migration failed) goes on with the next command.
bool Emulator::ready_for_command(Startup startup, Asker asker) {
  if (!tpm_->is_on()) {
    if (startup == Startup::kNone || init(0) != kTpmSuccess) return false;
    if (startup == Startup::kClear) tpm_->process(startup_clear(tpm_->version()));
    return true;
  }
  if (store_.held()) return true;
  if (asker == Asker::kOther) return false;
  Result<void> taken = store_.take(0, StateStore::Expect::kUnchanged);
  if (!taken) reported_once(taken.error());
  return taken.has_value();
}

octets::Bytes Emulator::failure_response() {
  const bool tpm2 = tpm_->version() == TpmVersion::k20;
  octets::Writer writer;
  writer.big_u16(tpm2 ? 0x8001 : 0x00c4).big_u32(10).big_u32(tpm2 ? kTpm2Failure : kTpmFail);
  failure_ = writer.take();
  return failure_;
}

octets::Bytes Emulator::command(octets::Bytes command, Startup startup, Asker asker) {
  if (!ready_for_command(startup, asker)) return failure_response();
  if (asker == Asker::kGuest) {
    if (command.size() >= 10) last_command_ = code_of(command);
    blobs_told_ = 0;
    from_elsewhere_ = false;
  }
  const octets::Bytes response = tpm_->process(command);
  note_store_error();
  return response.empty() ? failure_response() : response;
}

}  // namespace nonvol::tpm
