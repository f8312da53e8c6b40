#include "qmp/session.h"

#include <fmt/format.h>

#include <chrono>

#include "json/writer.h"

namespace nonvol::qmp {
namespace {

using json::Kind;
using json::Value;
using json::Writer;

constexpr ArgumentSpec kEnable[] = {{"enable", Kind::kArray, false}};

std::string line(std::string text) {
  return std::move(text) + "\r\n";
}

Complaint generic(std::string text) {
  return {.text = std::move(text)};
}

Complaint not_found(std::string text) {
  return {.error_class = "CommandNotFound", .text = std::move(text)};
}

}  // namespace

std::string Session::greeting() {
  return line(fmt::format(R"({{"QMP": {{"version": {}, "capabilities": []}}}})", version_json()));
}

void Session::answer(const Answer& answer, std::string_view id) {
  if (answer) {
    const std::string with_id = id.empty() ? std::string() : fmt::format(", \"id\": {}", id);
    output_ += line(fmt::format("{{\"return\": {}{}}}", *answer, with_id));
    return;
  }
  Writer writer(json::Layout::kOneLine);
  writer.begin_object().member("class", answer.error().error_class);
  writer.member("desc", answer.error().text).end_object();
  const std::string with_id = id.empty() ? std::string() : fmt::format("\"id\": {}, ", id);
  output_ += line(fmt::format("{{{}\"error\": {}}}", with_id, writer.take()));
}

Answer Session::dispatch(const Value& request) {
  const std::optional<Value> execute = request.find("execute");
  for (const Value member : request.children()) {
    if (member.name() != "execute" && member.name() != "arguments" && member.name() != "id") {
      return std::unexpected(generic(fmt::format("QMP input member '{}' is unexpected", member.name())));
    }
  }
  if (!execute) return std::unexpected(generic("QMP input lacks member 'execute'"));
  if (!execute->is(Kind::kString)) {
    return std::unexpected(generic("QMP input member 'execute' must be a string"));
  }
  const std::optional<Value> arguments = request.find("arguments");
  if (arguments && !arguments->is(Kind::kObject)) {
    return std::unexpected(generic("QMP input member 'arguments' must be an object"));
  }
  const std::string_view name = execute->text();
  const Command* command = find_command(name);
  const bool own = name == kCapabilitiesCommand || name == kQuitCommand;
  if (!negotiated_ && name != kCapabilitiesCommand) {
    return std::unexpected(not_found("Expecting capabilities negotiation with 'qmp_capabilities'"));
  }
  if (negotiated_ && name == kCapabilitiesCommand) {
    return std::unexpected(not_found("Capabilities negotiation is already complete, command ignored"));
  }
  if (command == nullptr && !own) {
    return std::unexpected(not_found(fmt::format("The command {} has not been found", name)));
  }
  const std::span<const ArgumentSpec> specs = command != nullptr ? command->arguments
                                              : name == kCapabilitiesCommand
                                                  ? std::span(kEnable)
                                                  : std::span<const ArgumentSpec>();
  if (std::string problem = argument_problem(specs, arguments); !problem.empty()) {
    return std::unexpected(generic(std::move(problem)));
  }
  if (command != nullptr) return command->run(*nvram_, arguments);
  if (name == kQuitCommand) {
    wants_quit_ = true;
    return "{}";
  }
  // The greeting offered none.
  const std::optional<Value> enable = arguments ? arguments->find("enable") : std::nullopt;
  if (enable && enable->size() != 0) {
    return std::unexpected(generic(
        fmt::format("Parameter 'enable' does not accept value '{}'", (*enable->children().begin()).text())));
  }
  negotiated_ = true;
  return "{}";
}

void Session::carry_out(const std::string& text) {
  Result<Value> request = document_.parse(text, "request");
  if (!request) return fail(fmt::format("JSON parse error, {}", request.error().message));
  if (!request->is(Kind::kObject)) return fail("QMP input must be a JSON object");
  const std::optional<Value> id = request->find("id");
  answer(dispatch(*request), id ? compact_value(text, id->offset_bytes()) : std::string());
}

bool Session::step() {
  if (wants_quit_ || wants_close_) return false;
  std::optional<RequestStream::Item> item = stream_.next();
  if (!item) return false;
  switch (item->kind) {
    case RequestStream::Item::Kind::kText:
      carry_out(item->text);
      break;
    case RequestStream::Item::Kind::kStray:
      fail("JSON parse error, a value ends inside");
      break;
    case RequestStream::Item::Kind::kTooLong:
      fail(fmt::format("JSON parse error, a request is longer than {} bytes", kMaxRequestBytes));
      wants_close_ = true;
      break;
  }
  return true;
}

std::string fatal_error_event(const std::string& image, const Error& error) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  Writer writer(json::Layout::kOneLine);
  writer.begin_object().key("timestamp").begin_object();
  writer.member("seconds", static_cast<std::uint64_t>(now / 1'000'000));
  writer.member("microseconds", static_cast<std::uint64_t>(now % 1'000'000)).end_object();
  writer.member("event", "NVRAM_FATAL_ERROR").key("data").begin_object().member("image", image);
  writer.member("desc", fmt::format("{}: {}", to_string(error.id), error.message)).end_object();
  return line(writer.end_object().take());
}

}  // namespace nonvol::qmp
