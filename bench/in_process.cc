// What choosing firmware and listing variables cost inside a process, beside floors that do less: the ratios
// are printed at the end and hold on a busy machine too, because the benchmarks take turns.
#include <benchmark/benchmark.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "api/variables.h"
#include "descriptor/select.h"
#include "json/document.h"
#include "storage/posix.h"
#include "testing/descriptor_sets.h"
#include "testing/scratch.h"

namespace nonvol {
namespace {

constexpr const char* kTemplate = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd";

// Fits the last of the six descriptors, so that all must be read.
descriptor::Request plain_q35() {
  descriptor::Request request;
  request.architecture = "x86_64";
  request.machine = "q35";
  request.secure_boot = false;
  return request;
}

void select(benchmark::State& state, const std::string& folder) {
  const auto files = storage::posix_file_system();
  descriptor::ExistingFiles existing(*files);
  const descriptor::Request request = plain_q35();
  for (auto _ : state) {
    descriptor::DescriptorSearch search(*files, {folder});
    const descriptor::Selection selection = descriptor::select_firmware(search, request, existing);
    if (!selection.chosen) state.SkipWithError("nothing was chosen");
    benchmark::DoNotOptimize(&selection);
  }
}

// Lists, sorts, opens, reads and closes as the C library lets one do it; `use` gets each text.
template <class Use>
void read_all(benchmark::State& state, const std::string& folder, Use use) {
  std::vector<char> buffer(1 << 14);
  for (auto _ : state) {
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* stream = ::fdopendir(directory);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream)) {
      if (std::string_view(entry->d_name).ends_with(".json")) names.emplace_back(entry->d_name);
    }
    std::ranges::sort(names);
    for (const std::string& name : names) {
      const int file = ::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC);
      const ssize_t got = ::read(file, buffer.data(), buffer.size());
      ::close(file);
      if (got <= 0) return state.SkipWithError("a descriptor could not be read");
      use(std::string_view(buffer.data(), static_cast<std::size_t>(got)), name);
    }
    ::closedir(stream);
  }
}

void read_only(benchmark::State& state, const std::string& folder) {
  read_all(state, folder,
           [](std::string_view text, const std::string&) { benchmark::DoNotOptimize(text.data()); });
}

void read_and_parse(benchmark::State& state, const std::string& folder) {
  json::Document document;
  read_all(state, folder, [&](std::string_view text, const std::string& name) {
    if (!document.parse(text, name)) state.SkipWithError("a descriptor could not be parsed");
  });
}

std::string one_descriptor() {
  return testing::six_descriptors("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd")
      .front()
      .text;
}

void parse_one(benchmark::State& state) {
  const std::string text = one_descriptor();
  json::Document document;
  for (auto _ : state) benchmark::DoNotOptimize(document.parse(text, "one.json").has_value());
}

void understand_one(benchmark::State& state) {
  const std::string text = one_descriptor();
  descriptor::DescriptorReader reader;
  std::vector<Finding> findings;
  for (auto _ : state) benchmark::DoNotOptimize(reader.read(text, "one.json", findings).has_value());
}

