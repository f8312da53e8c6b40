#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

// A second reader of variable stores, written from docs/formats/varstore.md alone: it shares no code with
// src/flash, so that the two have to agree about bytes and not about themselves. Stores without damage only.
namespace nonvol::property {

struct Value {
  std::uint32_t attributes = 0;
  std::uint64_t count = 0;
  std::vector<std::uint8_t> time;  // 16 bytes; empty in plain stores
  std::uint32_t key_index = 0;
  std::vector<std::uint8_t> data;
  friend bool operator==(const Value&, const Value&) = default;
};
// The bytes of the vendor (16) and of the name (UTF-16LE with its NUL).
using Key = std::string;

struct SecondReading {
  std::map<Key, Value> live;
  bool sound = true;  // headers, states, erased tail
  std::string why;    // where it is not
};

SecondReading read_again(std::span<const std::uint8_t> file);

}  // namespace nonvol::property
