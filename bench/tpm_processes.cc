#include "tpm_processes.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>

#include "octets/writer.h"
#include "tpm_table.h"

namespace nonvol::bench {
namespace {

// TPM2_PCR_Extend (part 3, 22.2) of one register, in the banks that firmware of today has.
void extend(Peer& peer, std::uint32_t pcr) {
  octets::Writer rest;
  rest.big_u32(pcr).big_u32(9).big_u32(0x40000009).big_u16(0).u8(0).big_u16(0);
  rest.big_u32(2).big_u16(tpm::kAlgorithmSha256).bytes(std::vector<std::uint8_t>(32, 0x11));
  rest.big_u16(tpm::kAlgorithmSha384).bytes(std::vector<std::uint8_t>(48, 0x22));
  octets::Writer command;
  command.big_u16(0x8002).big_u32(static_cast<std::uint32_t>(10 + rest.size_bytes())).big_u32(0x182);
  peer.exchange(command.bytes(rest.view()).view());
}

// TPMT_PUBLIC of a storage key on P-256 (TCG TPM v2.0 Provisioning Guidance, 7.5.1).
std::vector<std::uint8_t> storage_key() {
  octets::Writer area;
  area.big_u16(0x0023).big_u16(tpm::kAlgorithmSha256).big_u32(0x00030472).big_u16(0);
  area.big_u16(0x0006).big_u16(128).big_u16(0x0043);  // AES-128-CFB
  area.big_u16(0x0010).big_u16(0x0003).big_u16(0x0010).big_u16(0).big_u16(0);
  return area.take();
}

// What firmware and then an operating system ask, in numbers like theirs.
void boot(Peer& peer) {
  constexpr int kMeasurements = 60;
  must(tpm::start_up(peer));
  must(tpm::self_test(peer));
  for (const std::uint32_t group : {0x100U, 0x200U}) {
    if (!tpm::get_properties(peer, group)) fail(peer.name() + " has no properties");
  }
  if (!tpm::get_pcr_banks(peer)) fail(peer.name() + " has no PCR banks");
  for (int i = 0; i < kMeasurements; ++i) extend(peer, static_cast<std::uint32_t>(i % 8));
  const Result<tpm::CreatedKey> key = tpm::create_primary(peer, tpm::kOwnerHierarchy, storage_key());
  if (!key) must(key.error());
  must(tpm::flush_context(peer, key->handle));
}

struct Memory {
  double resident_kib = 0;      // VmRSS
  double proportional_kib = 0;  // Pss: what is shared, divided by those who share it
  double own_kib = 0;           // Anonymous: what no file holds
};

unsigned long kib_of(const std::string& file, const std::string& field) {
  std::ifstream lines(file);
  std::string word;
  unsigned long kib = 0;
  while (lines >> word) {
    if (word == field && lines >> kib) return kib;
  }
  errno = 0;
  fail(
      fmt::format("{} does not say {}; a process with a sandbox can be looked at by root only", file, field));
}

// Means over emulators that run beside each other, as on a host with as many guests.
Memory memory_of(const std::function<std::unique_ptr<Peer>(int)>& start) {
  constexpr int kGuests = 4;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int guest = 0; guest < kGuests; ++guest) {
    peers.push_back(start(guest));
    boot(*peers.back());
  }
  Memory mean;
  for (const auto& peer : peers) {
    const std::string process = fmt::format("/proc/{}/", peer->pid());
    mean.resident_kib += static_cast<double>(kib_of(process + "status", "VmRSS:")) / kGuests;
    mean.proportional_kib += static_cast<double>(kib_of(process + "smaps_rollup", "Pss:")) / kGuests;
    mean.own_kib += static_cast<double>(kib_of(process + "smaps_rollup", "Anonymous:")) / kGuests;
  }
  return mean;
}

using Start = std::function<std::unique_ptr<Peer>()>;

double first_answer_us(const Start& start) {
  const Clock::time_point begin = Clock::now();
  const std::unique_ptr<Peer> peer = start();
  must(tpm::start_up(*peer));
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

struct Making {
  std::string name;
  double bar;  // how many times as fast; 0: none
  Words ours;
  Words theirs;
};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// What swtpm_setup is told of a local authority in this directory: the path of its configuration.
std::string authority(const std::string& directory) {
  const std::string folder = directory + "/authority";
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/options")
      << "--platform-manufacturer QEMU\n--platform-version 7.2\n--platform-model q35\n";
  std::ofstream(folder + "/authority.conf") << fmt::format(
      "statedir = {0}\nsigningkey = {0}/signkey.pem\nissuercert = {0}/issuercert.pem\n"
      "certserial = {0}/certserial\n",
      folder);
  std::ofstream(folder + "/setup.conf") << fmt::format(
      "create_certs_tool = swtpm_localca\ncreate_certs_tool_config = {0}/authority.conf\n"
      "create_certs_tool_options = {0}/options\nactive_pcr_banks = sha256\n",
      folder);
  return folder + "/setup.conf";
}

double whole_process_us(const Words& words) {
  const Clock::time_point begin = Clock::now();
  Program(words).wait();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

}  // namespace

void compare_memory(const Programs& programs, const std::string& directory) {
  const std::string home = directory + "/memory";
  const Memory ours = memory_of(
      [&](int guest) { return nonvol_peer(programs, "nonvol", fmt::format("{}-nonvol-{}", home, guest)); });
  const Memory theirs = memory_of(
      [&](int guest) { return swtpm_peer(programs, "swtpm dir", fmt::format("{}-swtpm-{}", home, guest)); });
  fmt::print("{:<34} {:>9} {:>9} {:>9}\n", "idle after a boot, KiB, one of 4", "VmRSS", "Pss", "anonymous");
  for (const auto& [name, memory] : {std::pair("nonvol", ours), std::pair("swtpm dir", theirs)}) {
    fmt::print("  {:<32} {:>9.0f} {:>9.0f} {:>9.0f}\n", name, memory.resident_kib, memory.proportional_kib,
               memory.own_kib);
  }
  const double resident = ours.resident_kib / theirs.resident_kib;
  const double proportional = ours.proportional_kib / theirs.proportional_kib;
  fmt::print("  nonvol / swtpm: VmRSS {:.2f} (bar 1, {}), Pss {:.2f} (bar 1, {})\n\n", resident,
             verdict(resident, 1), proportional, verdict(proportional, 1));
}

void compare_starting(const Programs& programs, const std::string& directory, int rounds) {
  const std::string ours = directory + "/start-nonvol";
  const std::string theirs = directory + "/start-swtpm";
  // Each makes its TPM first.
  nonvol_peer(programs, "nonvol", ours).reset();
  swtpm_peer(programs, "swtpm dir", theirs).reset();
  const Start starts[] = {[&] { return start_nonvol(programs, "nonvol", ours); },
                          [&] { return start_swtpm(programs, "swtpm dir", theirs, "dir=" + theirs); }};
  Times times[2];
  for (int round = 0; round < 2 * rounds; ++round) {
    for (std::size_t k = 0; k < 2; ++k) {
      const std::size_t i = round % 2 == 0 ? k : 1 - k;
      for (const char* socket : {"/data", "/data.ctrl"}) {
        std::filesystem::remove((i == 0 ? ours : theirs) + socket);
      }
      times[i].push_back(first_answer_us(starts[i]));
    }
  }
  fmt::print("{:<34} {:>9} {:>9} {:>9}\n", "start to first answer", "nonvol ms", "swtpm ms", "ratio");
  fmt::print("  {:<32} {:>9.2f} {:>9.2f} {:>9.2f}\n\n", "of a TPM that is there",
             quantile(times[0], 0.5) / 1e3, quantile(times[1], 0.5) / 1e3, median_ratio(times[0], times[1]));
}

void compare_making(const Programs& programs, const std::string& directory, int rounds) {
  const std::string image = directory + "/made.nv";
  const std::string made = directory + "/made";
  const Words create = {programs.nonvol, "tpm", "create", image, "--home", directory + "/home"};
  const Words setup = {programs.swtpm_setup, "--tpm2", "--tpmstate", made, "--config", authority(directory)};
  const Making makings[] = {
      {"a new TPM, no certificates", 20, create, setup},
      {"with 2 keys and 3 certificates", 0, with(create, {"--ek-certificates", "--platform-certificate"}),
       with(setup, {"--create-ek-cert", "--create-platform-cert"})},
  };
  fmt::print("{:<34} {:>9} {:>9} {:>9}\n", "whole process", "nonvol ms", "setup ms", "faster");
  for (const Making& making : makings) {
    Times times[2];
    // The first of each makes the authority.
    for (int round = -1; round < 2 * rounds; ++round) {
      for (std::size_t k = 0; k < 2; ++k) {
        const std::size_t i = round % 2 == 0 ? k : 1 - k;
        std::filesystem::remove(image);
        std::filesystem::remove_all(made);
        std::filesystem::create_directory(made);
        const double took_us = whole_process_us(i == 0 ? making.ours : making.theirs);
        if (round >= 0) times[i].push_back(took_us);
      }
    }
    const double faster = median_ratio(times[1], times[0]);
    fmt::print("  {:<32} {:>9.2f} {:>9.2f} {:>9.1f}", making.name, quantile(times[0], 0.5) / 1e3,
               quantile(times[1], 0.5) / 1e3, faster);
    if (making.bar != 0) fmt::print(" (bar {}, {})", making.bar, verdict(faster, making.bar, true));
    fmt::print("\n");
  }
}

}  // namespace nonvol::bench
