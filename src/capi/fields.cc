#include <fmt/format.h>

#include <algorithm>

#include "capi/error.h"
#include "capi/handle.h"
#include "capi/options.h"

using namespace nonvol;
using namespace nonvol::capi;

namespace {

vnvram::Fields calling(nonvol_fields* fields, void* opaque) {
  return [fields, opaque](vnvram::Visitor& visitor) -> Result<void> {
    nonvol_visitor handle{visitor};
    const int refused = fields(opaque, &handle);
    if (handle.out_of_memory) return Error(ErrorId::kOutOfMemory, "out of memory");
    if (refused == 0 || !visitor.ok()) return {};
    return Error(ErrorId::kVisitorField, fmt::format("the device refused its fields with {}", refused));
  };
}

// Does one step of a visitor. `complete` says that no pointer is missing.
template <class Step>
int visit(nonvol_visitor* handle, const char* field, bool complete, Step&& step) noexcept {
  if (handle == nullptr) return number_of(ErrorId::kBadCall);
  try {
    vnvram::Visitor& visitor = handle->visitor;
    if (field == nullptr || !complete) {
      visitor.fail(field == nullptr ? "?" : field, "was visited with a NULL");
    } else {
      step(visitor);
    }
    return visitor.ok() ? 0 : number_of(ErrorId::kVisitorField);
  } catch (...) {
    handle->out_of_memory = true;
    return number_of(ErrorId::kOutOfMemory);
  }
}

}  // namespace

int nonvol_visitor_mode(const nonvol_visitor* visitor) {
  using Mode = vnvram::Visitor::Mode;
  if (visitor == nullptr || visitor->visitor.mode() == Mode::kMeasure) return NONVOL_VISITOR_MEASURE;
  return visitor->visitor.mode() == Mode::kInput ? NONVOL_VISITOR_INPUT : NONVOL_VISITOR_OUTPUT;
}

int nonvol_visitor_u64(nonvol_visitor* visitor, const char* field, uint64_t* value) {
  return visit(visitor, field, value != nullptr, [&](vnvram::Visitor& to) {
    std::uint64_t number = *value;
    to.u64(field, number);
    if (to.ok()) *value = number;
  });
}

int nonvol_visitor_boolean(nonvol_visitor* visitor, const char* field, int* value) {
  return visit(visitor, field, value != nullptr, [&](vnvram::Visitor& to) {
    bool truth = *value != 0;
    to.boolean(field, truth);
    if (to.ok() && to.mode() == vnvram::Visitor::Mode::kInput) *value = truth ? 1 : 0;
  });
}

int nonvol_visitor_octets(nonvol_visitor* visitor, const char* field, void* buffer, size_t* byte_count,
                          size_t max_bytes) {
  return visit(visitor, field, buffer != nullptr && byte_count != nullptr, [&](vnvram::Visitor& to) {
    std::vector<std::uint8_t> value;
    // Refused before it is copied: the buffer has no more than it says.
    if (to.mode() == vnvram::Visitor::Mode::kOutput) {
      if (*byte_count > max_bytes) {
        return to.fail(field,
                       fmt::format("is {} bytes long, at most {} are allowed", *byte_count, max_bytes));
      }
      const octets::Bytes given = bytes_of(buffer, *byte_count);
      value.assign(given.begin(), given.end());
    }
    to.octets(field, value, max_bytes);
    if (!to.ok() || to.mode() != vnvram::Visitor::Mode::kInput) return;
    std::ranges::copy(value, static_cast<std::uint8_t*>(buffer));
    *byte_count = value.size();
  });
}

int nonvol_visitor_utf8(nonvol_visitor* visitor, const char* field, char* buffer, size_t max_bytes) {
  return visit(visitor, field, buffer != nullptr, [&](vnvram::Visitor& to) {
    std::string value;
    if (to.mode() == vnvram::Visitor::Mode::kOutput) {
      const char* end = std::find(buffer, buffer + max_bytes + 1, '\0');
      if (end == buffer + max_bytes + 1) {
        return to.fail(field, fmt::format("does not end within {} bytes", max_bytes));
      }
      value.assign(buffer, static_cast<std::size_t>(end - buffer));
    }
    to.utf8(field, value, max_bytes);
    if (!to.ok() || to.mode() != vnvram::Visitor::Mode::kInput) return;
    // C would take it for the end.
    if (value.find('\0') != std::string::npos) return to.fail(field, "has a NUL in it");
    *std::ranges::copy(value, buffer).out = '\0';
  });
}

int nonvol_visitor_begin(nonvol_visitor* visitor, const char* field) {
  return visit(visitor, field, true, [&](vnvram::Visitor& to) { to.begin(field); });
}

int nonvol_visitor_end(nonvol_visitor* visitor) {
  return visit(visitor, "end", true, [](vnvram::Visitor& to) { to.end(); });
}

int nonvol_visitor_fail(nonvol_visitor* visitor, const char* field, const char* problem) {
  return visit(visitor, field, problem != nullptr, [&](vnvram::Visitor& to) { to.fail(field, problem); });
}

int nonvol_measure_fields(nonvol_fields* fields, void* opaque, uint64_t* size_bytes, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (fields == nullptr || size_bytes == nullptr) return bad_call("fields or size_bytes is NULL");
    const Result<std::uint64_t> measured = vnvram::measure_fields(calling(fields, opaque));
    if (!measured) return measured.error();
    *size_bytes = *measured;
    return {};
  });
}

int nonvol_nvram_write_fields(nonvol_nvram* nvram, const char* name, nonvol_fields* fields, void* opaque,
                              const nonvol_write_options* options, nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr || name == nullptr || fields == nullptr) {
      return bad_call("nvram, name or fields is NULL");
    }
    const Result<vnvram::WriteOptions> how = write_options_of(options);
    if (!how) return how.error();
    return nvram->nvram.write_fields(name, calling(fields, opaque), *how);
  });
}

int nonvol_nvram_read_fields(nonvol_nvram* nvram, const char* name, nonvol_fields* fields, void* opaque,
                             nonvol_error** error) {
  return guarded(error, [&]() -> Result<void> {
    if (nvram == nullptr || name == nullptr || fields == nullptr) {
      return bad_call("nvram, name or fields is NULL");
    }
    return nvram->nvram.read_fields(name, calling(fields, opaque));
  });
}