std::vector<std::uint8_t> template_bytes() {
  std::ifstream file(kTemplate, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void list_from_memory(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes = template_bytes();
  for (auto _ : state) {
    flash::StoreReader reader(kTemplate, bytes.size());
    while (const auto range = reader.wants()) {
      reader.feed(octets::Bytes(bytes).subspan(range->offset_bytes, range->size_bytes));
    }
    const auto store = std::move(reader).finish();
    if (!store) state.SkipWithError("the template could not be read");
    benchmark::DoNotOptimize(flash::live_variables(*store).size());
  }
}

void list_from_file(benchmark::State& state) {
  const auto files = storage::posix_file_system();
  for (auto _ : state) {
    const auto store = api::read_store(*files, kTemplate);
    if (!store) state.SkipWithError("the template could not be read");
    benchmark::DoNotOptimize(flash::live_variables(*store).size());
  }
}

void prefix_only(benchmark::State& state) {
  std::vector<char> buffer(64 * 1024);
  for (auto _ : state) {
    const int file = ::open(kTemplate, O_RDONLY | O_CLOEXEC);
    const bool read = ::pread(file, buffer.data(), buffer.size(), 0) > 0 &&
                      ::pread(file, buffer.data(), 4096, 64 * 1024) > 0;
    ::close(file);
    if (!read) return state.SkipWithError("the template could not be read");
  }
}

struct Ratio {
  std::string what;
  std::string of;
  double bar;  // 0: none is set
};

// The usual table but for medians only, and the ratios when everything ran.
class Reporter : public benchmark::ConsoleReporter {
 public:
  Reporter() : ConsoleReporter(OO_Tabular) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> shown;
    for (const Run& run : runs) {
      if (run.aggregate_name == "median") medians_[run.run_name.function_name] = run.cpu_accumulated_time;
      if (run.error_occurred || run.aggregate_name == "median") shown.push_back(run);
    }
    if (!shown.empty()) ConsoleReporter::ReportRuns(shown);
  }

  void print(const std::vector<Ratio>& ratios) const {
    fmt::print("\n{:<14} {:<20} {:>6} {:>6}\n", "", "compared with", "ratio", "bar");
    for (const Ratio& ratio : ratios) {
      const auto what = medians_.find(ratio.what);
      const auto of = medians_.find(ratio.of);
      if (what == medians_.end() || of == medians_.end()) continue;
      const double value = what->second / of->second;
      const std::string bar = ratio.bar == 0 ? "" : fmt::format("{:.2f}", ratio.bar);
      const char* verdict = ratio.bar == 0 ? "" : value <= ratio.bar ? "within" : "over";
      fmt::print("{:<14} {:<20} {:>6.2f} {:>6} {}\n", ratio.what, ratio.of, value, bar, verdict);
    }
  }

 private:
  std::map<std::string, double> medians_;
};

int main_of(int count, char** words) {
  // Before the words that were given, so that those win.
  std::vector<std::string> options{words[0], "--benchmark_repetitions=15", "--benchmark_min_time=0.05",
                                   "--benchmark_enable_random_interleaving=true",
                                   "--benchmark_report_aggregates_only=true"};
  options.insert(options.end(), words + 1, words + count);
  std::vector<char*> pointers;
  for (std::string& option : options) pointers.push_back(option.data());
  int size = static_cast<int>(pointers.size());
  benchmark::Initialize(&size, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(size, pointers.data())) return 2;

  const testing::Scratch scratch;
  std::vector<Ratio> ratios;
  for (const std::size_t unfit : {0, 100, 1000}) {
    const std::string name = fmt::format("{}", unfit + 6);
    const std::string folder = testing::write_descriptor_set(scratch / name, unfit);
    benchmark::RegisterBenchmark(("select/" + name).c_str(), select, folder);
    benchmark::RegisterBenchmark(("read/" + name).c_str(), read_only, folder);
    benchmark::RegisterBenchmark(("read+parse/" + name).c_str(), read_and_parse, folder);
    ratios.push_back({"select/" + name, "read/" + name, 0});
    ratios.push_back({"select/" + name, "read+parse/" + name, 2});
  }
  // Nine and a half times as many: the floor says how much of what is above that is the file system's.
  ratios.push_back({"select/1006", "select/106", 0});
  ratios.push_back({"read/1006", "read/106", 0});
  benchmark::RegisterBenchmark("parse one", parse_one);
  benchmark::RegisterBenchmark("understand one", understand_one);
  if (std::filesystem::exists(kTemplate)) {
    benchmark::RegisterBenchmark("list/memory", list_from_memory);
    benchmark::RegisterBenchmark("list/file", list_from_file);
    benchmark::RegisterBenchmark("read prefix", prefix_only);
    ratios.push_back({"list/file", "read prefix", 0});
  } else {
    fmt::print("{} is not installed (package ovmf): skipped\n", kTemplate);
  }
  Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.print(ratios);
  return 0;
}

}  // namespace
}  // namespace nonvol

int main(int count, char** words) {
  return nonvol::main_of(count, words);
}
