#include <cstdlib>

#include "cli/command.h"

// Words separated by NUL bytes, as a command line. Only parsed, never carried out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace nonvol::cli;
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i < size_bytes && words.size() < 20; ++i) {
    if (data[i] != 0) {
      word.push_back(static_cast<char>(data[i]));
    } else {
      words.push_back(std::exchange(word, {}));
    }
  }
  words.push_back(word);
  const auto parsed = parse(words);
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  if (parsed->command == nullptr || parsed->command->run == nullptr) std::abort();
  if (parsed->arguments.words().size() > words.size()) std::abort();
  return 0;
}
