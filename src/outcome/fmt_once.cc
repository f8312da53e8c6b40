// fmt's code, compiled once for the whole program. A shared libfmt would cost every one-shot command 0.2 ms
// of start-up, and fmt's header-only mode costs every file that includes it 2.5 s of compilation; Debian has
// no static library. The instantiations are those that fmt/format.h declares as being elsewhere.
#include <fmt/format-inl.h>

namespace fmt::detail {

template auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;

}  // namespace fmt::detail
