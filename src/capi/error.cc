#include "capi/error.h"

namespace nonvol::capi {
namespace {

// So short a message needs no memory, neither here nor when it is copied.
nonvol_error kNoMemory{Error(ErrorId::kOutOfMemory, "out of memory"), {}};

}  // namespace

nonvol_error* no_memory_error() noexcept {
  return &kNoMemory;
}

nonvol_error* new_error(const Error& error) noexcept {
  try {
    return new nonvol_error{error, error.place.text()};
  } catch (const std::bad_alloc&) {
    return no_memory_error();
  }
}

int report(const Error& error, nonvol_error** wanted) noexcept {
  if (wanted == nullptr) return number_of(error.id);
  *wanted = new_error(error);
  return nonvol_error_id(*wanted);
}

Error bad_call(std::string_view problem) {
  return Error(ErrorId::kBadCall, std::string(problem));
}

}  // namespace nonvol::capi

int nonvol_error_id(const nonvol_error* error) {
  return error == nullptr ? 0 : nonvol::capi::number_of(error->error.id);
}

const char* nonvol_error_message(const nonvol_error* error) {
  return error == nullptr ? "" : error->error.message.c_str();
}

const char* nonvol_error_place(const nonvol_error* error) {
  return error == nullptr ? "" : error->place.c_str();
}

const char* nonvol_error_hint(const nonvol_error* error) {
  return error == nullptr ? "" : error->error.hint.c_str();
}

size_t nonvol_error_note_count(const nonvol_error* error) {
  return error == nullptr ? 0 : error->error.notes.size();
}

const char* nonvol_error_note(const nonvol_error* error, size_t index) {
  return index < nonvol_error_note_count(error) ? error->error.notes[index].c_str() : nullptr;
}

void nonvol_error_free(nonvol_error* error) {
  if (error != nonvol::capi::no_memory_error()) delete error;
}
