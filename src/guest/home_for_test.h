#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "guest/home.h"
#include "storage/memory.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/scratch.h"

namespace nonvol::guest {

namespace fs = std::filesystem;
using descriptor::Device;
using descriptor::FlashMode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

inline std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const fs::path& path, std::string_view text) {
  std::ofstream(path) << text;
}

// A home in a directory of the test's own, and a request for a guest in it.
class HomeTest : public ::testing::Test {
 protected:
  HomeTest() : files(storage::posix_file_system()), home(*files, scratch / "state/guests/") {
    write_text(scratch / "CODE.fd", "code");
    write_text(scratch / "VARS.fd", std::string(5000, '\0') + "variables");
  }

  CreateRequest request(const std::string& name = "web01") {
    CreateRequest result;
    result.name = name;
    result.created = "2026-01-31T23:59:59Z";
    result.nonvol_version = "0.1.0";
    result.architecture = "x86_64";
    result.machine = "q35";
    result.descriptor = scratch / "60-edk2.json";
    result.features = {"secure-boot"};
    result.executable = {scratch / "CODE.fd", "raw"};
    result.nvram_template = FirmwareChoice{scratch / "VARS.fd", "raw"};
    return result;
  }

  CreateRequest request_with_tpm(const std::string& name = "web01") {
    CreateRequest result = request(name);
    result.tpm = TpmChoice{"2.0", [this]() -> Result<std::unique_ptr<storage::BlockFile>> {
                             ++images_made;
                             return storage::memory_file(image);
                           }};
    return result;
  }

  // As QEMU and the TPM emulator hold their images: RAW_LOCK_PERM_BASE + the bit of the write permission.
  int locked(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct flock held {};
    held.l_type = F_RDLCK;
    held.l_whence = SEEK_SET;
    held.l_start = 101;
    held.l_len = 1;
    EXPECT_EQ(::fcntl(fd, F_OFD_SETLK, &held), 0) << path;
    return fd;
  }

  std::string in_home(std::string_view path) { return scratch / ("state/guests/" + std::string(path)); }

  // Every path below the scratch directory, with the texts of files.
  std::map<std::string, std::string> snapshot() {
    std::map<std::string, std::string> result;
    for (const auto& entry : fs::recursive_directory_iterator(scratch.path())) {
      result[entry.path()] = entry.is_regular_file() ? read_text(entry.path()) : "";
    }
    return result;
  }

  testing::Scratch scratch;
  std::unique_ptr<storage::FileSystem> files;
  Home home;
  // More than is copied at a time, with a hole and an end that is no block's.
  std::vector<std::uint8_t> image = [] {
    std::vector<std::uint8_t> bytes((std::size_t{1} << 20) + 5000);
    bytes.front() = 1;
    bytes.back() = 2;
    return bytes;
  }();
  int images_made = 0;
};

}  // namespace nonvol::guest
