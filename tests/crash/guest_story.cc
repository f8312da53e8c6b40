#include "guest_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "octets/text.h"
#include "storage/memory.h"

namespace nonvol::crash {
namespace {

std::string guest_path(std::string_view name, std::string_view file) {
  return fmt::format("{}/{}/{}", kHome, name, file);
}

constexpr const char* kOther = "db01";  // has an overlay, too, where masters are shared

std::string store_path(Kind kind, std::string_view name = kName) {
  switch (kind) {
    case Kind::kOverlay:
    case Kind::kSharedOverlay:
      return guest_path(name, fmt::format("{}_VARS.qcow2", name));
    case Kind::kCombined:
      return guest_path(name, fmt::format("{}_FLASH.fd", name));
    case Kind::kCopy:
    case Kind::kNone:
    case Kind::kWithTpm:
    case Kind::kOnlyTpm:
      break;
  }
  return guest_path(name, fmt::format("{}_VARS.fd", name));
}

bool is_overlay(Kind kind) {
  return kind == Kind::kOverlay || kind == Kind::kSharedOverlay;
}

bool has_tpm(Kind kind) {
  return kind == Kind::kWithTpm || kind == Kind::kOnlyTpm;
}

bool has_variables(Kind kind) {
  return kind != Kind::kNone && kind != Kind::kOnlyTpm;
}

// Two sectors, of which a torn one is told from a whole one.
Bytes tpm_image() {
  Bytes bytes(1024);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 3 + i / 512 + 1);
  return bytes;
}

bool is_of_master(const std::string& path) {
  return path.starts_with(fmt::format("{}/.masters/", kHome));
}

// What is durable of a guest with an overlay must stand on its master.
bool has_master(const Tree& tree, const guest::Record& record) {
  const std::string hex = octets::to_hex(record.nvram->master->sha256);
  const auto master = tree.find(fmt::format("{}/.masters/{}.fd", kHome, hex));
  return master != tree.end() && master->second == tree.at(kTemplate);
}

// Both are told without the code under test: an overlay names its master behind the header.
bool is_whole_store(const Tree& tree, const Bytes& store, Kind kind) {
  if (kind == Kind::kCombined) return store == tree.at("/fw/CODE.fd");
  if (!is_overlay(kind)) return store == tree.at(kTemplate);
  const std::string text(store.begin(), store.end());
  const std::size_t at = text.find("../.masters/");
  if (store.size() != 16384 || !text.starts_with("QFI") || at == std::string::npos) return false;
  const std::string name = text.substr(at + 12, 64 + 3);
  const auto master = tree.find(fmt::format("{}/.masters/{}", kHome, name));
  return master != tree.end() && master->second == tree.at(kTemplate);
}

bool is_of_guest(const std::string& path) {
  const std::string home = std::string(kHome) + "/";
  return path.starts_with(fmt::format("{}{}/", home, kName)) ||
         path.starts_with(fmt::format("{}.{}.", home, kName));
}

bool is_above_home(const std::string& path) {
  return path.ends_with('/') && (std::string(kHome) + "/").starts_with(path);
}

std::uint64_t seed() {
  static const std::uint64_t chosen = [] {
    const char* given = std::getenv("NONVOL_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }();
  return chosen;
}

// What follows a power cut: the same commands again, which must work and clean up.
std::string next_commands(const Tree& state, const Tree& before, Kind kind) {
  for (const Action action : {Action::kCreate, Action::kDelete, Action::kKeep}) {
    if (action == Action::kKeep && kind == Kind::kNone) continue;  // there is nothing to keep
    const auto disk = disk_of(state);
    const Condition found = condition_of(*disk, kind);
    const Result<Condition> promised = act(action, *disk, kind);
    const bool store_in_the_way = found == Condition::kKept && action == Action::kCreate;
    const std::string verb = to_string(action);
    if (store_in_the_way) {
      if (promised || promised.error().id != ErrorId::kStoreLeftBehind) return "create on a kept store";
    } else if (!promised) {
      return fmt::format("a following {} fails: {}", verb, promised.error().message);
    } else if (condition_of(*disk, kind) != *promised) {
      return fmt::format("a following {} leaves the guest {}", verb, to_string(condition_of(*disk, kind)));
    }
    // A create that finds the guest is refused before it cleans up.
    const bool refused = action == Action::kCreate && found != Condition::kAbsent;
    if (!refused && has_leftovers(*disk)) return fmt::format("a following {} leaves leftovers", verb);
    if (!others_untouched(*disk, before)) return fmt::format("a following {} touches others", verb);
  }
  return {};
}

std::string violation_in(testing::SimDisk& state, const Story& story, const Tree& before,
                         const Result<Condition>& promised) {
  const Condition found = condition_of(state, story.kind);
  if (!story.allowed.contains(found)) return fmt::format("the guest is {}", to_string(found));
  if (promised && found != *promised) {
    return fmt::format("the guest is {}, {} was promised", to_string(found), to_string(*promised));
  }
  if (!others_untouched(state, before)) return "others are touched";
  return next_commands(state.tree(), before, story.kind);
}

}  // namespace

Bytes small_template() {
  Bytes bytes(4096 + 700, 0);
  for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
  return bytes;
}

Bytes large_template() {
  Bytes bytes(3 * 4096 + 300, 0);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i / 4096 != 1) bytes[i] = static_cast<std::uint8_t>(i * 11 + i / 512);
  }
  return bytes;
}

