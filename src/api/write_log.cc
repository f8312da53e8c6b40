#include "api/write_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace nonvol::api {
namespace {

using vnvram::kPageBytes;

void add_to(WriteLog& log, std::uint64_t offset_bytes, std::uint64_t size_bytes) {
  if (log.writes.size() > log.flushed_writes) {
    WriteLog::Write& last = log.writes.back();
    if (last.offset_bytes + last.size_bytes == offset_bytes) {
      last.size_bytes += size_bytes;
      return;
    }
  }
  log.writes.push_back({offset_bytes, size_bytes});
}

void add_flush_to(WriteLog& log) {
  ++log.flushes;
  log.flushed_writes = log.writes.size();
}

class LoggedFile : public storage::BlockFile {
 public:
  LoggedFile(storage::BlockFile& file, WriteLog& log) : file_(file), log_(log) {}
  std::uint64_t size_bytes() const override { return file_.size_bytes(); }
  bool exclusive() const override { return file_.exclusive(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return file_.read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    add_to(log_, offset_bytes, bytes.size());
    return file_.write_at(offset_bytes, bytes);
  }
  Result<void> flush() override {
    add_flush_to(log_);
    return file_.flush();
  }
  Result<void> resize(std::uint64_t size_bytes) override { return file_.resize(size_bytes); }

 private:
  storage::BlockFile& file_;
  WriteLog& log_;
};

// Changed pages are kept in memory; one of zeros, which is what most of a new entry is, as an empty vector.
class RehearsedFile : public storage::BlockFile {
 public:
  RehearsedFile(storage::BlockFile& file, WriteLog& log) : file_(file), log_(log) {}
  std::uint64_t size_bytes() const override { return file_.size_bytes(); }

  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    Result<std::size_t> got = file_.read_at(offset_bytes, into);
    if (!got) return got;
    for_each_page(offset_bytes, *got,
                  [&](std::uint64_t page, std::size_t in_page, std::size_t at, std::size_t count) {
                    const auto changed = pages_.find(page);
                    if (changed == pages_.end()) return;
                    if (changed->second.empty()) {
                      std::memset(into.data() + at, 0, count);
                    } else {
                      std::memcpy(into.data() + at, changed->second.data() + in_page, count);
                    }
                  });
    return got;
  }

  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    add_to(log_, offset_bytes, bytes.size());
    Result<void> done;
    for_each_page(offset_bytes, bytes.size(),
                  [&](std::uint64_t page, std::size_t in_page, std::size_t at, std::size_t count) {
                    if (done) done = change(page, in_page, bytes.subspan(at, count));
                  });
    return done;
  }

  Result<void> flush() override {
    add_flush_to(log_);
    return {};
  }
  Result<void> resize(std::uint64_t) override {
    return Error(ErrorId::kImpossible, "an image is resized by copying it, never in place");
  }

 private:
  template <class Visit>
  static void for_each_page(std::uint64_t offset_bytes, std::size_t size_bytes, Visit visit) {
    for (std::size_t done = 0; done < size_bytes;) {
      const auto in_page = static_cast<std::size_t>((offset_bytes + done) % kPageBytes);
      const std::size_t count = std::min(size_bytes - done, std::size_t{kPageBytes} - in_page);
      visit((offset_bytes + done) / kPageBytes, in_page, done, count);
      done += count;
    }
  }

  Result<void> change(std::uint64_t page, std::size_t in_page, octets::Bytes bytes) {
    const bool whole = bytes.size() == kPageBytes;
    if (whole && std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) {
      pages_[page].clear();
      return {};
    }
    std::vector<std::uint8_t> content(kPageBytes);
    if (!whole) {
      if (Result<std::size_t> got = read_at(page * kPageBytes, content); !got) return got.error();
    }
    std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(in_page));
    pages_[page] = std::move(content);
    return {};
  }

  storage::BlockFile& file_;
  WriteLog& log_;
  std::map<std::uint64_t, std::vector<std::uint8_t>> pages_;
};

