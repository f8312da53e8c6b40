#include "api/guest_tpm.h"

#include <fmt/format.h>
#include <sys/un.h>

#include "octets/text.h"

namespace nonvol::api {
namespace {

// With the zero byte behind it.
constexpr std::size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

std::optional<GuestTpm> tpm_of(const Context& context, const guest::Home& home, const guest::Record& record) {
  if (!record.tpm) return std::nullopt;
  GuestTpm tpm{home.tpm_image_path(record), home.tpm_socket_path(record.name), false};
  if (const Result<bool> in_use = context.files.image_in_use(tpm.image_path); in_use) tpm.in_use = *in_use;
  return tpm;
}

Result<std::string> tpm_socket_path(const guest::Home& home, const std::string& name,
                                    const std::string& chosen, const std::string& option_of_command) {
  const std::string path = chosen.empty() ? home.tpm_socket_path(name) : chosen;
  if (path.size() <= kMaxSocketPathBytes) return path;
  return Error(ErrorId::kNotRepresentable,
               fmt::format("the path of the TPM's socket has {} bytes, and a unix socket's can have {}",
                           path.size(), kMaxSocketPathBytes))
      .at(Place::in_file(path))
      .with_hint(fmt::format("{} /run/nonvol-{}.sock", option_of_command, name));
}

Result<std::optional<TpmToStart>> tpm_to_start(const guest::Home& home, const guest::Record& record,
                                               const std::string& chosen_socket,
                                               const std::string& emit_command) {
  if (!record.tpm && chosen_socket.empty()) return std::optional<TpmToStart>();
  if (!record.tpm) {
    return Error(ErrorId::kNoTpmState, fmt::format("guest {} has no TPM to connect to", record.name))
        .with_hint("nonvol show " + record.name);
  }
  auto socket = tpm_socket_path(home, record.name, chosen_socket,
                                fmt::format("nonvol {} {} --tpm-socket", emit_command, record.name));
  if (!socket) return socket.error();
  TpmToStart tpm{*std::move(socket), {"nonvol tpm run " + record.name}};
  if (!chosen_socket.empty()) {
    tpm.commands.front() += " --socket " + octets::shell_word(tpm.socket_path);
  } else if (record.name.find('+') == std::string::npos) {
    // A unit's name cannot have a '+', and escaped it would be another guest's.
    tpm.commands.push_back("systemctl start nonvol-tpm@" + record.name);
  }
  return std::optional(std::move(tpm));
}

}  // namespace nonvol::api
