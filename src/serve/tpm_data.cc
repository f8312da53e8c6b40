#include "serve/tpm_data.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "octets/writer.h"
#include "seal/aead.h"
#include "storage/system_call.h"

namespace nonvol::serve {
namespace {

using storage::retry;
using storage::UniqueFd;

constexpr std::size_t kHeaderBytes = 10;
// TPM2_BUFFER_MAX and TPM_BUFFER_MAX of libtpms, which are equal.
constexpr std::size_t kLongestCommandBytes = 4096;
constexpr std::uint32_t kTpm2CommandSize = 0x142;  // TPM_RC_COMMAND_SIZE

bool send_all(int fd, octets::Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = retry([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

// What the header says of the command's length; 0: not all of the header is there.
std::size_t command_bytes(octets::Bytes received) {
  if (received.size() < kHeaderBytes) return 0;
  octets::Reader reader(received);
  reader.big_u16("tag");
  return reader.big_u32("commandSize");
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

void TpmData::serve(UniqueFd client, tpm::Startup startup) {
  // The thread waits for whole commands.
  const int flags = ::fcntl(client.get(), F_GETFL);
  if (flags >= 0) ::fcntl(client.get(), F_SETFL, flags & ~O_NONBLOCK);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    busy_ = true;
    if (current_) ::shutdown(current_.get(), SHUT_RDWR);
    next_ = std::move(client);
    next_startup_ = startup;
  }
  changed_.notify_all();
}

void TpmData::hang_up() {
  const std::lock_guard<std::mutex> lock(mutex_);
  next_ = UniqueFd();
  if (current_) ::shutdown(current_.get(), SHUT_RDWR);
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
    if (!next_) {
      busy_ = false;
      constexpr std::uint64_t kOne = 1;
      retry([&] { return ::write(idle_fd_, &kOne, sizeof kOne); });
    }
  }
}

void TpmData::serve_client(int fd, tpm::Startup startup) {
  std::vector<std::uint8_t> received(kLongestCommandBytes);
  std::vector<std::uint8_t> response;
  std::size_t received_bytes = 0;
  while (true) {
    const octets::Bytes there = octets::Bytes(received).first(received_bytes);
    const std::size_t wanted_bytes = command_bytes(there);
    if (wanted_bytes != 0 && (wanted_bytes < kHeaderBytes || wanted_bytes > kLongestCommandBytes)) {
      // Where the next command begins is not known any more.
      send_all(fd, octets::Writer().big_u16(0x8001).big_u32(kHeaderBytes).big_u32(kTpm2CommandSize).take());
      return;
    }
    if (wanted_bytes != 0 && received_bytes >= wanted_bytes) {
      execute_(there.first(wanted_bytes), startup, response);
      if (!send_all(fd, response)) return;
      // Commands hold passwords.
      seal::wipe(std::span(received).first(wanted_bytes));
      std::copy(received.begin() + static_cast<std::ptrdiff_t>(wanted_bytes),
                received.begin() + static_cast<std::ptrdiff_t>(received_bytes), received.begin());
      received_bytes -= wanted_bytes;
      continue;
    }
    const ssize_t got = retry(
        [&] { return ::recv(fd, received.data() + received_bytes, received.size() - received_bytes, 0); });
    if (got <= 0) return;
    received_bytes += static_cast<std::size_t>(got);
  }
}

}  // namespace nonvol::serve
