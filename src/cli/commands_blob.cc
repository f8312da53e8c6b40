#include "cli/commands_blob.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/blob_entries.h"
#include "cli/commands.h"
#include "cli/options_blob.h"
#include "cli/text.h"
#include "cli/text_blob.h"
#include "octets/text.h"
#include "storage/file_beside.h"

namespace nonvol::cli {

const OptionSpec kBlobInputOption{.name = "--input",
                                  .value = "FILE",
                                  .help = "Where the bytes come from; '-' or none is standard input.",
                                  .letter = 'i'};
const OptionSpec kBlobOutputOption{.name = "--output",
                                   .value = "FILE",
                                   .help =
                                       "Where the bytes go; a file is replaced when all of them are written. "
                                       "'-' or none is standard output.",
                                   .letter = 'o'};
const OptionSpec kFillOption{
    .name = "--fill",
    .value = "HH",
    .help =
        "Plain entries: the byte, as two hexadecimal digits, that the rest is filled "
        "with."};
const OptionSpec kLoseDamagedOption{
    .name = "--lose-damaged", .help = "Write also where what the entry held cannot be read, and give it up."};
const OptionSpec kExpectGenerationOption{
    .name = "--expect-generation", .value = "N", .help = "Refuse an entry of another generation."};
const OptionSpec kExpectGenerationsOption{.name = "--expect-generation",
                                          .value = "NAME=N",
                                          .help = "Report the entry if it is of another generation.",
                                          .repeatable = true};
const OptionSpec kScrubOption{
    .name = "--scrub",
    .help = "Read everything: older slots, plain blobs, slack; decrypt what the key opens."};
const OptionSpec kNewKeyFileOption{
    .name = "--new-key-file", .value = "FILE", .help = "The key that is to open the image from now on."};
const OptionSpec kNewKeyFdOption{
    .name = "--new-key-fd", .value = "N", .help = "The same, read from a file descriptor."};

namespace {

Result<std::optional<std::uint8_t>> fill_from(const Arguments& arguments, std::string_view command) {
  if (!arguments.has("--fill")) return std::optional<std::uint8_t>();
  const std::string text = arguments.value("--fill");
  const auto bytes = octets::from_hex(text);
  if (!bytes || bytes->size() != 1) {
    return usage_error(fmt::format("--fill is '{}', and must be two hexadecimal digits", text), command);
  }
  return std::optional(bytes->front());
}

// Of a file, "-" and nothing mean a standard stream.
std::string file_or_stream(const Arguments& arguments, std::string_view option) {
  const std::string path = arguments.value(option);
  return path == "-" ? std::string() : path;
}

Result<void> write_blob(const Invocation& invocation, const std::string& target, const std::string& path,
                        octets::Bytes bytes) {
  const Result<std::string> image = storage::real_path(target);
  const Result<std::string> output = storage::real_path(path);
  if (image && output && *image == *output) {
    return Error(ErrorId::kContradiction, fmt::format("{} is the image itself", path))
        .at(Place::in_file(path))
        .with_hint("nonvol help blob get");
  }
  return storage::write_whole_file(invocation.context.files, path, bytes);
}

Result<std::map<std::string, std::uint64_t>> pins_from(const Arguments& arguments) {
  std::map<std::string, std::uint64_t> pins;
  for (const std::string& text : arguments.all("--expect-generation")) {
    const std::size_t equals = text.rfind('=');
    const auto number = equals == std::string::npos ? std::nullopt : parse_number(text.substr(equals + 1));
    if (!number || equals == 0) {
      return usage_error(fmt::format("--expect-generation is '{}', and must be NAME=N", text), "blob check");
    }
    pins[text.substr(0, equals)] = *number;
  }
  return pins;
}

// A damaged slot beside a good one is no error yet, but to call the image clean would be a lie.
ExitCode code_of_check(const std::vector<Finding>& findings) {
  const auto bad = [](const Finding& finding) { return finding.severity != Severity::kNote; };
  return std::ranges::any_of(findings, bad) ? ExitCode::kNo : ExitCode::kDone;
}

}  // namespace

Result<Output> run_blob_list(const Invocation& invocation) {
  auto image = image_from(invocation.arguments, "blob list");
  if (!image) return image.error();
  auto report = api::blob_list(invocation.context, *image);
  if (!report) return report.error();
  return Output{code_for(report->findings, ExitCode::kDamaged),
                invocation.json ? to_json(*report) : text_of(*report), text_of(report->findings)};
}

Result<Output> run_blob_get(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob get");
  if (!image) return image.error();
  auto expected = number_from(arguments, "--expect-generation", "blob get");
  if (!expected) return expected.error();
  auto report = api::blob_get(invocation.context, *image, arguments.word(1), *expected);
  if (!report) return report.error();
  const std::string path = file_or_stream(arguments, "--output");
  const octets::Bytes bytes = report->blob.bytes();
  Output output;
  if (!path.empty()) {
    if (auto written = write_blob(invocation, image->target, path, bytes); !written) return written.error();
    output.err = fmt::format("wrote {} bytes to {}\n", bytes.size(), printable(path));
  }
  if (invocation.json) {
    output.out = to_json(*report, path.empty());
  } else if (path.empty()) {
    output.out.assign(bytes.begin(), bytes.end());
  }
  return output;
}

Result<Output> run_blob_put(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob put");
  if (!image) return image.error();
  auto fill = fill_from(arguments, "blob put");
  if (!fill) return fill.error();
  const api::BlobPutRequest request{.name = arguments.word(1),
                                    .input = file_or_stream(arguments, "--input"),
                                    .fill = *fill,
                                    .lose_damaged = arguments.has("--lose-damaged")};
  auto report = api::blob_put(invocation.context, *image, request, arguments.has("--dry-run"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report, "put") : text_of(*report, false), {}};
}

Result<Output> run_blob_delete(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob delete");
  if (!image) return image.error();
  auto fill = fill_from(arguments, "blob delete");
  if (!fill) return fill.error();
  auto report =
      api::blob_delete(invocation.context, *image, arguments.word(1), *fill, arguments.has("--dry-run"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report, "delete") : text_of(*report, true), {}};
}

Result<Output> run_blob_check(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob check");
  if (!image) return image.error();
  auto pins = pins_from(arguments);
  if (!pins) return pins.error();
  const vnvram::CheckOptions options{arguments.has("--scrub"), *std::move(pins)};
  auto report = api::blob_check(invocation.context, *image, options);
  if (!report) return report.error();
  const std::vector<Finding>& findings = report->check.findings;
  return Output{code_of_check(findings), invocation.json ? to_json(*report) : text_of(*report),
                text_of(findings)};
}

Result<Output> run_blob_rekey(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob rekey");
  if (!image) return image.error();
  auto new_key = key_from(arguments, "--new-key-file", "--new-key-fd", "blob rekey");
  if (!new_key) return new_key.error();
  if (!new_key->given()) return usage_error("--new-key-file or --new-key-fd is missing", "blob rekey");
  auto report = api::blob_rekey(invocation.context, *image, *new_key, arguments.has("--dry-run"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

}  // namespace nonvol::cli
