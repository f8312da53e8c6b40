#include "cli/commands_vars_edit.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "api/vars_compare.h"
#include "api/vars_edit.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/text_vars.h"
#include "octets/text.h"
#include "storage/byte_stream.h"
#include "storage/file_beside.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kForms[] = {"qemu-json", "virt-firmware-json", "uefivars-json", "ec2"};

}  // namespace

const OptionSpec kHexOption{.name = "--hex", .value = "HEX", .help = "The value, two digits for each byte."};
const OptionSpec kTextOption{
    .name = "--text", .value = "TEXT", .help = "The value as UTF-8, without a final NUL."};
const OptionSpec kUtf16Option{.name = "--utf16",
                              .value = "TEXT",
                              .help = "The value as UTF-16LE with a final NUL, as firmware writes text."};
const OptionSpec kInputOption{.name = "--input",
                              .value = "FILE",
                              .help = "Where the value's bytes come from; '-' is standard input.",
                              .letter = 'i'};
const OptionSpec kAttributesOption{
    .name = "--attributes",
    .value = "ATTRIBUTES",
    .help =
        "Letters such as NV+BS+RT+AT, or a number (default: as they are; of a new variable what firmware gives "
        "it, mostly NV+BS+RT)."};
const OptionSpec kAppendOption{.name = "--append", .help = "Put the value behind the one that is there."};
const OptionSpec kFormOption{.name = "--form",
                             .value = "FORM",
                             .help = "Form of the new file (default: qemu-json).",
                             .choices = kForms};
const OptionSpec kVariableOption{
    .name = "--variable", .value = "NAME", .help = "Only this variable.", .repeatable = true};
const OptionSpec kReplaceOption{.name = "--replace",
                                .help = "Also delete the variables that the source does not have."};
const OptionSpec kExportOutputOption{
    .name = "--output",
    .value = "FILE",
    .help = "Where the variables go: a new file. '-' or none is standard output.",
    .letter = 'o'};

namespace {

// The largest variable of any firmware has 33 KiB.
constexpr std::uint64_t kLargestValueBytes = 1 << 20;

Error bad_value(const std::string& message) {
  return Error(ErrorId::kBadValue, message).with_hint("nonvol help vars set");
}

Result<std::vector<std::uint8_t>> value_from(const Arguments& arguments) {
  int given = 0;
  for (const OptionSpec* option : {&kHexOption, &kTextOption, &kUtf16Option, &kInputOption}) {
    given += arguments.has(option->name) ? 1 : 0;
  }
  if (given != 1) {
    return bad_value(fmt::format("{} of --hex, --text, --utf16 and --input are given, one is needed", given));
  }
  if (arguments.has("--hex")) {
    auto bytes = octets::from_hex(arguments.value("--hex"));
    if (!bytes)
      return bad_value(fmt::format("--hex is '{}', and must be pairs of digits", arguments.value("--hex")));
    return *std::move(bytes);
  }
  if (arguments.has("--text")) {
    const std::string text = arguments.value("--text");
    return std::vector<std::uint8_t>(text.begin(), text.end());
  }
  if (arguments.has("--utf16")) {
    const std::string text = arguments.value("--utf16");
    std::vector<std::uint8_t> bytes;
    if (!text.empty()) {
      auto identity = variable::make_identity(text, {});
      if (!identity) return bad_value("--utf16 is no UTF-8 text");
      bytes = std::move(identity->name_utf16);
    }
    bytes.insert(bytes.end(), 2, 0);
    return bytes;
  }
  const std::string path = arguments.value("--input");
  auto bytes = path == "-" ? storage::read_descriptor(STDIN_FILENO, kLargestValueBytes, "standard input")
                           : storage::read_input(path, kLargestValueBytes);
  if (bytes && bytes->size() > kLargestValueBytes) {
    return bad_value(fmt::format("the value has more than {} bytes", kLargestValueBytes));
  }
  return bytes;
}

// "NV+BS+RT", or a number as C writes it.
Result<std::optional<std::uint32_t>> attributes_from(const Arguments& arguments) {
  if (!arguments.has("--attributes")) return std::optional<std::uint32_t>();
  const std::string text = arguments.value("--attributes");
  std::string_view digits = text;
  const int base = digits.starts_with("0x") ? 16 : 10;
  if (base == 16) digits.remove_prefix(2);
  std::uint32_t number = 0;
  const auto [end, trouble] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (trouble == std::errc() && end == digits.data() + digits.size()) return std::optional(number);
  std::string_view left = text;
  for (number = 0; !left.empty();) {
    const std::size_t plus = std::min(left.find('+'), left.size());
    std::uint32_t bit = 1;
    while (bit <= 0x80 && flags_of(bit) != left.substr(0, plus)) bit <<= 1;
    if (bit > 0x80) {
      return bad_value(
          fmt::format("--attributes is '{}', and must be a number or letters such as NV+BS+RT", text));
    }
    number |= bit;
    left.remove_prefix(std::min(plus + 1, left.size()));
  }
  return std::optional(number);
}

forms::Form form_from(const Arguments& arguments) {
  const std::string name = arguments.value("--form");
  for (const forms::Form form :
       {forms::Form::kVirtFirmwareJson, forms::Form::kUefivarsJson, forms::Form::kEc2}) {
    if (forms::name_of(form) == name) return form;
  }
  return forms::Form::kQemuJson;
}

}  // namespace

