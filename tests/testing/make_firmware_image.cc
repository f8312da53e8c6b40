// Writes a small firmware image for tests by hand or from a script:
//   make_firmware_image [--debug] [--smm] [--sev-snp] [--poke OFFSET:HEX]... OUT.fd
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "octets/text.h"
#include "testing/firmware_image_builder.h"

namespace {

using namespace nonvol;

[[noreturn]] void fail(std::string_view what) {
  std::fprintf(
      stderr,
      "make_firmware_image: %.*s\nusage: make_firmware_image [--debug] [--smm] [--sev-snp] [--version TEXT] "
      "[--poke OFFSET:HEX]... OUT.fd\n",
      static_cast<int>(what.size()), what.data());
  std::exit(2);
}

void poke(test_images::ByteVector& bytes, const std::string& word) {
  const std::size_t colon = word.find(':');
  if (colon == std::string::npos) fail("--poke takes OFFSET:HEX");
  const std::uint64_t offset = std::strtoull(word.c_str(), nullptr, 0);
  const auto values = octets::from_hex(std::string_view(word).substr(colon + 1));
  if (!values || offset + values->size() > bytes.size()) fail("--poke does not fit");
  std::copy(values->begin(), values->end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

int main(int argc, char** argv) {
  test_images::SmallImage shape;
  std::vector<std::string> pokes;
  std::string output;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--debug") {
      shape.debug = true;
    } else if (word == "--smm") {
      shape.smm = true;
    } else if (word == "--sev-snp") {
      shape.sev_snp = true;
    } else if (word == "--version" && i + 1 < argc) {
      shape.version = argv[++i];
    } else if (word == "--poke" && i + 1 < argc) {
      pokes.emplace_back(argv[++i]);
    } else if (output.empty() && !word.starts_with("--")) {
      output = word;
    } else {
      fail(word);
    }
  }
  if (output.empty()) fail("OUT.fd is missing");
  test_images::ByteVector image = test_images::small_image(shape);
  for (const std::string& word : pokes) poke(image, word);
  std::ofstream file(output, std::ios::binary);
  std::copy(image.begin(), image.end(), std::ostreambuf_iterator<char>(file));
  if (!file.flush()) fail("cannot write " + output);
}
