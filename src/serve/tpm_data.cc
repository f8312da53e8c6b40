#include "serve/tpm_data.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "seal/aead.h"
#include "storage/system_call.h"

namespace nonvol::serve {
namespace {

using storage::retry;
using storage::UniqueFd;

constexpr std::size_t kHeaderBytes = 10;
// TPM2_BUFFER_MAX and TPM_BUFFER_MAX of libtpms, which are equal.
constexpr std::size_t kLongestCommandBytes = 4096;
// The rest of a command comes with its beginning, or at once; a client that sends less than it says waits for
// an answer.
constexpr int kRestWaitMs = 100;

bool send_all(int fd, octets::Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = retry([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

// How much of what was received is the first command. A length that cannot be is for the TPM to refuse, with
// all that came as the command, since nobody knows where another one begins. 0: more is to come.
std::size_t command_bytes(octets::Bytes received) {
  if (received.size() < kHeaderBytes) return 0;
  octets::Reader reader(received);
  reader.big_u16("tag");
  const std::size_t size_bytes = reader.big_u32("commandSize");
  if (size_bytes < kHeaderBytes || size_bytes > kLongestCommandBytes) return received.size();
  return size_bytes <= received.size() ? size_bytes : 0;
}

// Whether there is anything to read within this time; an end counts.
bool comes_within(int fd, int wait_ms) {
  pollfd wait{fd, POLLIN, 0};
  return retry([&] { return ::poll(&wait, 1, wait_ms); }) != 0;
}

}  // namespace

TpmData::TpmData(Execute execute, int idle_fd)
    : execute_(std::move(execute)), idle_fd_(idle_fd), thread_([this] { run(); }) {
  started_.wait();
}

TpmData::~TpmData() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
    next_ = UniqueFd();
    if (current_) ::shutdown(current_.get(), SHUT_RDWR);
  }
  changed_.notify_all();
  thread_.join();
}

bool TpmData::busy() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return next_ || current_;
}

void TpmData::say_idle() const {
  constexpr std::uint64_t kOne = 1;
  retry([&] { return ::write(idle_fd_, &kOne, sizeof kOne); });
}

void TpmData::serve(UniqueFd client, tpm::Startup startup) {
  // The thread waits for whole commands.
  const int flags = ::fcntl(client.get(), F_GETFL);
  if (flags >= 0) ::fcntl(client.get(), F_SETFL, flags & ~O_NONBLOCK);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (current_) ::shutdown(current_.get(), SHUT_RDWR);
    next_ = std::move(client);
    next_startup_ = startup;
  }
  changed_.notify_all();
}

void TpmData::hang_up() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (current_) ::shutdown(current_.get(), SHUT_RDWR);
  if (next_ && !current_) say_idle();
  next_ = UniqueFd();
}

void TpmData::run() {
  started_.count_down();
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || next_; });
    if (ending_) return;
    current_ = std::exchange(next_, UniqueFd());
    const tpm::Startup startup = next_startup_;
    lock.unlock();
    serve_client(current_.get(), startup);
    lock.lock();
    current_ = UniqueFd();
    if (!next_) say_idle();
  }
}

void TpmData::serve_client(int fd, tpm::Startup startup) {
  std::vector<std::uint8_t> received(kLongestCommandBytes);
  std::vector<std::uint8_t> response;
  std::size_t received_bytes = 0;
  const auto carry_out = [&](std::size_t size_bytes) {
    execute_(octets::Bytes(received).first(size_bytes), startup, response);
    const bool sent = send_all(fd, response);
    // Commands hold passwords, and responses secrets.
    seal::wipe(response);
    std::copy(received.begin() + static_cast<std::ptrdiff_t>(size_bytes),
              received.begin() + static_cast<std::ptrdiff_t>(received_bytes), received.begin());
    received_bytes -= size_bytes;
    seal::wipe(std::span(received).subspan(received_bytes, size_bytes));
    return sent;
  };
  while (true) {
    const std::size_t ready_bytes = command_bytes(octets::Bytes(received).first(received_bytes));
    if (ready_bytes != 0) {
      if (!carry_out(ready_bytes)) return;
      continue;
    }
    if (received_bytes != 0 && !comes_within(fd, kRestWaitMs)) {
      if (!carry_out(received_bytes)) return;
      continue;
    }
    const ssize_t got = retry(
        [&] { return ::recv(fd, received.data() + received_bytes, received.size() - received_bytes, 0); });
    if (got <= 0) return;
    received_bytes += static_cast<std::size_t>(got);
  }
}

}  // namespace nonvol::serve
