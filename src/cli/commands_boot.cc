#include "cli/commands_boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/boot.h"
#include "cli/commands.h"
#include "cli/commands_vars_edit.h"
#include "cli/text.h"
#include "cli/text_boot.h"
#include "cli/text_vars.h"
#include "octets/guid.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kKinds[] = {"boot", "driver", "sysprep"};

}  // namespace

const OptionSpec kBootKindOption{
    .name = "--kind",
    .value = "KIND",
    .help = "Boot####, the drivers of Driver#### or the applications of SysPrep#### (default: boot).",
    .choices = kKinds};
const OptionSpec kKeepOthersOption{.name = "--first",
                                   .help = "Put these first, and keep the others of the order behind them."};
const OptionSpec kClearOption{.name = "--clear", .help = "Boot what the order says."};
const OptionSpec kDescriptionOption{
    .name = "--description", .value = "TEXT", .help = "What the boot menu shows; needed."};
const OptionSpec kDevicePathOption{
    .name = "--path",
    .value = "DEVICE-PATH",
    .help = "What is started, as the UEFI specification writes device paths and 'boot list' shows them."};
const OptionSpec kBootFileOption{.name = "--file",
                                 .value = "FILE",
                                 .help =
                                     "What is started: a file such as '\\EFI\\debian\\shimx64.efi' on the "
                                     "partition of --partition-guid, or on the first disk that has it."};
const OptionSpec kPartitionGuidOption{.name = "--partition-guid",
                                      .value = "GUID",
                                      .help =
                                          "The GPT partition that --file is on: its own GUID (PARTUUID), not "
                                          "that of its type."};
const OptionSpec kPartitionOption{.name = "--partition",
                                  .value = "NUMBER",
                                  .help =
                                      "Its number (default: 1). edk2 finds the partition by its GUID, other "
                                      "firmware may compare the number too."};
const OptionSpec kOptionalDataOption{
    .name = "--optional-data",
    .value = "HEX",
    .help = "Bytes for what is started, two digits each: a kernel takes its command line as UTF-16LE."};
const OptionSpec kFirstOption{.name = "--first", .help = "Put the entry at the front of the order."};
const OptionSpec kLastOption{.name = "--last", .help = "Put it at the end of the order (default)."};
const OptionSpec kNoOrderOption{
    .name = "--no-order", .help = "Leave the order as it is: the entry is started only when somebody asks."};
const OptionSpec kInactiveOption{.name = "--inactive",
                                 .help = "Make the entry inactive, so that firmware passes it over."};

namespace {

efi::OptionKind kind_from(const Arguments& arguments) {
  const std::string kind = arguments.value("--kind");
  if (kind == "driver") return efi::OptionKind::kDriver;
  return kind == "sysprep" ? efi::OptionKind::kSysPrep : efi::OptionKind::kBoot;
}

// The words behind the store.
std::vector<std::string> words_behind(const Arguments& arguments) {
  return {arguments.words().begin() + 1, arguments.words().end()};
}

Error path_words(std::string message) {
  return Error(ErrorId::kBootPathWords, std::move(message)).with_hint("nonvol help boot add");
}

Result<std::uint32_t> whole_number(const std::string& text, std::uint32_t most, ErrorId id,
                                   std::string_view what, std::string_view hint) {
  std::uint32_t number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble != std::errc() || end != text.data() + text.size() || number > most) {
    return Error(id, fmt::format("{} is '{}', and must be a number of at most {}", what, text, most))
        .with_hint(std::string(hint));
  }
  return number;
}

// "HD(1,GPT,...)/" in front of the file, or nothing.
Result<std::string> partition_text(const Arguments& arguments) {
  if (!arguments.has("--partition-guid")) {
    if (!arguments.has("--partition")) return std::string();
    return path_words("--partition is given without --partition-guid, by which firmware finds a partition");
  }
  const auto guid = octets::parse_guid(arguments.value("--partition-guid"));
  if (!guid) {
    return path_words(
        fmt::format("--partition-guid is '{}', and must be a GUID", arguments.value("--partition-guid")));
  }
  std::uint32_t partition = 1;
  if (arguments.has("--partition")) {
    // A GPT has at most as many entries as 32 bits count; 1 is the first.
    const auto number = whole_number(arguments.value("--partition"), 0xffffffff, ErrorId::kBootPathWords,
                                     "--partition", "nonvol help boot add");
    if (!number) return number.error();
    partition = *number;
  }
  return fmt::format("HD({},GPT,{})/", partition, guid->text());
}

Result<std::string> device_path_from(const Arguments& arguments) {
  if (arguments.has("--path") == arguments.has("--file")) {
    return path_words(arguments.has("--path") ? "both --path and --file are given, one is needed"
                                              : "neither --path nor --file is given, one is needed");
  }
  auto partition = partition_text(arguments);
  if (!partition) return partition.error();
  if (arguments.has("--path")) {
    if (!partition->empty()) return path_words("--partition-guid goes with --file, a --path says it itself");
    return arguments.value("--path");
  }
  // Firmware separates by backslashes; people who have the file system before them write slashes.
  std::string file = arguments.value("--file");
  std::ranges::replace(file, '/', '\\');
  if (!file.starts_with('\\')) file.insert(0, 1, '\\');
  return *partition + file;
}

