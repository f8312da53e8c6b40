#include "guest/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/name.h"
#include "json/document.h"
#include "json/writer.h"
#include "octets/text.h"

namespace nonvol::guest {
namespace {

constexpr std::string_view kSchema = "nonvol.guest/1";

void write_firmware_file(json::Writer& writer, std::string_view name, const FirmwareFile& file) {
  writer.key(name).begin_object();
  writer.member("path", file.path).member("format", file.format).member("size_bytes", file.size_bytes);
  writer.member("sha256", octets::to_hex(file.sha256)).end_object();
}

// "2026-01-31T23:59:59Z", with a fraction of a second if one likes. Only the form: nothing is computed
// from it.
bool is_utc_time(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= kForm.size() || !text.ends_with('Z')) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd' ? !is_digit(text[i]) : text[i] != kForm[i]) return false;
  }
  const std::string_view fraction = text.substr(kForm.size(), text.size() - kForm.size() - 1);
  return fraction.empty() ||
         (fraction.size() > 1 && fraction[0] == '.' && std::ranges::all_of(fraction.substr(1), is_digit));
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

bool is_absolute_path(std::string_view text) {
  return text.starts_with('/') && !has_nul(text);
}

bool is_store_name(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && text.find('/') == std::string_view::npos &&
         !has_nul(text) && text != kRecordFileName;
}

bool is_format(std::string_view text) {
  return text == "raw" || text == "qcow2";
}

bool is_anything(std::string_view) {
  return true;
}

bool is_not_empty(std::string_view text) {
  return !text.empty();
}

// Takes members of one record in turn and remembers the first complaint, so that a record is read member by
// member and checked once.
class MemberReader {
 public:
  explicit MemberReader(const std::string& path) : path_(path) {}

  std::optional<Error> complaint;

  template <class Check>
  std::string text(json::Value object, std::string_view name, Check check, std::string_view wanted) {
    const std::optional<json::Value> member = find(object, name);
    if (!member) return {};
    if (!member->is(json::Kind::kString)) {
      complain(*member, fmt::format("'{}' is {}, not a string", name, to_string(member->kind())));
    } else if (!check(member->text())) {
      complain(*member, fmt::format("'{}' says '{}', which is not {}", name, member->text(), wanted));
    }
    return std::string(member->text());
  }

  std::string constant(json::Value object, std::string_view name, std::string_view only) {
    return text(
        object, name, [&](std::string_view said) { return said == only; }, fmt::format("'{}'", only));
  }

  std::uint64_t number(json::Value object, std::string_view name) {
    const std::optional<json::Value> member = find(object, name);
    if (!member) return 0;
    const std::optional<std::uint64_t> value = member->whole_number();
    if (!value) complain(*member, fmt::format("'{}' is not a whole number", name));
    return value.value_or(0);
  }

  std::vector<std::string> texts(json::Value object, std::string_view name) {
    const std::optional<json::Value> member = find(object, name);
    if (!member) return {};
    if (!member->is(json::Kind::kArray)) {
      complain(*member, fmt::format("'{}' is {}, not an array", name, to_string(member->kind())));
    }
    std::vector<std::string> result;
    for (const json::Value element : member->children()) {
      if (!element.is(json::Kind::kString)) {
        complain(element,
                 fmt::format("an element of '{}' is {}, not a string", name, to_string(element.kind())));
      }
      result.emplace_back(element.text());
    }
    return result;
  }

  // The member if it is an object.
  std::optional<json::Value> object(json::Value parent, std::string_view name) {
    const std::optional<json::Value> member = find(parent, name);
    if (!member || member->is(json::Kind::kObject)) return member;
    complain(*member, fmt::format("'{}' is {}, not an object", name, to_string(member->kind())));
    return std::nullopt;
  }

  std::optional<json::Value> find(json::Value object, std::string_view name) {
    const std::optional<json::Value> member = object.find(name);
    if (!member) complain(object, fmt::format("the member '{}' is missing", name));
    return member;
  }

  void complain(json::Value value, const std::string& what) {
    if (complaint) return;
    complaint = Error(ErrorId::kRecordDamaged, fmt::format("{}: {}", path_, what))
                    .at(Place::at_pointer(path_, value.pointer()));
  }

