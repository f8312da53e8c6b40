#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "blob_peers.h"
#include "nonvol/vnvram.h"
#include "storage/posix.h"
#include "testing/counting_files.h"
#include "vnvram/format.h"
#include "vnvram/open.h"

namespace nonvol::bench {
namespace {

class NvramPeer : public Peer {
 public:
  NvramPeer(const std::string& directory, std::size_t blob_bytes)
      : files_(storage::posix_file_system()), path_(directory + "/blobs.nv"), blob_bytes_(blob_bytes) {
    vnvram::FormatRequest request;
    for (int blob = 0; blob < kBlobs; ++blob) request.layout.entries.push_back({entry(blob), blob_bytes});
    const Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
    Result<std::unique_ptr<storage::BlockFile>> file = files_->create_new(path_);
    if (!layout || !file) fail("cannot make " + path_);
    if (!(*file)->resize(layout->size_bytes) || !vnvram::format(**file, *layout, request)) {
      fail("cannot format " + path_);
    }
    file->reset();
    start();
    const std::vector<std::uint8_t> content(blob_bytes, 1);
    for (int round = 0; round < 2; ++round) {
      for (int blob = 0; blob < kBlobs; ++blob) put(blob, content);
    }
    stop();
  }

  std::string name() const override { return "nonvol"; }
  void start() override {
    Result<std::unique_ptr<storage::BlockFile>> file = files_->open_write(path_);
    if (!file) fail(file.error().message);
    counts_ = {};
    auto counting = std::make_unique<testing::CountingBlockFile>(*std::move(file), path_, counts_);
    Result<vnvram::Nvram> nvram = vnvram::Nvram::setup(std::move(counting), path_);
    if (!nvram) fail(nvram.error().message);
    for (int blob = 0; blob < kBlobs; ++blob) must(nvram->register_entry({entry(blob), blob_bytes_}));
    must(nvram->start());
    nvram_ = *std::move(nvram);
  }
  void stop() override { nvram_.reset(); }

  void put(int blob, std::span<const std::uint8_t> content) override {
    must(nvram_->write(entry(blob), content));
  }
  std::optional<std::uint64_t> flushes() const override {
    return static_cast<std::uint64_t>(counts_.flushes);
  }

  std::size_t get_once_from_scratch(int blob, std::span<std::uint8_t> into) override {
    Result<vnvram::Image> image = vnvram::open_image(*files_, {path_}, {});
    if (!image) fail(image.error().message);
    Result<vnvram::Blob> read = image->read(*image->find(entry(blob)));
    if (!read) fail(read.error().message);
    std::ranges::copy(read->bytes(), into.begin());
    return read->size_bytes;
  }

 private:
  static void must(const Result<void>& done) {
    if (!done) fail(done.error().message);
  }
  static std::string entry(int blob) { return fmt::format("blob-{:02}", blob); }

  std::unique_ptr<storage::FileSystem> files_;
  std::string path_;
  std::size_t blob_bytes_;
  testing::FileCounts counts_;
  std::optional<vnvram::Nvram> nvram_;
};

}  // namespace

std::unique_ptr<Peer> nvram(const std::string& directory, std::size_t blob_bytes) {
  return std::make_unique<NvramPeer>(directory, blob_bytes);
}

}  // namespace nonvol::bench
