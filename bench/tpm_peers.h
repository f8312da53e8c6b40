#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/unique_fd.h"
#include "tpm/command_port.h"
#include "tpm/commands.h"
#include "tpm/tpm.h"

namespace nonvol::bench {

// Prints why, with errno where it says something, and ends the program: a peer that refuses its work would
// win every race.
[[noreturn]] void fail(const std::string& why);
void must(const Result<void>& result);

using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

// A program that runs beside this one, with nothing to say, and does not outlive it.
class Program {
 public:
  explicit Program(const Words& words);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  // Its end, which must be a success.
  void wait();

 private:
  std::string name_;
  pid_t pid_ = -1;
};

// A TPM that is talked to. Ended by its destructor.
class Peer : public tpm::CommandPort {
 public:
  explicit Peer(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }
  // One command and its response, which must be one of success; valid until the next call.
  octets::Bytes exchange(octets::Bytes command);
  Result<tpm::Response> execute(octets::Bytes command) override;
  virtual pid_t pid() const = 0;

 protected:
  virtual octets::Bytes answer(octets::Bytes command) = 0;

 private:
  std::string name_;
};

// libtpms in this process, of which there can be one: peers share it, and say what a changed state costs.
class LocalTpm : public tpm::StateStore {
 public:
  // A file of its own in this directory, all of whose bytes were written before.
  explicit LocalTpm(const std::string& directory);
  ~LocalTpm() override;

  enum class Cost { kNothing, kWriteAndFlush };
  void set_cost(Cost cost) { cost_ = cost; }
  tpm::Tpm& tpm() { return *tpm_; }
  std::size_t state_bytes() const { return state_bytes_; }

  Result<std::optional<tpm::State>> load(tpm::StateKind kind) override;
  Result<void> store(tpm::StateKind kind, octets::Bytes state) override;
  Result<void> erase(tpm::StateKind kind) override;

 private:
  storage::UniqueFd file_;
  Cost cost_ = Cost::kNothing;
  std::size_t state_bytes_ = 0;
  std::unique_ptr<tpm::Tpm> tpm_;
};
std::unique_ptr<Peer> local_peer(LocalTpm& local, LocalTpm::Cost cost);

// TPM emulators, each on a new TPM in this directory, which is made.
struct Programs {
  std::string nonvol;
  std::string swtpm = "swtpm";
  std::string swtpm_setup = "swtpm_setup";
};
std::unique_ptr<Peer> nonvol_peer(const Programs& programs, std::string name, const std::string& directory);
std::unique_ptr<Peer> swtpm_peer(const Programs& programs, std::string name, const std::string& directory);
// All in one file, which it maps, changes in place and flushes.
std::unique_ptr<Peer> swtpm_file_peer(const Programs& programs, std::string name,
                                      const std::string& directory);
// The emulators of a state that is there, or of none; a client that waits for them to answer.
std::unique_ptr<Peer> start_nonvol(const Programs& programs, std::string name, const std::string& directory);
std::unique_ptr<Peer> start_swtpm(const Programs& programs, std::string name, const std::string& directory,
                                  const std::string& state);

}  // namespace nonvol::bench
