#include <gmock/gmock.h>

#include <algorithm>

#include "outcome/result.h"

namespace nonvol {
namespace {

TEST(Catalogue, IsAscendingAndComplete) {
  EXPECT_TRUE(std::ranges::is_sorted(catalogue(), std::ranges::less_equal{}, &CatalogueEntry::id) &&
              std::ranges::adjacent_find(catalogue(), {}, &CatalogueEntry::id) == catalogue().end());
  for (const CatalogueEntry& entry : catalogue()) {
    EXPECT_EQ(&catalogue_entry(entry.id), &entry) << to_string(entry.id);
    EXPECT_FALSE(entry.title.empty() || entry.title.ends_with('.')) << to_string(entry.id);
    EXPECT_TRUE(entry.explanation.ends_with('.')) << to_string(entry.id);
    EXPECT_TRUE(entry.remedy.ends_with('.')) << to_string(entry.id);
  }
}

TEST(Catalogue, FindsIdsAsPeopleWriteThem) {
  for (const char* text : {"NV2203", "nv2203", "2203"}) {
    ASSERT_NE(find_catalogue_entry(text), nullptr) << text;
    EXPECT_EQ(find_catalogue_entry(text)->id, ErrorId::kStoreSize);
  }
  for (const char* text : {"", "NV", "NV22", "NV22033", "XX2203", "22O3", "NV0000"}) {
    EXPECT_EQ(find_catalogue_entry(text), nullptr) << text;
  }
  EXPECT_EQ(to_string(ErrorId::kStoreSize), "NV2203");
}

TEST(Place, ReadsAsPeopleWriteIt) {
  EXPECT_EQ(Place::in_file("a.fd").text(), "a.fd");
  EXPECT_EQ(Place::at_byte("a.fd", 0x58).text(), "a.fd, byte 0x58");
  EXPECT_EQ(Place::at_line("a.json", 3, 5).text(), "a.json:3:5");
  EXPECT_EQ(Place::at_pointer("a.json", "/mapping/device").text(), "a.json at /mapping/device");
}

Result<int> half(int number) {
  if (number % 2 != 0) return Error(ErrorId::kBadCommandLine, "odd").with_hint("give an even number");
  return number / 2;
}

TEST(Result, CarriesAValueOrAnError) {
  ASSERT_TRUE(half(4).has_value());
  EXPECT_EQ(*half(4), 2);
  const Result<int> odd = half(3);
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().id, ErrorId::kBadCommandLine);
  EXPECT_EQ(odd.error().exit_code(), ExitCode::kUsage);
  const Finding finding = to_finding(odd.error(), Severity::kWarning);
  EXPECT_EQ(finding.message, "odd");
  EXPECT_EQ(finding.hint, "give an even number");
  EXPECT_EQ(to_string(finding.severity), "warning");
}

}  // namespace
}  // namespace nonvol
