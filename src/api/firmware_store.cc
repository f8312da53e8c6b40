#include "api/firmware_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "octets/text.h"
#include "storage/medium.h"

namespace nonvol::api {
namespace {

using descriptor::FailedRule;
using descriptor::Rule;
using descriptor::Verdict;

std::vector<std::uint64_t> numbers_in(std::string_view text) {
  std::vector<std::uint64_t> result;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    std::uint64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error == std::errc{}) result.push_back(number);
    at = next == at ? at + 1 : next;
  }
  return result;
}

bool only_the_store_is_against(const Verdict& verdict) {
  return !verdict.failed.empty() && std::ranges::all_of(verdict.failed, [](const FailedRule& failed) {
    return failed.rule == Rule::kStore;
  });
}

// "web01_VARS.fd" and "ovmf-4m" make "web01_VARS-ovmf-4m.fd".
std::string converted_name(const std::string& path, const std::string& to) {
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  const bool has_suffix =
      dot != std::string::npos && (slash == std::string::npos || dot > slash + 1) && dot != 0;
  const std::string stem = has_suffix ? path.substr(0, dot) : path;
  return fmt::format("{}-{}{}", stem, to, to == "qemu-json" ? ".json" : ".fd");
}

}  // namespace

Result<firmware::HeldStore> read_held_store(const Context& context, const std::string& path) {
  const auto open_container = [&context](const std::string& image) {
    return storage::open_medium(context.files, {image}, {});
  };
  firmware::FirmwareFileCache own(context.files, open_container);
  return firmware::held_store(own, path);
}

void complete_from_store(const firmware::HeldStore& store, descriptor::Request& rules) {
  const std::string_view architecture = store.architecture();
  if (!rules.architecture.empty() || architecture.empty()) return;
  // What both widths of a family share, the machine at hand decides.
  const std::string host = descriptor::host_architecture();
  const bool host_is_arm = host == "aarch64" || host == "arm";
  const bool host_will_do = architecture == "aarch64" ? host_is_arm : descriptor::is_x86(host);
  rules.architecture = host_will_do ? host : std::string(architecture);
}

bool is_later_version(std::string_view version, std::string_view than) {
  const auto one = numbers_in(version);
  const auto other = numbers_in(than);
  return !one.empty() && !other.empty() && other < one;
}

const Verdict* newest_that_fits(const std::vector<Verdict>& verdicts, firmware::FirmwareFileCache& cache) {
  std::vector<const Verdict*> fitting;
  for (const Verdict& verdict : verdicts) {
    if (verdict.failed.empty()) fitting.push_back(&verdict);
  }
  if (fitting.empty()) return nullptr;
  const auto code_path = [](const Verdict* verdict) -> const std::string& {
    return verdict->file->descriptor->mapping.executable.path;
  };
  const Verdict* best = fitting.front();
  // To learn a version is to unpack the code, so it is not asked where there is nothing to compare.
  for (const Verdict* verdict : fitting) {
    if (code_path(verdict) == code_path(best)) continue;
    const std::string version = cache.code(code_path(verdict)).facts.version;
    const std::string best_version = cache.code(code_path(best)).facts.version;
    if (is_later_version(version, best_version)) best = verdict;
  }
  return best;
}

std::vector<StoreConversion> conversions(const std::vector<Verdict>& verdicts,
                                         const descriptor::Request& request, const firmware::HeldStore& store,
                                         firmware::FirmwareFileCache& cache) {
  std::vector<StoreConversion> result;
  for (const Verdict& verdict : verdicts) {
    if (!only_the_store_is_against(verdict)) continue;
    std::string to = firmware::conversion_for(*verdict.file->descriptor, request, store, cache);
    if (to.empty()) continue;
    auto known = std::ranges::find(result, to, &StoreConversion::to);
    if (known == result.end()) {
      std::string command = fmt::format("nonvol vars convert {} {} --to {}", octets::shell_path(store.path),
                                        octets::shell_path(converted_name(store.path, to)), to);
      result.push_back({std::move(to), std::move(command), {}});
      known = std::prev(result.end());
    }
    known->descriptors.push_back(verdict.file->path);
  }
  return result;
}

}  // namespace nonvol::api
