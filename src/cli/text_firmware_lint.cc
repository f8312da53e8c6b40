#include <fmt/format.h>

#include "cli/commands_firmware_lint.h"
#include "cli/text.h"

namespace nonvol::cli {
namespace {

std::string where(const Place& place) {
  if (place.line) return fmt::format("{}:{}: ", *place.line, place.column.value_or(1));
  return {};
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::string text_of(const api::FirmwareLintReport& report) {
  std::string result;
  const std::string* file = nullptr;
  for (const firmware::LintFinding& finding : report.result.findings) {
    const Place& place = finding.finding.place;
    if (file == nullptr || *file != place.file) {
      if (file != nullptr) result += '\n';
      file = &place.file;
      result += printable(*file) + '\n';
    }
    result += wrapped(fmt::format("{}{} {}: {}", where(place), to_string(finding.finding.severity),
                                  to_string(finding.finding.id), printable(finding.finding.message)),
                      2, 110);
    result +=
        wrapped(fmt::format("{}: {}", to_string(finding.certainty), printable(finding.rests_on)), 6, 110);
  }
  if (file != nullptr) result += '\n';
  result += fmt::format("{}: {}, {}, {}\n", counted(report.result.files.size(), "descriptor"),
                        counted(report.count(Severity::kError), "error"),
                        counted(report.count(Severity::kWarning), "warning"),
                        counted(report.count(Severity::kNote), "note"));
  return result;
}

}  // namespace nonvol::cli
