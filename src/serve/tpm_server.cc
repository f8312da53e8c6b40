#include "serve/tpm_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "octets/text.h"
#include "seal/aead.h"
#include "seal/digest.h"
#include "serve/end_signals.h"
#include "serve/idle_pages.h"
#include "serve/listener.h"
#include "serve/ready_notice.h"
#include "serve/sandbox.h"
#include "serve/store_limit.h"
#include "serve/tpm_data.h"
#include "storage/posix.h"
#include "storage/system_call.h"

namespace nonvol::serve {
namespace {

using storage::retry;
using storage::UniqueFd;

// QEMU, and somebody who looks after it.
constexpr std::size_t kMostClients = 8;
constexpr std::size_t kReadBytes = 16 * 1024;
// A client that does not take its answer is gone.
constexpr int kSendWaitMs = 5000;
constexpr std::chrono::seconds kCountersEvery(1);

struct ControlClient {
  UniqueFd fd;
  UniqueFd passed;  // a descriptor that came with a message, until SET_DATAFD takes it
  std::vector<std::uint8_t> received;
  bool gave_data = false;  // a guest runs behind it
  bool gone = false;
};

// What changes the TPM under a guest: not for somebody else than the QEMU that runs it. SHUTDOWN is how
// managers end an emulator.
bool needs_the_guest(tpm::ControlCommand command) {
  using enum tpm::ControlCommand;
  return command == kSetDataFd || command == kInit || command == kStop || command == kSetStateBlob ||
         command == kStoreVolatile || command == kHashStart || command == kHashData || command == kHashEnd ||
         command == kResetTpmEstablished || command == kSetLocality || command == kLockStorage;
}

void receive(ControlClient& client) {
  std::array<std::uint8_t, kReadBytes> bytes;
  iovec place{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> extra;
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = extra.data();
  message.msg_controllen = extra.size();
  const ssize_t got = retry([&] { return ::recvmsg(client.fd.get(), &message, MSG_CMSG_CLOEXEC); });
  if (got <= 0) {
    client.gone = got == 0 || errno != EAGAIN;
    return;
  }
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    // Room for one is room for two, where the message is aligned: those that nobody asked for are closed.
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      client.passed = UniqueFd(fd);
    }
  }
  client.received.insert(client.received.end(), bytes.begin(), bytes.begin() + got);
}

void answer(ControlClient& client, octets::Bytes reply) {
  const auto end = StoreLimit::Clock::now() + std::chrono::milliseconds(kSendWaitMs);
  while (!reply.empty()) {
    const ssize_t sent =
        retry([&] { return ::send(client.fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL); });
    if (sent > 0) {
      reply = reply.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    const bool full = errno == EAGAIN;
    const auto left_ms = (end - StoreLimit::Clock::now()) / std::chrono::milliseconds(1);
    pollfd wait{client.fd.get(), POLLOUT, 0};
    if (!full || left_ms <= 0 || retry([&] { return ::poll(&wait, 1, static_cast<int>(left_ms)); }) <= 0) {
      client.gone = true;
      return;
    }
  }
}

class TpmServer {
 public:
  TpmServer(TpmServeRequest& request, std::string image, NvramState& state,
            std::unique_ptr<tpm::Emulator> emulator)
      : request_(request),
        image_(std::move(image)),
        state_(state),
        limit_(request.store_limit_bytes_per_second),
        emulator_(std::move(emulator)) {
    counters().limit_bytes_per_second = limit_.bytes_per_second();
  }

  Result<void> open() {
    for (const auto& [path, listener] : {std::pair(&request_.socket_path, &control_listener_),
                                         std::pair(&request_.data_socket_path, &data_listener_)}) {
      if (path->empty()) continue;
      Result<Listener> opened = Listener::open(*path);
      if (!opened) return opened.error();
      *listener = std::make_unique<Listener>(*std::move(opened));
    }
    idle_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!idle_ || signals_.fd() < 0) {
      return storage::error_from_errno(errno, "wait for clients of", image_);
    }
    const auto for_guest = [this](octets::Bytes command, tpm::Startup startup,
                                  std::vector<std::uint8_t>& response) {
      execute(command, startup, tpm::Asker::kGuest, response);
    };
    const auto for_tools = [this](octets::Bytes command, tpm::Startup startup,
                                  std::vector<std::uint8_t>& response) {
      execute(command, startup, guest_runs_ ? tpm::Asker::kOther : tpm::Asker::kGuest, response);
    };
    data_ = std::make_unique<TpmData>(for_guest, idle_.get());
    if (data_listener_) tools_ = std::make_unique<TpmData>(for_tools, idle_.get());
    return {};
  }

  Result<void> run(TpmServeReport& report) {
    while (report.ended_by.empty()) {
      if (Result<void> waited = step(report); !waited) return waited;
      // What can be opened no more from here is for a new process.
      if (lost_) {
        return Error(ErrorId::kNvramFailed, fmt::format("{} cannot be reached any more", image_))
            .at(Place::in_file(image_));
      }
    }
    // Answers what is being carried out, then the TPM is switched off as for SHUTDOWN.
    {
      const std::lock_guard<std::mutex> turn(tpm_);
      ending_ = true;
    }
    ends_.notify_all();
    data_.reset();
    tools_.reset();
    emulator_->end();
    report.commands = commands_;
    state_.write_counters();
    report.counters = counters();
    return {};
  }

 private:
  TpmCounters& counters() { return state_.counters(); }

  Result<void> step(TpmServeReport& report) {
    const bool free = clients_.size() < kMostClients;
    std::vector<pollfd> waits = {
        {signals_.fd(), POLLIN, 0},
        {idle_.get(), POLLIN, 0},
        {control_listener_ && free ? control_listener_->fd() : -1, POLLIN, 0},
        {data_listener_ && !tools_->busy() ? data_listener_->fd() : -1, POLLIN, 0},
    };
    constexpr std::size_t kFixed = 4;
    for (const auto& client : clients_) waits.push_back({client->fd.get(), POLLIN, 0});
    if (retry([&] { return ::poll(waits.data(), waits.size(), -1); }) < 0) {
      return storage::error_from_errno(errno, "wait for clients of", image_);
    }
    if (waits[0].revents != 0) report.ended_by = signals_.name();
    if (waits[1].revents != 0) {
      std::uint64_t count = 0;
      retry([&] { return ::read(idle_.get(), &count, sizeof count); });
    }
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (waits[i + kFixed].revents != 0) receive(*clients_[i]);
    }
    // Who went made room for who came.
    say_goodbye(report);
    for (const auto& client : clients_) serve(*client);
    if (emulator_->wants_end()) report.ended_by = "SHUTDOWN";
    say_goodbye(report);
    if (waits[2].revents != 0) welcome();
    if (waits[3].revents != 0) {
      if (UniqueFd fd = data_listener_->accept(); fd) tools_->serve(std::move(fd), request_.startup);
    }
    return {};
  }

