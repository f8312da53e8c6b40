// Keeps sixteen blobs in several ways, in turn and on the same file system, and says what each way costs:
//   blob_bench DIRECTORY [--rounds N] [--json]
// Per size: durable puts to a random blob, open + get + close of a random blob, and sixteen threads that put
// to a blob each. README.md says what is counted.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <numeric>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#include "blob_peers.h"

namespace nonvol::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Times = std::vector<double>;  // microseconds

constexpr int kPutsOfRound = 100;
constexpr int kGetsOfRound = 300;
constexpr int kPutsOfThread = 50;

// The floor stands first: ratios are taken to it.
using MakePeer = std::unique_ptr<Peer> (*)(const std::string& directory, std::size_t blob_bytes);
constexpr MakePeer kPeers[] = {in_place, renamed, sqlite, lmdb, nvram};

struct Row {
  std::string work;
  std::size_t blob_bytes;
  std::string peer;
  double p50_us;
  double mean_us;  // of all puts: what is done only now and then, such as checkpoints, is in it
  double p99_us;
  // To the floor in the same round, median over the rounds.
  double p50_ratio;
  double mean_ratio;
};

struct ThreadsRow {
  std::size_t blob_bytes;
  std::string peer;
  double puts_per_second;
  double puts_per_flush;
  double ratio;  // of puts per second to the floor's, median over the rounds
};

