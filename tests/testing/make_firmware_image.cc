// Writes a small firmware image for tests by hand or from a script:
//   make_firmware_image [--debug] [--smm] [--sev-snp] [--version TEXT] OUT.fd
// How well LZMA packs is up to the installed liblzma: transcripts use an image that was made once.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "testing/firmware_image_builder.h"

namespace {

using namespace nonvol;

[[noreturn]] void fail(std::string_view what) {
  std::fprintf(
      stderr,
      "make_firmware_image: %.*s\nusage: make_firmware_image [--debug] [--smm] [--sev-snp] [--version TEXT] "
      "OUT.fd\n",
      static_cast<int>(what.size()), what.data());
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  test_images::SmallImage shape;
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
    } else if (output.empty() && !word.starts_with("--")) {
      output = word;
    } else {
      fail(word);
    }
  }
  if (output.empty()) fail("OUT.fd is missing");
  const test_images::ByteVector image = test_images::small_image(shape);
  std::ofstream file(output, std::ios::binary);
  std::copy(image.begin(), image.end(), std::ostreambuf_iterator<char>(file));
  if (!file.flush()) fail("cannot write " + output);
}
