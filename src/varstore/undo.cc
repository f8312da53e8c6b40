#include "varstore/undo.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/document.h"
#include "json/writer.h"
#include "octets/crc32c.h"
#include "octets/text.h"
#include "storage/file_beside.h"

namespace nonvol::varstore {
namespace {

constexpr std::string_view kSchema = "nonvol.vars.undo/1";
constexpr std::uint64_t kLargestRecordBytes = 512 << 20;

std::uint64_t sum_of(const UndoRecord::Splice& splice) {
  std::uint8_t offset[8];
  for (unsigned i = 0; i < 8; ++i) offset[i] = static_cast<std::uint8_t>(splice.offset_bytes >> (8 * i));
  return octets::crc32c(splice.after, octets::crc32c(splice.before, octets::crc32c(offset)));
}

// Fields of one JSON object, the first that is missing or of another kind remembered.
class Fields {
 public:
  explicit Fields(const json::Value& object) : object_(object) {}
  std::string text(std::string_view name) { return std::string(get(name, json::Kind::kString).text()); }
  std::uint64_t number(std::string_view name) {
    const auto value = object_.find(name);
    const auto number = value ? value->whole_number() : std::nullopt;
    good_ &= number.has_value();
    return number.value_or(0);
  }
  std::vector<std::uint8_t> bytes(std::string_view name) {
    auto bytes = octets::from_hex(get(name, json::Kind::kString).text());
    good_ &= bytes.has_value();
    return bytes ? *std::move(bytes) : std::vector<std::uint8_t>{};
  }
  json::Value get(std::string_view name, json::Kind kind) {
    const auto value = object_.find(name);
    const bool fits = value && value->is(kind);
    good_ &= fits;
    return fits ? *value : object_;
  }
  bool good() const { return good_; }

 private:
  json::Value object_;
  bool good_ = true;
};

Error damaged(const std::string& file_name, const std::string& why) {
  return Error(ErrorId::kUndoDamaged, fmt::format("{} is no whole undo record: {}", file_name, why))
      .at(Place::in_file(file_name));
}

}  // namespace

std::string undo_path_of(const std::string& path) {
  return fmt::format("{}/.{}.undo", storage::directory_of(path), path.substr(path.rfind('/') + 1));
}

std::string encode(const UndoRecord& record) {
  json::Writer writer;
  writer.begin_object().member("schema", kSchema);
  writer.member("command", record.command).member("time", record.time);
  writer.member("size_before_bytes", record.size_before_bytes)
      .member("size_after_bytes", record.size_after_bytes);
  writer.member("checked_bytes", record.checked_bytes);
  writer.member("checked_crc32c", std::uint64_t{record.checked_crc32c});
  writer.key("changes").begin_array();
  for (const UndoRecord::Splice& splice : record.splices) {
    writer.begin_object().member("offset_bytes", splice.offset_bytes);
    writer.member("before_hex", octets::to_hex(splice.before))
        .member("after_hex", octets::to_hex(splice.after));
    writer.member("crc32c", sum_of(splice)).end_object();
  }
  return writer.end_array().end_object().take();
}

Result<UndoRecord> decode_undo(const std::string& file_name, std::string_view text) {
  json::Document document;
  const Result<json::Value> root = document.parse(text, file_name);
  if (!root) return damaged(file_name, root.error().message);
  Fields fields(*root);
  UndoRecord record;
  const std::string schema = fields.text("schema");
  record.command = fields.text("command");
  record.time = fields.text("time");
  record.size_before_bytes = fields.number("size_before_bytes");
  record.size_after_bytes = fields.number("size_after_bytes");
  record.checked_bytes = fields.number("checked_bytes");
  record.checked_crc32c = static_cast<std::uint32_t>(fields.number("checked_crc32c"));
  const json::Value changes = fields.get("changes", json::Kind::kArray);
  if (!fields.good() || schema != kSchema)
    return damaged(file_name, "a member is missing, or of another kind");
  for (const json::Value& change : changes.children()) {
    Fields members(change);
    UndoRecord::Splice splice;
    splice.offset_bytes = members.number("offset_bytes");
    splice.before = members.bytes("before_hex");
    splice.after = members.bytes("after_hex");
    const std::uint64_t sum = members.number("crc32c");
    if (!members.good()) return damaged(file_name, "a member of a change is missing, or of another kind");
    if (sum != sum_of(splice)) {
      return damaged(file_name, fmt::format("the sum of the change at {:#x} is {:#x}, its bytes have {:#x}",
                                            splice.offset_bytes, sum, sum_of(splice)));
    }
    record.splices.push_back(std::move(splice));
  }
  return record;
}

Result<UndoRecord> read_undo(storage::FileSystem& files, const std::string& path) {
  const std::string undo_path = undo_path_of(path);
  const auto file = files.open_read(undo_path);
  if (!file && file.error().id == ErrorId::kFileMissing) {
    return Error(ErrorId::kNothingToUndo, fmt::format("no change of {} is recorded", path))
        .at(Place::in_file(undo_path));
  }
  if (!file) return file.error();
  if ((*file)->size_bytes() > kLargestRecordBytes) return damaged(undo_path, "it is larger than any");
  std::vector<std::uint8_t> bytes((*file)->size_bytes());
  const Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) return got.error();
  return decode_undo(undo_path,
                     std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*got)));
}

