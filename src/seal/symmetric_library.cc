#include "seal/symmetric_library.h"

#include "seal/libcrypto.h"

namespace nonvol::seal {
namespace {

template <class Function>
bool find(const char* name, Function& function) {
  function = reinterpret_cast<Function>(libcrypto_symbol(name));
  return function != nullptr;
}

SymmetricLibrary load() {
  SymmetricLibrary result{};
  result.loaded = libcrypto().loaded;
#define NONVOL_FIND_FUNCTION(name) result.loaded = result.loaded && find(#name, result.name);
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
