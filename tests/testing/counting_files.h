#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/file_source.h"

namespace nonvol::testing {

// What was asked of files.
struct FileCounts {
  std::map<std::string, int> directory_opens;
  std::map<std::string, int> listings;
  std::map<std::string, int> opens;  // of files: Directory::read or open_read
  std::map<std::string, int> reads;  // of files: Directory::read or read_at
  std::map<std::string, int> statuses;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  int writes = 0;
  int flushes = 0;
  int resizes = 0;

  static int sum(const std::map<std::string, int>& counts) {
    int result = 0;
    for (const auto& [path, count] : counts) result += count;
    return result;
  }
  static int at(const std::map<std::string, int>& counts, const std::string& path) {
    const auto found = counts.find(path);
    return found == counts.end() ? 0 : found->second;
  }
};

class CountingDirectory : public storage::Directory {
 public:
  CountingDirectory(std::unique_ptr<storage::Directory> inner, std::string path, FileCounts& counts)
      : inner_(std::move(inner)), path_(std::move(path)), counts_(counts) {}

  Result<std::vector<storage::DirectoryEntry>> entries() override {
    ++counts_.listings[path_];
    return inner_->entries();
  }
  Result<void> read(const std::string& name, std::uint64_t limit_bytes,
                    storage::TextBuffer& buffer) override {
    ++counts_.opens[path_ + "/" + name];
    ++counts_.reads[path_ + "/" + name];
    Result<void> result = inner_->read(name, limit_bytes, buffer);
    if (result) counts_.read_bytes += buffer.size_bytes;
    return result;
  }

 private:
  std::unique_ptr<storage::Directory> inner_;
  std::string path_;
  FileCounts& counts_;
};

// Counts what several threads ask of one file; `counts` is to be looked at when they are done.
class CountingBlockFile : public storage::BlockFile {
 public:
  CountingBlockFile(std::unique_ptr<storage::BlockFile> inner, std::string path, FileCounts& counts)
      : inner_(std::move(inner)), path_(std::move(path)), counts_(counts) {}

  std::uint64_t size_bytes() const override { return inner_->size_bytes(); }
  bool exclusive() const override { return inner_->exclusive(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    {
      const std::scoped_lock lock(mutex_);
      ++counts_.reads[path_];
      // What was asked for, because a reader may not rely on the file's end to stop it.
      counts_.read_bytes += into.size();
    }
    return inner_->read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    {
      const std::scoped_lock lock(mutex_);
      ++counts_.writes;
      counts_.written_bytes += bytes.size();
    }
    return inner_->write_at(offset_bytes, bytes);
  }
  Result<void> flush() override {
    {
      const std::scoped_lock lock(mutex_);
      ++counts_.flushes;
    }
    return inner_->flush();
  }
  Result<void> resize(std::uint64_t size_bytes) override {
    ++counts_.resizes;
    return inner_->resize(size_bytes);
  }

 private:
  std::unique_ptr<storage::BlockFile> inner_;
  std::string path_;
  FileCounts& counts_;
  std::mutex mutex_;
};

// Passes everything on to `inner` and counts it.
class CountingFiles : public storage::FileSource {
 public:
  explicit CountingFiles(storage::FileSource& inner) : inner_(inner) {}

  Result<std::unique_ptr<storage::Directory>> open_directory(const std::string& path) override {
    ++counts.directory_opens[path];
    auto opened = inner_.open_directory(path);
    if (!opened) return opened.error();
    return std::make_unique<CountingDirectory>(*std::move(opened), path, counts);
  }
  Result<std::unique_ptr<storage::BlockFile>> open_read(const std::string& path) override {
    ++counts.opens[path];
    auto opened = inner_.open_read(path);
    if (!opened) return opened.error();
    return std::make_unique<CountingBlockFile>(*std::move(opened), path, counts);
  }
  Result<storage::FileStatus> status(const std::string& path) override {
    ++counts.statuses[path];
    return inner_.status(path);
  }
  Result<std::string> read_link(const std::string& path) override { return inner_.read_link(path); }

  FileCounts counts;

 private:
  storage::FileSource& inner_;
};

}  // namespace nonvol::testing