Result<api::BootAddRequest> add_request_from(const Arguments& arguments) {
  api::BootAddRequest request;
  request.kind = kind_from(arguments);
  if (!arguments.has("--description")) {
    return Error(ErrorId::kBadCommandLine, "--description is missing").with_hint("nonvol help boot add");
  }
  request.description = arguments.value("--description");
  auto path = device_path_from(arguments);
  if (!path) return path.error();
  request.device_path = *std::move(path);
  auto data = octets::from_hex(arguments.value("--optional-data"));
  if (!data) {
    return Error(ErrorId::kBadValue, fmt::format("--optional-data is '{}', and must be pairs of digits",
                                                 arguments.value("--optional-data")))
        .with_hint("nonvol help boot add");
  }
  request.optional_data = *std::move(data);
  const int places = (arguments.has("--first") ? 1 : 0) + (arguments.has("--last") ? 1 : 0) +
                     (arguments.has("--no-order") ? 1 : 0);
  if (places > 1) {
    return Error(ErrorId::kBadCommandLine,
                 fmt::format("{} of --first, --last and --no-order are given, at most one fits", places))
        .with_hint("nonvol help boot add");
  }
  if (arguments.has("--first")) request.position = efi::OrderPosition::kFirst;
  if (arguments.has("--no-order")) request.position = efi::OrderPosition::kNone;
  request.active = !arguments.has("--inactive");
  return request;
}

Output edit_output(const api::StoreEditReport& report, std::string_view schema, bool json) {
  return {ExitCode::kDone, json ? to_json(report, schema) : text_of_boot_edit(report),
          text_of(report.findings)};
}

}  // namespace

Result<Output> run_boot_list(const Invocation& invocation) {
  const auto report =
      api::boot_list(invocation.context, invocation.arguments.word(0), kind_from(invocation.arguments));
  if (!report) return report.error();
  return Output{code_for(report->findings, ExitCode::kDamaged),
                invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->findings) + in_use_text(report->place)};
}

Result<Output> run_boot_order(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  api::BootOrderRequest wanted;
  wanted.kind = kind_from(arguments);
  auto numbers = api::boot_numbers(words_behind(arguments), wanted.kind);
  if (!numbers) return numbers.error();
  wanted.numbers = *std::move(numbers);
  wanted.keep_others = arguments.has("--first");
  const auto report =
      api::boot_order(invocation.context,
                      edit_request(invocation, "boot order " + joined(words_behind(arguments), " ")), wanted);
  if (!report) return report.error();
  return edit_output(*report, "boot.order", invocation.json);
}

Result<Output> run_boot_next(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::vector<std::string> words = words_behind(arguments);
  if (words.empty() != arguments.has("--clear")) {
    return Error(ErrorId::kBadCommandLine,
                 words.empty() ? "neither a number nor --clear is given" : "a number and --clear are given")
        .with_hint("nonvol help boot next");
  }
  const auto numbers = api::boot_numbers(words, efi::OptionKind::kBoot);
  if (!numbers) return numbers.error();
  std::optional<std::uint16_t> next;
  if (!numbers->empty()) next = numbers->front();
  const auto report = api::boot_next(
      invocation.context, edit_request(invocation, "boot next " + (next ? words.front() : "--clear")), next);
  if (!report) return report.error();
  return edit_output(*report, "boot.next", invocation.json);
}

Result<Output> run_boot_timeout(const Invocation& invocation) {
  const std::string word = invocation.arguments.word(1);
  std::uint16_t seconds = api::kWaitsForEver;
  if (word != "forever") {
    const auto number = whole_number(word, api::kWaitsForEver - 1u, ErrorId::kBootTimeout,
                                     "number of seconds", "nonvol help boot timeout");
    if (!number) return number.error();
    seconds = static_cast<std::uint16_t>(*number);
  }
  const auto report =
      api::boot_timeout(invocation.context, edit_request(invocation, "boot timeout " + word), seconds);
  if (!report) return report.error();
  return edit_output(*report, "boot.timeout", invocation.json);
}

Result<Output> run_boot_add(const Invocation& invocation) {
  const auto wanted = add_request_from(invocation.arguments);
  if (!wanted) return wanted.error();
  const auto report = api::boot_add(invocation.context, edit_request(invocation, "boot add"), *wanted);
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->edit.findings)};
}

Result<Output> run_boot_delete(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const efi::OptionKind kind = kind_from(arguments);
  const auto numbers = api::boot_numbers(words_behind(arguments), kind);
  if (!numbers) return numbers.error();
  const auto report = api::boot_delete(
      invocation.context, edit_request(invocation, "boot delete " + joined(words_behind(arguments), " ")),
      *numbers, kind);
  if (!report) return report.error();
  return edit_output(*report, "boot.delete", invocation.json);
}

}  // namespace nonvol::cli
