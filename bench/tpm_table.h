#pragma once

#include <string>
#include <vector>

namespace nonvol::bench {

using Times = std::vector<double>;  // microseconds

// Where the peers stand that others are compared with: libtpms in this process, storing with one write and
// one flush, and not storing.
inline constexpr std::size_t kFloor = 0;
inline constexpr std::size_t kLibtpms = 1;

struct Comparison {
  std::vector<std::string> names;
  std::vector<std::vector<Times>> rounds;  // for each peer, for each round
};

double quantile(Times values, double share);
// Both have a value for each round.
double median_ratio(const Times& values, const Times& others);
// The medians of each round.
Times medians_of(const std::vector<Times>& rounds);

// "within" or "over"; `least`: the bar is what it has to be at least.
std::string_view verdict(double value, double bar, bool least = false);

void print_writes(const std::string& title, const Comparison& compared);
// What a way to the TPM and back takes, beyond the command.
void print_transport(const std::string& title, const Comparison& compared);

}  // namespace nonvol::bench
