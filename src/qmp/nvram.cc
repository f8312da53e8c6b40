#include "qmp/nvram.h"

#include <fmt/format.h>

#include "octets/text.h"
#include "storage/lent_file.h"
#include "vnvram/layout.h"

namespace nonvol::qmp {
namespace {

using vnvram::Image;

// Remembers whether anything was done to the file: what fails before that was only refused.
class Watched final : public storage::BlockFile {
 public:
  explicit Watched(storage::BlockFile& file) : file_(file) {}
  bool touched() const { return touched_; }
  std::uint64_t size_bytes() const override { return file_.size_bytes(); }
  bool exclusive() const override { return file_.exclusive(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return file_.read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    touched_ = true;
    return file_.write_at(offset_bytes, bytes);
  }
  Result<void> flush() override {
    touched_ = true;
    return file_.flush();
  }
  // One that fails leaves the file as it is.
  Result<void> resize(std::uint64_t size_bytes) override {
    Result<void> resized = file_.resize(size_bytes);
    touched_ = touched_ || resized.has_value();
    return resized;
  }

 private:
  storage::BlockFile& file_;
  bool touched_ = false;
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
  Result<Image> image = Image::open(storage::lent_file(*file_), name_, nullptr);
  if (!image) return image.error();
  // A key that is there for a later nvram-format is none too many.
  if (key_ && image->has_keys()) {
    if (Result<void> unlocked = image->unlock(*key_); !unlocked) return unlocked;
  }
  image_.emplace(*std::move(image));
  return {};
}

Error Nvram::failed_before() const {
  return Error(ErrorId::kNvramFailed,
               fmt::format("a write to {} failed before; what it holds is not known", name_))
      .at(Place::in_file(name_));
}

Error Nvram::fail(Error why) {
  failed_ = true;
  failure_ = why;
  return why;
}

vnvram::FormatRequest Nvram::request_of(const FormatWish& wish) const {
  vnvram::FormatRequest request;
  request.layout.entries = wish.entries;
  request.layout.reserve_bytes = wish.reserve_bytes;
  if (file_->size_bytes() != 0) request.layout.size_bytes = file_->size_bytes();
  request.integrity = wish.integrity;
  request.user_key = key_ ? &*key_ : nullptr;
  return request;
}

// Without an image the file is looked at again: someone else may have written to it since it was opened.
Result<void> Nvram::check_replaceable(const FormatWish& wish) {
  if (wish.lose_contents) return {};
  std::string what;
  if (image_) {
    what = fmt::format("is an NVRAM image with {} entries", image_->entries().size());
  } else {
    Result<vnvram::Occupant> there = vnvram::occupant(*file_, name_);
    if (!there) return there.error();
    if (*there == vnvram::Occupant::kNothing) return {};
    what = *there == vnvram::Occupant::kNvram ? "holds an NVRAM image by now"
                                              : "holds something that is no NVRAM image";
  }
  return Error(ErrorId::kNotEmpty, fmt::format("{} {}; 'lose-contents' is not given", name_, what))
      .at(Place::in_file(name_));
}

Result<bool> Nvram::format(const FormatWish& wish) {
  if (failed()) return failed_before();
  const vnvram::FormatRequest request = request_of(wish);
  if (image_ && vnvram::same_layout(*image_, request)) {
    // It may come from a process that was killed before its flush.
    if (Result<void> flushed = file_->flush(); !flushed) {
      image_->fail();
      return fail(flushed.error());
    }
    return false;
  }
  if (Result<void> replaceable = check_replaceable(wish); !replaceable) return replaceable.error();
  Result<vnvram::Layout> layout = vnvram::plan_layout(request.layout);
  if (!layout) return layout.error();
  // The image is served on until the file is another one.
  Watched watched(*file_);
  Result<void> done = vnvram::format(watched, *layout, request);
  if (!done && !watched.touched()) return done.error();
  if (done) done = open_image();
  if (done) return true;
  image_.reset();
  return fail(done.error());
}

Result<std::size_t> Nvram::find(std::string_view entry) {
  if (failed_) return failed_before();
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
  const bool failed_already = image_->failed();
  Result<vnvram::Update> update = image_->prepare(*index, content, bytes);
  Result<void> done = update ? image_->commit(*update) : update.error();
  if (done) return update->generation;
  // Preparing may flush, so that it can fail as well.
  if (!failed_already && image_->failed()) failure_ = done.error();
  return done.error();
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
