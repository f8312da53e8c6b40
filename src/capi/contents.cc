#include <fmt/format.h>

#include <algorithm>

#include "capi/error.h"
#include "capi/handle.h"
#include "capi/options.h"

using namespace nonvol;
using namespace nonvol::capi;

namespace {

// What every function that writes is given.
Result<vnvram::WriteOptions> checked_change(const nonvol_nvram* nvram, const char* name, const void* bytes,
                                            size_t byte_count, const nonvol_write_options* options) {
  if (nvram == nullptr || name == nullptr) return bad_call("nvram or name is NULL");
  if (bytes == nullptr && byte_count != 0) return bad_call("bytes is NULL");
  return write_options_of(options);
}

Result<vnvram::Wait> wait_of(uint32_t flags) {
  if (Result<void> checked = check_flags(flags, NONVOL_WAIT_COMPLETION); !checked) return checked.error();
  return (flags & NONVOL_WAIT_COMPLETION) != 0 ? vnvram::Wait::kYes : vnvram::Wait::kNo;
}

vnvram::WriteDone calling(nonvol_write_done* done, void* opaque) {
  if (done == nullptr) return nullptr;
  return [done, opaque](const Result<void>& result) {
    if (result) return done(opaque, 0, nullptr);
    nonvol_error* error = new_error(result.error());
    done(opaque, nonvol_error_id(error), error);
    nonvol_error_free(error);
  };
}

vnvram::ReadDone calling(nonvol_read_done* done, void* opaque) {
  if (done == nullptr) return nullptr;
  return [done, opaque](const Result<vnvram::Contents>& result) {
    if (result) return done(opaque, 0, nullptr, result->bytes.data(), result->bytes.size());
    nonvol_error* error = new_error(result.error());
    done(opaque, nonvol_error_id(error), error, nullptr, 0);
    nonvol_error_free(error);
  };
}

}  // namespace

int nonvol_nvram_read(nonvol_nvram* nvram, const char* name, void* buffer, size_t buffer_bytes,
                      size_t* content_bytes, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr || name == nullptr || content_bytes == nullptr) {
      return bad_call("nvram, name or content_bytes is NULL");
    }
    if (buffer == nullptr && buffer_bytes != 0) return bad_call("buffer is NULL, buffer_bytes is not 0");
    const Result<vnvram::Contents> contents = nvram->nvram.read(name);
    if (!contents) return contents.error();
    *content_bytes = contents->bytes.size();
    if (buffer == nullptr) return {};
    if (contents->bytes.size() > buffer_bytes) {
      return Error(ErrorId::kBlobTooLarge, fmt::format("'{}' holds {} bytes, the buffer has {}", name,
                                                       contents->bytes.size(), buffer_bytes));
    }
    std::ranges::copy(contents->bytes, static_cast<std::uint8_t*>(buffer));
    return {};
  });
}

int nonvol_nvram_write(nonvol_nvram* nvram, const char* name, const void* bytes, size_t byte_count,
                       const nonvol_write_options* options, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    const Result<vnvram::WriteOptions> how = checked_change(nvram, name, bytes, byte_count, options);
    if (!how) return how.error();
    return nvram->nvram.write(name, bytes_of(bytes, byte_count), *how);
  });
}

int nonvol_nvram_erase(nonvol_nvram* nvram, const char* name, const nonvol_write_options* options,
                       nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    const Result<vnvram::WriteOptions> how = checked_change(nvram, name, nullptr, 0, options);
    if (!how) return how.error();
    return nvram->nvram.erase(name, *how);
  });
}

int nonvol_nvram_read_async(nonvol_nvram* nvram, const char* name, uint32_t flags, nonvol_read_done* done,
                            void* opaque, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr || name == nullptr) return bad_call("nvram or name is NULL");
    const Result<vnvram::Wait> wait = wait_of(flags);
    if (!wait) return wait.error();
    return nvram->nvram.read_async(name, calling(done, opaque), *wait);
  });
}

int nonvol_nvram_write_async(nonvol_nvram* nvram, const char* name, const void* bytes, size_t byte_count,
                             const nonvol_write_options* options, uint32_t flags, nonvol_write_done* done,
                             void* opaque, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    const Result<vnvram::WriteOptions> how = checked_change(nvram, name, bytes, byte_count, options);
    if (!how) return how.error();
    const Result<vnvram::Wait> wait = wait_of(flags);
    if (!wait) return wait.error();
    const octets::Bytes content = bytes_of(bytes, byte_count);
    return nvram->nvram.write_async(name, {content.begin(), content.end()}, calling(done, opaque), *wait,
                                    *how);
  });
}

int nonvol_nvram_erase_async(nonvol_nvram* nvram, const char* name, const nonvol_write_options* options,
                             uint32_t flags, nonvol_write_done* done, void* opaque, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    const Result<vnvram::WriteOptions> how = checked_change(nvram, name, nullptr, 0, options);
    if (!how) return how.error();
    const Result<vnvram::Wait> wait = wait_of(flags);
    if (!wait) return wait.error();
    return nvram->nvram.erase_async(name, calling(done, opaque), *wait, *how);
  });
}

int nonvol_nvram_process_requests(nonvol_nvram* nvram, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr) return bad_call("nvram is NULL");
    return nvram->nvram.process_requests();
  });
}
