#include "firmware/locate.h"

#include <charconv>
#include <string>

namespace nonvol::firmware {
namespace {

using json::Value;

std::string unescaped(std::string_view token) {
  std::string result;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    result += escape ? (token[++i] == '1' ? '/' : '~') : token[i];
  }
  return result;
}

std::optional<Value> element(Value array, std::string_view token) {
  std::uint32_t wanted = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), wanted);
  if (error != std::errc{} || end != token.data() + token.size() || wanted >= array.size())
    return std::nullopt;
  for (const Value child : array.children()) {
    if (wanted-- == 0) return child;
  }
  return std::nullopt;
}

}  // namespace

std::optional<json::LineColumn> locate(std::string_view text, std::string_view pointer) {
  json::Document document;
  const Result<Value> root = document.parse(text, {});
  if (!root) return std::nullopt;
  std::optional<Value> value = *root;
  while (value && !pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    value = value->is(json::Kind::kArray) ? element(*value, token) : value->find(unescaped(token));
  }
  if (!value) return std::nullopt;
  return json::line_and_column(text, value->offset_bytes());
}

}  // namespace nonvol::firmware
