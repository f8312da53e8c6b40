#include "forms/qemu_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "forms/checks.h"
#include "json/document.h"
#include "json/writer.h"
#include "octets/text.h"

namespace nonvol::forms {
namespace {

using json::Kind;
using json::Value;
using variable::Variable;

constexpr std::uint64_t kVersion = 2;

// Bytes of a UTF-8 text above 0x7f: QEMU copies names byte by byte into 16-bit characters
// (uefi_vars_from_qapi), so that such a name becomes another one.
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

class JsonReader {
 public:
  JsonReader(const std::string& file_name, QemuJson& into) : file_name_(file_name), into_(into) {}

  Result<void> read(const Value& root);

 private:
  Error error(ErrorId id, const Value& at, std::string message) const;
  Result<Value> member(const Value& object, std::string_view name, Kind kind) const;
  Result<void> check_members(const Value& object, std::span<const std::string_view> known) const;
  Result<std::vector<std::uint8_t>> hex_member(const Value& object, std::string_view name) const;
  Result<void> read_stamp(const Value& object, Variable& variable);
  Result<Variable> read_variable(const Value& object);
  void lower_to(Dialect dialect, const Value& at, std::string message);

  const std::string& file_name_;
  QemuJson& into_;
};

Error JsonReader::error(ErrorId id, const Value& at, std::string message) const {
  return Error(id, std::move(message))
      .at(Place::at_pointer(file_name_, at.pointer()))
      .with_hint(fmt::format("jq . {}", octets::shell_path(file_name_)));
}

Result<Value> JsonReader::member(const Value& object, std::string_view name, Kind kind) const {
  const auto found = object.find(name);
  if (!found)
    return error(ErrorId::kVarsJsonMember, object,
                 fmt::format("member '{}' of {} is missing", name, file_name_));
  if (!found->is(kind)) {
    return error(ErrorId::kVarsJsonMember, *found,
                 fmt::format("member '{}' of {}: is {}, not {}", name, file_name_,
                             json::to_string(found->kind()), json::to_string(kind)));
  }
  return *found;
}

// QEMU's input visitor refuses members that its schema does not have (qobject_input_check_struct).
Result<void> JsonReader::check_members(const Value& object, std::span<const std::string_view> known) const {
  for (const Value found : object.children()) {
    if (std::ranges::find(known, found.name()) != known.end()) continue;
    return error(ErrorId::kVarsJsonUnknownMember, found,
                 fmt::format("member '{}' of {}: QEMU knows only {}", found.name(), file_name_,
                             fmt::join(known, ", ")));
  }
  return {};
}

Result<std::vector<std::uint8_t>> JsonReader::hex_member(const Value& object, std::string_view name) const {
  const auto text = member(object, name, Kind::kString);
  if (!text) return text.error();
  auto bytes = octets::from_hex(text->text());
  if (!bytes) {
    return error(ErrorId::kVarsJsonValue, *text,
                 fmt::format("member '{}' of {}: its {} characters are not pairs of hexadecimal digits", name,
                             file_name_, text->text().size()));
  }
  return *std::move(bytes);
}

// Said once for each dialect that the file goes down to: at the first thing that asks for it.
void JsonReader::lower_to(Dialect dialect, const Value& at, std::string message) {
  if (into_.dialect >= dialect) return;
  into_.dialect = dialect;
  into_.contents.findings.push_back({Severity::kWarning,
                                     ErrorId::kVarsJsonDialect,
                                     std::move(message),
                                     Place::at_pointer(file_name_, at.pointer()),
                                     {}});
}

Result<void> JsonReader::read_stamp(const Value& object, Variable& variable) {
  const auto timestamp = object.find("timestamp");
  const auto time = object.find("time");
  if (!timestamp && !time) return {};
  if (timestamp && time) {
    return error(ErrorId::kVarsJsonMember, *timestamp,
                 fmt::format("variable '{}' of {} has both 'time' and 'timestamp'",
                             object.find("name")->text(), file_name_));
  }
  if (timestamp) {
    lower_to(Dialect::kUefivars2, *timestamp,
             fmt::format("stamps in {} are called 'timestamp', as python-uefivars does; QEMU refuses the "
                         "file, it knows 'time' only",
                         file_name_));
  }
  const auto bytes = hex_member(object, timestamp ? "timestamp" : "time");
  if (!bytes) return bytes.error();
  if (bytes->size() != variable.time.size()) {
    return error(ErrorId::kVarsJsonValue, timestamp ? *timestamp : *time,
                 fmt::format("time of variable '{}' of {}: has {} bytes, EFI_TIME has {}",
                             object.find("name")->text(), file_name_, bytes->size(), variable.time.size()));
  }
  std::ranges::copy(*bytes, variable.time.begin());
  return {};
}

Result<Variable> JsonReader::read_variable(const Value& object) {
  static constexpr std::string_view kKnown[] = {"guid", "name",   "attr",     "data",
                                                "time", "digest", "timestamp"};
  if (!object.is(Kind::kObject)) {
    return error(ErrorId::kVarsJsonMember, object,
                 fmt::format("variable of {}: is {}, not {}", file_name_, json::to_string(object.kind()),
                             json::to_string(Kind::kObject)));
  }
  if (const auto checked = check_members(object, kKnown); !checked) return checked.error();
  const auto name = member(object, "name", Kind::kString);
  if (!name) return name.error();
  const auto guid = member(object, "guid", Kind::kString);
  if (!guid) return guid.error();
  const auto attributes = member(object, "attr", Kind::kNumber);
  if (!attributes) return attributes.error();
  auto data = hex_member(object, "data");
  if (!data) return data.error();

  const auto vendor = octets::parse_guid(guid->text());
  if (!vendor) {
    return error(ErrorId::kVarsJsonValue, *guid,
                 fmt::format("guid of variable '{}' of {}: '{}' is not a GUID", name->text(), file_name_,
                             guid->text()));
  }
  auto identity = variable::make_identity(name->text(), *vendor);
  if (!identity) {
    return error(ErrorId::kVarsJsonValue, *name,
                 fmt::format("name of a variable of {}: is empty or holds a NUL", file_name_));
  }
  const auto bits = attributes->whole_number();
  if (!bits || *bits > 0xffffffff) {
    return error(ErrorId::kVarsJsonValue, *attributes,
                 fmt::format("attr of variable '{}' of {}: {} is not a number of 32 bits", name->text(),
                             file_name_, attributes->text()));
  }
  if (!is_ascii(name->text())) {
    lower_to(Dialect::kVirtFirmware, *name,
             fmt::format("name of variable '{}' of {} is not ASCII: QEMU takes it for another name",
                         name->text(), file_name_));
  }
  Variable variable{*std::move(identity), static_cast<std::uint32_t>(*bits), *std::move(data)};
  if (const auto stamp = read_stamp(object, variable); !stamp) return stamp.error();
  if (object.find("digest")) {
    auto digest = hex_member(object, "digest");
    if (!digest) return digest.error();
    variable.digest = *std::move(digest);
  }
  return variable;
}

Result<void> JsonReader::read(const Value& root) {
  Value list = root;
  if (root.is(Kind::kArray)) {
    lower_to(Dialect::kUefivars1, root,
             fmt::format("{} is a bare list of variables, as python-uefivars once wrote; QEMU refuses it",
                         file_name_));
  } else {
    static constexpr std::string_view kKnown[] = {"version", "variables"};
    const auto version = member(root, "version", Kind::kNumber);
    if (!version) return version.error();
    if (version->whole_number() != kVersion) {
      return error(
          ErrorId::kVarsJsonVersion, *version,
          fmt::format("version of {}: is {}, only {} is known", file_name_, version->text(), kVersion));
    }
    if (const auto checked = check_members(root, kKnown); !checked) return checked.error();
    const auto variables = member(root, "variables", Kind::kArray);
    if (!variables) return variables.error();
    list = *variables;
  }
  into_.contents.variables.reserve(list.size());
  for (const Value object : list.children()) {
    auto variable = read_variable(object);
    if (!variable) return variable.error();
    into_.contents.variables.push_back(*std::move(variable));
  }
  return {};
}

Form form_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::kQemu:
      return Form::kQemuJson;
    case Dialect::kVirtFirmware:
      return Form::kVirtFirmwareJson;
    case Dialect::kUefivars2:
    case Dialect::kUefivars1:
      break;
  }
  return Form::kUefivarsJson;
}

}  // namespace

