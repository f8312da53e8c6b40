#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "testing/descriptor_sets.h"
#include "testing/firmware_samples.h"
#include "testing/scratch.h"
#include "testing/store_builder.h"

// A root with firmware in it, for tests of those who choose.
namespace nonvol::testing {

// For x86_64 and q35, in order:
//   10-gone.json    Secure Boot, but its code is not there
//   20-secure.json  Secure Boot with SMM
//   30-broken.json  no JSON
//   40-masked.json  empty
//   50-plain.json   without Secure Boot
// and an override of 50-plain.json, by itself, in etc.
class FirmwareRoot {
 public:
  FirmwareRoot() {
    std::filesystem::create_directories(packages());
    std::filesystem::create_directories(administrator());
    write_sparse(scratch_ / "code.fd", kCodeBytes);
    write_file(scratch_ / "vars.fd", test_stores::StoreBuilder(test_stores::ovmf_4m()).bytes());
    write_file(scratch_ / "vars-2m.fd", test_stores::StoreBuilder(test_stores::ovmf_2m()).bytes());
    const std::vector<std::string> secure = {"requires-smm", "secure-boot"};
    write_descriptor(packages() + "/10-gone.json", "/gone.fd", secure);
    write_descriptor(packages() + "/20-secure.json", "/code.fd", secure);
    write_text(packages() + "/30-broken.json", "{\n  nonsense\n}\n");
    write_text(packages() + "/40-masked.json", "");
    write_descriptor(packages() + "/50-plain.json", "/code.fd", {"acpi-s3"});
    write_descriptor(administrator() + "/50-plain.json", "/code.fd", {"acpi-s3"});
  }

  const std::string& path() const { return scratch_.path(); }
  std::string operator/(std::string_view name) const { return scratch_ / name; }

 private:
  static constexpr std::uint64_t kCodeBytes = 3653632;  // of OVMF's layout "4M"

  std::string packages() const { return scratch_ / "usr/share/qemu/firmware"; }
  std::string administrator() const { return scratch_ / "etc/qemu/firmware"; }
  static void write_descriptor(const std::string& path, std::string_view code,
                               const std::vector<std::string>& features) {
    write_text(path, descriptor_text("sample", code, "/vars.fd", "x86_64", "pc-q35-*", features));
  }

  Scratch scratch_;
};

}  // namespace nonvol::testing
