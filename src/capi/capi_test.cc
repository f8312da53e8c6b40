#include <gmock/gmock.h>

#include <cstdlib>
#include <new>
#include <string>

#include "capi/error.h"
#include "nonvol/nonvol.h"
#include "testing/expect.h"
#include "testing/firmware_root.h"
#include "testing/scratch.h"

// What a program in C can hardly make happen: memory that runs out, and structures from other times.

namespace {

// How many more allocations of this thread succeed before one fails; fewer than none: all.
thread_local int allocations_left = -1;

}  // namespace

void* operator new(std::size_t size_bytes) {
  if (allocations_left >= 0 && --allocations_left < 0) throw std::bad_alloc();
  if (void* memory = std::malloc(size_bytes == 0 ? 1 : size_bytes)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace nonvol::capi {
namespace {

using nonvol::testing::Scratch;

// A call's outcome as a Result; frees the error object.
Result<void> outcome(int returned, nonvol_error* error) {
  if (returned == 0) {
    EXPECT_EQ(error, nullptr);
    return {};
  }
  EXPECT_EQ(nonvol_error_id(error), returned);
  Error result = error->error;
  nonvol_error_free(error);
  return result;
}

template <class Call>
Result<void> call(Call&& function) {
  nonvol_error* error = nullptr;
  const int returned = function(&error);
  return outcome(returned, error);
}

struct Image {
  Image() {
    EXPECT_EQ(nonvol_nvram_format(path.c_str(), &entry, 1, nullptr, nullptr, nullptr), 0);
    EXPECT_EQ(nonvol_nvram_setup(path.c_str(), nullptr, &nvram, nullptr), 0);
    EXPECT_EQ(nonvol_nvram_register_entry(nvram, &entry, nullptr), 0);
    EXPECT_EQ(nonvol_nvram_start(nvram, 0, nullptr), 0);
  }
  ~Image() { nonvol_nvram_delete(nvram); }

  Scratch scratch;
  std::string path = scratch / "image";
  nonvol_entry entry{"permall", 4032, NONVOL_KIND_ATOMIC, 0};
  nonvol_nvram* nvram = nullptr;
};

int fields_of_strings(void* opaque, nonvol_visitor* visitor) {
  nonvol_visitor_utf8(visitor, "a field with a rather long name", static_cast<char*>(opaque), 100);
  return 0;
}

// One after the other, every allocation fails, or where there are many every `step`th.
void run_out_of_memory(const std::function<int(nonvol_error**)>& function, int step) {
  int failures = 0;
  for (int allowed = 0;; allowed += step) {
    ASSERT_LT(allowed, 100000);
    nonvol_error* error = nullptr;
    allocations_left = allowed;
    const int returned = function(&error);
    const bool one_failed = allocations_left < 0;
    allocations_left = -1;
    EXPECT_EQ(returned != 0, one_failed) << "nothing is done by halves, and called done";
    if (returned == 0) break;
    ++failures;
    EXPECT_ERROR(outcome(returned, error), kOutOfMemory);
  }
  EXPECT_GT(failures, 0);
}

// In between nothing may be lost.
TEST(Memory, RunsOutAnywhere) {
  Image image;
  char text[101] = "a text that is too long to be kept without memory of its own";
  const std::vector<std::function<int(nonvol_error**)>> calls = {
      [&](nonvol_error** error) {
        return nonvol_nvram_write(image.nvram, "permall", "content", 7, nullptr, error);
      },
      [&](nonvol_error** error) {
        std::size_t size_bytes = 0;
        char buffer[4032];
        return nonvol_nvram_read(image.nvram, "permall", buffer, sizeof buffer, &size_bytes, error);
      },
      [&](nonvol_error** error) {
        return nonvol_nvram_write_fields(image.nvram, "permall", fields_of_strings, text, nullptr, error);
      },
      [&](nonvol_error** error) {
        return nonvol_nvram_write_async(image.nvram, "permall", "content", 7, nullptr, NONVOL_WAIT_COMPLETION,
                                        nullptr, nullptr, error);
      },
      [&](nonvol_error** error) {
        std::uint64_t image_bytes = 0;
        return nonvol_nvram_measure(&image.entry, 1, nullptr, &image_bytes, error);
      },
  };
  for (const auto& function : calls) {
    run_out_of_memory(function, 1);
    EXPECT_EQ(nonvol_nvram_had_fatal_error(image.nvram), 0);
  }
  EXPECT_EQ(nonvol_nvram_write(image.nvram, "permall", "content", 7, nullptr, nullptr), 0);
}

TEST(Memory, RunsOutWhereFirmwareIsChosen) {
  const nonvol::testing::FirmwareRoot root;
  nonvol_firmware_options options{};
  options.size_bytes = sizeof options;
  options.root = root.path().c_str();
  options.architecture = "x86_64";
  using Call = int (*)(const nonvol_firmware_options*, nonvol_firmware**, nonvol_error**);
  const auto lint = [](const nonvol_firmware_options* wanted, nonvol_firmware** firmware,
                       nonvol_error** error) {
    return nonvol_firmware_lint(wanted, nullptr, firmware, error);
  };
  for (const auto& [call, step] : {std::pair<Call, int>(nonvol_firmware_load, 1),
                                   {nonvol_firmware_select, 1},
                                   {nonvol_firmware_explain, 3},
                                   {lint, 7}}) {
    const auto ask = [&](nonvol_error** error) {
      nonvol_firmware* firmware = nullptr;
      const int returned = call(&options, &firmware, error);
      EXPECT_EQ(returned == 0, firmware != nullptr);
      nonvol_firmware_free(firmware);
      return returned;
    };
    run_out_of_memory(ask, step);
  }
}

// Where the answer was there, and only the words that nothing fits could not be handed out.
TEST(Memory, RunsOutWhereNothingFits) {
  const nonvol::testing::Scratch empty;
  nonvol_firmware_options options{};
  options.size_bytes = sizeof options;
  options.root = empty.path().c_str();
  for (int allowed = 0;; ++allowed) {
    ASSERT_LT(allowed, 10000);
    nonvol_firmware* firmware = nullptr;
    nonvol_error* error = nullptr;
    allocations_left = allowed;
    const int returned = nonvol_firmware_select(&options, &firmware, &error);
    const bool one_failed = allocations_left < 0;
    allocations_left = -1;
    EXPECT_EQ(returned, one_failed ? 5020 : 3201);
    EXPECT_EQ(firmware == nullptr, one_failed);
    nonvol_firmware_free(firmware);
    nonvol_error_free(error);
    if (!one_failed) break;
  }
}

TEST(Structures, MayBeNewerAsLongAsTheyAskForNothingNew) {
  Image image;
  struct Newer {
    nonvol_write_options known;
    std::uint64_t added;
  } newer{{sizeof(Newer), 0, 0}, 0};
  const auto write = [&](nonvol_error** error) {
    return nonvol_nvram_write(image.nvram, "permall", "x", 1, &newer.known, error);
  };
  EXPECT_OK(call(write));
  newer.added = 1;
  EXPECT_ERROR(call(write), kBadCall);
  newer = {{sizeof(nonvol_write_options) - 1, 0, 0}, 0};
  EXPECT_ERROR(call(write), kBadCall);
  newer = {{sizeof(nonvol_write_options), 4, 0}, 0};
  EXPECT_ERROR(call(write), kBadCall);
}

TEST(Arguments, AreLookedAt) {
  Image image;
  EXPECT_ERROR(call([&](nonvol_error** error) {
                 return nonvol_nvram_write(nullptr, "permall", "x", 1, nullptr, error);
               }),
               kBadCall);
  EXPECT_ERROR(call([&](nonvol_error** error) {
                 return nonvol_nvram_write(image.nvram, "permall", nullptr, 1, nullptr, error);
               }),
               kBadCall);
  EXPECT_ERROR(call([&](nonvol_error** error) { return nonvol_nvram_start(image.nvram, 4, error); }),
               kBadCall);
  EXPECT_ERROR(call([&](nonvol_error** error) {
                 return nonvol_nvram_read_async(image.nvram, "permall", 1, nullptr, nullptr, error);
               }),
               kBadCall);
  for (const nonvol_entry& entry :
       {nonvol_entry{"other", 1, 3, 0}, nonvol_entry{"other", 1, NONVOL_KIND_ATOMIC, 2}}) {
    EXPECT_ERROR(call([&](nonvol_error** error) {
                   std::uint64_t image_bytes = 0;
                   return nonvol_nvram_measure(&entry, 1, nullptr, &image_bytes, error);
                 }),
                 kBadEntryRequest);
  }
  EXPECT_EQ(nonvol_nvram_write(nullptr, "permall", "x", 1, nullptr, nullptr), number_of(ErrorId::kBadCall));
}

}  // namespace
}  // namespace nonvol::capi
