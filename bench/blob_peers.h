#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace nonvol::bench {

inline constexpr int kBlobs = 16;

// Prints why, with errno where it says something, and ends the program: a peer that refuses its work would
// win every race.
[[noreturn]] void fail(const std::string& why);

// Something that keeps kBlobs blobs of one size durably in a directory of its own. Its constructor lays down
// all blobs, so that no put is the first. Between start() and stop() it holds open whatever it likes and may
// be put to; gets are made while it is stopped.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string name() const = 0;

  virtual void start() = 0;
  virtual void stop() = 0;

  // Returns when the blob would survive a power cut.
  virtual void put(int blob, std::span<const std::uint8_t> content) = 0;
  // Opens what there is, reads one blob, closes everything. The bytes that were there.
  virtual std::size_t get_once_from_scratch(int blob, std::span<std::uint8_t> into) = 0;

  // Flushes since start(), by which puts per flush are counted; nothing where put() is for one thread only.
  virtual std::optional<std::uint64_t> flushes() const { return std::nullopt; }
};

// pwrite and fdatasync into a file that was written before: the least that durable can mean. A cut leaves old
// and new mixed.
std::unique_ptr<Peer> in_place(const std::string& directory, std::size_t blob_bytes);
// A new file with another name, fsync, rename, fsync of the directory.
std::unique_ptr<Peer> renamed(const std::string& directory, std::size_t blob_bytes);
// One row for each blob; write-ahead log, synchronous=FULL.
std::unique_ptr<Peer> sqlite(const std::string& directory, std::size_t blob_bytes);
// One key for each blob; LMDB's default, which is durable.
std::unique_ptr<Peer> lmdb(const std::string& directory, std::size_t blob_bytes);
// One atomic entry of an NVRAM image for each blob.
std::unique_ptr<Peer> nvram(const std::string& directory, std::size_t blob_bytes);

}  // namespace nonvol::bench
