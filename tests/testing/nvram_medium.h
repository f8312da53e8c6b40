#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nonvol/vnvram.h"
#include "storage/memory.h"
#include "testing/expect.h"
#include "testing/scripted_file.h"

namespace nonvol::testing {

inline std::vector<std::uint8_t> filled(std::size_t size_bytes, std::uint8_t byte) {
  return std::vector<std::uint8_t>(size_bytes, byte);
}

// What was read; nothing, and a failed test, if that failed.
inline std::vector<std::uint8_t> bytes_of(const Result<vnvram::Contents>& contents) {
  EXPECT_OK(contents);
  return contents ? contents->bytes : std::vector<std::uint8_t>();
}

// An NVRAM image in memory that outlives whoever has it open.
struct NvramMedium {
  explicit NvramMedium(vnvram::FormatOptions options) {
    const auto formatted = vnvram::format(*memory, "image", options);
    EXPECT_OK(formatted);
  }
  explicit NvramMedium(std::vector<vnvram::EntryRequest> entries)
      : NvramMedium(vnvram::FormatOptions{.layout = {.entries = std::move(entries)}}) {}

  vnvram::Nvram setup(vnvram::SetupOptions options = {}) {
    return vnvram::Nvram::setup(std::make_unique<ScriptedFile>(memory, script), "image", std::move(options))
        .value();
  }
  // With these registered, and started.
  vnvram::Nvram start(const std::vector<vnvram::Registration>& entries) {
    vnvram::Nvram nvram = setup();
    for (const vnvram::Registration& entry : entries) EXPECT_OK(nvram.register_entry(entry));
    EXPECT_OK(nvram.start());
    return nvram;
  }
  // Where the text is in the image, counted in bytes.
  std::size_t find(std::string_view text) {
    std::string all(memory->size_bytes(), ' ');
    EXPECT_OK(memory->read_at(0, {reinterpret_cast<std::uint8_t*>(all.data()), all.size()}));
    return all.find(text);
  }
  void poke(std::size_t offset_bytes, std::vector<std::uint8_t> bytes) {
    EXPECT_OK(memory->write_at(offset_bytes, bytes));
  }

  std::shared_ptr<storage::BlockFile> memory = storage::memory_file();
  FileScript script;
};

}  // namespace nonvol::testing
