#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/memory.h"
#include "testing/expect.h"
#include "vnvram/format.h"
#include "vnvram/image.h"

namespace nonvol::vnvram {

using ByteVector = std::vector<std::uint8_t>;

inline constexpr Uuid kTestUuid = {0x6d, 0x1b, 0x2a, 0x3c, 0x4d, 0x5e, 0x4f, 0x60,
                                   0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8};

inline ByteVector bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

inline ByteVector pattern(std::size_t size_bytes, unsigned seed) {
  ByteVector bytes(size_bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 31 + seed * 17 + (i >> 8));
  return bytes;
}

inline seal::Key test_key(std::uint8_t fill) {
  ByteVector bytes(seal::Key::kSizeBytes, fill);
  return seal::Key(std::span<const std::uint8_t, seal::Key::kSizeBytes>(bytes.data(), bytes.size()));
}

inline FormatRequest request_for(std::vector<EntryRequest> entries,
                                 Integrity integrity = Integrity::kCrc32c) {
  FormatRequest request;
  request.layout.entries = std::move(entries);
  request.integrity = integrity;
  request.uuid = kTestUuid;
  return request;
}

// The bytes of a freshly formatted image.
inline ByteVector formatted(const FormatRequest& request) {
  const Result<Layout> layout = plan_layout(request.layout);
  EXPECT_OK(layout);
  if (!layout) return {};
  auto file = storage::memory_file(ByteVector(layout->size_bytes));
  EXPECT_OK(format(*file, *layout, request));
  ByteVector bytes(layout->size_bytes);
  EXPECT_OK(file->read_at(0, bytes));
  return bytes;
}

inline Result<Image> open_bytes(ByteVector bytes, const seal::Key* key = nullptr) {
  return Image::open(storage::memory_file(std::move(bytes)), "test.nv", key);
}

// What the image's file holds now.
inline ByteVector bytes_of(Image& image) {
  ByteVector bytes(image.size_bytes());
  EXPECT_OK(image.file().read_at(0, bytes));
  return bytes;
}

inline ByteVector content(Image& image, std::string_view name) {
  const Result<std::size_t> index = image.find(name);
  EXPECT_OK(index);
  if (!index) return {};
  Result<Blob> blob = image.read(*index);
  EXPECT_OK(blob);
  if (!blob) return {};
  return {blob->bytes().begin(), blob->bytes().end()};
}

}  // namespace nonvol::vnvram
