#include "testing/sim_disk.h"

#include <algorithm>

namespace nonvol::testing {
namespace {

Error no_such(const std::string& path) {
  return Error(ErrorId::kFileMissing, path + " does not exist").at(Place::in_file(path));
}

}  // namespace

// Sectors that a cut took away and that come back are zeros now and on the disk still what they were.
void SimDisk::Node::grow(std::size_t size_bytes) {
  const std::size_t end = std::min(size_bytes, durable_bytes.size());
  for (std::size_t at = bytes.size(); at < end; at = (at / kSectorBytes + 1) * kSectorBytes) {
    dirty_sectors.insert(at / kSectorBytes);
  }
  if (bytes.size() < size_bytes) bytes.resize(size_bytes);
}

class SimDisk::OpenFile : public storage::BlockFile {
 public:
  OpenFile(SimDisk& disk, NodePointer node, std::string path, bool holds)
      : disk_(disk), node_(std::move(node)), path_(std::move(path)), holds_(holds) {
    if (holds_) node_->held_for_writing = true;
  }
  ~OpenFile() override {
    if (holds_) node_->held_for_writing = false;
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::uint64_t size_bytes() const override { return node_->bytes.size(); }

  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    if (offset_bytes >= node_->bytes.size()) return 0;
    const std::size_t size_bytes = std::min<std::size_t>(into.size(), node_->bytes.size() - offset_bytes);
    std::copy_n(node_->bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes), size_bytes, into.begin());
    return size_bytes;
  }

  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    if (Result<void> stepped = disk_.step(path_); !stepped) return stepped;
    if (bytes.empty()) return {};
    const std::size_t end = offset_bytes + bytes.size();
    node_->grow(end);
    std::ranges::copy(bytes, node_->bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
    for (std::size_t sector = offset_bytes / kSectorBytes; sector * kSectorBytes < end; ++sector) {
      node_->dirty_sectors.insert(sector);
    }
    return {};
  }

  Result<void> flush() override {
    if (Result<void> stepped = disk_.step(path_); !stepped) return stepped;
    ++disk_.file_flushes_;
    node_->durable_bytes = node_->bytes;
    node_->dirty_sectors.clear();
    return {};
  }

  Result<void> resize(std::uint64_t size_bytes) override {
    if (Result<void> stepped = disk_.step(path_); !stepped) return stepped;
    if (size_bytes < node_->bytes.size()) node_->bytes.resize(size_bytes);
    node_->grow(size_bytes);
    return {};
  }

 private:
  SimDisk& disk_;
  NodePointer node_;
  std::string path_;
  bool holds_;
};

class SimDisk::OpenDirectory : public storage::Directory {
 public:
  OpenDirectory(NodePointer node, std::string path) : node_(std::move(node)), path_(std::move(path)) {}

  // As a file system may that does not tell kinds: callers have to ask.
  Result<std::vector<storage::DirectoryEntry>> entries() override {
    std::vector<storage::DirectoryEntry> result;
    for (const auto& [name, node] : node_->names) result.push_back({name, storage::FileKind::kUnknown});
    std::ranges::reverse(result);
    return result;
  }

  Result<void> read(const std::string& name, std::uint64_t limit_bytes,
                    storage::TextBuffer& buffer) override {
    const auto found = node_->names.find(name);
    if (found == node_->names.end()) return no_such(path_ + "/" + name);
    const std::vector<std::uint8_t>& bytes = found->second->bytes;
    buffer.size_bytes = std::min<std::size_t>(bytes.size(), limit_bytes + 1);
    buffer.memory.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(buffer.size_bytes));
    return {};
  }

 private:
  NodePointer node_;
  std::string path_;
};

SimDisk::SimDisk() : root_(std::make_shared<Node>()) {
  root_->is_directory = true;
}

Result<void> SimDisk::step(const std::string& path) {
  if (stopped()) return Error(ErrorId::kInputOutput, "the power is off: " + path);
  ++steps_;
  if (stopped()) return Error(ErrorId::kInputOutput, "the power fails: " + path);
  if (steps_ >= first_failing_step_ && steps_ - first_failing_step_ < failing_steps_) {
    return Error(fail_id_, "this step was told to fail: " + path);
  }
  return {};
}

