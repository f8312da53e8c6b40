#include "tpm_peers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

namespace nonvol::bench {

void fail(const std::string& why) {
  const std::string system = errno == 0 ? "" : fmt::format(" ({})", std::strerror(errno));
  fmt::print(stderr, "tpm_bench: {}{}\n", why, system);
  std::exit(2);
}

void must(const Result<void>& result) {
  if (result) return;
  errno = 0;
  fail(result.error().message);
}

Program::Program(const Words& words) : name_(words.front()) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::vfork();
  if (pid_ < 0) fail("vfork");
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, fd);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

Program::~Program() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Program::wait() {
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) fail("waitpid");
  pid_ = -1;
  errno = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(name_ + " did not succeed");
}

octets::Bytes Peer::exchange(octets::Bytes command) {
  const octets::Bytes response = answer(command);
  octets::Reader reader(response);
  reader.bytes("tag and size", 6);
  const std::uint32_t code = reader.big_u32("code");
  if (!reader.failure() && code == 0) return response;
  errno = 0;
  fail(fmt::format("{} answers with code {:#x}", name_, code));
}

Result<tpm::Response> Peer::execute(octets::Bytes command) {
  const octets::Bytes response = answer(command);
  return tpm::Response(response.begin(), response.end());
}

LocalTpm::LocalTpm(const std::string& directory) {
  constexpr std::size_t kMostBytes = 192 * 1024;
  const std::string path = directory + "/in-place";
  file_ = storage::UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const std::vector<std::uint8_t> ones(kMostBytes, 0xff);
  const ssize_t written = ::pwrite(file_.get(), ones.data(), ones.size(), 0);
  if (written != static_cast<ssize_t>(ones.size()) || ::fsync(file_.get()) != 0) fail(path);
  Result<std::unique_ptr<tpm::Tpm>> made = tpm::Tpm::make(tpm::TpmVersion::k20, *this);
  if (!made) must(made.error());
  tpm_ = *std::move(made);
  must(tpm_->switch_on());
}

LocalTpm::~LocalTpm() = default;

Result<std::optional<tpm::State>> LocalTpm::load(tpm::StateKind) {
  return std::optional<tpm::State>();
}

Result<void> LocalTpm::store(tpm::StateKind, octets::Bytes state) {
  state_bytes_ = state.size();
  if (cost_ == Cost::kNothing) return {};
  const ssize_t written = ::pwrite(file_.get(), state.data(), state.size(), 0);
  if (written != static_cast<ssize_t>(state.size()) || ::fdatasync(file_.get()) != 0) fail("in-place");
  return {};
}

Result<void> LocalTpm::erase(tpm::StateKind) {
  return {};
}

namespace {

class LocalPeer : public Peer {
 public:
  LocalPeer(LocalTpm& local, LocalTpm::Cost cost)
      : Peer(cost == LocalTpm::Cost::kNothing ? "libtpms" : "libtpms + one flush"),
        local_(local),
        cost_(cost) {}
  pid_t pid() const override { return ::getpid(); }

 protected:
  octets::Bytes answer(octets::Bytes command) override {
    local_.set_cost(cost_);
    return local_.tpm().process(command);
  }

 private:
  LocalTpm& local_;
  LocalTpm::Cost cost_;
};

class SocketPeer : public Peer {
 public:
  SocketPeer(std::string name, const Words& words, const std::string& socket)
      : Peer(std::move(name)), program_(words), received_(kLongestBytes) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof address.sun_path) fail(socket + " is too long");
    std::ranges::copy(socket, address.sun_path);
    fd_ = storage::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const plain = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    const Clock::time_point deadline = Clock::now() + std::chrono::seconds(10);
    while (::connect(fd_.get(), plain, sizeof address) != 0) {
      if (Clock::now() > deadline) fail(socket);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }
  pid_t pid() const override { return program_.pid(); }

 protected:
  octets::Bytes answer(octets::Bytes command) override {
    const ssize_t sent = ::send(fd_.get(), command.data(), command.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(command.size())) fail(name() + " takes no command");
    std::size_t got_bytes = 0;
    std::size_t wanted_bytes = kHeaderBytes;
    while (got_bytes < wanted_bytes) {
      const ssize_t got = ::recv(fd_.get(), received_.data() + got_bytes, received_.size() - got_bytes, 0);
      if (got <= 0) fail(name() + " does not answer");
      got_bytes += static_cast<std::size_t>(got);
      if (got_bytes < kHeaderBytes) continue;
      octets::Reader reader(received_);
      reader.big_u16("tag");
      wanted_bytes = reader.big_u32("size");
    }
    return octets::Bytes(received_).first(got_bytes);
  }

 private:
  static constexpr std::size_t kHeaderBytes = 10;
  static constexpr std::size_t kLongestBytes = 4096;

  Program program_;
  storage::UniqueFd fd_;
  std::vector<std::uint8_t> received_;
};

void make_directory(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::create_directory(directory, error)) fail(directory);
}

}  // namespace

std::unique_ptr<Peer> local_peer(LocalTpm& local, LocalTpm::Cost cost) {
  return std::make_unique<LocalPeer>(local, cost);
}

std::unique_ptr<Peer> start_nonvol(const Programs& programs, std::string name, const std::string& directory) {
  const std::string socket = directory + "/data";
  return std::make_unique<SocketPeer>(std::move(name),
                                      Words{programs.nonvol, "tpm", "run", directory + "/tpm.nv",
                                            "--data-socket", socket, "--store-limit", "0"},
                                      socket);
}

std::unique_ptr<Peer> start_swtpm(const Programs& programs, std::string name, const std::string& directory,
                                  const std::string& state) {
  const std::string socket = directory + "/data";
  return std::make_unique<SocketPeer>(
      std::move(name),
      Words{programs.swtpm, "socket", "--tpm2", "--tpmstate", state, "--server", "type=unixio,path=" + socket,
            "--ctrl", "type=unixio,path=" + socket + ".ctrl", "--flags", "not-need-init"},
      socket);
}

std::unique_ptr<Peer> nonvol_peer(const Programs& programs, std::string name, const std::string& directory) {
  make_directory(directory);
  Program({programs.nonvol, "tpm", "create", directory + "/tpm.nv"}).wait();
  return start_nonvol(programs, std::move(name), directory);
}

std::unique_ptr<Peer> swtpm_peer(const Programs& programs, std::string name, const std::string& directory) {
  make_directory(directory);
  return start_swtpm(programs, std::move(name), directory, "dir=" + directory);
}

std::unique_ptr<Peer> swtpm_file_peer(const Programs& programs, std::string name,
                                      const std::string& directory) {
  make_directory(directory);
  return start_swtpm(programs, std::move(name), directory, "backend-uri=file://" + directory + "/state");
}

}  // namespace nonvol::bench
