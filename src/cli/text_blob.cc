#include "cli/text_blob.h"

#include <fmt/format.h>

#include "cli/text.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using vnvram::EntryInfo;
using vnvram::EntryKind;
using Outcome = api::BlobFormatReport::Outcome;

std::string kind_text(const EntryInfo& entry) {
  return fmt::format("{}{}", vnvram::to_string(entry.kind), entry.encrypted ? ", encrypted" : "");
}

// "  state  atomic  4,032 bytes  at 20,480", one line each.
std::string entries_text(const std::vector<EntryInfo>& entries) {
  std::vector<std::vector<std::string>> rows;
  for (const EntryInfo& entry : entries) {
    rows.push_back({"  " + printable(entry.name), kind_text(entry), bytes_text(entry.capacity_bytes),
                    "at " + octets::with_commas(entry.offset_bytes)});
  }
  return table(rows);
}

std::string log_text(const api::WriteLog& log) {
  std::vector<std::vector<std::string>> rows;
  for (const api::WriteLog::Write& write : log.writes) {
    rows.push_back({"  " + bytes_text(write.size_bytes), "at " + octets::with_commas(write.offset_bytes),
                    printable(write.what)});
  }
  return table(rows) + fmt::format("  {} flush{}\n", log.flushes, log.flushes == 1 ? "" : "es");
}

std::string used_text(const api::BlobListReport::Entry& entry) {
  const bool known = entry.state.state != vnvram::BlobState::kDamaged;
  return known ? octets::with_commas(entry.state.used_bytes) : "?";
}

std::string generation_text(const api::BlobListReport::Entry& entry) {
  if (entry.info.kind == EntryKind::kPlain) return "-";
  return entry.state.state == vnvram::BlobState::kDamaged ? "?" : fmt::format("{}", entry.state.generation);
}

}  // namespace

std::string text_of(const api::BlobMeasureReport& report) {
  std::string result =
      fmt::format("{}{}\n", bytes_text(report.layout.size_bytes), report.seed_layout ? ", seed layout" : "");
  return result + entries_text(report.layout.entries);
}

std::string text_of(const api::BlobFormatReport& report) {
  const std::string image = printable(report.target);
  if (report.outcome == Outcome::kNothingToDo) {
    return fmt::format("{} is an image with these entries already; nothing to do\n", image);
  }
  const std::string_view verb = report.outcome == Outcome::kCreated        ? "create"
                                : report.outcome == Outcome::kContentsLost ? "format, losing what is there,"
                                                                           : "format";
  const std::string_view done = report.outcome == Outcome::kCreated ? "created"
                                : report.outcome == Outcome::kContentsLost
                                    ? "formatted, losing what was there,"
                                    : "formatted";
  std::string result = fmt::format("{}{} {}: {}", report.dry_run ? "would " : "",
                                   report.dry_run ? verb : done, image, bytes_text(report.layout.size_bytes));
  if (report.integrity) result += fmt::format(", {}", vnvram::to_string(*report.integrity));
  if (report.seed_layout) result += ", seed layout";
  if (!report.uuid.empty()) result += fmt::format(", uuid {}", report.uuid);
  return result + "\n" + entries_text(report.layout.entries);
}

std::string text_of(const api::BlobListReport& report) {
  const api::BlobImageFacts& image = report.image;
  std::string result =
      field("image", fmt::format("{}, {}", printable(image.target), bytes_text(image.image_bytes)));
  if (image.seed_layout) {
    result += field("layout", "seed: no generations, no digests, no UUID");
  } else {
    result += field(
        "layout", fmt::format("version 1, {}, directory generation {}{}", vnvram::to_string(*image.integrity),
                              image.directory_generation, image.encrypted ? ", encrypted entries" : ""));
    result += field("uuid", image.uuid);
  }
  result += field("slack", report.slack_bytes ? bytes_text(*report.slack_bytes) : "unknown");
  if (report.entries.empty()) return result + "no entries\n";
  std::vector<std::vector<std::string>> rows = {{"NAME", "KIND", "STATE", "USED", "CAPACITY", "GENERATION"}};
  for (const api::BlobListReport::Entry& entry : report.entries) {
    rows.push_back({printable(entry.info.name), kind_text(entry.info),
                    std::string(vnvram::to_string(entry.state.state)), used_text(entry),
                    octets::with_commas(entry.info.capacity_bytes), generation_text(entry)});
  }
  return result + table(rows);
}

std::string text_of(const api::BlobChange& report, bool deleting) {
  const std::string name = printable(report.entry.name);
  const bool plain = report.entry.kind == EntryKind::kPlain;
  if (report.nothing_to_do) {
    return fmt::format("'{}' {} already; nothing to do\n", name,
                       deleting && !plain ? "holds nothing" : "holds exactly that");
  }
  std::string verb = report.dry_run ? "would write" : "wrote";
  if (deleting && plain) verb = report.dry_run ? "would fill" : "filled";
  if (deleting && !plain) verb = report.dry_run ? "would delete" : "deleted";
  std::string result = fmt::format("{} '{}'", verb, name);
  if (plain || !deleting) result += ": " + bytes_text(report.used_bytes);
  if (report.generation_after) result += fmt::format(", generation {}", *report.generation_after);
  return result + "\n" + log_text(report.log);
}

std::string text_of(const api::BlobAddReport& report) {
  std::string result;
  for (const api::BlobAddReport::Entry& entry : report.entries) {
    const std::string_view verb = entry.was_there  ? "is there already:"
                                  : report.dry_run ? "would add"
                                                   : "added";
    const std::string what =
        fmt::format("{}, {}", kind_text(entry.info), bytes_text(entry.info.capacity_bytes));
    result += entry.was_there ? fmt::format("'{}' {} {}\n", printable(entry.info.name), verb, what)
                              : fmt::format("{} '{}': {}\n", verb, printable(entry.info.name), what);
  }
  return report.nothing_to_do() ? result + "nothing to do\n" : result + log_text(report.log);
}

std::string text_of(const api::BlobCheckReport& report) {
  std::string result = fmt::format("{}: {} entries, {} slots read", printable(report.image.target),
                                   report.check.entries, report.check.slots_read);
  if (report.scrub) result += fmt::format(", all {} read", bytes_text(report.check.read_bytes));
  if (report.image.encrypted && !report.unlocked) result += ", encrypted contents not looked at (no key)";
  const std::size_t findings = report.check.findings.size();
  return result +
         (findings == 0 ? "; clean\n" : fmt::format("; {} finding{}\n", findings, findings == 1 ? "" : "s"));
}

std::string text_of(const api::BlobRekeyReport& report) {
  if (report.nothing_to_do) {
    return fmt::format("{} opens with the new key only already; nothing to do\n", printable(report.target));
  }
  return fmt::format("{} {} with the new key only\n", printable(report.target),
                     report.dry_run ? "would open" : "opens") +
         log_text(report.log);
}

std::string text_of(const api::BlobResizeReport& report) {
  const std::string image = printable(report.target);
  if (report.nothing_to_do) return fmt::format("{} has this layout already; nothing to do\n", image);
  return fmt::format("{} {}: {} before, {} {}\n", report.dry_run ? "would copy" : "copied", image,
                     bytes_text(report.image_bytes_before), bytes_text(report.layout.size_bytes),
                     report.dry_run ? "afterwards" : "now") +
         entries_text(report.layout.entries);
}

}  // namespace nonvol::cli
