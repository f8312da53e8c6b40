#include "efi/device_path.h"

#include <fmt/format.h>

#include "efi/device_path_node.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Reader;

struct Header {
  std::uint8_t type;
  std::uint8_t subtype;
  std::uint16_t length_bytes;

  bool is_end() const { return type == kEndType && (subtype == kEndOfInstance || subtype == kEndOfPath); }
};

// The place of a node and what is wrong with it.
Finding bad_node(std::string_view name, std::uint64_t offset_bytes, const std::string& what) {
  return {Severity::kError,
          ErrorId::kDevicePathNode,
          fmt::format("device path node at offset {:#x} of {}: {}", offset_bytes, name, what),
          {},
          {}};
}

// Why these bytes are not a node; empty if they are.
std::string fault(const Header& header, std::uint64_t left_bytes) {
  if (left_bytes < kNodeHeaderBytes) {
    return fmt::format("its header needs {} bytes, {} are left", kNodeHeaderBytes, left_bytes);
  }
  if (header.length_bytes < kNodeHeaderBytes) {
    return fmt::format("says {} bytes, a node has at least {}", header.length_bytes, kNodeHeaderBytes);
  }
  if (header.length_bytes > left_bytes) {
    return fmt::format("says {} bytes, {} are left", header.length_bytes, left_bytes);
  }
  if (header.is_end() && header.length_bytes != kNodeHeaderBytes) {
    return fmt::format("says {} bytes, an end node has {}", header.length_bytes, kNodeHeaderBytes);
  }
  return {};
}

// Appends one path to `result`. False where nothing behind it can be read.
bool parse_path(Reader& reader, Bytes bytes, std::string_view name, std::uint64_t base_bytes,
                DevicePaths& result) {
  DevicePath path;
  path.offset_bytes = reader.position_bytes();
  path.instances.emplace_back();
  bool readable = true;
  // Every round consumes at least a node's header.
  while (reader.left_bytes() != 0 && !path.ended) {
    const std::uint64_t offset_bytes = reader.position_bytes();
    const std::uint64_t left_bytes = reader.left_bytes();
    Reader ahead(bytes.subspan(offset_bytes));
    const Header header{ahead.u8("type"), ahead.u8("subtype"), ahead.u16("length")};
    if (const std::string what = fault(header, left_bytes); !what.empty()) {
      result.findings.push_back(bad_node(name, base_bytes + offset_bytes, what));
      const Bytes rest = bytes.subspan(offset_bytes);
      result.rest.assign(rest.begin(), rest.end());
      readable = false;
      break;
    }
    const Bytes payload = reader.bytes("device path node", header.length_bytes).subspan(kNodeHeaderBytes);
    if (!header.is_end()) {
      path.instances.back().push_back(
          {header.type, header.subtype, offset_bytes, {payload.begin(), payload.end()}});
    } else if (header.subtype == kEndOfPath) {
      path.ended = true;
    } else {
      path.instances.emplace_back();
    }
  }
  path.size_bytes = reader.position_bytes() - path.offset_bytes;
  if (readable && !path.ended) {
    result.findings.push_back(
        {Severity::kError,
         ErrorId::kDevicePathEnd,
         fmt::format("device path at offset {:#x} of {}: ends after {} bytes without an end node",
                     base_bytes + path.offset_bytes, name, path.size_bytes),
         {},
         {}});
  }
  if (path.size_bytes != 0) result.paths.push_back(std::move(path));
  return readable;
}

std::string instance_text(const std::vector<DevicePathNode>& nodes) {
  std::string text;
  for (const DevicePathNode& node : nodes) {
    if (!text.empty()) text += '/';
    text += node.text();
  }
  return text;
}

}  // namespace

DevicePaths parse_device_paths(Bytes bytes, std::string_view name, std::uint64_t base_bytes) {
  DevicePaths result;
  Reader reader(bytes);
  do {
    if (!parse_path(reader, bytes, name, base_bytes, result)) break;
  } while (reader.left_bytes() != 0);
  return result;
}

std::vector<std::string> DevicePath::instance_texts() const {
  std::vector<std::string> texts;
  for (const std::vector<DevicePathNode>& nodes : instances) texts.push_back(instance_text(nodes));
  return texts;
}

std::string DevicePath::text() const {
  std::string text;
  bool first = true;
  for (const std::string& instance : instance_texts()) {
    if (!std::exchange(first, false)) text += ',';
    text += instance;
  }
  return text;
}

bool append_node(std::vector<std::uint8_t>& out, std::uint8_t type, std::uint8_t subtype, Bytes payload) {
  const std::size_t length = kNodeHeaderBytes + payload.size();
  if (length > kMaxNodeBytes) return false;
  out.push_back(type);
  out.push_back(subtype);
  out.push_back(static_cast<std::uint8_t>(length));
  out.push_back(static_cast<std::uint8_t>(length >> 8));
  out.insert(out.end(), payload.begin(), payload.end());
  return true;
}

}  // namespace nonvol::efi