void SimDisk::fail_steps(std::uint64_t first, std::uint64_t count, ErrorId id) {
  first_failing_step_ = first;
  failing_steps_ = count;
  fail_id_ = id;
}

SimDisk::NodePointer SimDisk::find(const std::string& path) const {
  NodePointer node = root_;
  for (std::size_t start = 1; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const auto found = node->names.find(path.substr(start, end - start));
    if (found == node->names.end()) return nullptr;
    node = found->second;
    start = end + 1;
  }
  return node;
}

Result<SimDisk::Slot> SimDisk::slot_of(const std::string& path) const {
  const std::size_t slash = path.rfind('/');
  const NodePointer parent = find(path.substr(0, slash));
  if (!parent || !parent->is_directory) return no_such(path);
  return Slot{parent, path.substr(slash + 1)};
}

void SimDisk::put_directory(const std::string& path) {
  NodePointer node = root_;
  for (std::size_t start = 1; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    NodePointer& child = node->names[path.substr(start, end - start)];
    if (!child) {
      child = std::make_shared<Node>();
      child->is_directory = true;
    }
    node->durable_names = node->names;
    node = child;
    start = end + 1;
  }
}

void SimDisk::put_file(const std::string& path, octets::Bytes bytes) {
  const std::size_t slash = path.rfind('/');
  put_directory(path.substr(0, slash));
  const NodePointer parent = find(path.substr(0, slash));
  const auto node = std::make_shared<Node>();
  node->bytes.assign(bytes.begin(), bytes.end());
  node->durable_bytes = node->bytes;
  parent->names[path.substr(slash + 1)] = parent->durable_names[path.substr(slash + 1)] = node;
}

std::map<std::string, std::vector<std::uint8_t>> SimDisk::tree() const {
  std::map<std::string, std::vector<std::uint8_t>> result;
  const std::function<void(const Node&, const std::string&)> walk = [&](const Node& node,
                                                                        const std::string& path) {
    for (const auto& [name, child] : node.names) {
      const std::string child_path = path + "/" + name;
      if (child->is_directory) {
        result[child_path + "/"] = {};
        walk(*child, child_path);
      } else {
        result[child_path] = child->bytes;
      }
    }
  };
  walk(*root_, "");
  return result;
}

Result<std::unique_ptr<storage::Directory>> SimDisk::open_directory(const std::string& path) {
  const NodePointer node = find(path);
  if (!node || !node->is_directory) return no_such(path);
  return std::make_unique<OpenDirectory>(node, path);
}

Result<std::unique_ptr<storage::BlockFile>> SimDisk::open_read(const std::string& path) {
  const NodePointer node = find(path);
  if (!node) return no_such(path);
  return std::make_unique<OpenFile>(*this, node, path, false);
}

Result<storage::FileStatus> SimDisk::status(const std::string& path) {
  const NodePointer node = find(path);
  if (!node) return no_such(path);
  return storage::FileStatus{node->is_directory ? storage::FileKind::kDirectory : storage::FileKind::kRegular,
                             node->bytes.size()};
}

Result<std::string> SimDisk::read_link(const std::string& path) {
  if (!find(path)) return no_such(path);
  return Error(ErrorId::kInputOutput, path + " is no link");
}

Result<SimDisk::NodePointer> SimDisk::make(const std::string& path, bool is_directory) {
  if (Result<void> stepped = step(path); !stepped) return stepped.error();
  const Result<Slot> slot = slot_of(path);
  if (!slot) return slot.error();
  if (slot->directory->names.contains(slot->name)) return Error(ErrorId::kAlreadyThere, path + " exists");
  const auto node = std::make_shared<Node>();
  node->is_directory = is_directory;
  slot->directory->names[slot->name] = node;
  pending_.push_back({slot->directory, "", slot->name, node});
  return node;
}

Result<std::unique_ptr<storage::BlockFile>> SimDisk::create_new(const std::string& path) {
  const Result<NodePointer> node = make(path, false);
  if (!node) return node.error();
  written_.push_back(*node);
  return std::make_unique<OpenFile>(*this, *node, path, false);
}

