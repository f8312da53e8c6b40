// Writes a variable store whose boot entries have each device path of device_path_samples.h, and prints what
// they should read: "Boot0100 Pci(0x1f,0x2)".
//
//   make_device_paths FILE
#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "testing/device_path_samples.h"
#include "testing/store_builder.h"

namespace {

using namespace nonvol;
using test_stores::ByteVector;

ByteVector number(std::size_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8)};
}

void append(ByteVector& out, const ByteVector& bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_device_paths FILE\n", stderr);
    return 2;
  }
  test_stores::StoreBuilder store(test_stores::ovmf_4m());
  ByteVector order;
  std::size_t entry = 0x100;  // the firmware makes entries of its own from 0 on
  for (const auto& [hex, text] : device_path_samples::kNodes) {
    const ByteVector path = device_path_samples::bytes_of(std::string(hex) + "7fff0400");
    ByteVector data = {1, 0, 0, 0};
    append(data, number(path.size()));
    append(data, {'x', 0, 0, 0});
    append(data, path);
    const std::string name = fmt::format("Boot{:04X}", entry);
    store.add({.name = std::u16string(name.begin(), name.end()), .data = data});
    append(order, number(entry++));
    fmt::print("{} {}\n", name, text);
  }
  store.add({.name = u"BootOrder", .data = order});
  std::ofstream file(argv[1], std::ios::binary);
  for (const std::uint8_t byte : store.bytes()) file.put(static_cast<char>(byte));
  return file.flush() ? 0 : 1;
}