  void welcome() {
    UniqueFd fd = control_listener_->accept();
    if (fd) clients_.push_back(std::make_unique<ControlClient>(std::move(fd)));
  }

  void say_goodbye(TpmServeReport& report) {
    bool any = false;
    for (const auto& client : clients_) {
      if (!client->gone) continue;
      any = true;
      // Its data channel came over this one.
      if (!client->gave_data) continue;
      data_->hang_up();
      guest_runs_ = false;
      const std::lock_guard<std::mutex> turn(tpm_);
      emulator_->client_gone();
    }
    std::erase_if(clients_, [](const auto& client) { return client->gone; });
    if (any && clients_.empty() && request_.ends_with_client && report.ended_by.empty()) {
      report.ended_by = "the client went";
    }
  }

  void serve(ControlClient& client) {
    while (!client.gone && !emulator_->wants_end()) {
      const auto parsed = tpm::parse_control(client.received);
      if (std::holds_alternative<tpm::ControlNeedsMore>(parsed)) return;
      if (const auto* nonsense = std::get_if<tpm::ControlNonsense>(&parsed)) {
        client.received.clear();
        answer(client, tpm::result_reply(nonsense->result));
        return;
      }
      const auto& request = std::get<tpm::ControlParsed>(parsed);
      tpm::ControlReply reply = carry_out(client, request.request);
      answer(client, reply);
      // Blobs hold all that a TPM keeps secret.
      seal::wipe(reply);
      seal::wipe(std::span(client.received).first(request.size_bytes));
      client.received.erase(client.received.begin(),
                            client.received.begin() + static_cast<std::ptrdiff_t>(request.size_bytes));
    }
  }

