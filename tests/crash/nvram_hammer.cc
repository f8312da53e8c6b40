// Writes to an NVRAM image until it is killed, and says on stdout what was acknowledged.
//
//   nvram_hammer IMAGE
//
// Each line is "NAME GENERATION", printed with one write(2) after the update's flush returned. The content of
// a generation follows from name and generation (nvram_hammered.h). Exit status: 3 where the image is in use.
#include <fmt/format.h>
#include <unistd.h>

#include "nvram_hammered.h"
#include "storage/posix.h"
#include "vnvram/open.h"

int main(int count, char** words) {
  using namespace nonvol;
  if (count != 2) return 2;
  const auto files = storage::posix_file_system();
  Result<vnvram::Image> image =
      vnvram::open_image(*files, {words[1]}, {.access = storage::Access::kReadWrite});
  if (!image) return image.error().id == ErrorId::kImageInUse ? 3 : 1;
  for (std::size_t turn = 0;; ++turn) {
    const std::size_t index = turn % image->entries().size();
    const vnvram::EntryInfo& entry = image->entries()[index];
    Result<vnvram::EntryState> state = image->state(index);
    if (!state) return 1;
    const std::uint64_t generation = state->generation + 1;
    Result<void> written = image->write(index, crash::hammered(entry.name, generation, entry.capacity_bytes));
    if (!written) return 1;
    const std::string line = fmt::format("{} {}\n", entry.name, generation);
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return 1;
  }
}
