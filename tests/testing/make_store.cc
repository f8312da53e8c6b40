// Writes a variable store for tests by hand or from a script:
//   make_store --layout ovmf-4m OUT.fd 'Boot0000:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:0100'
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "octets/text.h"
#include "testing/store_builder.h"

namespace {

using namespace nonvol;
using test_stores::ByteVector;

constexpr const char kUsage[] =
    "usage: make_store [OPTION]... OUT.fd [NAME:GUID:STATE:ATTRIBUTES:DATA[:TIME]]...\n"
    "  STATE, ATTRIBUTES and DATA are hexadecimal; DATA may also be *SIZE, that many bytes 0x5a.\n"
    "  TIME is 32 hexadecimal digits (EFI_TIME) or YYYY-MM-DDTHH:MM:SSZ.\n"
    "  --layout NAME        ovmf-2m, ovmf-4m (default), armvirt, riscv-plain, tiny\n"
    "  --volume SIZE        of a tiny store, a multiple of 256\n"
    "  --plain              record headers without authentication\n"
    "  --poke OFFSET:HEX    overwrite bytes at the end of it all; may be given again\n"
    "  --fix-checksum       make the volume header's checksum right after the pokes\n"
    "  --blank 00|ff        only that byte, over the whole volume\n"
    "  --pad SIZE           zeros up to that file size\n"
    "  --truncate SIZE      cut the file off there\n"
    "Numbers of options may be decimal or 0x….\n";

[[noreturn]] void fail(std::string_view why, std::string_view what) {
  std::fprintf(stderr, "make_store: %.*s: %.*s\n%s", static_cast<int>(why.size()), why.data(),
               static_cast<int>(what.size()), what.data(), kUsage);
  std::exit(2);
}

std::uint64_t number(const std::string& text, int base = 0) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text.c_str(), &end, base);
  if (text.empty() || *end != '\0') fail("not a number", text);
  return value;
}

ByteVector hex(const std::string& text) {
  const auto bytes = octets::from_hex(text);
  if (!bytes) fail("not hexadecimal", text);
  return *bytes;
}

std::u16string utf16(const std::string& text) {
  if (!octets::is_utf8(text)) fail("not UTF-8", text);
  std::u16string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const unsigned length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t point = length == 1 ? lead : static_cast<char32_t>(lead & (0x7fu >> length));
    for (unsigned k = 1; k < length; ++k)
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
    i += length;
    if (point >= 0x10000) {
      result.push_back(static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10)));
      point = 0xdc00 + ((point - 0x10000) & 0x3ff);
    }
    result.push_back(static_cast<char16_t>(point));
  }
  return result;
}

ByteVector timestamp(const std::string& text) {
  unsigned field[6];
  if (std::sscanf(text.c_str(), "%4u-%2u-%2uT%2u:%2u:%2uZ", &field[0], &field[1], &field[2], &field[3],
                  &field[4], &field[5]) == 6) {
    return test_stores::efi_time(field[0], field[1], field[2], field[3], field[4], field[5]);
  }
  ByteVector raw = hex(text);
  if (raw.size() != 16) fail("a time has 32 hexadecimal digits", text);
  return raw;
}

test_stores::TestRecord record(const std::string& text) {
  std::vector<std::string> part;
  std::size_t from = 0;
  for (std::size_t colon; part.size() < 5 && (colon = text.find(':', from)) != std::string::npos;
       from = colon + 1) {
    part.push_back(text.substr(from, colon - from));
  }
  part.push_back(text.substr(from));
  if (part.size() < 5) fail("a record has five parts or six", text);
  const auto vendor = octets::parse_guid(part[1]);
  if (!vendor) fail("not a GUID", part[1]);
  test_stores::TestRecord result{.name = utf16(part[0]), .vendor = *vendor};
  result.state = static_cast<std::uint8_t>(number(part[2], 16));
  result.attributes = static_cast<std::uint32_t>(number(part[3], 16));
  result.data = part[4].starts_with('*') ? ByteVector(number(part[4].substr(1)), 0x5a) : hex(part[4]);
  if (part.size() > 5) result.timestamp = timestamp(part[5]);
  return result;
}

struct Request {
  test_stores::Shape shape = test_stores::ovmf_4m();
  std::vector<std::pair<std::uint64_t, ByteVector>> pokes;
  bool plain = false;
  bool fix_checksum = false;
  std::optional<std::uint8_t> blank;
  std::optional<std::uint64_t> pad_bytes;
  std::optional<std::uint64_t> truncate_bytes;
  std::vector<std::string> words;
};

void option(Request& request, const std::string& name, const std::string& value) {
  if (name == "--layout") {
    const auto shape = test_stores::find_shape(value);
    if (!shape) fail("no such layout", value);
    request.shape = *shape;
  } else if (name == "--volume") {
    request.shape = test_stores::tiny(static_cast<std::uint32_t>(number(value)));
  } else if (name == "--poke") {
    const std::size_t colon = value.find(':');
    if (colon == std::string::npos) fail("--poke takes OFFSET:HEX", value);
    request.pokes.emplace_back(number(value.substr(0, colon)), hex(value.substr(colon + 1)));
  } else if (name == "--blank") {
    request.blank = static_cast<std::uint8_t>(number(value, 16));
  } else if (name == "--pad") {
    request.pad_bytes = number(value);
  } else if (name == "--truncate") {
    request.truncate_bytes = number(value);
  } else {
    fail("unknown option", name);
  }
}

Request parse(int count, char** words) {
  Request request;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--plain") {
      request.plain = true;
    } else if (word == "--fix-checksum") {
      request.fix_checksum = true;
    } else if (word.starts_with("--")) {
      if (i + 1 == count) fail("option without a value", word);
      option(request, word, words[++i]);
    } else {
      request.words.push_back(word);
    }
  }
  if (request.words.empty()) fail("missing", "OUT.fd");
  return request;
}

}  // namespace

int main(int count, char** words) {
  const Request request = parse(count, words);
  test_stores::Shape shape = request.shape;
  shape.plain = shape.plain || request.plain;
  test_stores::StoreBuilder builder(shape);
  for (std::size_t i = 1; i < request.words.size(); ++i) builder.add(record(request.words[i]));
  ByteVector bytes = builder.bytes();
  if (request.blank) bytes.assign(bytes.size(), *request.blank);
  for (const auto& [offset_bytes, values] : request.pokes) test_stores::poke(bytes, offset_bytes, values);
  if (request.fix_checksum) test_stores::fix_checksum(bytes);
  if (request.pad_bytes) bytes.resize(*request.pad_bytes, 0);
  if (request.truncate_bytes && *request.truncate_bytes < bytes.size()) bytes.resize(*request.truncate_bytes);
  std::ofstream file(request.words[0], std::ios::binary | std::ios::trunc);
  for (const std::uint8_t byte : bytes) file.put(static_cast<char>(byte));
  if (!file.flush()) fail("cannot write", request.words[0]);
  return 0;
}
