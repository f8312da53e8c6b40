#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "outcome/result.h"
#include "seal/aead.h"
#include "storage/file_source.h"
#include "vnvram/format.h"
#include "vnvram/image.h"

namespace nonvol::qmp {

// Over the socket blobs travel as base64 inside one line of JSON, which is limited as requests are
// (kMaxRequestBytes); larger ones are for `nonvol blob get` and `put`.
inline constexpr std::size_t kMaxServedBlobBytes = std::size_t{47} << 20;

struct FormatWish {
  std::vector<vnvram::EntryRequest> entries;
  vnvram::Integrity integrity = vnvram::Integrity::kCrc32c;
  std::uint64_t reserve_bytes = 0;
  bool lose_contents = false;
};

// The image that is served, or the file that may become one. One thread.
class Nvram {
 public:
  // `file` is open for writing and may be empty; anything else must be an image. Errors: those of
  // vnvram::Image::open but kNvramEmpty.
  static Result<Nvram> open(std::unique_ptr<storage::BlockFile> file, std::string name,
                            std::optional<seal::Key> key);

  const std::string& name() const { return name_; }
  // Nothing: not formatted.
  vnvram::Image* image() { return image_ ? &*image_ : nullptr; }

  // A write or flush failed: what the file holds is not known, and no update is taken until it is opened
  // again.
  bool failed() const { return failed_ || (image_ && image_->failed()); }

  // False: there are just these entries already; they are durable, and nothing was written. What is refused
  // before anything is written leaves the image as it is served. Errors: kNotEmpty, kNvramFailed, those of
  // plan_layout, occupant, format and Image::open.
  Result<bool> format(const FormatWish& wish);
  // Errors of all: kNvramEmpty, kNvramFailed (after a format that failed, of reading too), kNoSuchEntry, and
  // those of Image::read and Image::prepare; kBlobTooLarge also for what no answer could carry.
  Result<vnvram::Blob> get(std::string_view entry);
  // The generation that was written; 0 of a plain entry.
  Result<std::uint64_t> put(std::string_view entry, octets::Bytes bytes);
  Result<std::uint64_t> erase(std::string_view entry);

  // What made the image fail: once, right after it happened.
  std::optional<Error> take_failure();

 private:
  Nvram(std::unique_ptr<storage::BlockFile> file, std::string name, std::optional<seal::Key> key)
      : file_(std::move(file)), name_(std::move(name)), key_(std::move(key)) {}
  Result<void> open_image();
  Result<std::size_t> find(std::string_view entry);
  Result<std::uint64_t> update(std::string_view entry, vnvram::Content content, octets::Bytes bytes);
  vnvram::FormatRequest request_of(const FormatWish& wish) const;
  Result<void> check_replaceable(const FormatWish& wish);
  Error failed_before() const;
  Error fail(Error why);

  std::unique_ptr<storage::BlockFile>
      file_;  // formatting ends the image and goes on with it, whose locks stay
  std::string name_;
  std::optional<seal::Key> key_;
  std::optional<vnvram::Image> image_;
  std::optional<Error> failure_;
  bool failed_ = false;  // of formatting, which no image outlives
};

}  // namespace nonvol::qmp
