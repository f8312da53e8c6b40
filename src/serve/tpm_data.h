#pragma once

#include <condition_variable>
#include <functional>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include "octets/reader.h"
#include "storage/unique_fd.h"
#include "tpm/emulator.h"

namespace nonvol::serve {

// The data channel of a TPM emulator: one client at a time, whose commands are read, carried out and answered
// by a thread of its own, since a command can take seconds, and the control channel must be able to cancel
// it.
class TpmData {
 public:
  // Carries out one command. Called on the thread of the channel.
  using Execute =
      std::function<void(octets::Bytes command, tpm::Startup startup, std::vector<std::uint8_t>& response)>;

  // The thread starts here, and runs when this returns: what libc does for a new thread, such as rseq(2), a
  // sandbox that is entered next would refuse. `idle_fd` becomes readable when a client has gone.
  TpmData(Execute execute, int idle_fd);
  // Ends the client's connection and the thread; what is being carried out is finished.
  ~TpmData();
  TpmData(const TpmData&) = delete;
  TpmData& operator=(const TpmData&) = delete;

  // Serves this client from now on, and no longer another one.
  void serve(storage::UniqueFd client, tpm::Startup startup);
  void hang_up();
  bool busy() const;

 private:
  void run();
  void serve_client(int fd, tpm::Startup startup);
  void say_idle() const;

  Execute execute_;
  int idle_fd_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  storage::UniqueFd next_;  // a client that waits to be served
  tpm::Startup next_startup_ = tpm::Startup::kNone;
  storage::UniqueFd current_;  // the one that is
  bool ending_ = false;
  std::latch started_{1};
  std::thread thread_;
};

}  // namespace nonvol::serve
