#include "storage/qemu_storage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "storage/child_process.h"
#include "storage/image_lock.h"
#include "storage/nbd.h"
#include "storage/posix.h"
#include "storage/system_call.h"

namespace nonvol::storage {
namespace {

constexpr const char* kTool = "qemu-storage-daemon";
// Opening a LUKS image takes seconds on purpose: it makes guessing the passphrase slow.
constexpr int kStartMs = 30'000;
constexpr int kStepMs = 2;

// A directory of the owner's alone, removed with the few files that are expected in it.
class PrivateDirectory {
 public:
  static Result<std::unique_ptr<PrivateDirectory>> make() {
    const char* wanted = ::getenv("TMPDIR");
    std::string parent = wanted == nullptr || *wanted != '/' ? "/tmp" : wanted;
    // Sockets have short names only.
    if (parent.size() + kLongestInside >= sizeof sockaddr_un{}.sun_path) parent = "/tmp";
    std::string path = parent + "/nonvol-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return error_from_errno(errno, "create directory", path);
    return std::make_unique<PrivateDirectory>(std::move(path));
  }
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  ~PrivateDirectory() {
    for (const std::string& file : {socket(), ready(), messages()}) ::unlink(file.c_str());
    ::rmdir(path_.c_str());
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;

  std::string socket() const { return path_ + "/socket"; }
  std::string ready() const { return path_ + "/ready"; }
  std::string messages() const { return path_ + "/messages"; }

 private:
  static constexpr std::size_t kLongestInside = std::string_view("/nonvol-XXXXXX/messages").size();
  std::string path_;
};

// The value of an option: QEMU reads a comma as the end unless it stands there twice.
std::string value(std::string_view text) {
  std::string result;
  for (const char character : text) result.append(character == ',' ? 2 : 1, character);
  return result;
}

std::string uri_of_socket(std::string_view path) {
  std::string result = "nbd+unix:///image?socket=";
  for (const char character : path) {
    const bool plain = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                       (character >= '0' && character <= '9') || character == '/' || character == '-';
    if (plain) {
      result += character;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return result;
}

std::string path_of_tool() {
  const char* variable = ::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    const std::string path = fmt::format("{}/{}", folder.empty() ? "." : folder, kTool);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

std::vector<std::string> command(const std::string& tool, const QemuImage& image, Access access,
                                 const PrivateDirectory& directory) {
  const bool writes = access == Access::kReadWrite;
  const std::string_view read_only = writes ? "off" : "on";
  std::vector<std::string> words{tool};
  std::string key;
  if (!image.luks_key_file.empty()) {
    words.insert(words.end(), {"--object", fmt::format("secret,id=key,file={}", value(image.luks_key_file))});
    key = image.format == "luks" ? ",key-secret=key" : ",encrypt.format=luks,encrypt.key-secret=key";
  }
  std::string backing;
  if (!image.backing.empty()) {
    words.insert(words.end(),
                 {"--blockdev",
                  fmt::format("driver=raw,node-name=backing,read-only=on,file.driver=file,file.filename={}",
                              value(image.backing))});
    backing = ",backing=backing";
  }
  words.insert(
      words.end(),
      {"--blockdev",
       fmt::format("driver=file,node-name=file,read-only={},filename={}", read_only, value(image.path)),
       "--blockdev",
       fmt::format("driver={},node-name=image,read-only={},file=file{}{}", value(image.format), read_only,
                   key, backing),
       "--nbd-server", fmt::format("addr.type=unix,addr.path={}", value(directory.socket())), "--export",
       fmt::format("type=nbd,id=image,node-name=image,name=image,writable={}", writes ? "on" : "off"),
       "--pidfile", directory.ready()});
  return words;
}

// The end of what the daemon printed, which says why it ended.
std::string last_words(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(4096, '\0');
  const off_t size = fd ? ::lseek(fd.get(), 0, SEEK_END) : 0;
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(text.size()));
  const ssize_t got = fd ? retry([&] { return ::pread(fd.get(), text.data(), text.size(), from); }) : 0;
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Error failure(const QemuImage& image, const std::string& words) {
  // What QEMU's raw_check_lock_bytes says; a line with a hint may follow.
  if (words.find("Failed to get ") != std::string::npos && words.find(" lock") != std::string::npos) {
    return image_in_use_error(image.path).with_note(words);
  }
  const std::string last_line = words.substr(words.rfind('\n') + 1);
  return Error(ErrorId::kQemuToolFailed,
               fmt::format("{} cannot open {} as {}: {}", kTool, image.path, image.format,
                           last_line.empty() ? "it ended without a word" : last_line))
      .at(Place::in_file(image.path));
}

// What the image holds, and what has to go after it, in this order: the daemon, its directory.
class QemuFile : public BlockFile {
 public:
  QemuFile(std::unique_ptr<PrivateDirectory> directory, std::unique_ptr<ChildProcess> daemon,
           std::unique_ptr<BlockFile> inside)
      : directory_(std::move(directory)), daemon_(std::move(daemon)), inside_(std::move(inside)) {}

  std::uint64_t size_bytes() const override { return inside_->size_bytes(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return inside_->read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    return inside_->write_at(offset_bytes, bytes);
  }
  Result<void> flush() override { return inside_->flush(); }
  Result<void> resize(std::uint64_t size_bytes) override { return inside_->resize(size_bytes); }

 private:
  std::unique_ptr<PrivateDirectory> directory_;
  std::unique_ptr<ChildProcess> daemon_;
  std::unique_ptr<BlockFile> inside_;
};

}  // namespace

Result<std::unique_ptr<BlockFile>> open_through_qemu(const QemuImage& image, Access access) {
  const std::string tool = path_of_tool();
  if (tool.empty()) {
    return Error(ErrorId::kQemuToolMissing,
                 fmt::format("{}, which opens {} images, is not installed", kTool, image.format))
        .at(Place::in_file(image.path))
        .with_hint("apt-get install qemu-system-common");
  }
  Result<std::unique_ptr<PrivateDirectory>> directory = PrivateDirectory::make();
  if (!directory) return directory.error();
  Result<std::unique_ptr<ChildProcess>> daemon =
      ChildProcess::start(command(tool, image, access, **directory), (*directory)->messages());
  if (!daemon) return daemon.error();
  // The daemon writes this file when its server and its export are there.
  for (int waited_ms = 0; ::access((*directory)->ready().c_str(), F_OK) != 0; waited_ms += kStepMs) {
    if ((*daemon)->ended_within(kStepMs)) return failure(image, last_words((*directory)->messages()));
    if (waited_ms >= kStartMs) return failure(image, fmt::format("it was not ready after {} ms", kStartMs));
  }
  Result<std::unique_ptr<BlockFile>> inside =
      open_nbd(uri_of_socket((*directory)->socket()), access, {.name = image.path});
  if (!inside) return inside.error();
  return std::make_unique<QemuFile>(*std::move(directory), *std::move(daemon), *std::move(inside));
}

std::optional<std::string> container_format(octets::Bytes first_bytes) {
  constexpr std::array<std::uint8_t, 4> kQcow2{'Q', 'F', 'I', 0xfb};
  constexpr std::array<std::uint8_t, 6> kLuks{'L', 'U', 'K', 'S', 0xba, 0xbe};
  const auto begins_with = [&](octets::Bytes magic) {
    return first_bytes.size() >= magic.size() && std::ranges::equal(first_bytes.first(magic.size()), magic);
  };
  if (begins_with(kQcow2)) return "qcow2";
  if (begins_with(kLuks)) return "luks";
  return std::nullopt;
}

}  // namespace nonvol::storage
