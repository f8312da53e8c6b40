#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "blob_peers.h"
#include "storage/posix.h"
#include "vnvram/format.h"
#include "vnvram/image.h"
#include "vnvram/open.h"

namespace nonvol::bench {
namespace {

class NvramPeer : public Peer {
 public:
  NvramPeer(const std::string& directory, std::size_t blob_bytes)
      : files_(storage::posix_file_system()), path_(directory + "/blobs.nv") {
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
    Result<vnvram::Image> image = vnvram::open_image(*files_, {path_}, {storage::Access::kReadWrite});
    if (!image) fail(image.error().message);
    image_ = *std::move(image);
  }
  void stop() override { image_.reset(); }

  void put(int blob, std::span<const std::uint8_t> content) override {
    if (Result<void> done = image_->write(static_cast<std::size_t>(blob), content); !done)
      fail(done.error().message);
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
  static std::string entry(int blob) { return fmt::format("blob-{:02}", blob); }

  std::unique_ptr<storage::FileSystem> files_;
  std::string path_;
  std::optional<vnvram::Image> image_;
};

}  // namespace

std::unique_ptr<Peer> nvram(const std::string& directory, std::size_t blob_bytes) {
  return std::make_unique<NvramPeer>(directory, blob_bytes);
}

}  // namespace nonvol::bench
