// The text of device paths (UEFI 2.10, 10.6.1), both ways. What is printed is held to one rule: read back, it
// is the same bytes. A node for which that is not so is printed as Path(type,subtype,hex).
#include <fmt/format.h>

#include <algorithm>

#include "efi/device_path.h"
#include "efi/device_path_node.h"
#include "efi/device_path_text_fields.h"
#include "efi/device_path_text_values.h"
#include "octets/text.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using ByteVector = std::vector<std::uint8_t>;

constexpr std::uint8_t kMediaType = 4, kFileSubtype = 4;
// No form takes more than four characters for a byte, and a load option has at most 64 KiB of paths.
constexpr std::size_t kMaxTextBytes = 512 * 1024;
// Of a text in a message.
constexpr std::size_t kShownBytes = 80;

Error refused(std::string_view node, const std::string& what) {
  return Error(ErrorId::kDevicePathText,
               fmt::format("device path node '{}': {}", shown(node, kShownBytes), what));
}

bool has_fixed_size(const Form& form) {
  return std::ranges::none_of(form.used_fields(),
                              [](const Field& field) { return field.kind >= FieldKind::kString; });
}

bool has_constant(const Form& form, Bytes payload) {
  const Bytes found = payload.subspan(form.constant_offset_bytes, form.constant.size());
  return std::ranges::equal(found, form.constant, {}, {},
                            [](char c) { return static_cast<std::uint8_t>(c); });
}

bool fits(const Form& form, const DevicePathNode& node) {
  if (form.type != node.type || form.subtype != node.subtype) return false;
  const std::size_t size_bytes = node.payload.size();
  if (has_fixed_size(form) ? size_bytes != form.size_bytes : size_bytes < form.size_bytes) return false;
  return has_constant(form, node.payload);
}

std::optional<std::string> print_form(const Form& form, Bytes payload) {
  std::string arguments;
  for (const Field& field : form.used_fields()) {
    const auto argument = print_field(field, payload);
    if (!argument) return std::nullopt;
    if (field.kind == FieldKind::kRestBytes && argument->empty()) continue;
    arguments += (&field == form.fields ? "" : ",") + *argument;
  }
  return fmt::format("{}({})", form.name, arguments);
}

// A file: UTF-16LE with a final NUL (UEFI 2.10, 10.3.5.4).
std::optional<std::string> print_file(Bytes payload) {
  if (payload.size() < 2) return std::nullopt;
  return text_from_utf16(payload.first(payload.size() - 2));
}

std::string print_generic(const DevicePathNode& node) {
  return fmt::format("Path({},{}{}{})", node.type, node.subtype, node.payload.empty() ? "" : ",",
                     octets::to_hex(node.payload));
}

bool reads_back(const std::optional<std::string>& text, const DevicePathNode& node) {
  if (!text) return false;
  ByteVector expected;
  if (!append_node(expected, node.type, node.subtype, node.payload)) return false;
  append_node(expected, kEndType, kEndOfPath, {});
  const auto bytes = device_path_from_text(*text);
  return bytes && *bytes == expected;
}

// How far the arguments of a node fitted a form, and what was wrong with the next one.
struct Misfit {
  std::size_t argument = 0;
  std::string what;
};

std::optional<ByteVector> parse_form(const Form& form, std::string_view text, Misfit& misfit) {
  const std::span<const Field> fields = form.used_fields();
  const FieldKind last = fields.empty() ? FieldKind::kNone : fields.back().kind;
  std::vector<std::string_view> arguments;
  if (takes_commas(last)) {
    arguments.push_back(text);
  } else if (!text.empty() || (last != FieldKind::kNone && !takes_many(last))) {
    arguments = split(text, ',', kMaxTextBytes);
  }
  const std::size_t most = takes_many(last) ? kMaxTextBytes : fields.size();
  const std::size_t least = takes_many(last) ? 0 : std::min<std::size_t>(form.required, fields.size());
  if (arguments.size() < least || arguments.size() > most) {
    misfit = {std::min(arguments.size(), fields.size()),
              fmt::format("{} takes {} arguments, this one has {}", form.name,
                          least == most ? fmt::format("{}", most) : fmt::format("{} to {}", least, most),
                          arguments.size())};
    return std::nullopt;
  }
  Draft draft;
  draft.payload.resize(form.size_bytes);
  draft.string_count = form.strings;
  std::ranges::transform(form.constant, draft.payload.begin() + form.constant_offset_bytes,
                         [](char c) { return static_cast<std::uint8_t>(c); });
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Field& field = fields[std::min(i, fields.size() - 1)];
    if (!parse_field(field, arguments[i], draft)) {
      misfit = {i, fmt::format("argument {} ({}) is '{}', {} takes {}", i + 1, field.name,
                               shown(arguments[i], kShownBytes), form.name, field_needs(field))};
      return std::nullopt;
    }
  }
  return std::move(draft).finish();
}

