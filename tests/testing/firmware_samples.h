#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/finding.h"
#include "testing/store_builder.h"

// Descriptors and the files they name, for tests of what lint says about them.
namespace nonvol::testing {

// A descriptor that nothing is wrong with, to be changed in one point.
struct SampleDescriptor {
  std::string path = "/usr/share/qemu/firmware/60-sample.json";
  descriptor::Descriptor descriptor;

  SampleDescriptor() {
    descriptor.description = "sample";
    descriptor.interface_types = {"uefi"};
    descriptor.mapping.executable = {"/code.fd", "raw"};
    descriptor.mapping.nvram_template = descriptor::FirmwareFile{"/vars.fd", "raw"};
    descriptor.targets = {{"x86_64", {"pc-q35-*"}}};
  }
  explicit SampleDescriptor(std::vector<std::string> features) : SampleDescriptor() {
    descriptor.features = std::move(features);
  }
  firmware::Subject subject() const { return {path, descriptor}; }
};

inline std::vector<Finding> plain(const firmware::LintFindings& findings) {
  std::vector<Finding> result;
  for (const firmware::LintFinding& finding : findings) result.push_back(finding.finding);
  return result;
}

// "error NV3302 /mapping/executable/filename", one for each, for whole answers.
inline std::vector<std::string> briefly(const firmware::LintFindings& findings) {
  std::vector<std::string> result;
  for (const firmware::LintFinding& finding : findings) {
    result.push_back(std::string(to_string(finding.finding.severity)) + " " + to_string(finding.finding.id) +
                     " " + finding.finding.place.json_pointer);
  }
  return result;
}

inline void write_file(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
inline void write_text(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}
// A file of zeros that takes no space.
inline void write_sparse(const std::string& path, std::uint64_t size_bytes) {
  write_text(path, "");
  std::filesystem::resize_file(path, size_bytes);
}

// A variable store of the shape, with these variables of the security vendor and PK and KEK of the global
// one.
inline std::vector<std::uint8_t> store_with(const test_stores::Shape& shape, bool pk, bool kek, bool db,
                                            int secure_boot_enable = -1) {
  test_stores::StoreBuilder builder(shape);
  if (pk) builder.add({.name = u"PK", .attributes = 0x27});
  if (kek) builder.add({.name = u"KEK", .attributes = 0x27});
  if (db) builder.add({.name = u"db", .vendor = test_stores::kSecurity, .attributes = 0x27});
  if (secure_boot_enable >= 0) {
    builder.add({.name = u"SecureBootEnable",
                 .vendor = octets::guid_literal("f0a30bc7-af08-4556-99c4-001009c93a44"),
                 .data = {static_cast<std::uint8_t>(secure_boot_enable)},
                 .attributes = 3});
  }
  return builder.bytes();
}

}  // namespace nonvol::testing
