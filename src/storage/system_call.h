#pragma once

#include <cerrno>

namespace nonvol::storage {

// Repeats a system call that a signal interrupted. A result below zero is a failure, errno says which.
template <class Call>
auto retry(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace nonvol::storage
