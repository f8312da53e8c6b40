// Stands in for libFuzzer where that is not linked: runs the target once for every file of the directories
// given, in the order of their names, so that what a seed once showed stays mended.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes);

namespace {

bool replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  const std::vector<char> text{std::istreambuf_iterator<char>(file), {}};
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  std::printf("%s: %zu bytes\n", path.c_str(), bytes.size());
  std::fflush(stdout);  // so that a crash names its input
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

}  // namespace

int main(int count, char** words) {
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < count; ++i) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(words[i], error))
      paths.push_back(entry.path());
    if (error) {
      std::fprintf(stderr, "%s: %s\n", words[i], error.message().c_str());
      return 1;
    }
  }
  std::ranges::sort(paths);
  // A test that finds no seeds would pass without having tested anything.
  const bool all_read = std::ranges::all_of(paths, replay);
  return paths.empty() || !all_read ? 1 : 0;
}
