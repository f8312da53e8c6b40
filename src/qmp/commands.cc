#include "qmp/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/context.h"
#include "json/writer.h"
#include "octets/base64.h"
#include "vnvram/limits.h"

namespace nonvol::qmp {
namespace {

using json::Kind;
using json::Value;
using json::Writer;
using Arguments = std::optional<Value>;

constexpr ArgumentSpec kName[] = {{"name", Kind::kString}};
constexpr ArgumentSpec kNameAndData[] = {{"name", Kind::kString}, {"data", Kind::kString}};
constexpr ArgumentSpec kFormatArguments[] = {{"entries", Kind::kArray},
                                             {"integrity", Kind::kString, false},
                                             {"reserve-bytes", Kind::kNumber, false},
                                             {"lose-contents", Kind::kTrue, false}};
constexpr ArgumentSpec kEntryMembers[] = {{"name", Kind::kString},
                                          {"capacity-bytes", Kind::kNumber},
                                          {"kind", Kind::kString, false},
                                          {"encrypted", Kind::kTrue, false}};

std::unexpected<Complaint> complaint(std::string text) {
  return std::unexpected(Complaint{.text = std::move(text)});
}

std::unexpected<Complaint> complaint(const Error& error) {
  return complaint(fmt::format("{}: {}", to_string(error.id), error.message));
}

Writer one_line() {
  return Writer(json::Layout::kOneLine);
}

bool is_kind(const Value& value, Kind kind) {
  if (kind == Kind::kTrue) return value.is(Kind::kTrue) || value.is(Kind::kFalse);
  if (kind == Kind::kNumber) return value.whole_number().has_value();
  return value.is(kind);
}

std::string_view word_for(Kind kind) {
  switch (kind) {
    case Kind::kString:
      return "string";
    case Kind::kTrue:
      return "boolean";
    case Kind::kNumber:
      return "uint64";
    default:
      return "array";
  }
}

std::string_view text_of(const Arguments& arguments, std::string_view name) {
  const Arguments value = arguments->find(name);
  return value ? value->text() : std::string_view();
}

bool flag_of(const Arguments& arguments, std::string_view name) {
  const Arguments value = arguments->find(name);
  return value && value->is(Kind::kTrue);
}

std::uint64_t number_of(const Arguments& arguments, std::string_view name) {
  const Arguments value = arguments->find(name);
  return value ? *value->whole_number() : 0;
}

Answer query_version(Nvram&, Arguments) {
  return version_json();
}

Answer query_commands(Nvram&, Arguments) {
  Writer writer = one_line();
  writer.begin_array();
  const auto write = [&](std::string_view name) { writer.begin_object().member("name", name).end_object(); };
  write(kCapabilitiesCommand);
  for (const Command& command : commands()) write(command.name);
  write(kQuitCommand);
  return writer.end_array().take();
}

Result<void> write_entry(Writer& writer, vnvram::Image& image, std::size_t index) {
  const vnvram::EntryInfo& entry = image.entries()[index];
  Result<vnvram::EntryState> state = image.state(index);
  if (!state) return state.error();
  writer.begin_object().member("name", entry.name).member("kind", to_string(entry.kind));
  writer.member("capacity-bytes", entry.capacity_bytes).member("used-bytes", state->used_bytes);
  writer.member("generation", state->generation).member("state", to_string(state->state));
  writer.member("encrypted", entry.encrypted).strings("damage", state->damage).end_object();
  return {};
}

Answer query_nvram(Nvram& nvram, Arguments) {
  Writer writer = one_line();
  vnvram::Image* image = nvram.image();
  writer.begin_object().member("image", nvram.name()).member("formatted", image != nullptr);
  if (image == nullptr && nvram.failed()) writer.member("failed", true);
  if (image != nullptr) {
    writer.member("size-bytes", image->size_bytes()).member("seed-layout", image->seed_layout());
    if (!image->seed_layout()) {
      writer.member("uuid", vnvram::to_string(image->directory().uuid));
      writer.member("integrity", to_string(image->directory().integrity));
    }
    writer.member("encrypted", image->has_keys()).member("unlocked", image->unlocked());
    writer.member("failed", nvram.failed()).key("entries").begin_array();
    for (std::size_t i = 0; i < image->entries().size(); ++i) {
      if (Result<void> written = write_entry(writer, *image, i); !written) return complaint(written.error());
    }
    writer.end_array();
  }
  return writer.end_object().take();
}

Answer nvram_get(Nvram& nvram, Arguments arguments) {
  Result<vnvram::Blob> blob = nvram.get(text_of(arguments, "name"));
  if (!blob) return complaint(blob.error());
  Writer writer = one_line();
  writer.begin_object().member("name", text_of(arguments, "name")).member("generation", blob->generation);
  writer.member("size-bytes", std::uint64_t{blob->size_bytes})
      .member("data", octets::to_base64(blob->bytes()));
  return writer.end_object().take();
}

Answer changed(const Arguments& arguments, const Result<std::uint64_t>& generation) {
  if (!generation) return complaint(generation.error());
  Writer writer = one_line();
  writer.begin_object().member("name", text_of(arguments, "name")).member("generation", *generation);
  return writer.end_object().take();
}

Answer nvram_put(Nvram& nvram, Arguments arguments) {
  const std::optional<std::vector<std::uint8_t>> bytes = octets::from_base64(text_of(arguments, "data"));
  if (!bytes) return complaint("Parameter 'data' is not base64");
  return changed(arguments, nvram.put(text_of(arguments, "name"), *bytes));
}

Answer nvram_delete(Nvram& nvram, Arguments arguments) {
  return changed(arguments, nvram.erase(text_of(arguments, "name")));
}

// One member of "entries".
std::expected<vnvram::EntryRequest, Complaint> entry_from(const Value& value) {
  if (!value.is(Kind::kObject)) return complaint("Invalid parameter type for 'entries', expected: object");
  if (const std::string problem = argument_problem(kEntryMembers, value); !problem.empty()) {
    return complaint(problem);
  }
  vnvram::EntryRequest entry;
  entry.name = text_of(value, "name");
  entry.capacity_bytes = number_of(value, "capacity-bytes");
  entry.encrypted = flag_of(value, "encrypted");
  const std::string_view kind = text_of(value, "kind");
  if (kind == "plain") {
    entry.kind = vnvram::EntryKind::kPlain;
  } else if (!kind.empty() && kind != "atomic") {
    return complaint(fmt::format("Parameter 'kind' does not accept value '{}'", kind));
  }
  return entry;
}

Answer nvram_format(Nvram& nvram, Arguments arguments) {
  FormatWish wish;
  wish.reserve_bytes = number_of(arguments, "reserve-bytes");
  wish.lose_contents = flag_of(arguments, "lose-contents");
  const std::string_view integrity = text_of(arguments, "integrity");
  if (integrity == "sha256") {
    wish.integrity = vnvram::Integrity::kSha256;
  } else if (!integrity.empty() && integrity != "crc32c") {
    return complaint(fmt::format("Parameter 'integrity' does not accept value '{}'", integrity));
  }
  for (const Value value : arguments->find("entries")->children()) {
    auto entry = entry_from(value);
    if (!entry) return std::unexpected(entry.error());
    wish.entries.push_back(*std::move(entry));
  }
  const Result<bool> formatted = nvram.format(wish);
  if (!formatted) return complaint(formatted.error());
  return one_line().begin_object().member("changed", *formatted).end_object().take();
}

constexpr Command kCommands[] = {
    {"query-version", {}, query_version},  {"query-commands", {}, query_commands},
    {"query-nvram", {}, query_nvram},      {"nvram-format", kFormatArguments, nvram_format},
    {"nvram-get", kName, nvram_get},       {"nvram-put", kNameAndData, nvram_put},
    {"nvram-delete", kName, nvram_delete},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

const Command* find_command(std::string_view name) {
  const auto* found = std::ranges::find(kCommands, name, &Command::name);
  return found == std::end(kCommands) ? nullptr : found;
}

std::string argument_problem(std::span<const ArgumentSpec> specs, std::optional<Value> arguments) {
  for (const ArgumentSpec& spec : specs) {
    const Arguments value = arguments ? arguments->find(spec.name) : std::nullopt;
    if (!value && spec.required) return fmt::format("Parameter '{}' is missing", spec.name);
    if (value && !is_kind(*value, spec.kind)) {
      return fmt::format("Invalid parameter type for '{}', expected: {}", spec.name, word_for(spec.kind));
    }
  }
  if (!arguments) return {};
  for (const Value member : arguments->children()) {
    if (std::ranges::find(specs, member.name(), &ArgumentSpec::name) == specs.end()) {
      return fmt::format("Parameter '{}' is unexpected", member.name());
    }
  }
  return {};
}

std::string version_json() {
  std::array<std::uint64_t, 3> numbers{};
  const std::string_view text = api::kVersion;
  const char* at = text.data();
  for (std::uint64_t& number : numbers) {
    at = std::from_chars(at, text.data() + text.size(), number).ptr;
    if (at != text.data() + text.size()) ++at;
  }
  Writer writer = one_line();
  writer.begin_object().key("qemu").begin_object();
  writer.member("micro", numbers[2]).member("minor", numbers[1]).member("major", numbers[0]).end_object();
  return writer.member("package", fmt::format("nonvol {}", text)).end_object().take();
}

}  // namespace nonvol::qmp
