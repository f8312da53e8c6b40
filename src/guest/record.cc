#include "guest/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/name.h"
#include "json/document.h"
#include "json/writer.h"
#include "octets/text.h"

namespace nonvol::guest {
namespace {

using descriptor::Device;
using descriptor::FlashMode;

constexpr std::string_view kSchema = "nonvol.guest/1";

void write_firmware_file(json::Writer& writer, std::string_view name, const FirmwareFile& file) {
  writer.key(name).begin_object();
  writer.member("path", file.path).member("format", file.format).member("size_bytes", file.size_bytes);
  writer.member("sha256", octets::to_hex(file.sha256)).end_object();
}

void write_nvram(json::Writer& writer, const Nvram& nvram) {
  writer.begin_object().member("file", nvram.file).member("format", nvram.format);
  writer.member("size_bytes", nvram.size_bytes);
  if (const auto& master = nvram.master) {
    writer.key("master").begin_object().member("file", master_file(master->sha256));
    writer.member("size_bytes", master->size_bytes).member("sha256", octets::to_hex(master->sha256));
    writer.end_object();
  }
  writer.end_object();
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

bool is_store_format(std::string_view text) {
  return is_format(text) || text == "json";
}

bool is_interface(std::string_view text) {
  return text == "uefi" || text == "bios" || text == "openfirmware" || text == "uboot";
}

bool is_architecture(std::string_view text) {
  return !text.empty() && is_machine_word(text);
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

seal::Sha256Digest read_digest(MemberReader& reader, json::Value object) {
  seal::Sha256Digest digest{};
  const auto is_digest = [&](std::string_view text) {
    const std::optional<std::vector<std::uint8_t>> bytes = octets::from_hex(text);
    if (!bytes || bytes->size() != digest.size()) return false;
    std::ranges::copy(*bytes, digest.begin());
    return true;
  };
  reader.text(object, "sha256", is_digest, "a SHA-256 digest of 64 hexadecimal digits");
  return digest;
}

FirmwareFile read_firmware_file(MemberReader& reader, json::Value object, bool is_template) {
  FirmwareFile file;
  file.path = reader.text(object, "path", is_absolute_path, "an absolute path");
  file.format = is_template ? reader.text(object, "format", is_store_format, "'raw', 'qcow2' or 'json'")
                            : reader.text(object, "format", is_format, "'raw' or 'qcow2'");
  file.size_bytes = reader.number(object, "size_bytes");
  file.sha256 = read_digest(reader, object);
  return file;
}

Nvram read_nvram(MemberReader& reader, json::Value object) {
  Nvram nvram;
  nvram.file = reader.text(object, "file", is_store_name, "a plain file name in the guest's directory");
  nvram.format = reader.text(object, "format", is_store_format, "'raw', 'qcow2' or 'json'");
  nvram.size_bytes = reader.number(object, "size_bytes");
  if (!object.find("master")) return nvram;
  if (const auto master = reader.object(object, "master")) {
    nvram.master.emplace();
    nvram.master->sha256 = read_digest(reader, *master);
    nvram.master->size_bytes = reader.number(*master, "size_bytes");
    reader.constant(*master, "file", master_file(nvram.master->sha256));
    if (nvram.format != "qcow2") reader.complain(*master, "only a store of format 'qcow2' lies over another");
  }
  return nvram;
}

Tpm read_tpm(MemberReader& reader, json::Value object, const Record& record) {
  Tpm tpm;
  const auto is_image_name = [&](std::string_view text) {
    return is_store_name(text) && (!record.nvram || text != record.nvram->file);
  };
  tpm.file = reader.text(object, "file", is_image_name,
                         "a plain file name in the guest's directory that only the TPM has");
  tpm.version = reader.text(object, "version", is_tpm_version, "'1.2' or '2.0'");
  tpm.size_bytes = reader.number(object, "size_bytes");
  return tpm;
}

// What a member says that may be null; nothing then.
std::optional<json::Value> read_optional(MemberReader& reader, json::Value root, std::string_view name) {
  const auto member = reader.find(root, name);
  if (!member || member->is(json::Kind::kNull)) return std::nullopt;
  return reader.object(root, name);
}

void read_files(MemberReader& reader, json::Value root, Record& record) {
  if (const auto executable = reader.object(root, "executable")) {
    record.executable = read_firmware_file(reader, *executable, false);
  }
  if (const auto nvram_template = read_optional(reader, root, "nvram_template")) {
    record.nvram_template = read_firmware_file(reader, *nvram_template, true);
  }
  if (const auto nvram = read_optional(reader, root, "nvram")) record.nvram = read_nvram(reader, *nvram);
  // Records of before there were TPMs lack it, and so do guests without one.
  if (!root.find("tpm")) return;
  if (const auto tpm = reader.object(root, "tpm")) record.tpm = read_tpm(reader, *tpm, record);
}

void read_device(MemberReader& reader, json::Value root, Record& record) {
  const auto is_device = [&](std::string_view said) {
    const auto device = descriptor::parse_device(said);
    record.device = device.value_or(Device::kFlash);
    return device.has_value();
  };
  reader.text(root, "device", is_device, "'flash', 'memory', 'kernel' or 'igvm'");
  if (record.device == Device::kFlash) {
    const auto is_mode = [&](std::string_view said) {
      const auto mode = descriptor::parse_flash_mode(said);
      record.mode = mode.value_or(FlashMode::kSplit);
      return mode.has_value();
    };
    reader.text(root, "mode", is_mode, "'split', 'combined' or 'stateless'");
    return;
  }
  const auto mode = reader.find(root, "mode");
  if (mode && !mode->is(json::Kind::kNull)) {
    reader.complain(*mode, fmt::format("'mode' must be null for the device {}", to_string(record.device)));
  }
}

// Which firmware has variables of its own, and of which form.
void check_nvram(MemberReader& reader, json::Value root, const Record& record) {
  const json::Value nvram = root.find("nvram").value_or(root);
  const bool is_split = record.device == Device::kFlash && record.mode == FlashMode::kSplit;
  if (record.nvram_template && !is_split && record.device != Device::kMemory) {
    reader.complain(*root.find("nvram_template"), "this firmware has no template for variables");
  }
  if (record.device == Device::kFlash && record.mode != FlashMode::kStateless) {
    if (!record.nvram) return reader.complain(nvram, "this firmware has variables, and 'nvram' is null");
    if (record.nvram->format == "json") reader.complain(nvram, "flash cannot have the format 'json'");
    if (record.nvram->master && record.mode != FlashMode::kSplit) {
      reader.complain(nvram, "only a store of mode 'split' can lie over a master");
    }
    return;
  }
  if (!record.nvram) return;
  if (record.device != Device::kMemory) {
    reader.complain(nvram, "this firmware has no variables of its own, and 'nvram' is not null");
  } else if (record.nvram->format != "json") {
    reader.complain(nvram, "variables of firmware in memory have the format 'json' only");
  }
}

}  // namespace

std::string master_file(const seal::Sha256Digest& sha256) {
  return fmt::format("../.masters/{}.fd", octets::to_hex(sha256));
}

bool is_tpm_version(std::string_view text) {
  return text == "1.2" || text == "2.0";
}

bool is_machine_word(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '+' || c == '-';
  });
}

std::string write_record(const Record& record) {
  json::Writer writer;
  writer.begin_object();
  writer.member("schema", kSchema).member("name", record.name).member("created", record.created);
  writer.member("nonvol_version", record.nonvol_version).member("architecture", record.architecture);
  writer.member("machine", record.machine).member("interface", record.interface);
  writer.member("device", to_string(record.device)).key("mode");
  record.device == Device::kFlash ? writer.string(to_string(record.mode)) : writer.null();
  writer.member("descriptor", record.descriptor).strings("features", record.features);
  write_firmware_file(writer, "executable", record.executable);
  if (record.nvram_template) {
    write_firmware_file(writer, "nvram_template", *record.nvram_template);
  } else {
    writer.key("nvram_template").null();
  }
  writer.key("nvram");
  if (record.nvram) {
    write_nvram(writer, *record.nvram);
  } else {
    writer.null();
  }
  if (const auto& tpm = record.tpm) {
    writer.key("tpm").begin_object().member("file", tpm->file).member("version", tpm->version);
    writer.member("size_bytes", tpm->size_bytes).end_object();
  }
  return writer.end_object().take();
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
  record.architecture = reader.text(*root, "architecture", is_architecture, "an architecture");
  record.machine = reader.text(*root, "machine", is_machine_word, "a machine");
  record.interface =
      reader.text(*root, "interface", is_interface, "'uefi', 'bios', 'openfirmware' or 'uboot'");
  read_device(reader, *root, record);
  record.descriptor = reader.text(*root, "descriptor", is_absolute_path, "an absolute path");
  record.features = reader.texts(*root, "features");
  read_files(reader, *root, record);
  check_nvram(reader, *root, record);
  if (reader.complaint) return *reader.complaint;
  return record;
}

}  // namespace nonvol::guest