Result<std::unique_ptr<storage::BlockFile>> SimDisk::open_write(const std::string& path) {
  const NodePointer node = find(path);
  if (!node) return no_such(path);
  if (node->is_directory) return Error(ErrorId::kInputOutput, path + " is a directory");
  if (in_use_.contains(path) || node->held_for_writing) {
    return Error(ErrorId::kImageInUse, path + " is in use by another process").at(Place::in_file(path));
  }
  if (std::ranges::find(written_, node) == written_.end()) written_.push_back(node);
  return std::make_unique<OpenFile>(*this, node, path, true);
}

Result<void> SimDisk::make_directory(const std::string& path) {
  const Result<NodePointer> node = make(path, true);
  if (!node) return node.error();
  return {};
}

Result<void> SimDisk::sync_directory(const std::string& path) {
  if (Result<void> stepped = step(path); !stepped) return stepped;
  const NodePointer node = find(path);
  if (!node || !node->is_directory) return no_such(path);
  ++directory_syncs_;
  node->durable_names = node->names;
  std::erase_if(pending_, [&](const NameChange& change) { return change.directory == node; });
  return {};
}

Result<void> SimDisk::rename_new(const std::string& from, const std::string& to) {
  return move(from, to, false);
}

Result<void> SimDisk::rename_replace(const std::string& from, const std::string& to) {
  return move(from, to, true);
}

Result<void> SimDisk::copy_owner_and_mode(const std::string& from_path, const std::string& to_path) {
  if (Result<void> stepped = step(to_path); !stepped) return stepped;
  if (!find(from_path)) return no_such(from_path);
  if (!find(to_path)) return no_such(to_path);
  return {};
}

Result<void> SimDisk::move(const std::string& from, const std::string& to, bool replaces) {
  if (Result<void> stepped = step(from); !stepped) return stepped;
  const Result<Slot> old_slot = slot_of(from);
  const Result<Slot> new_slot = slot_of(to);
  if (!old_slot) return old_slot.error();
  if (!new_slot) return new_slot.error();
  std::map<std::string, NodePointer>& names = old_slot->directory->names;
  const auto found = names.find(old_slot->name);
  if (found == names.end()) return no_such(from);
  if (new_slot->directory != old_slot->directory) {
    return Error(ErrorId::kImpossible, "the simulated disk renames inside of one directory only");
  }
  const NodePointer node = found->second;
  if (const auto taken = names.find(new_slot->name); taken != names.end()) {
    if (!replaces) return Error(ErrorId::kAlreadyThere, to + " exists");
    if (node->is_directory || taken->second->is_directory) {
      return Error(ErrorId::kInputOutput, "the simulated disk replaces files only: " + to);
    }
  }
  names.erase(found);
  names[new_slot->name] = node;
  pending_.push_back({old_slot->directory, old_slot->name, new_slot->name, node, replaces});
  return {};
}

Result<void> SimDisk::take_away(const std::string& path, bool is_directory) {
  if (Result<void> stepped = step(path); !stepped) return stepped;
  const Result<Slot> slot = slot_of(path);
  if (!slot) return slot.error();
  const auto found = slot->directory->names.find(slot->name);
  if (found == slot->directory->names.end()) return no_such(path);
  const NodePointer node = found->second;
  if (node->is_directory != is_directory) return Error(ErrorId::kInputOutput, path + " is of the other kind");
  if (!node->names.empty()) return Error(ErrorId::kAlreadyThere, path + " is not empty");
  slot->directory->names.erase(found);
  pending_.push_back({slot->directory, slot->name, "", node});
  return {};
}

Result<void> SimDisk::remove_file(const std::string& path) {
  return take_away(path, false);
}

Result<void> SimDisk::remove_directory(const std::string& path) {
  return take_away(path, true);
}

Result<std::unique_ptr<storage::Lock>> SimDisk::lock(const std::string& path) {
  if (const Result<Slot> slot = slot_of(path); !slot) return slot.error();
  return std::make_unique<storage::Lock>();
}

Result<bool> SimDisk::image_in_use(const std::string& path) {
  if (!find(path)) return no_such(path);
  return in_use_.contains(path) || find(path)->held_for_writing;
}

}  // namespace nonvol::testing
