#include "qmp/server.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "api/json_parts.h"
#include "qmp/session.h"
#include "serve/end_signals.h"
#include "serve/listener.h"
#include "storage/posix.h"
#include "storage/system_call.h"
#include "vnvram/open.h"

namespace nonvol::qmp {
namespace {

using serve::EndSignals;
using serve::Listener;
using storage::UniqueFd;

constexpr std::size_t kMaxClients = 16;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;
// A client that does not read its answers is asked nothing more.
constexpr std::size_t kMaxUnsentBytes = std::size_t{1} << 20;
// For a client's last answer when the server ends.
constexpr int kFarewellMs = 1000;

struct Client {
  UniqueFd fd;
  Session session;
  std::string unsent;
  std::size_t sent_bytes = 0;  // of `unsent`
  bool finished = false;       // sends no more, but may still read
  bool gone = false;

  std::size_t waiting_bytes() const { return unsent.size() - sent_bytes; }
  bool listens() const { return !finished && !session.wants_close() && waiting_bytes() < kMaxUnsentBytes; }
  short wanted() const {
    return static_cast<short>((listens() ? POLLIN : 0) | (waiting_bytes() != 0 ? POLLOUT : 0));
  }
  void receive() {
    std::string bytes(kReadBytes, '\0');
    const ssize_t got = storage::retry([&] { return ::recv(fd.get(), bytes.data(), bytes.size(), 0); });
    if (got > 0) session.feed(std::string_view(bytes).substr(0, static_cast<std::size_t>(got)));
    finished = got == 0;
    gone = got < 0 && errno != EAGAIN;
  }
  void send() {
    while (waiting_bytes() != 0) {
      const ssize_t sent = storage::retry(
          [&] { return ::send(fd.get(), unsent.data() + sent_bytes, waiting_bytes(), MSG_NOSIGNAL); });
      if (sent < 0) {
        gone = gone || errno != EAGAIN;
        return;
      }
      sent_bytes += static_cast<std::size_t>(sent);
    }
    unsent.clear();
    sent_bytes = 0;
  }
};

class Server {
 public:
  Server(Nvram nvram, Listener listener) : nvram_(std::move(nvram)), listener_(std::move(listener)) {}

  Result<void> run(ServeReport& report) {
    const EndSignals signals;
    while (report.ended_by.empty()) {
      std::vector<pollfd> waits = {
          {signals.fd(), POLLIN, 0},
          {listener_.fd(), static_cast<short>(clients_.size() < kMaxClients ? POLLIN : 0), 0}};
      for (const auto& client : clients_) waits.push_back({client->fd.get(), client->wanted(), 0});
      const int ready = storage::retry([&] { return ::poll(waits.data(), waits.size(), -1); });
      if (ready < 0) return storage::error_from_errno(errno, "wait for clients of", report.socket_path);
      if (waits[0].revents != 0) report.ended_by = signals.name();
      for (std::size_t i = 0; i < clients_.size(); ++i) {
        if (waits[i + 2].revents != 0) serve_client(*clients_[i], report);
      }
      std::erase_if(clients_, [](const auto& client) { return client->gone; });
      if (waits[1].revents != 0) welcome(report);
    }
    say_farewell();
    return {};
  }

 private:
  void welcome(ServeReport& report) {
    UniqueFd fd = listener_.accept();
    if (!fd) return;
    ++report.clients;
    clients_.push_back(std::make_unique<Client>(std::move(fd), Session(nvram_), Session::greeting()));
    clients_.back()->send();
  }

  void serve_client(Client& client, ServeReport& report) {
    if (client.listens()) client.receive();
    client.send();
    // Also requests that were read before and had to wait until their client took its answers.
    while (!client.gone && carry_out(client, report)) client.send();
    client.gone =
        client.gone || (client.waiting_bytes() == 0 && (client.finished || client.session.wants_close()));
  }

  // As many requests as there is room for answers. False: none.
  bool carry_out(Client& client, ServeReport& report) {
    bool any = false;
    while (client.waiting_bytes() < kMaxUnsentBytes && client.session.step()) {
      any = true;
      ++report.requests;
      client.unsent += client.session.take_output();
      if (const std::optional<Error> failure = nvram_.take_failure()) {
        report.failed = true;
        tell_all(fatal_error_event(nvram_.name(), *failure));
      }
      if (client.session.wants_quit()) report.ended_by = "quit";
    }
    return any;
  }

  void tell_all(const std::string& event) {
    for (const auto& client : clients_) {
      client->session.send_event(event);
      client->unsent += client->session.take_output();
    }
  }

  void say_farewell() {
    for (const auto& client : clients_) {
      pollfd wait{client->fd.get(), POLLOUT, 0};
      client->send();
      while (!client->gone && client->waiting_bytes() != 0 && ::poll(&wait, 1, kFarewellMs) > 0)
        client->send();
    }
  }

  Nvram nvram_;
  Listener listener_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace

Result<ServeReport> serve(const api::Context& context, const ServeRequest& request) {
  ServeReport report{request.where.target, request.socket_path};
  Result<std::optional<seal::Key>> key = api::read_key(request.where.key);
  if (!key) return key.error();
  Result<std::unique_ptr<storage::BlockFile>> file =
      vnvram::open_file(context.files, {request.where.target, request.where.luks_key_file},
                        {storage::Access::kReadWrite, nullptr, request.where.wait_ms});
  if (!file) return file.error();
  Result<Nvram> nvram = Nvram::open(*std::move(file), request.where.target, *std::move(key));
  if (!nvram) return nvram.error();
  Result<Listener> listener = Listener::open(request.socket_path);
  if (!listener) return listener.error();
  Server server(*std::move(nvram), *std::move(listener));
  if (Result<void> done = server.run(report); !done) return done.error();
  return report;
}

std::string to_json(const ServeReport& report) {
  json::Writer writer = api::begin_document("blob.serve");
  writer.member("image", report.image).member("socket", report.socket_path);
  writer.member("clients", report.clients).member("requests", report.requests);
  writer.member("failed", report.failed).member("ended_by", report.ended_by);
  return writer.end_object().take();
}

}  // namespace nonvol::qmp
