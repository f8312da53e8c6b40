// Times whole processes in turn, A B B A A B …, so that what else runs on the machine meets all of them
// alike:
//   whole_process ROUNDS -- COMMAND... -- COMMAND... [-- COMMAND...]
// One line for each command: median and tenth percentile of the wall time in microseconds, and the median
// over the rounds of its ratio to the last command in the same round. Output of the commands goes to
// /dev/null.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

struct Command {
  std::vector<char*> words;  // with the null pointer that posix_spawnp wants
  std::vector<double> microseconds;
};

[[noreturn]] void fail(const char* why, const char* what) {
  std::fprintf(stderr, "whole_process: %s: %s\n", why, what);
  std::exit(2);
}

// From the start of the child to its end being known.
double run(const Command& command, const posix_spawn_file_actions_t& actions) {
  using Clock = std::chrono::steady_clock;
  pid_t child = 0;
  int status = 0;
  const Clock::time_point begin = Clock::now();
  const int error = ::posix_spawnp(&child, command.words[0], &actions, nullptr, command.words.data(), environ);
  if (error != 0) fail(command.words[0], std::strerror(error));
  if (::waitpid(child, &status, 0) != child) fail(command.words[0], "cannot be waited for");
  const Clock::time_point end = Clock::now();
  // A program that refuses its work would win every race.
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(command.words[0], "did not succeed");
  return std::chrono::duration<double, std::micro>(end - begin).count();
}

double quantile(std::vector<double> values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

std::vector<Command> parse(int count, char** words) {
  std::vector<Command> commands;
  for (int i = 2; i < count; ++i) {
    if (std::string_view(words[i]) == "--") {
      commands.emplace_back();
    } else if (!commands.empty()) {
      commands.back().words.push_back(words[i]);
    }
  }
  for (Command& command : commands) {
    if (command.words.empty()) fail("a command is empty", "--");
    command.words.push_back(nullptr);
  }
  if (commands.empty()) fail("usage", "whole_process ROUNDS -- COMMAND... -- COMMAND...");
  return commands;
}

}  // namespace

int main(int count, char** words) {
  std::vector<Command> commands = parse(count, words);
  const int rounds = std::atoi(words[1]);
  if (rounds < 1) fail("not a number of rounds", words[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  constexpr int kWarmUpRounds = 5;
  for (int round = -kWarmUpRounds; round < rounds; ++round) {
    for (std::size_t i = 0; i < commands.size(); ++i) {
      Command& command = commands[round % 2 == 0 ? i : commands.size() - 1 - i];
      const double microseconds = run(command, actions);
      if (round >= 0) command.microseconds.push_back(microseconds);
    }
  }
  for (const Command& command : commands) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < command.microseconds.size(); ++i) {
      ratios.push_back(command.microseconds[i] / commands.back().microseconds[i]);
    }
    std::printf("%.0f %.0f %.2f\n", quantile(command.microseconds, 0.5), quantile(command.microseconds, 0.1),
                quantile(ratios, 0.5));
  }
  return 0;
}
