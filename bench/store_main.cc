// Variable stores: a durable change beside its bare writes and flushes, and reading many stores in one
// process.
//   store_bench DIRECTORY [--rounds N] [--stores N]
// Rounds go to ours and the floor in turn, A B B A; the ratio is the median over rounds of medians.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "flash/store_reader.h"
#include "storage/posix.h"
#include "testing/store_builder.h"
#include "varstore/commit.h"

namespace {

using nonvol::test_stores::ByteVector;
using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "store_bench: %s\n", what.c_str());
  std::exit(1);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double microseconds(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

void write_file(const std::string& path, const ByteVector& bytes) {
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      ::fsync(fd) != 0)
    die(path);
  ::close(fd);
}

// A store as a guest that has run for a while has it: some hundred records, half of them dead.
ByteVector used_store(unsigned seed) {
  nonvol::test_stores::StoreBuilder builder(nonvol::test_stores::ovmf_4m());
  for (unsigned i = 0; i < 200; ++i) {
    const std::u16string name = u"Variable" + std::u16string(1, static_cast<char16_t>(u'a' + i % 26)) +
                                std::u16string(1, static_cast<char16_t>(u'a' + i / 26));
    builder.add({.name = name,
                 .state = static_cast<std::uint8_t>(i % 2 == 0 ? 0x3c : 0x3f),
                 .data = ByteVector((seed + i * 37) % 400 + 1, static_cast<std::uint8_t>(i))});
  }
  return builder.bytes();
}

class Stores {
 public:
  explicit Stores(const std::string& directory)
      : files_(nonvol::storage::posix_file_system()), path_(directory + "/web01.fd") {
    write_file(path_, used_store(1));
  }
  // Ours, from opening the store to closing it.
  void change(std::size_t variables) {
    auto store = nonvol::varstore::open_store(*files_, {path_});
    if (!store) die(store.error().message);
    const auto contents = nonvol::varstore::read_contents(*store->file, path_, {.thorough = true});
    if (!contents) die(contents.error().message);
    std::vector<nonvol::varstore::Change> changes(variables);
    for (std::size_t i = 0; i < variables; ++i) {
      changes[i].variable.identity =
          *nonvol::variable::make_identity(fmt::format("Set{}", i), nonvol::test_stores::kGlobal);
      changes[i].variable.attributes = 7;
      changes[i].variable.data = ByteVector(100, static_cast<std::uint8_t>(++turn_));
    }
    const auto plan = nonvol::varstore::plan_changes(*contents, changes);
    if (!plan) die(plan.error().message);
    const auto done = nonvol::varstore::commit(*files_, *store, *plan, {.command = "bench", .time = "now"});
    if (!done) die(done.error().message);
  }
  void start_anew() { write_file(path_, used_store(1)); }

 private:
  std::unique_ptr<nonvol::storage::FileSystem> files_;
  std::string path_;
  unsigned turn_ = 0;
};

// The same writes and flushes with nothing around them.
void bare_in_place(const std::string& path, unsigned turn) {
  const int fd = ::open(path.c_str(), O_RDWR);
  std::uint8_t record[200];
  std::memset(record, static_cast<int>(turn), sizeof(record));
  const off_t at = 60'000 + static_cast<off_t>(turn % 500) * 200;
  const bool done = ::pwrite(fd, record, sizeof(record), at) == static_cast<ssize_t>(sizeof(record)) &&
                    ::pwrite(fd, record, 1, 1000) == 1 && ::fdatasync(fd) == 0 &&
                    ::pwrite(fd, record, 1, at + 2) == 1 && ::fdatasync(fd) == 0 &&
                    ::pwrite(fd, record, 1, 1000) == 1;
  if (!done) die("bare write");
  ::close(fd);
}

void bare_replace(const std::string& directory, const ByteVector& bytes) {
  const std::string path = directory + "/floor.fd";
  const std::string temporary = directory + "/.floor.new";
  write_file(temporary, bytes);
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (::rename(temporary.c_str(), path.c_str()) != 0 || ::fsync(fd) != 0) die("bare rename");
  ::close(fd);
}

