// What TPM emulators cost, in turn, on the file system of a directory:
//   tpm_bench NONVOL DIRECTORY [--rounds N]
// Times of commands beside libtpms in this process, memory, starting, and making a new TPM. README.md says
// what is counted.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "octets/writer.h"
#include "tpm_peers.h"
#include "tpm_processes.h"
#include "tpm_table.h"

namespace nonvol::bench {
namespace {

constexpr tpm::Handle kIndex = 0x01c00100;
constexpr tpm::Handle kFillerIndex = 0x01c10000;
constexpr std::uint16_t kDataBytes = 64;
constexpr std::uint16_t kFillerBytes = 2048;  // MAX_NV_INDEX_SIZE of libtpms
constexpr std::size_t kNearlyFullBytes = 140'000;
// Part 2, 13.4: PPWRITE, AUTHWRITE, PPREAD, AUTHREAD, NO_DA, PLATFORMCREATE.
constexpr std::uint32_t kAttributes =
    0x00000001 | 0x00000004 | 0x00010000 | 0x00040000 | 0x02000000 | 0x40000000;

using Bytes = std::vector<std::uint8_t>;

// A command with an empty password for the index.
Bytes on_index(std::uint32_t code, octets::Bytes parameters) {
  octets::Writer rest;
  rest.big_u32(kIndex).big_u32(kIndex).big_u32(9).big_u32(0x40000009).big_u16(0).u8(0).big_u16(0);
  rest.bytes(parameters);
  octets::Writer command;
  command.big_u16(0x8002).big_u32(static_cast<std::uint32_t>(10 + rest.size_bytes())).big_u32(code);
  return command.bytes(rest.view()).take();
}

// TPM2_NV_Write of other data with each call, so that nothing can be saved by comparing.
class NvWrites {
 public:
  const Bytes& next() {
    ++number_;
    std::memcpy(command_.data() + kDataAt, &number_, sizeof number_);
    return command_;
  }
  octets::Bytes data() const { return octets::Bytes(command_).subspan(kDataAt, kDataBytes); }

 private:
  static constexpr std::size_t kDataAt = 10 + 4 + 4 + 4 + 9 + 2;
  static Bytes first() {
    octets::Writer parameters;
    parameters.big_u16(kDataBytes).bytes(Bytes(kDataBytes, 0x5a)).big_u16(0);
    return on_index(0x137, parameters.view());
  }
  Bytes command_ = first();
  std::uint64_t number_ = 0;
};

Bytes nv_read() {
  return on_index(0x14e, octets::Writer().big_u16(kDataBytes).big_u16(0).view());
}

Bytes get_random() {
  return octets::Writer().big_u16(0x8001).big_u32(12).big_u32(0x17b).big_u16(16).take();
}

void define(Peer& peer, tpm::Handle index, std::uint16_t size_bytes) {
  must(tpm::nv_define_space(peer, {.index = index, .attributes = kAttributes, .size_bytes = size_bytes}));
}

void fill(Peer& peer, unsigned fillers) {
  const Bytes content(kFillerBytes, 0xa5);
  for (unsigned i = 0; i < fillers; ++i) {
    define(peer, kFillerIndex + i, kFillerBytes);
    must(tpm::nv_write(peer, kFillerIndex + i, content));
  }
}

class Bench {
 public:
  Bench(const Programs& programs, const std::string& directory, const std::string& in_memory, int rounds)
      : directory_(directory), rounds_(rounds), local_(directory) {
    peers_.push_back(local_peer(local_, LocalTpm::Cost::kWriteAndFlush));
    peers_.push_back(local_peer(local_, LocalTpm::Cost::kNothing));
    peers_.push_back(nonvol_peer(programs, "nonvol", directory + "/nonvol"));
    peers_.push_back(swtpm_peer(programs, "swtpm dir", directory + "/swtpm-dir"));
    peers_.push_back(swtpm_file_peer(programs, "swtpm file", directory + "/swtpm-file"));
    peers_.push_back(nonvol_peer(programs, "nonvol, tmpfs", in_memory + "/nonvol"));
    peers_.push_back(swtpm_peer(programs, "swtpm dir, tmpfs", in_memory + "/swtpm"));
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      must(tpm::start_up(*peers_[i]));
      if (i != kLibtpms) define(*peers_[i], kIndex, kDataBytes);
    }
  }

  void writes(unsigned times) {
    std::vector<NvWrites> commands(peers_.size());
    Comparison compared = in_turn(times, [&](std::size_t i) { return commands[i].next(); });
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      // Both of this process have one TPM.
      if (i != kFloor) must_hold(*peers_[i], commands[i].data());
    }
    print_writes(fmt::format("NV write, {} bytes of state", local_.state_bytes()), compared);
  }