Tree firmware_only(const Bytes& nvram_template) {
  return {{kTemplate, nvram_template}, {"/fw/CODE.fd", Bytes(1500, 0x90)}, {"/srv/", {}}};
}

Tree home_with_others(const Bytes& nvram_template, Kind kind) {
  Tree tree = firmware_only(nvram_template);
  tree[guest_path("other", guest::kRecordFileName)] = {'{', '}'};
  tree[guest_path("other", "other_VARS.fd")] = Bytes(600, 0x11);
  tree[guest_path("web010", "web010_VARS.fd")] = Bytes(600, 0x22);
  tree[std::string(kHome) + "/notes.txt"] = {'n'};
  tree[std::string(kHome) + "/.lock"] = {};  // a home that some create has finished in
  if (kind != Kind::kSharedOverlay) return tree;
  const auto disk = disk_of(tree);
  guest::CreateRequest other = request(kind);
  other.name = kOther;
  guest::Home home(*disk, kHome);
  if (!home.create(other, false)) tree.clear();  // nothing will be as it should be
  return tree.empty() ? tree : disk->tree();
}

std::unique_ptr<testing::SimDisk> disk_of(const Tree& tree) {
  auto disk = std::make_unique<testing::SimDisk>();
  for (const auto& [path, bytes] : tree) {
    if (path.ends_with('/')) {
      disk->put_directory(path.substr(0, path.size() - 1));
    } else {
      disk->put_file(path, bytes);
    }
  }
  return disk;
}

guest::CreateRequest request(Kind kind) {
  guest::CreateRequest request;
  request.name = kName;
  request.created = "2026-01-31T23:59:59Z";
  request.nonvol_version = "0.1.0";
  request.architecture = "x86_64";
  request.machine = "q35";
  request.descriptor = "/fw/60-edk2.json";
  request.executable = {"/fw/CODE.fd", "raw"};
  if (kind == Kind::kCombined) request.mode = descriptor::FlashMode::kCombined;
  if (!has_variables(kind)) request.mode = descriptor::FlashMode::kStateless;
  if (request.mode == descriptor::FlashMode::kSplit) request.nvram_template = {kTemplate, "raw"};
  if (is_overlay(kind)) request.store = guest::StoreKind::kOverlay;
  if (has_tpm(kind)) {
    request.tpm = guest::TpmChoice{"2.0", []() -> Result<std::unique_ptr<storage::BlockFile>> {
                                     return storage::memory_file(tpm_image());
                                   }};
  }
  return request;
}

Condition condition_of(testing::SimDisk& disk, Kind kind) {
  const Tree tree = disk.tree();
  const std::string directory = guest_path(kName, "");
  const auto of_guest =
      std::ranges::count_if(tree, [&](const auto& entry) { return entry.first.starts_with(directory); });
  if (of_guest == 0) return Condition::kAbsent;
  const auto store = tree.find(store_path(kind));
  const bool has_store = store != tree.end();
  if (has_store != has_variables(kind)) return Condition::kHalf;
  if (has_store && !is_whole_store(tree, store->second, kind)) return Condition::kHalf;
  const auto image = tree.find(guest_path(kName, fmt::format("{}.nvram", kName)));
  const bool has_image = image != tree.end();
  if (has_image != has_tpm(kind) || (has_image && image->second != tpm_image())) return Condition::kHalf;
  const int own_files = (has_store ? 1 : 0) + (has_image ? 1 : 0);
  const auto record = tree.find(guest_path(kName, guest::kRecordFileName));
  if (record == tree.end()) return of_guest == 1 + own_files ? Condition::kKept : Condition::kHalf;
  const std::string_view text(reinterpret_cast<const char*>(record->second.data()), record->second.size());
  const Result<guest::Record> parsed = guest::parse_record(text, record->first);
  if (!parsed || !guest::same_request(*parsed, request(kind))) return Condition::kHalf;
  if (is_overlay(kind) && !has_master(tree, *parsed)) return Condition::kHalf;
  if (has_store != parsed->nvram.has_value() || has_image != parsed->tpm.has_value()) return Condition::kHalf;
  if (has_store && parsed->nvram->size_bytes != store->second.size()) return Condition::kHalf;
  if (has_image && parsed->tpm->size_bytes != image->second.size()) return Condition::kHalf;
  return of_guest == 2 + own_files ? Condition::kComplete : Condition::kHalf;
}

