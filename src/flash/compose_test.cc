#include "flash/compose.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "testing/expect.h"
#include "testing/feed_store.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;

TEST(BlankVolume, IsWhatTheBuildsHave) {
  for (const test_stores::Shape& shape : {test_stores::ovmf_2m(), test_stores::ovmf_4m()}) {
    const Layout& layout = layout_of_volume(shape.volume_bytes);
    EXPECT_TRUE(blank_volume(layout, HeaderKind::kAuthenticated) == test_stores::StoreBuilder(shape).bytes())
        << layout.name;
  }
  // The builder makes ARM stores as the driver formats them; ArmVirtPkg/VarStore.fdf.inc has these checksums.
  const ByteVector arm = blank_volume(layout_of_volume(0xc0000), HeaderKind::kAuthenticated);
  EXPECT_THAT(std::span(arm).subspan(0x32, 2), testing::ElementsAre(0x28, 0x09));
  EXPECT_THAT(std::span(arm).subspan(0x40010, 4), testing::ElementsAre(0x5b, 0xe7, 0xc6, 0x86));
  for (const auto& [path, layout] : {std::pair{"/usr/share/OVMF/OVMF_VARS.fd", "ovmf-2m"},
                                     {"/usr/share/OVMF/OVMF_VARS_4M.fd", "ovmf-4m"}}) {
    std::ifstream file(path, std::ios::binary);
    if (!file) GTEST_SKIP() << path << " is missing: install ovmf";
    const ByteVector real{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(blank_volume(layout_of_volume(real.size()), HeaderKind::kAuthenticated) == real)
        << path << layout;
  }
}

TEST(BlankVolume, PlainIsReadAsPlain) {
  const auto bytes = blank_volume(layout_of_volume(0xc0000), HeaderKind::kPlain);
  const auto outcome = test_stores::read_store(bytes);
  ASSERT_OK(outcome.store);
  EXPECT_EQ(outcome.store->kind, HeaderKind::kPlain);
  EXPECT_THAT(outcome.store->findings, testing::IsEmpty());
}

TEST(EncodeRecord, IsWhatTheBuilderWrites) {
  variable::Variable variable;
  variable.identity = *variable::make_identity("Name", test_stores::kSecurity);
  variable.attributes = 0x27;
  variable.data = {1, 2, 3, 4, 5};
  const ByteVector time = test_stores::efi_time(2010, 3, 6, 19, 17, 21);
  std::ranges::copy(time, variable.time.begin());
  variable.monotonic_count = 0x1122334455667788;
  variable.public_key_index = 9;
  for (const bool plain : {false, true}) {
    const test_stores::Shape shape = plain ? as_plain(test_stores::armvirt()) : test_stores::ovmf_4m();
    test_stores::StoreBuilder builder(shape);
    const std::uint64_t at = builder.next_offset_bytes();
    builder.add({.name = u"Name",
                 .vendor = test_stores::kSecurity,
                 .data = variable.data,
                 .attributes = 0x27,
                 .timestamp = time,
                 .count = variable.monotonic_count,
                 .key_index = 9});
    const ByteVector& bytes = builder.bytes();
    const ByteVector expected(bytes.begin() + static_cast<long>(at),
                              bytes.begin() + static_cast<long>(builder.next_offset_bytes()));
    EXPECT_EQ(encode_record(variable, plain ? HeaderKind::kPlain : HeaderKind::kAuthenticated, 0x3f),
              expected);
  }
}

}  // namespace
}  // namespace nonvol::flash
