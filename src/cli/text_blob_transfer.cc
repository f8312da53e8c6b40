#include <fmt/format.h>

#include "cli/text.h"
#include "cli/text_blob_view.h"
#include "octets/text.h"

namespace nonvol::cli {

using octets::with_commas;

std::string text_of(const api::BlobExportReport& report) {
  std::vector<std::vector<std::string>> rows;
  std::size_t files = 0;
  for (const api::BlobExportReport::Entry& entry : report.entries) {
    const bool carried = !entry.file.empty();
    files += carried ? 1 : 0;
    rows.push_back(
        {"  " + printable(entry.info.name), carried ? printable(entry.file) : std::string("-"),
         carried ? with_commas(entry.size_bytes) + " bytes" : std::string(to_string(entry.state))});
  }
  return fmt::format("{} {} of {} entries of {} to {}\n", report.dry_run ? "would export" : "exported", files,
                     report.entries.size(), printable(report.image), printable(report.directory)) +
         table(rows);
}

std::string text_of(const api::BlobImportReport& report) {
  std::string result;
  if (report.formatted) {
    result += fmt::format("{} {} from the manifest\n", report.dry_run ? "would format" : "formatted",
                          printable(report.image));
  }
  if (report.nothing_to_do()) {
    return fmt::format("{} holds all of {} already; nothing to do\n", printable(report.image),
                       printable(report.directory));
  }
  std::vector<std::vector<std::string>> rows;
  for (const api::BlobImportReport::Entry& entry : report.entries) {
    rows.push_back({"  " + printable(entry.name), printable(entry.file),
                    with_commas(entry.size_bytes) + " bytes", std::string(to_string(entry.outcome))});
  }
  return result +
         fmt::format("{} {} into {}\n",
                     report.dry_run   ? "would import"
                     : report.failure ? "imported part of"
                                      : "imported",
                     printable(report.directory), printable(report.image)) +
         table(rows);
}

std::string text_of(const qmp::ServeReport& report) {
  return fmt::format("served {} at {} until {}; clients: {}, requests: {}\n", printable(report.image),
                     printable(report.socket_path), report.ended_by, report.clients, report.requests);
}

}  // namespace nonvol::cli
