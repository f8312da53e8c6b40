#include <algorithm>

#include "cli/commands.h"
#include "cli/commands_blob_view.h"
#include "cli/options_blob.h"
#include "cli/text.h"
#include "cli/text_blob_view.h"

namespace nonvol::cli {

const OptionSpec kFormatOption{
    .name = "--format", .help = "Make the image from the manifest if there is none, or an empty file."};
const OptionSpec kSocketOption{
    .name = "--socket",
    .value = "PATH",
    .help =
        "The unix socket to listen on. It is made, for the owner alone, and removed "
        "at the end; one that a killed server left is replaced."};

Result<Output> run_blob_export(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob export");
  if (!image) return image.error();
  auto report = api::blob_export(invocation.context, *image, arguments.word(1), arguments.has("--dry-run"));
  if (!report) return report.error();
  Output output{code_for(report->findings, ExitCode::kSomeFailed),
                invocation.json ? to_json(*report) : text_of(*report), text_of(report->findings)};
  const bool decrypted = std::ranges::any_of(
      report->entries, [](const auto& entry) { return entry.info.encrypted && !entry.file.empty(); });
  if (decrypted)
    output.err += "note: encrypted entries are exported decrypted; only the owner can read the files\n";
  return output;
}

Result<Output> run_blob_import(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob import");
  if (!image) return image.error();
  auto report = api::blob_import(
      invocation.context, {*image, arguments.word(1), arguments.has("--format"), arguments.has("--dry-run")});
  if (!report) return report.error();
  return Output{report->failure ? ExitCode::kSomeFailed : ExitCode::kDone,
                invocation.json ? to_json(*report) : text_of(*report),
                report->failure ? text_of(*report->failure) : std::string()};
}

Result<Output> run_blob_serve(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob serve");
  if (!image) return image.error();
  if (!arguments.has("--socket")) {
    return Error(ErrorId::kBadCommandLine, "--socket is missing").with_hint("nonvol help blob serve");
  }
  auto report = qmp::serve(invocation.context, {*image, arguments.value("--socket")});
  if (!report) return report.error();
  return Output{report->failed ? ExitCode::kSurroundings : ExitCode::kDone,
                invocation.json ? to_json(*report) : text_of(*report),
                {}};
}

}  // namespace nonvol::cli