 private:
  const std::string& path_;
};

FirmwareFile read_firmware_file(MemberReader& reader, json::Value object) {
  FirmwareFile file;
  file.path = reader.text(object, "path", is_absolute_path, "an absolute path");
  file.format = reader.text(object, "format", is_format, "'raw' or 'qcow2'");
  file.size_bytes = reader.number(object, "size_bytes");
  const auto is_digest = [&](std::string_view text) {
    const std::optional<std::vector<std::uint8_t>> bytes = octets::from_hex(text);
    if (!bytes || bytes->size() != file.sha256.size()) return false;
    std::ranges::copy(*bytes, file.sha256.begin());
    return true;
  };
  reader.text(object, "sha256", is_digest, "a SHA-256 digest of 64 hexadecimal digits");
  return file;
}

void read_files(MemberReader& reader, json::Value root, Record& record) {
  if (const auto executable = reader.object(root, "executable")) {
    record.executable = read_firmware_file(reader, *executable);
  }
  const auto nvram_template = reader.find(root, "nvram_template");
  if (nvram_template && !nvram_template->is(json::Kind::kNull)) {
    if (const auto object = reader.object(root, "nvram_template")) {
      record.nvram_template = read_firmware_file(reader, *object);
    }
  }
  if (const auto nvram = reader.object(root, "nvram")) {
    record.nvram.file =
        reader.text(*nvram, "file", is_store_name, "a plain file name in the guest's directory");
    record.nvram.format = reader.text(*nvram, "format", is_format, "'raw' or 'qcow2'");
    record.nvram.size_bytes = reader.number(*nvram, "size_bytes");
  }
}

}  // namespace

std::string write_record(const Record& record) {
  json::Writer writer;
  writer.begin_object();
  writer.member("schema", kSchema).member("name", record.name).member("created", record.created);
  writer.member("nonvol_version", record.nonvol_version).member("architecture", record.architecture);
  writer.member("machine", record.machine).member("interface", record.interface);
  writer.member("device", record.device).member("mode", record.mode);
  writer.member("descriptor", record.descriptor).strings("features", record.features);
  write_firmware_file(writer, "executable", record.executable);
  if (record.nvram_template) {
    write_firmware_file(writer, "nvram_template", *record.nvram_template);
  } else {
    writer.key("nvram_template").null();
  }
  writer.key("nvram").begin_object();
  writer.member("file", record.nvram.file).member("format", record.nvram.format);
  writer.member("size_bytes", record.nvram.size_bytes).end_object().end_object();
  return writer.take();
}

Result<Record> parse_record(std::string_view text, const std::string& path) {
  json::Document document;
  const Result<json::Value> root = document.parse(text, path);
  if (!root) {
    return Error(ErrorId::kRecordDamaged, fmt::format("{} is not JSON: {}", path, root.error().message))
        .at(root.error().place);
  }
  MemberReader reader(path);
  if (!root->is(json::Kind::kObject)) {
    reader.complain(*root, fmt::format("the record is {}, not an object", to_string(root->kind())));
    return *reader.complaint;
  }
  reader.constant(*root, "schema", kSchema);
  Record record;
  const auto is_name = [](std::string_view said) { return check_guest_name(said).has_value(); };
  record.name = reader.text(*root, "name", is_name, "a guest name");
  record.created = reader.text(*root, "created", is_utc_time, "a time such as 2026-01-31T23:59:59Z");
  record.nonvol_version = reader.text(*root, "nonvol_version", is_not_empty, "a version");
  record.architecture = reader.text(*root, "architecture", is_not_empty, "an architecture");
  record.machine = reader.text(*root, "machine", is_anything, "a machine");
  record.interface = reader.constant(*root, "interface", "uefi");
  record.device = reader.constant(*root, "device", "flash");
  record.mode = reader.constant(*root, "mode", "split");
  record.descriptor = reader.text(*root, "descriptor", is_absolute_path, "an absolute path");
  record.features = reader.texts(*root, "features");
  read_files(reader, *root, record);
  if (reader.complaint) return *reader.complaint;
  return record;
}

}  // namespace nonvol::guest
