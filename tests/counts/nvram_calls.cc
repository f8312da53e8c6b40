// What traced_blob.py counts the system calls of: operations on an NVRAM image through the library, with a
// getppid(2) in front of each, which nothing else calls.
//
//   nvram_calls IMAGE       an image whose entries "a" and "b" have a capacity of 4,096 bytes and hold
//   something

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "storage/posix.h"
#include "vnvram/image.h"
#include "vnvram/open.h"

namespace {

using namespace nonvol;

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "nvram_calls: %s\n", result.error().message.c_str());
  std::exit(1);
}
void must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "nvram_calls: %s\n", result.error().message.c_str());
  std::exit(1);
}

void mark() {
  ::getppid();
}

constexpr std::size_t kEntryBytes = 4096;

void get(storage::FileSystem& files, const std::string& path) {
  vnvram::Image image = must(vnvram::open_image(files, {path}, {}));
  const vnvram::Blob blob = must(image.read(must(image.find("a"))));
  if (blob.bytes().size() > kEntryBytes) std::abort();
}

void put(storage::FileSystem& files, const std::string& path) {
  const std::vector<std::uint8_t> content(kEntryBytes, 0x5a);
  vnvram::Image image = must(vnvram::open_image(files, {path}, {storage::Access::kReadWrite}));
  const std::size_t a = must(image.find("a"));
  const std::size_t b = must(image.find("b"));
  must(image.read(a));
  must(image.read(b));
  mark();  // the first put
  must(image.write(a, content));
  mark();  // the second
  must(image.write(a, content));
  mark();  // of another entry
  must(image.write(b, content));
  mark();  // delete
  must(image.erase(b));
  mark();  // the end
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::unique_ptr<storage::FileSystem> files = storage::posix_file_system();
  // Once without counting, for memory that the heap then has.
  get(*files, argv[1]);
  mark();  // get
  get(*files, argv[1]);
  mark();  // opening for writing
  put(*files, argv[1]);
  return 0;
}
