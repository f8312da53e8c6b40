#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "testing/child.h"
#include "testing/nbdkit.h"
#include "testing/qemu_images.h"
#include "vnvram/open.h"

// What an NVRAM image can lie on.
namespace nonvol::interop {

inline constexpr std::uint64_t kMediumBytes = std::uint64_t{1} << 20;

// Of kMediumBytes, gone at the end.
class Medium {
 public:
  virtual ~Medium() = default;
  virtual vnvram::Location location() const = 0;
  // Why there is none of this kind on this machine.
  virtual std::string why_not() const { return ""; }
};

class RawFile : public Medium {
 public:
  RawFile() {
    std::ofstream file(path_);
    std::filesystem::resize_file(path_, kMediumBytes);
  }
  vnvram::Location location() const override { return {path_}; }

 protected:
  const testing::Scratch scratch_;
  const std::string path_ = scratch_ / "image, raw";
};

// Needs a privilege that few test machines give.
class LoopDevice : public RawFile {
 public:
  LoopDevice() {
    const testing::Finished made = testing::run({"losetup", "--find", "--show", path_});
    if (made.status == 0) {
      device_ = made.output.substr(0, made.output.find('\n'));
    } else {
      why_not_ = made.output.empty() ? "no losetup" : made.output;
    }
  }
  ~LoopDevice() override {
    if (!device_.empty()) testing::run({"losetup", "--detach", device_});
  }
  vnvram::Location location() const override { return {device_}; }
  std::string why_not() const override { return why_not_; }

 private:
  std::string device_;
  std::string why_not_;
};

// In an image of QEMU's.
class Container : public Medium {
 public:
  Container(const std::string& format, bool encrypted) : location_{scratch_ / ("image, " + format)} {
    if (encrypted) {
      location_.luks_key_file = scratch_ / "passphrase";
      testing::write_key(location_.luks_key_file);
      why_not_ = testing::make_encrypted_image(location_.target, format, kMediumBytes);
    } else {
      why_not_ = testing::make_image(location_.target, format, kMediumBytes);
    }
  }
  vnvram::Location location() const override { return location_; }
  std::string why_not() const override { return why_not_; }

 private:
  const testing::Scratch scratch_;
  vnvram::Location location_;
  std::string why_not_;
};

// Behind an nbdkit on a unix socket; `words` are its filters, plugin and their settings.
class Served : public Medium {
 public:
  explicit Served(const std::vector<std::string>& words) : server_(words) {}
  vnvram::Location location() const override { return {server_.uri()}; }
  std::string why_not() const override { return server_.serves() ? "" : "no nbdkit"; }
  testing::Nbdkit& server() { return server_; }

 private:
  testing::Nbdkit server_;
};

// The same on a TCP port of the loopback address.
class ServedOnTcp : public Medium {
 public:
  explicit ServedOnTcp(const std::vector<std::string>& words) {
    // Somebody else may take the port between finding it free and using it.
    for (int tries = 0; tries < 5 && !serves(); ++tries) start(words);
  }
  vnvram::Location location() const override { return {fmt::format("nbd://127.0.0.1:{}", port_)}; }
  std::string why_not() const override { return serves() ? "" : "no nbdkit"; }

 private:
  bool serves() const { return std::filesystem::exists(scratch_ / "pid"); }

  void start(const std::vector<std::string>& words) {
    port_ = free_port();
    std::vector<std::string> command{"nbdkit",        "--foreground", "--exit-with-parent",  "--ipaddr",
                                     "127.0.0.1",     "--port",       std::to_string(port_), "--pidfile",
                                     scratch_ / "pid"};
    command.insert(command.end(), words.begin(), words.end());
    server_ = std::make_unique<testing::Child>(command);
    testing::eventually([this] { return serves() || !server_->output().empty(); });
  }

  static unsigned free_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0)
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
  }

  const testing::Scratch scratch_;
  std::unique_ptr<testing::Child> server_;
  unsigned port_ = 0;
};

}  // namespace nonvol::interop
