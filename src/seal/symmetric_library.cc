#include "seal/symmetric_library.h"

#include "seal/libcrypto.h"

namespace nonvol::seal {
namespace {

SymmetricLibrary load() {
  SymmetricLibrary result{};
  result.loaded = libcrypto().loaded;
#define NONVOL_FIND_FUNCTION(name) result.loaded = result.loaded && find_in_libcrypto(#name, result.name);
  NONVOL_SYMMETRIC_FUNCTIONS(NONVOL_FIND_FUNCTION)
#undef NONVOL_FIND_FUNCTION
  return result;
}

}  // namespace

const SymmetricLibrary& symmetric_library() {
  static const SymmetricLibrary library = load();
  return library;
}

}  // namespace nonvol::seal
