#include "tpm_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace nonvol::bench {
namespace {

Times all_of(const std::vector<Times>& rounds) {
  Times all;
  for (const Times& round : rounds) all.insert(all.end(), round.begin(), round.end());
  return all;
}

std::size_t peer_named(const Comparison& compared, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(compared.names, name) - compared.names.begin());
}

}  // namespace

double quantile(Times values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

double median_ratio(const Times& values, const Times& others) {
  Times ratios;
  for (std::size_t round = 0; round < values.size(); ++round) ratios.push_back(values[round] / others[round]);
  return quantile(ratios, 0.5);
}

Times medians_of(const std::vector<Times>& rounds) {
  Times medians;
  for (const Times& round : rounds) medians.push_back(quantile(round, 0.5));
  return medians;
}

std::string_view verdict(double value, double bar, bool least) {
  return (least ? value >= bar : value <= bar) ? "within" : "over";
}

void print_writes(const std::string& title, const Comparison& compared) {
  fmt::print("{:<34} {:>9} {:>9} {:>9} {:>9}\n", title, "p50 µs", "p90", "p99", "/ floor");
  std::vector<Times> medians;
  for (const std::vector<Times>& rounds : compared.rounds) medians.push_back(medians_of(rounds));
  for (std::size_t i = 0; i < compared.names.size(); ++i) {
    const Times all = all_of(compared.rounds[i]);
    fmt::print("  {:<32} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.2f}\n", compared.names[i], quantile(all, 0.5),
               quantile(all, 0.9), quantile(all, 0.99), median_ratio(medians[i], medians[kFloor]));
  }
  const Times& ours = medians[peer_named(compared, "nonvol")];
  const double by_floor = median_ratio(ours, medians[kFloor]);
  const double by_file = median_ratio(ours, medians[peer_named(compared, "swtpm file")]);
  const double faster = median_ratio(medians[peer_named(compared, "swtpm dir")], ours);
  fmt::print(
      "  nonvol / libtpms + one flush {:.2f} (bar 1.3, {}); / swtpm file {:.2f} (bar 1, {}); "
      "{:.1f}x as fast as swtpm dir (bar 8, {})\n\n",
      by_floor, verdict(by_floor, 1.3), by_file, verdict(by_file, 1), faster, verdict(faster, 8, true));
}

void print_transport(const std::string& title, const Comparison& compared) {
  fmt::print("{:<34} {:>9} {:>9} {:>9} {:>9}\n", title, "p50 µs", "p90", "p99", "transport");
  const Times floor = medians_of(compared.rounds[kLibtpms]);
  for (std::size_t i = kLibtpms; i < compared.names.size(); ++i) {
    const Times medians = medians_of(compared.rounds[i]);
    Times beyond;
    for (std::size_t round = 0; round < medians.size(); ++round) {
      beyond.push_back(medians[round] - floor[round]);
    }
    const Times all = all_of(compared.rounds[i]);
    const double transport = quantile(beyond, 0.5);
    fmt::print("  {:<32} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f}", compared.names[i], quantile(all, 0.5),
               quantile(all, 0.9), quantile(all, 0.99), transport);
    if (compared.names[i] == "nonvol") fmt::print(" (bar 15, {})", verdict(transport, 15));
    fmt::print("\n");
  }
  fmt::print("\n");
}

}  // namespace nonvol::bench