api::StoreEditRequest edit_request(const Invocation& invocation, std::string command) {
  return {invocation.arguments.word(0), std::move(command), invocation.arguments.has("--dry-run")};
}

Output output_of(const api::StoreEditReport& report, std::string_view schema, bool json) {
  return {ExitCode::kDone, json ? to_json(report, schema) : text_of(report), text_of(report.findings)};
}

Result<Output> run_vars_set(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto data = value_from(arguments);
  if (!data) return data.error();
  const auto attributes = attributes_from(arguments);
  if (!attributes) return attributes.error();
  const std::string name = arguments.word(1);
  const auto report = api::variable_set(
      invocation.context, edit_request(invocation, "vars set " + name),
      {name, arguments.value("--guid"), *std::move(data), *attributes, arguments.has("--append")});
  if (!report) return report.error();
  return output_of(*report, "vars.set", invocation.json);
}

Result<Output> run_vars_delete(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::vector<std::string> names(arguments.words().begin() + 1, arguments.words().end());
  const auto report =
      api::variables_delete(invocation.context, edit_request(invocation, "vars delete " + joined(names, " ")),
                            names, arguments.value("--guid"));
  if (!report) return report.error();
  return output_of(*report, "vars.delete", invocation.json);
}

Result<Output> run_vars_import(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto report =
      api::variables_import(invocation.context, edit_request(invocation, "vars import " + arguments.word(1)),
                            {arguments.word(1), arguments.all("--variable"), arguments.has("--replace")});
  if (!report) return report.error();
  return output_of(*report, "vars.import", invocation.json);
}

Result<Output> run_vars_export(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string path = arguments.value("--output");
  const auto report = api::variables_export(invocation.context, arguments.word(0), form_from(arguments),
                                            arguments.all("--variable"));
  if (!report) return report.error();
  Output output{code_for(report->findings, ExitCode::kDamaged), {}, text_of(report->findings)};
  output.err += in_use_text(report->place);
  if (path.empty() || path == "-") {
    if (!invocation.json) output.out.assign(report->bytes.begin(), report->bytes.end());
  } else {
    const Result<void> written = storage::write_new_file(invocation.context.files, path, report->bytes);
    if (!written) return written.error();
    output.err += fmt::format("wrote {} variables to {}\n", report->variables, printable(path));
  }
  if (invocation.json) output.out = to_json(*report);
  return output;
}

Result<Output> run_vars_diff(const Invocation& invocation) {
  const auto report =
      api::variables_diff(invocation.context, invocation.arguments.word(0), invocation.arguments.word(1));
  if (!report) return report.error();
  const ExitCode equal = report->changes.empty() ? ExitCode::kDone : ExitCode::kNo;
  Output output{code_for(report->findings, ExitCode::kDamaged), {}, text_of(report->findings)};
  if (output.code == ExitCode::kDone) output.code = equal;
  output.err += in_use_text(report->before) + in_use_text(report->after);
  output.out = invocation.json ? to_json(*report) : text_of(report->changes);
  return output;
}

Result<Output> run_vars_compact(const Invocation& invocation) {
  const auto report = api::store_compact(invocation.context, edit_request(invocation, "vars compact"));
  if (!report) return report.error();
  return output_of(*report, "vars.compact", invocation.json);
}

Result<Output> run_vars_undo(const Invocation& invocation) {
  const auto report = api::store_undo(invocation.context, edit_request(invocation, "vars undo"));
  if (!report) return report.error();
  Output output;
  if (invocation.json) {
    output.out = to_json(*report);
  } else {
    output.out =
        fmt::format("'{}' of {} {}\n", printable(report->undone_command), printable(report->undone_time),
                    report->edit.dry_run ? "would be taken back" : "is taken back");
  }
  return output;
}

}  // namespace nonvol::cli