  tpm::ControlReply carry_out(ControlClient& client, const tpm::ControlRequest& request) {
    using enum tpm::ControlCommand;
    if (request.command == kCancelTpmCommand) {
      emulator_->cancel();
      return tpm::result_reply(tpm::kTpmSuccess);
    }
    const bool other_runs = guest_runs_ && !client.gave_data;
    if (other_runs && needs_the_guest(request.command)) return tpm::result_reply(tpm::kTpmIoError);
    if (request.command == kSetDataFd) {
      if (!client.passed) return tpm::result_reply(tpm::kTpmBadParameter);
      client.gave_data = true;
      guest_runs_ = true;
      data_->serve(std::exchange(client.passed, UniqueFd()), tpm::Startup::kNone);
      return tpm::result_reply(tpm::kTpmSuccess);
    }
    const std::lock_guard<std::mutex> turn(tpm_);
    if (request.command == kInit) ++counters().starts;
    tpm::ControlReply reply =
        emulator_->control(request, other_runs ? tpm::Asker::kOther : tpm::Asker::kGuest);
    lost_ = state_.lost();
    if (request.command == kInit || request.command == kStop) state_.write_counters();
    return reply;
  }

  // On the thread of a data channel.
  void execute(octets::Bytes command, tpm::Startup startup, tpm::Asker asker,
               std::vector<std::uint8_t>& response) {
    std::unique_lock<std::mutex> turn(tpm_);
    const octets::Bytes answered = emulator_->command(command, startup, asker);
    response.assign(answered.begin(), answered.end());
    ++commands_;
    if (const std::uint64_t stored_bytes = state_.take_stored_bytes(); stored_bytes != 0) {
      limit_.charge(stored_bytes);
      wait_for_limit(turn);
    }
  }

  // The answer is late, not the update: that is durable. Nobody else has to wait meanwhile.
  void wait_for_limit(std::unique_lock<std::mutex>& turn) {
    const auto now = StoreLimit::Clock::now();
    const std::chrono::microseconds owed = limit_.owed(now);
    if (owed <= std::chrono::microseconds::zero()) return;
    ends_.wait_for(turn, owed, [this] { return ending_; });
    ++counters().delayed;
    counters().delayed_us += static_cast<std::uint64_t>(owed.count());
    if (now - counted_ < kCountersEvery) return;
    counted_ = now;
    state_.write_counters();
  }

  TpmServeRequest& request_;
  std::string image_;
  NvramState& state_;
  EndSignals signals_;
  UniqueFd idle_;
  std::unique_ptr<Listener> control_listener_;
  std::unique_ptr<Listener> data_listener_;
  std::vector<std::unique_ptr<ControlClient>> clients_;
  std::mutex tpm_;  // the emulator, its state and the limit, which all threads use
  StoreLimit limit_;
  StoreLimit::Clock::time_point counted_{};
  std::atomic<bool> guest_runs_ = false;  // QEMU is connected, and gave a data channel
  std::atomic<bool> lost_ = false;        // the image cannot be reached any more
  std::condition_variable ends_;
  bool ending_ = false;
  std::uint64_t commands_ = 0;
  std::unique_ptr<tpm::Emulator> emulator_;
  std::unique_ptr<TpmData> data_;   // of QEMU
  std::unique_ptr<TpmData> tools_;  // of the data socket's clients, which may look while QEMU runs
};

