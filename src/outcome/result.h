#pragma once

#include <expected>
#include <utility>

#include "outcome/error.h"

namespace nonvol {

// A value or the reason why there is none. No exception crosses a folder: functions that can fail return
// this. Unlike bare std::expected it must not be ignored, and an Error converts to it without
// std::unexpected.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Base = std::expected<T, Error>;
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}
};

}  // namespace nonvol
