#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "json/document.h"

namespace {

using nonvol::ErrorId;
using nonvol::json::Kind;
using nonvol::json::Value;

// Walks everything there is to ask of a value. False where a number is beyond what the other reader takes.
bool walk(Value value, int depth) {
  if (depth > nonvol::json::kMaxDepth) std::abort();
  std::uint32_t count = 0;
  bool finite = true;
  for (const Value child : value.children()) {
    ++count;
    finite &= walk(child, depth + 1);
    if (value.is(Kind::kObject) && !value.find(child.name())) std::abort();
  }
  if (count != value.size()) std::abort();
  if (value.is(Kind::kNumber))
    finite = std::isfinite(std::strtod(std::string(value.text()).c_str(), nullptr));
  if (value.pointer().empty() != (depth == 0)) std::abort();
  return finite;
}

}  // namespace

// Our reader and a well-kept one accept the same texts, but for what ours refuses on purpose: members that
// appear twice and deep nesting. Left out is what the other one takes in its own way: NUL bytes, byte order
// marks and numbers that no double holds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  nonvol::json::Document document;
  const auto root = document.parse(text, "x.json");
  const bool finite = !root || walk(*root, 0);
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xef\xbb\xbf") || !finite) return 0;
  const bool other = nlohmann::json::accept(text);
  if (root && !other) std::abort();
  if (!root && other && root.error().id == ErrorId::kJsonSyntax) std::abort();
  return 0;
}
