#include "cli/commands_blob_view.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/options_blob.h"
#include "cli/result_file.h"
#include "cli/text.h"
#include "cli/text_blob_view.h"
#include "octets/text.h"
#include "storage/file_beside.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kSlots[] = {"a", "b"};

Result<Output> dump_payload(const Invocation& invocation, const api::BlobImage& image) {
  const Arguments& arguments = invocation.arguments;
  api::BlobPayloadRequest request{image, arguments.word(1)};
  if (request.entry.empty()) {
    return Error(ErrorId::kBadCommandLine, "--output and --slot are of one entry, and NAME is missing")
        .with_hint("nonvol help blob dump");
  }
  const std::string path = arguments.value("--output");
  if (path.empty()) {
    return Error(ErrorId::kBadCommandLine, "--slot says what --output is to write, and that is missing")
        .with_hint("nonvol help blob dump");
  }
  if (arguments.has("--slot")) request.slot = arguments.value("--slot") == "a" ? 0 : 1;
  auto report = api::blob_payload(invocation.context, request);
  if (!report) return report.error();
  Output output;
  if (report->whole_slot) {
    output.err = "note: the slot's header is not to be believed; this is all that the slot holds\n";
  }
  if (path == "-") {
    output.out.assign(report->bytes.begin(), report->bytes.end());
    return output;
  }
  if (auto written = storage::write_new_file(invocation.context.files, path, report->bytes); !written) {
    return written.error();
  }
  output.err += fmt::format("wrote {} bytes to {}\n", report->bytes.size(), printable(path));
  output.out = invocation.json ? to_json(*report) : text_of(*report);
  return output;
}

}  // namespace

const OptionSpec kSlotOption{
    .name = "--slot",
    .value = "a|b",
    .help = "Write what this slot of NAME stores, as it is on the medium: ciphertext stays ciphertext.",
    .choices = kSlots};
const OptionSpec kPayloadOption{
    .name = "--output",
    .value = "FILE",
    .help =
        "Where to: a new file; '-' is standard output. Without --slot: the blob of "
        "a plain entry.",
    .letter = 'o'};
const OptionSpec kSvgOption{
    .name = "--svg",
    .value = "FILE",
    .help = "Write the map as a picture (SVG) to a new file; '-' is standard output."};

Result<Output> run_blob_dump(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob dump");
  if (!image) return image.error();
  if (arguments.has("--slot") || arguments.has("--output")) return dump_payload(invocation, *image);
  auto report = api::blob_dump(invocation.context, {*image, arguments.word(1)});
  if (!report) return report.error();
  return Output{code_for(report->findings, ExitCode::kDamaged),
                invocation.json ? to_json(*report) : text_of(*report), text_of(report->findings)};
}

Result<Output> map_output(const Invocation& invocation, Output output, const MapForms& forms) {
  const std::string path = invocation.arguments.value("--svg");
  if (path == "-" && !invocation.json) {
    output.out = forms.svg();
    return output;
  }
  if (!path.empty() && path != "-") {
    const auto said = write_result(invocation, path, forms.svg());
    if (!said) return said.error();
    output.err += *said;
  }
  if (invocation.json) {
    output.out = forms.json();
  } else if (path.empty()) {
    output.out = forms.text();
  }
  return output;
}

Result<Output> run_blob_map(const Invocation& invocation) {
  auto image = image_from(invocation.arguments, "blob map");
  if (!image) return image.error();
  auto report = api::blob_map(invocation.context, *image);
  if (!report) return report.error();
  Output output{code_for(report->dump.findings, ExitCode::kDamaged), {}, text_of(report->dump.findings)};
  return map_output(invocation, std::move(output),
                    {[&] { return text_of(*report, map_columns()); }, [&] { return to_json(*report); },
                     [&] { return svg_of(*report); }});
}

}  // namespace nonvol::cli