void compare(const char* what, int rounds, int turns, const std::function<void()>& ours,
             const std::function<void()>& floor, const std::function<void()>& before_round) {
  std::vector<double> ratios;
  std::vector<double> our_times;
  std::vector<double> floor_times;
  for (int round = 0; round < rounds; ++round) {
    before_round();
    ours();
    floor();
    std::vector<double> a;
    std::vector<double> b;
    for (int turn = 0; turn < turns; ++turn) {
      if (turn % 2 == 0) a.push_back(microseconds(ours));
      b.push_back(microseconds(floor));
      if (turn % 2 == 1) a.push_back(microseconds(ours));
    }
    ratios.push_back(median(a) / median(b));
    our_times.push_back(median(a));
    floor_times.push_back(median(b));
  }
  std::printf("%-34s %10.1f us %10.1f us   ratio %.2f\n", what, median(our_times), median(floor_times),
              median(ratios));
}

void read_many(const std::string& directory, int stores) {
  const auto files = nonvol::storage::posix_file_system();
  std::vector<std::string> paths;
  for (int i = 0; i < 100; ++i) {
    paths.push_back(fmt::format("{}/many{}.fd", directory, i));
    write_file(paths.back(), used_store(static_cast<unsigned>(i)));
  }
  std::size_t live = 0;
  std::size_t sum = 0;
  std::vector<std::uint8_t> buffer(64 * 1024);
  const auto ours = [&] {
    for (int i = 0; i < stores; ++i) {
      const auto file = files->open_read(paths[static_cast<std::size_t>(i) % paths.size()]);
      const auto contents = nonvol::varstore::read_contents(**file, "store");
      live += nonvol::flash::live_variables(*contents->flash).size();
    }
  };
  const auto floor = [&] {
    for (int i = 0; i < stores; ++i) {
      const int fd = ::open(paths[static_cast<std::size_t>(i) % paths.size()].c_str(), O_RDONLY);
      const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), 0);
      const ssize_t more = ::pread(fd, buffer.data(), 4096, 0x41000);
      sum += static_cast<std::size_t>(got + more);
      ::close(fd);
    }
  };
  ours();
  struct rusage before {};
  ::getrusage(RUSAGE_SELF, &before);
  std::vector<double> ratios;
  double our_time = 0;
  double floor_time = 0;
  for (int round = 0; round < 5; ++round) {
    our_time = microseconds(ours) / stores;
    floor_time = microseconds(floor) / stores;
    ratios.push_back(our_time / floor_time);
  }
  struct rusage after {};
  ::getrusage(RUSAGE_SELF, &after);
  std::printf("%-34s %10.1f us %10.1f us   ratio %.2f   memory %ld -> %ld KiB (%zu live)\n",
              fmt::format("read {} stores, each", stores).c_str(), our_time, floor_time, median(ratios),
              before.ru_maxrss, after.ru_maxrss, live / (sum > 0 ? 6 : 1));
  for (const std::string& path : paths) ::unlink(path.c_str());
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) die("usage: store_bench DIRECTORY [--rounds N] [--stores N]");
  const std::string directory = words[1];
  int rounds = 9;
  int stores = 10'000;
  for (int i = 2; i + 1 < count; i += 2) {
    if (std::strcmp(words[i], "--rounds") == 0) rounds = std::atoi(words[i + 1]);
    if (std::strcmp(words[i], "--stores") == 0) stores = std::atoi(words[i + 1]);
  }
  std::printf("%-34s %13s %13s\n", "", "nonvol", "floor");
  Stores ours(directory);
  const std::string bare = directory + "/bare.fd";
  const ByteVector bytes = used_store(1);
  write_file(bare, bytes);
  unsigned turn = 0;
  const auto anew = [&] { ours.start_anew(); };
  compare(
      "set in place, 2 flushes", rounds, 100, [&] { ours.change(1); }, [&] { bare_in_place(bare, ++turn); },
      anew);
  compare(
      "set by replacing, 2 flushes", rounds, 20, [&] { ours.change(2); },
      [&] { bare_replace(directory, bytes); }, anew);
  read_many(directory, stores);
  return 0;
}