Result<void> write_undo(storage::FileSystem& files, const std::string& path, const UndoRecord& record) {
  const std::string undo_path = undo_path_of(path);
  const std::string text = encode(record);
  if (Result<void> removed = files.remove_file(undo_path);
      !removed && removed.error().id != ErrorId::kFileMissing) {
    return removed;
  }
  Result<std::unique_ptr<storage::BlockFile>> file = files.create_new(undo_path);
  if (!file) return file.error();
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  if (Result<void> written = (*file)->write_at(0, bytes); !written) return written;
  return files.copy_owner_and_mode(path, undo_path);
}

Result<UndoRecord> record_of(storage::BlockFile& file, const std::string& file_name,
                             const std::vector<storage::Patch>& patches, std::uint64_t size_after_bytes) {
  UndoRecord record;
  record.size_before_bytes = file.size_bytes();
  record.size_after_bytes = size_after_bytes;
  const bool same_size = record.size_before_bytes == size_after_bytes;
  for (const storage::Patch& patch : patches) {
    UndoRecord::Splice splice{patch.offset_bytes, {}, patch.bytes};
    const std::uint64_t there =
        record.size_before_bytes - std::min(record.size_before_bytes, patch.offset_bytes);
    splice.before.resize(same_size ? std::min<std::uint64_t>(patch.bytes.size(), there) : there);
    const Result<std::size_t> got = file.read_at(patch.offset_bytes, splice.before);
    if (!got) return got.error();
    if (*got != splice.before.size()) {
      return Error(ErrorId::kInputOutput, fmt::format("{} ended while it was read", file_name))
          .at(Place::at_byte(file_name, patch.offset_bytes + *got));
    }
    record.splices.push_back(std::move(splice));
  }
  return record;
}

Result<std::vector<std::uint8_t>> undone(const std::string& file_name, octets::Bytes now,
                                         const UndoRecord& record) {
  const auto changed = [&](std::uint64_t offset_bytes, const std::string& numbers) {
    return Error(ErrorId::kStoreChangedSince, fmt::format("{} is not as '{}' of {} left it: {}", file_name,
                                                          record.command, record.time, numbers))
        .at(Place::at_byte(file_name, offset_bytes));
  };
  if (now.size() != record.size_after_bytes) {
    return changed(0, fmt::format("it has {} bytes, it had {}", now.size(), record.size_after_bytes));
  }
  const std::uint64_t checked = std::min<std::uint64_t>(record.checked_bytes, now.size());
  if (const std::uint32_t sum = octets::crc32c(now.first(checked)); sum != record.checked_crc32c) {
    return changed(0, fmt::format("the sum of its first {} bytes is {:#x}, it was {:#x}", checked, sum,
                                  record.checked_crc32c));
  }
  std::vector<std::uint8_t> result(now.begin(), now.end());
  for (const UndoRecord::Splice& splice : record.splices) {
    const std::uint64_t at = splice.offset_bytes;
    const bool inside = at <= now.size() && splice.after.size() <= now.size() - at;
    if (!inside || !std::ranges::equal(now.subspan(at, splice.after.size()), splice.after)) {
      return changed(at, fmt::format("other bytes stand at {:#x}", at));
    }
    if (splice.before.size() == splice.after.size()) {
      std::ranges::copy(splice.before, result.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      // Only the last one may have another length: everything behind it is in it.
      result.resize(at);
      result.insert(result.end(), splice.before.begin(), splice.before.end());
    }
  }
  if (result.size() != record.size_before_bytes) {
    return changed(
        0, fmt::format("undoing gives {} bytes, there were {}", result.size(), record.size_before_bytes));
  }
  return result;
}

}  // namespace nonvol::varstore
