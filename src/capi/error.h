#pragma once

#include <new>
#include <string>
#include <string_view>

#include "nonvol/nonvol.h"
#include "outcome/result.h"

struct nonvol_error {
  nonvol::Error error;
  std::string place;
};

namespace nonvol::capi {

constexpr int number_of(ErrorId id) {
  return static_cast<int>(id);
}

// An error object for the caller. Where there is no memory for it: the one that says so, which is always
// there.
nonvol_error* new_error(const Error& error) noexcept;
nonvol_error* no_memory_error() noexcept;

// Hands an error out, if it is wanted, and gives what the function returns.
int report(const Error& error, nonvol_error** wanted) noexcept;

Error bad_call(std::string_view problem);

// Does what a function of the C interface is for. Nothing that is thrown goes further than this.
template <class Work>
int guarded(nonvol_error** error, Work&& work) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    const Result<void> done = work();
    return done ? 0 : report(done.error(), error);
  } catch (const std::bad_alloc&) {
    if (error != nullptr) *error = no_memory_error();
    return number_of(ErrorId::kOutOfMemory);
  } catch (...) {
    return report(Error(ErrorId::kImpossible, "an exception reached the C interface"), error);
  }
}

}  // namespace nonvol::capi
