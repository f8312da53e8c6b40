#include "qmp/nvram.h"

#include <fmt/format.h>

#include "octets/text.h"
#include "vnvram/layout.h"

namespace nonvol::qmp {
namespace {

using vnvram::Image;

// The served file as an image owns it: formatting ends the image and goes on with the file, whose locks stay.
class Shared final : public storage::BlockFile {
 public:
  explicit Shared(std::shared_ptr<storage::BlockFile> file) : file_(std::move(file)) {}
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return file_->read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    return file_->write_at(offset_bytes, bytes);
  }
  Result<void> flush() override { return file_->flush(); }
  Result<void> resize(std::uint64_t size_bytes) override { return file_->resize(size_bytes); }

 private:
  std::shared_ptr<storage::BlockFile> file_;
};

}  // namespace

Result<Nvram> Nvram::open(std::unique_ptr<storage::BlockFile> file, std::string name,
                          std::optional<seal::Key> key) {
  Nvram nvram(std::move(file), std::move(name), std::move(key));
  Result<void> opened = nvram.open_image();
  if (!opened && opened.error().id != ErrorId::kNvramEmpty) return opened.error();
  return nvram;
}

Result<void> Nvram::open_image() {
  image_.reset();
  Result<Image> image = Image::open(std::make_unique<Shared>(file_), name_, nullptr);
  if (!image) return image.error();
  // A key that is there for a later nvram-format is none too many.
  if (key_ && image->has_keys()) {
    if (Result<void> unlocked = image->unlock(*key_); !unlocked) return unlocked;
  }
  image_.emplace(*std::move(image));
  return {};
}

Result<bool> Nvram::format(const FormatWish& wish) {
  if (image_ && image_->failed()) {
    return Error(ErrorId::kNvramFailed, fmt::format("a write to {} failed before", name_))
        .at(Place::in_file(name_));
  }
  return try_format(wish);
}

Result<bool> Nvram::try_format(const FormatWish& wish) {
  vnvram::FormatRequest request;
  request.layout.entries = wish.entries;
  request.layout.reserve_bytes = wish.reserve_bytes;
  if (file_->size_bytes() != 0) request.layout.size_bytes = file_->size_bytes();
  request.integrity = wish.integrity;
  request.user_key = key_ ? &*key_ : nullptr;
  if (image_ && vnvram::same_layout(*image_, request)) return false;
  if (image_ && !wish.lose_contents) {
    return Error(ErrorId::kNotEmpty,
                 fmt::format("{} is an NVRAM image with {} entries; 'lose-contents' is not given", name_,
                             image_->entries().size()))
        .at(Place::in_file(name_));
  }
  Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
  if (!layout) return layout.error();
  image_.reset();
  Result<void> done;
  if (file_->size_bytes() == 0) done = file_->resize(layout->size_bytes);
  if (done) done = vnvram::format(*file_, *layout, request);
  if (done) done = open_image();
  if (!done) {
    failure_ = done.error();
    return done.error();
  }
  return true;
}

Result<std::size_t> Nvram::find(std::string_view entry) {
  if (image_) return image_->find(entry);
  return Error(ErrorId::kNvramEmpty, fmt::format("{} is not formatted", name_))
      .at(Place::in_file(name_))
      .with_hint(fmt::format("nonvol blob format {} --entry NAME:SIZE", octets::shell_path(name_)));
}

Result<vnvram::Blob> Nvram::get(std::string_view entry) {
  Result<std::size_t> index = find(entry);
  if (!index) return index.error();
  Result<vnvram::Blob> blob = image_->read(*index);
  if (blob && blob->size_bytes > kMaxServedBlobBytes) {
    return Error(ErrorId::kBlobTooLarge, fmt::format("'{}' holds {} bytes, an answer here carries at most {}",
                                                     entry, blob->size_bytes, kMaxServedBlobBytes))
        .with_hint(
            fmt::format("nonvol blob get {} {}", octets::shell_path(name_), octets::shell_word(entry)));
  }
  return blob;
}

Result<std::uint64_t> Nvram::update(std::string_view entry, vnvram::Content content, octets::Bytes bytes) {
  Result<std::size_t> index = find(entry);
  if (!index) return index.error();
  const bool failed_before = image_->failed();
  Result<vnvram::Update> update = image_->prepare(*index, content, bytes);
  if (!update) return update.error();
  if (Result<void> done = image_->commit(*update); !done) {
    if (!failed_before && image_->failed()) failure_ = done.error();
    return done.error();
  }
  return update->generation;
}

Result<std::uint64_t> Nvram::put(std::string_view entry, octets::Bytes bytes) {
  return update(entry, vnvram::Content::kPresent, bytes);
}

Result<std::uint64_t> Nvram::erase(std::string_view entry) {
  return update(entry, vnvram::Content::kAbsent, {});
}

std::optional<Error> Nvram::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace nonvol::qmp