Result<QemuJson> read_qemu_json(const std::string& file_name, octets::Bytes file) {
  if (const auto small = check_size(file_name, file.size(), kLargestTextBytes); !small) return small.error();
  const std::string text(file.begin(), file.end());
  json::Document document;
  const auto root = document.parse(text, file_name);
  if (!root) return root.error();
  QemuJson result;
  if (const auto read = JsonReader(file_name, result).read(*root); !read) return read.error();
  result.contents.form = form_of(result.dialect);
  // QEMU keeps both and finds the first (uefi_vars_find_variable).
  drop_duplicates(result.contents, Counts::kFirst, file_name);
  return result;
}

Result<std::string> write_qemu_json(Dialect dialect, std::span<const Variable> variables) {
  const Form form = form_of(dialect);
  if (dialect == Dialect::kUefivars1) return not_written(form);
  if (const auto common = check_common(form, variables); !common) return common.error();
  const std::string_view stamp = dialect == Dialect::kUefivars2 ? "timestamp" : "time";
  json::Writer writer;
  writer.begin_object().member("version", kVersion).key("variables").begin_array();
  for (const Variable& variable : variables) {
    const std::string name = variable.identity.name().text;
    if (dialect == Dialect::kQemu && !is_ascii(name))
      return cannot_hold(form, variable, "a name outside ASCII");
    // virt-firmware drops the member.
    if (dialect == Dialect::kVirtFirmware && !variable.digest.empty())
      return cannot_hold(form, variable, "a digest of its signer");
    writer.begin_object()
        .member("name", name)
        .member("guid", variable.identity.vendor.text())
        .member("attr", std::uint64_t{variable.attributes})
        .member("data", octets::to_hex(variable.data));
    if (!octets::all_equal(variable.time, 0)) writer.member(stamp, octets::to_hex(variable.time));
    if (!variable.digest.empty()) writer.member("digest", octets::to_hex(variable.digest));
    writer.end_object();
  }
  writer.end_array().end_object();
  std::string text = writer.take();
  if (text.size() > kLargestTextBytes) {
    return Error(ErrorId::kFormTooLarge,
                 fmt::format("JSON of the variables: has {} bytes, at most {} are read again",
                             octets::with_commas(text.size()), octets::with_commas(kLargestTextBytes)));
  }
  return text;
}

}  // namespace nonvol::forms
