#include <algorithm>
#include <random>

#include "testing/sim_disk.h"

namespace nonvol::testing {
namespace {

constexpr std::uint8_t kGarbage = 0xb5;
enum Choice : std::uint32_t { kOld, kNew, kGarbled, kSectorChoices };

}  // namespace

std::vector<std::uint32_t> SimDisk::choices() const {
  std::vector<std::uint32_t> result(pending_.size(), 2);
  for (const NodePointer& file : written_) {
    if (file->bytes.size() != file->durable_bytes.size()) result.push_back(2);
    result.insert(result.end(), file->dirty_sectors.size(), kSectorChoices);
  }
  return result;
}

// Nothing if the chosen changes could not have happened without the others.
void SimDisk::garble(const Node& file, std::size_t sector, std::vector<std::uint8_t>& bytes) const {
  const std::size_t begin = sector * kSectorBytes;
  const std::size_t end = std::min(bytes.size(), begin + kSectorBytes);
  std::vector<std::size_t> written;
  bool in_use = false;
  for (std::size_t at = begin; at < end && at < file.durable_bytes.size(); ++at) {
    in_use |= file.durable_bytes[at] != 0xff;
    if (at < file.bytes.size() && file.bytes[at] != file.durable_bytes[at]) written.push_back(at);
  }
  if (!tear_sectors_in_use_ || !in_use) {
    for (std::size_t at = begin; at < end; ++at) bytes[at] = kGarbage;
    return;
  }
  for (std::size_t i = 0; i < written.size() / 2; ++i) bytes[written[i]] = file.bytes[written[i]];
}

std::unique_ptr<SimDisk> SimDisk::crash_state(const std::vector<std::uint32_t>& choice) const {
  auto disk = std::make_unique<SimDisk>();
  std::map<const Node*, NodePointer> copies{{root_.get(), disk->root_}};
  const std::function<NodePointer(const NodePointer&)> copy = [&](const NodePointer& node) {
    NodePointer& made = copies[node.get()];
    if (made) return made;
    made = std::make_shared<Node>();
    const NodePointer result = made;
    result->is_directory = node->is_directory;
    result->bytes = node->durable_bytes;
    for (const auto& [name, child] : node->durable_names) result->names[name] = copy(child);
    return result;
  };
  for (const auto& [name, child] : root_->durable_names) disk->root_->names[name] = copy(child);

  std::size_t next = 0;
  for (const NameChange& change : pending_) {
    if (choice[next++] == kOld) continue;
    std::map<std::string, NodePointer>& names = copy(change.directory)->names;
    if (!change.to.empty() && !change.replaces && names.contains(change.to)) return nullptr;
    if (!change.from.empty()) {
      const auto found = names.find(change.from);
      if (found == names.end() || found->second != copy(change.node)) return nullptr;
      names.erase(found);
    }
    if (!change.to.empty()) names[change.to] = copy(change.node);
  }
  for (const NodePointer& file : written_) {
    std::vector<std::uint8_t>& bytes = copy(file)->bytes;
    if (file->bytes.size() != file->durable_bytes.size() && choice[next++] == kNew)
      bytes.resize(file->bytes.size());
    for (const std::size_t sector : file->dirty_sectors) {
      const std::uint32_t chosen = choice[next++];
      if (chosen == kOld) continue;
      if (chosen == kGarbled) {
        garble(*file, sector, bytes);
        continue;
      }
      const std::size_t end = std::min(bytes.size(), (sector + 1) * kSectorBytes);
      for (std::size_t at = sector * kSectorBytes; at < end; ++at) {
        bytes[at] = at < file->bytes.size() ? file->bytes[at] : kGarbage;
      }
    }
  }
  for (const auto& [original, node] : copies) {
    node->durable_names = node->names;
    node->durable_bytes = node->bytes;
  }
  return disk;
}

SimDisk::Enumeration SimDisk::for_each_crash_state(std::uint64_t limit, std::uint64_t seed,
                                                   const std::function<void(SimDisk&)>& visit) const {
  const std::vector<std::uint32_t> radices = choices();
  std::uint64_t combinations = 1;
  for (const std::uint32_t radix : radices) {
    if (combinations <= limit) combinations *= radix;
  }
  Enumeration result{0, combinations > limit};
  std::vector<std::uint32_t> choice(radices.size(), kOld);
  const auto try_choice = [&] {
    const std::unique_ptr<SimDisk> state = crash_state(choice);
    if (!state) return false;
    ++result.states;
    visit(*state);
    return true;
  };
  if (!result.sampled) {
    for (std::uint64_t index = 0; index < combinations; ++index) {
      std::uint64_t rest = index;
      for (std::size_t i = 0; i < radices.size(); ++i) {
        choice[i] = static_cast<std::uint32_t>(rest % radices[i]);
        rest /= radices[i];
      }
      try_choice();
    }
    return result;
  }
  try_choice();
  std::ranges::fill(choice, kNew);
  try_choice();
  std::mt19937_64 random(seed);
  for (std::uint64_t tries = 0; result.states < limit / 2 && tries < 20 * limit; ++tries) {
    for (std::size_t i = 0; i < radices.size(); ++i)
      choice[i] = static_cast<std::uint32_t>(random() % radices[i]);
    try_choice();
  }
  return result;
}

}  // namespace nonvol::testing