// "Path(type,subtype,hex)", and the specification's names for the five types.
Result<bool> parse_generic(std::string_view node, std::string_view name, std::string_view text,
                           ByteVector& out) {
  static constexpr std::string_view kNames[] = {"Path", "HardwarePath", "AcpiPath",
                                                "Msg",  "MediaPath",    "BbsPath"};
  const auto found = std::ranges::find(kNames, name);
  if (found == std::end(kNames)) return false;
  std::uint64_t type = static_cast<std::uint64_t>(found - std::begin(kNames));
  std::vector<std::string_view> arguments = split(text, ',', 3);
  if (type == 0) {
    const auto number = parse_number(arguments.front(), 0xff);
    if (!number)
      return refused(node,
                     fmt::format("type '{}' is no number up to 255", shown(arguments.front(), kShownBytes)));
    type = *number;
    arguments.erase(arguments.begin());
    if (arguments.empty()) arguments.emplace_back();
  }
  const auto subtype = parse_number(arguments.front(), 0xff);
  const auto payload = arguments.size() == 2 ? octets::from_hex(arguments[1]) : ByteVector{};
  if (!subtype || arguments.size() > 2 || !payload) {
    return refused(node,
                   "the arguments of a node in numbers are its subtype, up to 255, and its bytes in hex");
  }
  if (type == kEndType && (*subtype == kEndOfInstance || *subtype == kEndOfPath)) {
    return refused(node, "the ends of a path are written as a comma or not at all");
  }
  if (!append_node(out, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(*subtype), *payload)) {
    return refused(node, fmt::format("has {} bytes, a node has at most {}",
                                     payload->size() + kNodeHeaderBytes, kMaxNodeBytes));
  }
  return true;
}

// "Name(": letters, digits and dashes, so that no file in a folder looks like one.
bool has_arguments(std::string_view node) {
  const std::size_t open = node.find('(');
  if (open == 0 || open == std::string_view::npos || node.back() != ')') return false;
  return std::ranges::all_of(node.substr(0, open), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::optional<Error> parse_file(std::string_view node, std::string_view name, ByteVector& out) {
  auto payload = utf16_from_text(name);
  if (!payload) return refused(node, "a file's name is UTF-8 without NUL");
  payload->resize(payload->size() + 2);
  if (append_node(out, kMediaType, kFileSubtype, *payload)) return std::nullopt;
  return refused(node, fmt::format("has {} bytes, a node has at most {}", payload->size() + kNodeHeaderBytes,
                                   kMaxNodeBytes));
}

std::optional<Error> parse_node(std::string_view node, ByteVector& out) {
  if (!has_arguments(node)) return parse_file(node, node, out);
  const std::size_t open = node.find('(');
  const std::string_view name = node.substr(0, open);
  const std::string_view arguments = node.substr(open + 1, node.size() - open - 2);
  if (name == "File") return parse_file(node, arguments, out);
  auto generic = parse_generic(node, name, arguments, out);
  if (!generic) return std::move(generic.error());
  if (*generic) return std::nullopt;
  std::optional<Misfit> nearest;
  for (const Form& form : device_path_forms()) {
    if (form.name != name) continue;
    Misfit misfit;
    if (const auto payload = parse_form(form, arguments, misfit)) {
      if (append_node(out, form.type, form.subtype, *payload)) return std::nullopt;
      misfit.what = fmt::format("has {} bytes, a node has at most {}", payload->size() + kNodeHeaderBytes,
                                kMaxNodeBytes);
    }
    if (!nearest || misfit.argument > nearest->argument) nearest = std::move(misfit);
  }
  if (nearest) return refused(node, nearest->what);
  return refused(node, fmt::format("there is no node called {}; a file of that name is written File({})",
                                   name, shown(node, kShownBytes)));
}

// Where the node that begins at `begin` ends: at the separator behind it, or at the end of the text.
std::optional<std::size_t> node_end(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (depth == 0 && (c == '/' || c == ',')) return i;
    if (c == '(') ++depth;
    if (c == ')' && depth-- == 0) return std::nullopt;
  }
  if (depth != 0) return std::nullopt;
  return text.size();
}

}  // namespace

std::string DevicePathNode::text() const {
  if (type == kMediaType && subtype == kFileSubtype) {
    if (auto text = print_file(payload); reads_back(text, *this)) return std::move(*text);
  }
  for (const Form& form : device_path_forms()) {
    if (!fits(form, *this)) continue;
    if (auto text = print_form(form, payload); reads_back(text, *this)) return std::move(*text);
  }
  return print_generic(*this);
}

Result<ByteVector> device_path_from_text(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return Error(
        ErrorId::kDevicePathText,
        fmt::format("device path has {} bytes of text, at most {} are read", text.size(), kMaxTextBytes));
  }
  ByteVector bytes;
  bool instance_is_empty = true;
  for (std::size_t begin = 0;;) {
    const auto end = node_end(text, begin);
    if (!end) return refused(text.substr(begin), "its parentheses do not match");
    const std::string_view node = text.substr(begin, *end - begin);
    const bool ends_instance = *end == text.size() || text[*end] == ',';
    if (!node.empty()) {
      if (auto error = parse_node(node, bytes)) return std::move(*error);
      instance_is_empty = false;
    } else if (!ends_instance || !instance_is_empty) {
      return Error(
          ErrorId::kDevicePathText,
          fmt::format("device path '{}': there is nothing before or behind the slash at position {}; "
                      "folders are separated by backslashes",
                      shown(text, kShownBytes), ends_instance ? begin : begin + 1));
    }
    if (*end == text.size()) break;
    if (ends_instance) {
      append_node(bytes, kEndType, kEndOfInstance, {});
      instance_is_empty = true;
    }
    begin = *end + 1;
  }
  append_node(bytes, kEndType, kEndOfPath, {});
  return bytes;
}

}  // namespace nonvol::efi
