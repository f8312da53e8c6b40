#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "qmp/session.h"
#include "storage/memory.h"

namespace {

using nonvol::qmp::Nvram;
using nonvol::qmp::Session;

// A file that takes no more than a fuzzer's memory does.
class Small final : public nonvol::storage::BlockFile {
 public:
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }
  nonvol::Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return file_->read_at(offset_bytes, into);
  }
  nonvol::Result<void> write_at(std::uint64_t offset_bytes, nonvol::octets::Bytes bytes) override {
    return file_->write_at(offset_bytes, bytes);
  }
  nonvol::Result<void> flush() override { return file_->flush(); }
  nonvol::Result<void> resize(std::uint64_t size_bytes) override {
    if (size_bytes > kMaxBytes) return nonvol::Error(nonvol::ErrorId::kNoSpace, "too large for a fuzzer");
    return file_->resize(size_bytes);
  }

 private:
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 20;
  std::unique_ptr<nonvol::storage::BlockFile> file_ = nonvol::storage::memory_file();
};

// All that a server with an empty file answers, when the bytes come `piece_bytes` at a time.
std::string answers(std::string_view bytes, std::size_t piece_bytes) {
  auto nvram = Nvram::open(std::make_unique<Small>(), "x.nvram", std::nullopt);
  if (!nvram) std::abort();
  Session session(*nvram);
  while (!bytes.empty()) {
    session.feed(bytes.substr(0, piece_bytes));
    bytes.remove_prefix(std::min(bytes.size(), piece_bytes));
    while (session.step()) {
    }
  }
  return session.take_output();
}

}  // namespace

// Whatever a client sends, each line of the answer is one JSON object with "return" or "error", and it does
// not matter in which pieces it was sent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size_bytes);
  // Its answer has the image's random UUID.
  if (bytes.find("query-nvram") != std::string_view::npos) return 0;
  const std::string whole = answers(bytes, bytes.size() + 1);
  if (whole != answers(bytes, 1)) std::abort();
  std::istringstream lines(whole);
  for (std::string line; std::getline(lines, line);) {
    const auto answer = nlohmann::json::parse(line, nullptr, false);
    if (!answer.is_object() || answer.contains("return") == answer.contains("error")) std::abort();
  }
  return 0;
}
