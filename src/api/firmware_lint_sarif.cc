#include <fmt/format.h>

#include <algorithm>

#include "api/firmware_lint.h"
#include "json/writer.h"
#include "storage/posix.h"

// SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/; "3.n" are its sections.
namespace nonvol::api {
namespace {

using firmware::LintFinding;

constexpr std::string_view kRootBase = "ROOT";

// A path as the path of a URI (RFC 3986, 3.3).
std::string uri_path(std::string_view path) {
  std::string result;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

// The rules that were broken, ascending by number.
std::vector<ErrorId> rules_of(const FirmwareLintReport& report) {
  std::vector<ErrorId> ids;
  for (const LintFinding& finding : report.result.findings) ids.push_back(finding.finding.id);
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

void write_message(json::Writer& writer, std::string_view name, std::string_view text) {
  writer.key(name).begin_object().member("text", text).end_object();
}

// 3.19 toolComponent, 3.49 reportingDescriptor.
void write_tool(json::Writer& writer, const std::vector<ErrorId>& rules) {
  writer.key("tool").begin_object().key("driver").begin_object();
  writer.member("name", "nonvol").member("version", kVersion).key("rules").begin_array();
  for (const ErrorId id : rules) {
    const CatalogueEntry& entry = catalogue_entry(id);
    writer.begin_object().member("id", to_string(id));
    write_message(writer, "shortDescription", entry.title);
    write_message(writer, "fullDescription", entry.explanation);
    write_message(writer, "help", entry.remedy);
    writer.end_object();
  }
  writer.end_array().end_object().end_object();
}

// 3.4 artifactLocation: relative to the root that was linted, so that a package's tree can lie anywhere.
void write_artifact(json::Writer& writer, const std::string& path, bool in_root) {
  writer.key("artifactLocation").begin_object();
  if (!path.starts_with('/')) {
    writer.member("uri", uri_path(path));
  } else if (in_root) {
    writer.member("uri", uri_path(path.substr(1))).member("uriBaseId", kRootBase);
  } else {
    writer.member("uri", "file://" + uri_path(path));
  }
  writer.end_object();
}

// 3.27 result. A forge knows three levels, and calls them as we do.
void write_result(json::Writer& writer, const LintFinding& finding, std::size_t rule, bool in_root) {
  const Place& place = finding.finding.place;
  writer.begin_object().member("ruleId", to_string(finding.finding.id));
  writer.member("ruleIndex", std::uint64_t{rule}).member("level", to_string(finding.finding.severity));
  write_message(writer, "message", finding.finding.message);
  writer.key("locations").begin_array().begin_object().key("physicalLocation").begin_object();
  write_artifact(writer, place.file, in_root);
  // Forges drop a result without a line, also one that is about a file as a whole.
  writer.key("region").begin_object().member("startLine", std::uint64_t{place.line.value_or(1)});
  if (place.column) writer.member("startColumn", std::uint64_t{*place.column});
  writer.end_object();
  writer.end_object().end_object().end_array().key("properties").begin_object();
  writer.member("certainty", to_string(finding.certainty)).member("restsOn", finding.rests_on);
  if (!place.json_pointer.empty()) writer.member("jsonPointer", place.json_pointer);
  writer.member("hint", hint_for(finding.finding)).end_object().end_object();
}

}  // namespace

std::string to_sarif(const FirmwareLintReport& report) {
  const std::vector<ErrorId> rules = rules_of(report);
  const bool in_root = !report.root.empty();
  json::Writer writer;
  writer.begin_object();
  writer.member("$schema",
                "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
  writer.member("version", "2.1.0").key("runs").begin_array().begin_object();
  write_tool(writer, rules);
  if (in_root) {
    std::string base = "file://" + uri_path(storage::absolute_path(report.root));
    if (!base.ends_with('/')) base += '/';
    writer.key("originalUriBaseIds").begin_object().key(kRootBase).begin_object();
    writer.member("uri", base).end_object().end_object();
  }
  writer.key("results").begin_array();
  for (const LintFinding& finding : report.result.findings) {
    const auto rule = std::ranges::lower_bound(rules, finding.finding.id);
    write_result(writer, finding, static_cast<std::size_t>(rule - rules.begin()), in_root);
  }
  return writer.end_array().end_object().end_array().end_object().take();
}

}  // namespace nonvol::api
