#include <fmt/format.h>

#include <algorithm>

#include "api/blob_format.h"
#include "cli/commands_blob.h"
#include "cli/options_blob.h"
#include "cli/text.h"
#include "cli/text_blob.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kIntegrities[] = {"crc32c", "sha256"};

}  // namespace

const OptionSpec kEntryOption{.name = "--entry",
                              .value = "NAME:SIZE[:plain|:atomic][:encrypted]",
                              .help =
                                  "An entry. SIZE is bytes, or a number with K, M, G, KiB, MiB or GiB, all "
                                  "binary; the first part from the right that is a size ends the name, so "
                                  "that a name can have colons.",
                              .repeatable = true};
const OptionSpec kReserveOption{
    .name = "--reserve", .value = "SIZE", .help = "Slack for entries that are added later (default: none)."};
const OptionSpec kImageSizeOption{
    .name = "--size",
    .value = "SIZE",
    .help = "Size of the image (default: what is needed, or what the target has)."};
const OptionSpec kSeedLayoutOption{.name = "--seed-layout",
                                   .help =
                                       "Exactly the layout proposed for QEMU in 2013: plain entries, no "
                                       "digests, no generations, nothing can be added."};
const OptionSpec kIntegrityOption{
    .name = "--integrity",
    .value = "KIND",
    .help = "What tells torn and rotten bytes from good ones (default: crc32c).",
    .choices = kIntegrities};
const OptionSpec kUuidOption{.name = "--uuid",
                             .value = "UUID",
                             .help =
                                 "Identity of the image (default: a random one). Two images with one UUID "
                                 "take each other's slots for their own."};
const OptionSpec kLoseContentsOption{.name = "--lose-contents",
                                     .help = "Format also what is not empty; everything in it is lost."};
const OptionSpec kDropOption{
    .name = "--drop", .value = "NAME", .help = "Leave out this entry and what it holds.", .repeatable = true};
const OptionSpec kNewDataKeyOption{.name = "--new-data-key",
                                   .help =
                                       "Encrypt the copy under a fresh data key, so that who knew the old "
                                       "one cannot read it."};

namespace {

Result<std::vector<EntryWords>> entries_from(const Arguments& arguments, std::string_view command) {
  std::vector<EntryWords> entries;
  for (const std::string& text : arguments.all("--entry")) {
    auto words = parse_entry(text, command);
    if (!words) return words.error();
    entries.push_back(*std::move(words));
  }
  return entries;
}

std::vector<vnvram::EntryRequest> requests_of(const std::vector<EntryWords>& entries,
                                              vnvram::EntryKind usual) {
  std::vector<vnvram::EntryRequest> requests;
  for (const EntryWords& entry : entries) {
    requests.push_back({entry.name, entry.capacity_bytes, entry.kind.value_or(usual), entry.encrypted});
  }
  return requests;
}

// --entry, --seed-layout and --reserve.
Result<vnvram::LayoutRequest> layout_from(const Arguments& arguments, std::string_view command) {
  vnvram::LayoutRequest layout;
  auto entries = entries_from(arguments, command);
  if (!entries) return entries.error();
  layout.seed_layout = arguments.has("--seed-layout");
  layout.entries =
      requests_of(*entries, layout.seed_layout ? vnvram::EntryKind::kPlain : vnvram::EntryKind::kAtomic);
  auto reserve_bytes = size_from(arguments, "--reserve", command);
  if (!reserve_bytes) return reserve_bytes.error();
  layout.reserve_bytes = reserve_bytes->value_or(0);
  return layout;
}

// RFC 4122 form; unlike a GUID of UEFI its bytes stand in the order in which they are written.
Result<std::optional<vnvram::Uuid>> uuid_from(const Arguments& arguments) {
  if (!arguments.has("--uuid")) return std::optional<vnvram::Uuid>();
  std::string text = arguments.value("--uuid");
  const bool formed = octets::parse_guid(text).has_value();
  std::erase(text, '-');
  const auto bytes = octets::from_hex(text);
  if (!formed || !bytes) {
    return usage_error(fmt::format("--uuid is '{}', and must be a UUID", arguments.value("--uuid")),
                       "blob format");
  }
  vnvram::Uuid uuid;
  std::ranges::copy(*bytes, uuid.begin());
  return std::optional(uuid);
}

// The seed's layout has neither, and its readers would not look for them.
Result<void> check_seed_options(const Arguments& arguments) {
  for (const std::string_view option : {"--uuid", "--integrity"}) {
    if (!arguments.has("--seed-layout") || !arguments.has(option)) continue;
    return Error(ErrorId::kContradiction, fmt::format("--seed-layout and {} exclude each other", option))
        .with_hint("nonvol help blob format");
  }
  return {};
}

}  // namespace

Result<Output> run_blob_measure(const Invocation& invocation) {
  auto layout = layout_from(invocation.arguments, "blob measure");
  if (!layout) return layout.error();
  auto report = api::blob_measure(*layout);
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

Result<Output> run_blob_format(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob format");
  if (!image) return image.error();
  if (auto checked = check_seed_options(arguments); !checked) return checked.error();
  vnvram::FormatRequest request;
  auto layout = layout_from(arguments, "blob format");
  if (!layout) return layout.error();
  request.layout = *std::move(layout);
  auto size_bytes = size_from(arguments, "--size", "blob format");
  if (!size_bytes) return size_bytes.error();
  request.layout.size_bytes = *size_bytes;
  auto uuid = uuid_from(arguments);
  if (!uuid) return uuid.error();
  request.uuid = *uuid;
  if (arguments.value("--integrity") == "sha256") request.integrity = vnvram::Integrity::kSha256;
  auto report = api::blob_format(invocation.context, *image, std::move(request),
                                 arguments.has("--lose-contents"), arguments.has("--dry-run"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

Result<Output> run_blob_add(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob add");
  if (!image) return image.error();
  auto entries = entries_from(arguments, "blob add");
  if (!entries) return entries.error();
  if (entries->empty()) return usage_error("--entry is missing", "blob add");
  auto report = api::blob_add(invocation.context, *image, requests_of(*entries, vnvram::EntryKind::kAtomic),
                              arguments.has("--dry-run"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

Result<Output> run_blob_resize(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = image_from(arguments, "blob resize");
  if (!image) return image.error();
  auto entries = entries_from(arguments, "blob resize");
  if (!entries) return entries.error();
  api::BlobResizeRequest request;
  for (const EntryWords& entry : *entries) {
    request.entries.push_back({entry.name, entry.capacity_bytes, entry.kind, entry.encrypted});
  }
  request.dropped = arguments.all("--drop");
  auto reserve_bytes = size_from(arguments, "--reserve", "blob resize");
  if (!reserve_bytes) return reserve_bytes.error();
  request.reserve_bytes = reserve_bytes->value_or(0);
  auto size_bytes = size_from(arguments, "--size", "blob resize");
  if (!size_bytes) return size_bytes.error();
  request.size_bytes = *size_bytes;
  request.new_data_key = arguments.has("--new-data-key");
  auto report = api::blob_resize(invocation.context, *image, request, arguments.has("--dry-run"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

}  // namespace nonvol::cli