std::string slots_text(std::uint64_t begin_bytes, std::uint64_t capacity_bytes, const WriteLog::Write& write,
                       const std::string& name) {
  const std::uint64_t slot_bytes = vnvram::slot_bytes(capacity_bytes);
  const bool in_b = write.offset_bytes >= begin_bytes + slot_bytes;
  const bool in_both = !in_b && write.offset_bytes + write.size_bytes > begin_bytes + slot_bytes;
  return fmt::format("{} of {}", in_both ? "both slots" : in_b ? "slot B" : "slot A", name);
}

std::string place_of(const WriteLog::Write& write, const vnvram::Image& image) {
  const auto inside = [&](std::uint64_t begin_bytes, std::uint64_t size_bytes) {
    return write.offset_bytes >= begin_bytes && write.offset_bytes - begin_bytes < size_bytes;
  };
  const std::uint64_t directory_bytes =
      image.seed_layout() ? 0
                          : vnvram::blob_bytes(vnvram::EntryKind::kAtomic, image.directory_capacity_bytes());
  if (inside(image.directory_offset_bytes(), directory_bytes)) {
    return slots_text(image.directory_offset_bytes(), image.directory_capacity_bytes(), write,
                      "the directory");
  }
  for (const vnvram::EntryInfo& entry : image.entries()) {
    const std::uint64_t blob_bytes = vnvram::blob_bytes(entry.kind, entry.capacity_bytes);
    const std::uint64_t framing_bytes = vnvram::entry_framing(entry.name, blob_bytes).size();
    if (inside(entry.offset_bytes - framing_bytes, framing_bytes)) {
      return fmt::format("framing of '{}'", entry.name);
    }
    if (!inside(entry.offset_bytes, blob_bytes)) continue;
    if (entry.kind == vnvram::EntryKind::kPlain) return fmt::format("blob of '{}'", entry.name);
    return slots_text(entry.offset_bytes, entry.capacity_bytes, write, fmt::format("'{}'", entry.name));
  }
  return "slack";
}

}  // namespace

Result<vnvram::Image> open_logged(storage::BlockFile& file, const std::string& file_name,
                                  const seal::Key* user_key, WriteLog& log, Rehearsal rehearsal) {
  if (rehearsal == Rehearsal::kYes) {
    return vnvram::Image::open(std::make_unique<RehearsedFile>(file, log), file_name, user_key);
  }
  return vnvram::Image::open(std::make_unique<LoggedFile>(file, log), file_name, user_key);
}

Result<BlobWriter> open_writer(const Context& context, const BlobImage& where, Rehearsal rehearsal,
                               bool dry_run) {
  Result<std::optional<seal::Key>> key = read_key(where.key);
  if (!key) return key.error();
  const vnvram::OpenOptions options{
      .access = storage::Access::kReadWrite, .lock_wait_ms = where.wait_ms, .rehearsal = dry_run};
  Result<std::unique_ptr<storage::BlockFile>> file =
      vnvram::open_file(context.files, {where.target, where.luks_key_file}, options);
  if (!file) return file.error();
  auto log = std::make_unique<WriteLog>();
  Result<vnvram::Image> image =
      open_logged(**file, where.target, key->has_value() ? &**key : nullptr, *log, rehearsal);
  if (!image) return image.error();
  return BlobWriter{*std::move(key), *std::move(file), std::move(log), *std::move(image)};
}

void name_writes(WriteLog& log, const vnvram::Image& image) {
  for (WriteLog::Write& write : log.writes) write.what = place_of(write, image);
}

void write_log_members(json::Writer& writer, const WriteLog& log) {
  writer.key("writes").begin_array();
  for (const WriteLog::Write& write : log.writes) {
    writer.begin_object().member("offset_bytes", write.offset_bytes).member("size_bytes", write.size_bytes);
    writer.member("what", write.what).end_object();
  }
  writer.end_array().member("flushes", log.flushes);
}

}  // namespace nonvol::api
