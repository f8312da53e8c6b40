// make_descriptors DIR COUNT: six descriptors like Debian's in DIR/firmware, and COUNT valid ones that do not
// fit and sort before them; prints DIR/firmware.
#include <cstdio>
#include <cstdlib>

#include "testing/descriptor_sets.h"

int main(int count, char** words) {
  if (count != 3) {
    std::fputs("usage: make_descriptors DIR COUNT\n", stderr);
    return 2;
  }
  std::puts(nonvol::testing::write_descriptor_set(words[1], std::strtoul(words[2], nullptr, 10)).c_str());
  return 0;
}
