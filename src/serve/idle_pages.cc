#include "serve/idle_pages.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace nonvol::serve {
namespace {

// A segment without write permission is never relocated (there are no text relocations), so that all of it is
// as in its file. What is read-only after relocation is part of a segment with write permission.
int give_back(dl_phdr_info* object, std::size_t, void*) {
  const auto page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (unsigned i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page_bytes - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // Of the kernel's own object (vdso) it is refused.
    static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED));
  }
  return 0;
}

}  // namespace

void give_back_idle_pages() {
  ::dl_iterate_phdr(&give_back, nullptr);
}

}  // namespace nonvol::serve