  void transport(const std::string& work, const Bytes& command) {
    constexpr unsigned kTimes = 1000;
    print_transport(work, in_turn(kTimes, [&](std::size_t) { return command; }));
  }

  void fill_all() {
    unsigned fillers = 0;
    while (local_.state_bytes() < kNearlyFullBytes) {
      define(*peers_[kLibtpms], kFillerIndex + fillers, kFillerBytes);
      must(tpm::nv_write(*peers_[kLibtpms], kFillerIndex + fillers, Bytes(kFillerBytes, 0xa5)));
      ++fillers;
    }
    for (std::size_t i = kLibtpms + 1; i < peers_.size(); ++i) fill(*peers_[i], fillers);
  }

 private:
  // What one peer left for the file system to do is not the next one's to wait for.
  void settle() {
    const storage::UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::syncfs(directory.get()) != 0) fail("syncfs");
  }

  // Rounds of all peers, A B C then C B A.
  Comparison in_turn(unsigned times, const std::function<Bytes(std::size_t)>& command_of) {
    constexpr unsigned kWarmUp = 10;
    Comparison compared;
    for (const auto& peer : peers_) compared.names.push_back(peer->name());
    compared.rounds.resize(peers_.size());
    for (int round = 0; round < rounds_; ++round) {
      for (std::size_t k = 0; k < peers_.size(); ++k) {
        const std::size_t i = round % 2 == 0 ? k : peers_.size() - 1 - k;
        settle();
        Times here;
        for (unsigned time = 0; time < kWarmUp + times; ++time) {
          const Bytes command = command_of(i);
          const Clock::time_point begin = Clock::now();
          peers_[i]->exchange(command);
          const Clock::time_point end = Clock::now();
          if (time >= kWarmUp) here.push_back(std::chrono::duration<double, std::micro>(end - begin).count());
        }
        compared.rounds[i].push_back(std::move(here));
      }
    }
    return compared;
  }

  static void must_hold(Peer& peer, octets::Bytes data) {
    octets::Reader reader(peer.exchange(nv_read()));
    reader.bytes("header and size", 10 + 4);
    const octets::Bytes read = reader.bytes("data", reader.big_u16("data size"));
    errno = 0;
    if (!std::ranges::equal(read, data)) fail(peer.name() + " does not hold what was written last");
  }

  std::string directory_;
  int rounds_;
  LocalTpm local_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

std::vector<std::string> scratches;

void remove_scratches() {
  std::error_code ignored;
  for (const std::string& scratch : scratches) std::filesystem::remove_all(scratch, ignored);
}

bool in_memory(const std::string& directory) {
  constexpr auto kTmpfs = 0x01021994;  // statfs(2)
  struct statfs system {};
  if (::statfs(directory.c_str(), &system) != 0) fail(directory);
  return system.f_type == kTmpfs;
}

// A directory of our own in it, removed however the program ends.
std::string make_scratch(const std::string& directory) {
  std::string scratch = directory + "/tpm.XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) fail(scratch);
  scratches.push_back(scratch);
  return scratch;
}

int main_of(int count, char** words) {
  constexpr int kLeastRounds = 3;
  std::vector<std::string> paths;
  int rounds = 9;
  for (int i = 1; i < count; ++i) {
    if (std::string_view(words[i]) == "--rounds" && i + 1 < count) {
      rounds = std::atoi(words[++i]);
    } else {
      paths.emplace_back(words[i]);
    }
  }
  if (paths.size() != 2 || rounds < kLeastRounds) {
    fmt::print(stderr, "tpm_bench NONVOL DIRECTORY [--rounds N]    N: at least {}\n", kLeastRounds);
    return 2;
  }
  errno = 0;
  if (in_memory(paths[1])) fail(paths[1] + " is in memory, where a flush means nothing");
  std::atexit(remove_scratches);
  const Programs programs{paths[0]};
  const std::string scratch = make_scratch(paths[1]);
  const std::string in_memory = make_scratch("/dev/shm");
  constexpr unsigned kSmallWrites = 300;
  constexpr unsigned kLargeWrites = 100;
  {
    Bench bench(programs, scratch, in_memory, rounds);
    bench.writes(kSmallWrites);
    bench.transport("TPM2_GetRandom of 16 bytes", get_random());
    bench.transport("TPM2_NV_Read of 64 bytes", nv_read());
    bench.fill_all();
    bench.writes(kLargeWrites);
  }
  compare_memory(programs, scratch);
  compare_starting(programs, scratch, rounds);
  compare_making(programs, scratch, rounds);
  return 0;
}

}  // namespace
}  // namespace nonvol::bench

int main(int count, char** words) {
  return nonvol::bench::main_of(count, words);
}