std::string to_string(Condition condition) {
  constexpr const char* kWords[] = {"absent", "complete", "a kept store", "half there"};
  return kWords[static_cast<int>(condition)];
}

std::string to_string(Kind kind) {
  constexpr const char* kWords[] = {"copy",     "overlay", "shared overlay", "combined",
                                    "no store", "TPM",     "only TPM"};
  return kWords[static_cast<int>(kind)];
}

std::string to_string(Action action) {
  constexpr const char* kWords[] = {"create", "delete", "delete --keep-nvram"};
  return kWords[static_cast<int>(action)];
}

bool has_leftovers(const testing::SimDisk& disk) {
  const Tree tree = disk.tree();
  const bool is_needed =
      tree.contains(store_path(Kind::kOverlay)) || tree.contains(store_path(Kind::kOverlay, kOther));
  return std::ranges::any_of(tree, [&](const auto& entry) {
    const bool is_master = is_of_master(entry.first) && !entry.first.ends_with('/');
    const bool is_whole = !entry.first.starts_with(fmt::format("{}/.masters/.", kHome));
    return entry.first.starts_with(fmt::format("{}/.{}.", kHome, kName)) ||
           (is_master && !(is_whole && is_needed));
  });
}

bool others_untouched(const testing::SimDisk& disk, const Tree& before) {
  const bool owns_master = !before.contains(store_path(Kind::kOverlay, kOther));
  const auto only_others = [&](Tree tree) {
    std::erase_if(tree, [&](const auto& entry) {
      const bool is_guests_master =
          is_of_master(entry.first) &&
          (owns_master || entry.first.starts_with(fmt::format("{}/.masters/.", kHome)));
      return is_of_guest(entry.first) || is_above_home(entry.first) || is_guests_master;
    });
    return tree;
  };
  return only_others(disk.tree()) == only_others(before);
}

Result<Condition> act(Action action, storage::FileSystem& files, Kind kind) {
  guest::Home home(files, kHome);
  if (action == Action::kCreate) {
    const Result<guest::Created> created = home.create(request(kind), false);
    if (created || created.error().id == ErrorId::kGuestExists) return Condition::kComplete;
    return created.error();
  }
  const bool keep = action == Action::kKeep;
  const guest::NvramFate gone = has_tpm(kind) ? guest::NvramFate::kDeleteWithTpm : guest::NvramFate::kDelete;
  const Result<guest::Deleted> deleted = home.remove(kName, keep ? guest::NvramFate::kKeep : gone, false);
  if (deleted) return keep ? Condition::kKept : Condition::kAbsent;
  if (deleted.error().id == ErrorId::kNoSuchGuest) return Condition::kAbsent;
  return deleted.error();
}

Report cut_power_everywhere(const Story& story) {
  Report report;
  report.seed = seed();
  std::set<std::set<std::string>> seen;
  for (bool finished = false; !finished;) {
    const std::unique_ptr<testing::SimDisk> disk = story.disk();
    const Tree before = disk->tree();
    const std::unique_ptr<storage::FileSystem> wrapped = story.wrap ? story.wrap(*disk) : nullptr;
    disk->stop_at_step(disk->steps() + ++report.steps);
    const Result<Condition> promised = act(story.action, wrapped ? *wrapped : *disk, story.kind);
    finished = !disk->stopped();
    const auto visit = [&](testing::SimDisk& state) {
      std::string violation = violation_in(state, story, before, promised);
      if (!violation.empty() && report.violations.size() < 5) {
        report.violations.push_back(fmt::format(
            "{}{}: {}", finished ? "finished after step " : "stopped at step ", report.steps, violation));
      }
      std::set<std::string> paths;
      const Tree tree = state.tree();
      for (const auto& [path, bytes] : tree) paths.insert(path);
      if (seen.insert(paths).second) report.shapes.insert(tree);
    };
    const testing::SimDisk::Enumeration visited = disk->for_each_crash_state(story.limit, report.seed, visit);
    report.states += visited.states;
    report.sampled_steps += visited.sampled ? 1 : 0;
  }
  --report.steps;  // the last round had none to stop at
  return report;
}

}  // namespace nonvol::crash
