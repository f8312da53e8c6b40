#pragma once

#include "forms/form.h"

namespace nonvol::forms {

inline constexpr std::size_t kRecogniseBytes = 64 * 1024;

// What the file is, by its first 64 KiB (or all of it, where it is shorter). Signatures only: a file may be
// recognised and yet be refused by its reader, and which JSON it is may turn out otherwise when it is read.
Form recognise(octets::Bytes first_bytes);

}  // namespace nonvol::forms