// Which TPM the state is of. While it is on its way from another host nobody knows.
Result<tpm::TpmVersion> version_of(NvramState& state, const std::string& image,
                                   const TpmServeRequest& request) {
  const tpm::TpmVersion wanted = request.version.value_or(tpm::TpmVersion::k20);
  if (!state.held()) return wanted;
  Result<std::optional<tpm::State>> permanent = state.load(tpm::StateKind::kPermanent);
  if (!permanent) return permanent.error();
  tpm::TpmVersion version = wanted;
  if (permanent->has_value()) {
    Result<tpm::PermanentFacts> facts = tpm::read_permanent(**permanent);
    seal::wipe(**permanent);
    if (!facts) return facts.error();
    version = facts->version;
  } else if (!request.makes_tpm) {
    return Error(ErrorId::kNoTpmState, fmt::format("{} holds no TPM any more", image))
        .at(Place::in_file(image))
        .with_hint("nonvol blob list " + octets::shell_path(image));
  }
  if (request.version && version != wanted) {
    return Error(ErrorId::kTpmOtherVersion, fmt::format("the state is of a TPM {}, and {} was asked for",
                                                        tpm::to_string(version), tpm::to_string(wanted)));
  }
  if (Result<void> room = state.check_room(version); !room) return room.error();
  return version;
}

// Whatever is loaded or looked up once must be before nothing can be opened any more: OpenSSL reads its
// configuration with the first digest, and what encrypts blobs is found with the first of them.
Result<void> prepare_for_sandbox(const std::optional<tpm::SwtpmKey>& migration_key) {
  Result<seal::Sha256Digest> digest = seal::sha256({});
  if (!digest) return digest.error();
  if (!migration_key) return {};
  Result<std::vector<std::uint8_t>> blob = tpm::encode_swtpm_migration({}, &*migration_key);
  return blob ? Result<void>() : blob.error();
}

}  // namespace

Result<TpmServeReport> serve_tpm(storage::FileSystem& files, TpmServeRequest request) {
  TpmServeReport report{.image = request.state.medium.target};
  const bool incoming = request.state.incoming;
  Result<std::unique_ptr<NvramState>> state = NvramState::open(files, std::move(request.state));
  if (!state) return state.error();
  Result<tpm::TpmVersion> version = version_of(**state, report.image, request);
  if (!version) return version.error();
  report.version = *version;
  // Nobody but QEMU knows when the state has come.
  if (incoming) request.startup = tpm::Startup::kNone;
  if (request.sandbox) {
    if (Result<void> ready = prepare_for_sandbox(request.migration_key); !ready) return ready.error();
  }
  tpm::EmulatorSettings settings{.version = *version,
                                 .migration_key = std::move(request.migration_key),
                                 .store_encrypted = (*state)->encrypted(),
                                 .makes_tpm = request.makes_tpm};
  settings.report = [&request](const Error& error) {
    request.log(fmt::format("{}: {}", to_string(error.id), error.message));
  };
  Result<std::unique_ptr<tpm::Emulator>> emulator = tpm::Emulator::make(std::move(settings), **state);
  if (!emulator) return emulator.error();
  if (Result<void> valid = (*state)->held() ? (*emulator)->validate() : Result<void>(); !valid) {
    return valid.error();
  }
  if (Result<std::string> library = tpm::library_version(); library) {
    (*state)->counters().library_version = *library;
  }
  TpmServer server(request, report.image, **state, *std::move(emulator));
  if (Result<void> opened = server.open(); !opened) return opened.error();
  ReadyNotice notice;
  if (request.sandbox) {
    if (Result<void> entered = enter_sandbox({(*state)->in_container()}); !entered) return entered.error();
  }
  give_back_idle_pages();
  notice.send();
  if (Result<void> done = server.run(report); !done) return done.error();
  return report;
}

}  // namespace nonvol::serve