double quantile(Times values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

double mean(const Times& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Both have a value for each round.
double median_ratio(const Times& values, const Times& floor) {
  Times ratios;
  for (std::size_t round = 0; round < values.size(); ++round) ratios.push_back(values[round] / floor[round]);
  return quantile(ratios, 0.5);
}

// Content that no earlier put had, so that nothing can be saved by comparing.
class Contents {
 public:
  explicit Contents(std::size_t blob_bytes) : bytes_(blob_bytes) {
    std::mt19937 random(1);
    for (std::uint8_t& byte : bytes_) byte = static_cast<std::uint8_t>(random());
  }
  const std::vector<std::uint8_t>& next() {
    ++number_;
    for (std::size_t at = 0; at + sizeof number_ <= bytes_.size(); at += 512) {
      std::memcpy(bytes_.data() + at, &number_, sizeof number_);
    }
    return bytes_;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t number_ = 0;
};

class Bench {
 public:
  Bench(const std::string& directory, std::size_t blob_bytes, int rounds)
      : directory_(directory), blob_bytes_(blob_bytes), rounds_(rounds), contents_(blob_bytes) {
    for (const MakePeer make : kPeers) {
      const std::string home = fmt::format("{}/{}-{}", directory, blob_bytes, peers_.size());
      std::filesystem::create_directory(home);
      peers_.push_back(make(home, blob_bytes));
    }
  }

  void puts(std::vector<Row>& rows) {
    std::vector<std::vector<std::vector<std::uint8_t>>> last(peers_.size());
    for (std::vector<std::vector<std::uint8_t>>& blobs : last) blobs.resize(kBlobs);
    for (const auto& peer : peers_) peer->start();
    in_turn("durable put", kPutsOfRound, rows, [&](std::size_t i, int blob) {
      const std::vector<std::uint8_t>& content = contents_.next();
      const Clock::time_point begin = Clock::now();
      peers_[i]->put(blob, content);
      const Clock::time_point end = Clock::now();
      last[i][static_cast<std::size_t>(blob)] = content;
      return end - begin;
    });
    for (const auto& peer : peers_) peer->stop();
    for (std::size_t i = 0; i < peers_.size(); ++i) must_hold(*peers_[i], last[i]);
  }

  void gets(std::vector<Row>& rows) {
    std::vector<std::uint8_t> into(blob_bytes_);
    in_turn("open+get+close", kGetsOfRound, rows, [&](std::size_t i, int blob) {
      const Clock::time_point begin = Clock::now();
      const std::size_t got = peers_[i]->get_once_from_scratch(blob, into);
      const Clock::time_point end = Clock::now();
      if (got != blob_bytes_) fail(peers_[i]->name() + " did not give the whole blob");
      return end - begin;
    });
  }

  void threads(std::vector<ThreadsRow>& rows) {
    std::vector<Times> rates(peers_.size());
    std::vector<double> flushes(peers_.size());
    for (int round = 0; round < rounds_; ++round) {
      for (std::size_t k = 0; k < peers_.size(); ++k) {
        const std::size_t i = round % 2 == 0 ? k : peers_.size() - 1 - k;
        if (!peers_[i]->flushes()) continue;
        settle();
        peers_[i]->start();
        rates[i].push_back(kBlobs * kPutsOfThread / seconds_of_threads(*peers_[i]));
        flushes[i] += static_cast<double>(*peers_[i]->flushes());
        peers_[i]->stop();
      }
    }
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (rates[i].empty()) continue;
      rows.push_back({blob_bytes_, peers_[i]->name(), quantile(rates[i], 0.5),
                      kBlobs * kPutsOfThread * rounds_ / flushes[i], median_ratio(rates[i], rates[0])});
    }
  }

 private:
  // What one peer left for the file system to do is not the next one's to wait for.
  void settle() {
    const int directory = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || ::syncfs(directory) != 0) fail("syncfs");
    ::close(directory);
  }

  // Rounds of all peers, A B C then C B A; `once` does it to a peer and a blob, and says how long it took.
  // All peers meet the same blobs in the same order.
  void in_turn(const std::string& work, int times, std::vector<Row>& rows,
               const std::function<Clock::duration(std::size_t, int)>& once) {
    std::vector<Times> all(peers_.size());
    std::vector<Times> medians(peers_.size());
    std::vector<Times> means(peers_.size());
    for (int round = 0; round < rounds_; ++round) {
      for (std::size_t k = 0; k < peers_.size(); ++k) {
        const std::size_t i = round % 2 == 0 ? k : peers_.size() - 1 - k;
        std::mt19937 random(static_cast<unsigned>(round));
        Times here;
        settle();
        once(i, 0);  // to warm up
        for (int time = 0; time < times; ++time) {
          const Clock::duration took = once(i, static_cast<int>(random() % kBlobs));
          here.push_back(std::chrono::duration<double, std::micro>(took).count());
        }
        medians[i].push_back(quantile(here, 0.5));
        means[i].push_back(mean(here));
        all[i].insert(all[i].end(), here.begin(), here.end());
      }
    }
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      rows.push_back({work, blob_bytes_, peers_[i]->name(), quantile(all[i], 0.5), mean(all[i]),
                      quantile(all[i], 0.99), median_ratio(medians[i], medians[0]),
                      median_ratio(means[i], means[0])});
    }
  }

  // From the first put's begin to the last one's end.
  double seconds_of_threads(Peer& peer) {
    struct Span {
      Clock::time_point begin;
      Clock::time_point end;
    };
    std::barrier ready(kBlobs);
    std::array<Span, kBlobs> spans;
    std::vector<std::thread> threads;
    for (int blob = 0; blob < kBlobs; ++blob) {
      threads.emplace_back([&, blob] {
        Contents contents(blob_bytes_);
        ready.arrive_and_wait();
        Span& span = spans[static_cast<std::size_t>(blob)];
        span.begin = Clock::now();
        for (int time = 0; time < kPutsOfThread; ++time) peer.put(blob, contents.next());
        span.end = Clock::now();
      });
    }
    for (std::thread& thread : threads) thread.join();
    const Clock::time_point begin = std::ranges::min(spans, {}, &Span::begin).begin;
    const Clock::time_point end = std::ranges::max(spans, {}, &Span::end).end;
    return std::chrono::duration<double>(end - begin).count();
  }

  void must_hold(Peer& peer, const std::vector<std::vector<std::uint8_t>>& blobs) {
    std::vector<std::uint8_t> into(blob_bytes_);
    for (int blob = 0; blob < kBlobs; ++blob) {
      const std::vector<std::uint8_t>& wanted = blobs[static_cast<std::size_t>(blob)];
      if (wanted.empty()) continue;
      errno = 0;
      if (peer.get_once_from_scratch(blob, into) != blob_bytes_ || into != wanted) {
        fail(fmt::format("{} does not hold what was put last into blob {}", peer.name(), blob));
      }
    }
  }

  std::string directory_;
  std::size_t blob_bytes_;
  int rounds_;
  Contents contents_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

void print_table(const std::vector<Row>& rows, const std::vector<ThreadsRow>& threads) {
  fmt::print("{:<15} {:>4}  {:<12} {:>9} {:>9} {:>9} {:>8} {:>8}\n", "one thread", "KiB", "", "p50 µs",
             "mean", "p99", "ratio", "of means");
  for (const Row& row : rows) {
    fmt::print("{:<15} {:>4}  {:<12} {:>9.1f} {:>9.1f} {:>9.1f} {:>8.2f} {:>8.2f}\n", row.work,
               row.blob_bytes / 1024, row.peer, row.p50_us, row.mean_us, row.p99_us, row.p50_ratio,
               row.mean_ratio);
  }
  fmt::print("\n{:<15} {:>4}  {:<12} {:>9} {:>9} {:>9} {:>8}\n", fmt::format("{} threads", kBlobs), "KiB", "",
             "puts/s", "", "per flush", "ratio");
  for (const ThreadsRow& row : threads) {
    fmt::print("{:<15} {:>4}  {:<12} {:>9.0f} {:>9} {:>9.2f} {:>8.2f}\n", "durable put",
               row.blob_bytes / 1024, row.peer, row.puts_per_second, "", row.puts_per_flush, row.ratio);
  }
}

void print_json(const std::vector<Row>& rows, const std::vector<ThreadsRow>& threads) {
  fmt::print("{{\n  \"schema\": \"nonvol.bench.blobs/1\",\n  \"one_thread\": [");
  const char* comma = "";
  for (const Row& row : rows) {
    fmt::print(
        "{}\n    {{\"work\": \"{}\", \"blob_bytes\": {}, \"peer\": \"{}\", \"p50_us\": {:.2f}, "
        "\"p99_us\": {:.2f}, \"mean_us\": {:.2f}, \"p50_ratio_to_floor\": {:.3f}, \"mean_ratio_to_floor\": {:.3f}}}",
        comma, row.work, row.blob_bytes, row.peer, row.p50_us, row.p99_us, row.mean_us, row.p50_ratio,
        row.mean_ratio);
    comma = ",";
  }
  fmt::print("\n  ],\n  \"threads\": [");
  comma = "";
  for (const ThreadsRow& row : threads) {
    fmt::print(
        "{}\n    {{\"threads\": {}, \"blob_bytes\": {}, \"peer\": \"{}\", \"puts_per_second\": {:.0f}, "
        "\"puts_per_flush\": {:.3f}, \"ratio_to_floor\": {:.3f}}}",
        comma, kBlobs, row.blob_bytes, row.peer, row.puts_per_second, row.puts_per_flush, row.ratio);
    comma = ",";
  }
  fmt::print("\n  ]\n}}\n");
}

std::string scratch;

void remove_scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
}

