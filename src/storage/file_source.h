#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::storage {

enum class FileKind { kRegular, kDirectory, kLink, kOther, kUnknown };

struct DirectoryEntry {
  std::string name;
  FileKind kind;  // kUnknown where the file system does not say; links are not followed
};

struct FileStatus {
  FileKind kind;  // of what links lead to
  std::uint64_t size_bytes;
  // Which file it is, whatever its names: two that agree in both are one. Both 0 where nobody can tell.
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

// Text of a whole small file in memory that is kept from file to file.
struct TextBuffer {
  std::vector<char> memory;
  std::size_t size_bytes = 0;
  std::string_view text() const { return {memory.data(), size_bytes}; }
};

// An open directory. One thread.
class Directory {
 public:
  virtual ~Directory() = default;
  // All entries but "." and "..", in no order.
  virtual Result<std::vector<DirectoryEntry>> entries() = 0;
  // Reads a whole file with one open, one read and one close where it is small. Follows links. At most
  // `limit_bytes` + 1 bytes are read, so that a longer file shows as buffer.size_bytes > limit_bytes.
  // Never blocks on a FIFO. Errors: kFileMissing, kPermission, kInputOutput.
  virtual Result<void> read(const std::string& name, std::uint64_t limit_bytes, TextBuffer& buffer) = 0;
};

enum class Access { kReadOnly, kReadWrite };

// A file or device that is read and written in place. Offsets and sizes in bytes. read_at, write_at, flush
// and size_bytes may be called from several threads at a time; bytes that one reads while another writes them
// may be old, new or mixed, and a flush speaks for the writes that had returned before it was called. resize,
// and the end, must be alone.
class BlockFile {
 public:
  virtual ~BlockFile() = default;
  virtual std::uint64_t size_bytes() const = 0;
  // Fills `into` but for what lies behind the end; returns how much was read.
  virtual Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) = 0;
  // Writes all or fails. Nothing is durable before flush().
  virtual Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) = 0;
  // Returns when everything written before it is durable. After a failure nothing is known to be.
  virtual Result<void> flush() = 0;
  // Whether a lock keeps other writers out. Nothing does on another server's export.
  virtual bool exclusive() const { return true; }
  // Grows with zeros (which take no space where the file system can) or cuts.
  virtual Result<void> resize(std::uint64_t size_bytes) = 0;
};

// Reading files: all that choosing firmware needs. Tests replace it, and --root gives another one.
class FileSource {
 public:
  virtual ~FileSource() = default;
  // Errors of all: kFileMissing, kPermission, kInputOutput, with the path as place.
  virtual Result<std::unique_ptr<Directory>> open_directory(const std::string& path) = 0;
  virtual Result<std::unique_ptr<BlockFile>> open_read(const std::string& path) = 0;
  virtual Result<FileStatus> status(const std::string& path) = 0;
  // The text of a link, not followed. Relative to the directory it lies in, as readlink(2) gives it.
  virtual Result<std::string> read_link(const std::string& path) = 0;
};

}  // namespace nonvol::storage
