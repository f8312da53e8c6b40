#include "api/vars_convert.h"

#include <fmt/format.h>

#include "api/json_parts.h"
#include "api/variable_json.h"
#include "api/vars_records.h"
#include "octets/text.h"
#include "storage/file_beside.h"
#include "storage/memory.h"

namespace nonvol::api {
namespace {

using storage::FileBeside;

// What is at the output's name now, and whether it may go.
struct OldFile {
  std::string path;  // with every link followed
  std::unique_ptr<storage::BlockFile> locked;
};

Result<std::optional<OldFile>> old_file(const Context& context, const ConvertRequest& request,
                                        const StorePlace& source) {
  const auto status = context.files.status(request.output);
  if (!status && status.error().id == ErrorId::kFileMissing) return std::optional<OldFile>();
  if (!status) return status.error();
  auto path = storage::real_path(request.output);
  if (!path) return path.error();
  if (!storage::is_uri(source.path)) {
    const auto source_path = storage::real_path(source.path);
    if (source_path && *source_path == *path) {
      return Error(ErrorId::kOutputIsSource, fmt::format("{} is what is to be converted", request.output))
          .at(Place::in_file(request.output))
          .with_hint(fmt::format("nonvol vars convert {} {} --to {}", octets::shell_path(request.source),
                                 octets::shell_path(request.output + ".new"), request.target.name));
    }
  }
  if (status->kind != storage::FileKind::kRegular || !request.replace) {
    return Error(ErrorId::kAlreadyThere,
                 fmt::format("{} exists{}", request.output,
                             status->kind == storage::FileKind::kRegular ? "" : " and is no regular file"))
        .at(Place::in_file(request.output))
        .with_hint("nonvol help vars convert");
  }
  auto locked = context.files.open_write(*path);
  if (!locked) return locked.error();
  return std::optional<OldFile>(OldFile{*std::move(path), *std::move(locked)});
}

Result<void> fill(storage::BlockFile& file, const varstore::Conversion& conversion) {
  // The padding behind the bytes stays a hole.
  if (Result<void> sized = file.resize(conversion.file_bytes); !sized) return sized;
  return file.write_at(0, conversion.bytes);
}

Result<void> read_back(storage::BlockFile& file, ConvertReport& report) {
  const auto contents = varstore::read_contents(file, report.output, {.thorough = true});
  if (!contents) return contents.error();
  if (contents->is_flash()) {
    report.used_bytes = contents->flash->used_bytes();
    report.capacity_bytes = contents->flash->capacity_bytes();
  }
  return varstore::check_converted(report.conversion, *contents);
}

Result<void> write_file(const Context& context, const std::optional<OldFile>& old, ConvertReport& report) {
  const std::string& path = old ? old->path : report.output;
  auto beside = FileBeside::create(context.files, path);
  if (!beside) return beside.error();
  const std::unique_ptr<storage::BlockFile> file = beside->take_file();
  if (auto filled = fill(*file, report.conversion); !filled) return filled;
  if (old) {
    auto copied = context.files.copy_owner_and_mode(old->path, beside->temporary_path());
    if (!copied) return copied;
  }
  if (auto flushed = file->flush(); !flushed) return flushed;
  if (auto checked = read_back(*file, report); !checked) return checked;
  return beside->publish(old ? FileBeside::Replace::kWhatIsThere : FileBeside::Replace::kNever);
}

Result<void> rehearse(ConvertReport& report) {
  const auto file = storage::memory_file();
  if (auto filled = fill(*file, report.conversion); !filled) return filled;
  return read_back(*file, report);
}

std::string form_name_of(const varstore::Contents& contents) {
  return std::string(contents.is_flash() ? contents.flash->layout->name : forms::name_of(contents.form.form));
}

Result<varstore::Contents> read_source(const Context& context, const StorePlace& place) {
  auto opened = storage::open_medium(context.files, place.medium(), {});
  if (!opened) return opened.error();
  auto contents = varstore::read_contents(**opened, place.path, {.thorough = true});
  if (!contents) return contents.error();
  if (auto only = varstore::check_only_a_store(**opened, *contents); !only) return only.error();
  return contents;
}

}  // namespace

Result<ConvertReport> store_convert(const Context& context, const ConvertRequest& request) {
  auto place = find_store(context, request.source);
  if (!place) return place.error();
  const auto contents = read_source(context, *place);
  if (!contents) return contents.error();
  auto conversion = varstore::convert(*contents, request.target, request.output);
  if (!conversion) return conversion.error();
  const auto old = old_file(context, request, *place);
  if (!old) return old.error();

  ConvertReport report;
  report.from = form_name_of(*contents);
  report.output = request.output;
  report.target = request.target;
  report.dry_run = request.dry_run;
  report.replaced = old->has_value();
  report.findings = conversion->findings;
  if (place->in_use) report.findings.push_back(in_use_finding(*place));
  report.conversion = *std::move(conversion);
  report.source = *std::move(place);
  auto done = request.dry_run ? rehearse(report) : write_file(context, *old, report);
  if (!done) return done.error();
  return report;
}

std::string to_json(const ConvertReport& report) {
  json::Writer writer = begin_document("vars.convert");
  writer.key("source").begin_object();
  write_place_of(writer, report.source);
  writer.member("form", report.from).end_object();
  writer.key("output").begin_object().member("path", report.output).member("form", report.target.name);
  writer.member("size_bytes", report.conversion.file_bytes);
  if (report.target.layout != nullptr) {
    writer.member("authenticated", !report.target.plain);
    writer.member("used_bytes", report.used_bytes).member("capacity_bytes", report.capacity_bytes);
  } else {
    writer.key("authenticated").null().key("used_bytes").null().key("capacity_bytes").null();
  }
  writer.end_object().member("dry_run", report.dry_run).member("replaced", report.replaced);
  writer.member("variables", std::uint64_t{report.conversion.variables.size()});
  writer.member("dead_records_left_behind", std::uint64_t{report.conversion.dead_records});
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
