#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "flash/blank_check.h"
#include "flash/variable_store.h"
#include "outcome/result.h"

namespace nonvol::flash {

struct ReadOptions {
  // Also reads what cannot hold a live variable: all of a file that looks blank, and the rest of the store
  // behind its last record.
  bool thorough = false;
  // What stands in the store, also where a pending write of the spare area will replace it.
  bool as_stored = false;
};

// Reads an edk2 variable store without touching a file: it says which bytes it needs, the caller feeds them.
//   while (const auto range = reader.wants()) reader.feed(bytes of range);
//   auto store = std::move(reader).finish();
// It asks for the first 64 KiB, then for the next ones while records go on, then for 4 KiB of the
// fault-tolerant-write area, so that it reads at most the used area rounded up to 64 KiB and 68 KiB more,
// unless `thorough`. Where a write is pending there, it reads the spare area too and goes on with the store
// as the firmware will have made it. Damage in the headers is an error; damage in the records becomes
// findings of the store. One thread.
class StoreReader {
 public:
  // `file_name` only appears in messages. The file is taken to have `file_size_bytes` throughout.
  StoreReader(std::string file_name, std::uint64_t file_size_bytes, ReadOptions options = {});

  // What to read next; nullopt once everything needed is known or an error was met.
  std::optional<Range> wants() const;
  // Exactly the bytes of wants(). Fewer mean that the file ended early, which is kStoreTruncated.
  void feed(octets::Bytes bytes);
  // The store, or why there is none.
  Result<VariableStore> finish() &&;

 private:
  enum class Phase { kStart, kBlank, kRecords, kRest, kWorking, kSpare, kDone };

  void feed_start(octets::Bytes bytes);
  void feed_blank(octets::Bytes bytes);
  void feed_working(octets::Bytes bytes);
  void feed_spare(octets::Bytes bytes);
  void report_pending(const PendingWrite& write, std::string_view what_follows);
  Range working_range() const;
  void go_on_with_records();
  void fail(Error error);
  void finish_blank();

  VariableStore store_;
  ReadOptions options_;
  Phase phase_ = Phase::kStart;
  std::optional<BlankCheck> blank_;
  std::optional<PendingWrite> pending_;
  std::optional<Error> error_;
};

}  // namespace nonvol::flash
