#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

// Firmware descriptors in numbers, for tests that count and for benchmarks.
namespace nonvol::testing {

struct DescriptorText {
  std::string name;
  std::string text;
};

// Laid out as the packages lay theirs out, so that reading one costs what reading one of theirs costs.
inline std::string descriptor_text(std::string_view description, std::string_view executable,
                                   std::string_view nvram_template, std::string_view architecture,
                                   std::string_view machine, const std::vector<std::string>& features) {
  std::string listed;
  for (const std::string& feature : features) {
    listed += fmt::format("{}        \"{}\"", listed.empty() ? "" : ",\n", feature);
  }
  return fmt::format(R"({{
    "description": "{}",
    "interface-types": [
        "uefi"
    ],
    "mapping": {{
        "device": "flash",
        "executable": {{
            "filename": "{}",
            "format": "raw"
        }},
        "nvram-template": {{
            "filename": "{}",
            "format": "raw"
        }}
    }},
    "targets": [
        {{
            "architecture": "{}",
            "machines": [
                "{}"
            ]
        }}
    ],
    "features": [
{}
    ],
    "tags": [

    ]
}}
)",
                     description, executable, nvram_template, architecture, machine, listed);
}

// Six like those of Debian's packages ovmf and qemu-efi-aarch64. Of these the last fits x86_64, q35, without
// Secure Boot, so that whoever asks for that has all six read. All name the two files given.
inline std::vector<DescriptorText> six_descriptors(const std::string& executable,
                                                   const std::string& nvram_template) {
  struct Kind {
    const char* order;
    const char* suffix;
    std::vector<std::string> features;
  };
  const Kind kinds[] = {{"40", "-secure-enrolled", {"enrolled-keys", "requires-smm", "secure-boot"}},
                        {"50", "-secure", {"requires-smm", "secure-boot"}},
                        {"60", "", {}}};
  std::vector<DescriptorText> result;
  for (const Kind& kind : kinds) {
    for (const bool arm : {true, false}) {
      std::vector<std::string> features = kind.features;
      if (!arm) features.insert(features.begin(), {"acpi-s3", "amd-sev"});
      features.emplace_back("verbose-dynamic");
      const std::string_view architecture = arm ? "aarch64" : "x86_64";
      result.push_back(
          {fmt::format("{}-edk2-{}{}.json", kind.order, architecture, kind.suffix),
           descriptor_text(fmt::format("UEFI firmware for {}{}", architecture, kind.suffix), executable,
                           nvram_template, architecture, arm ? "virt-*" : "pc-q35-*", features)});
    }
  }
  return result;
}

// Valid, sorted before the six, and right in everything but Secure Boot, which is the rule examined last.
inline std::vector<DescriptorText> unfit_descriptors(std::size_t count, const std::string& executable,
                                                     const std::string& nvram_template) {
  std::vector<DescriptorText> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back({fmt::format("00-unfit-{:06}.json", i),
                      descriptor_text(fmt::format("UEFI firmware number {} that nobody asks for", i),
                                      executable, nvram_template, "x86_64", "pc-q35-*",
                                      {"acpi-s3", "amd-sev", "enrolled-keys", "requires-smm", "secure-boot",
                                       "verbose-dynamic"})});
  }
  return result;
}

inline void write_text_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

// DIRECTORY/firmware with six descriptors behind `unfit` others, and the two files they name beside it.
// Returns the path of DIRECTORY/firmware.
inline std::string write_descriptor_set(const std::string& directory, std::size_t unfit) {
  const std::string folder = directory + "/firmware";
  const std::string executable = directory + "/CODE.fd";
  const std::string nvram_template = directory + "/VARS.fd";
  std::filesystem::create_directories(folder);
  write_text_file(executable, "code");
  write_text_file(nvram_template, "variables");
  for (const auto& set :
       {six_descriptors(executable, nvram_template), unfit_descriptors(unfit, executable, nvram_template)}) {
    for (const DescriptorText& descriptor : set)
      write_text_file(folder + "/" + descriptor.name, descriptor.text);
  }
  return folder;
}

}  // namespace nonvol::testing