// A directory of our own in it, removed however the program ends.
void make_scratch(const std::string& directory) {
  constexpr auto kTmpfs = 0x01021994;  // statfs(2)
  struct statfs system {};
  if (::statfs(directory.c_str(), &system) != 0) fail(directory);
  if (system.f_type == kTmpfs) fail(directory + " is in memory, where a flush means nothing");
  scratch = directory + "/blobs.XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) fail(scratch);
  std::atexit(remove_scratch);
}

int main_of(int count, char** words) {
  constexpr int kLeastRounds = 5;
  std::string directory;
  int rounds = 9;
  bool json = false;
  bool understood = true;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--json") {
      json = true;
    } else if (word == "--rounds" && i + 1 < count) {
      rounds = std::atoi(words[++i]);
    } else if (directory.empty() && !word.starts_with('-')) {
      directory = word;
    } else {
      understood = false;
    }
  }
  if (!understood || directory.empty() || rounds < kLeastRounds) {
    fmt::print(stderr, "blob_bench DIRECTORY [--rounds N] [--json]    N: at least {}\n", kLeastRounds);
    return 2;
  }
  make_scratch(directory);
  std::vector<Row> rows;
  std::vector<ThreadsRow> threads;
  for (const std::size_t blob_bytes : {4096, 65536}) {
    Bench bench(scratch, blob_bytes, rounds);
    bench.puts(rows);
    bench.gets(rows);
    bench.threads(threads);
  }
  if (json) {
    print_json(rows, threads);
  } else {
    print_table(rows, threads);
  }
  return 0;
}

}  // namespace
}  // namespace nonvol::bench

int main(int count, char** words) {
  return nonvol::bench::main_of(count, words);
}
