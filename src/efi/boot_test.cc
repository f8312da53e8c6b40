#include "efi/boot.h"

#include <gmock/gmock.h>

#include "testing/boot_samples.h"
#include "testing/expect.h"

namespace nonvol::efi {
namespace {

using boot_samples::bytes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using variable::Variable;
using Variables = std::vector<Variable>;

Variables usual() {
  return {boot_samples::variable("Boot0000", bytes(boot_samples::kUiApp)),
          boot_samples::variable("Timeout", bytes("0300")),
          boot_samples::variable("BootOrder", bytes("020000000010")),
          boot_samples::variable("Boot0002", bytes(boot_samples::kDvd)),
          boot_samples::variable("Boot1000", bytes(boot_samples::kDebian)),
          boot_samples::variable("Boot0001", bytes(boot_samples::kDebian), variable::vendor::kShim)};
}

// The variables after an edit, as a store would have them.
Variables after(Variables variables, const BootEdit& edit) {
  for (const variable::Identity& identity : edit.remove) {
    EXPECT_EQ(std::erase_if(variables, [&](const Variable& v) { return v.identity == identity; }), 1u)
        << identity.text();
  }
  for (const Variable& changed : edit.set) {
    const auto found = std::ranges::find(variables, changed.identity, &Variable::identity);
    if (found != variables.end()) {
      *found = changed;
    } else {
      variables.push_back(changed);
    }
  }
  return variables;
}

std::vector<std::uint16_t> numbers(const BootView& view) {
  std::vector<std::uint16_t> result;
  for (const BootEntry& entry : view.entries) result.push_back(entry.number);
  return result;
}

LoadOption debian() {
  return parse_load_option(bytes(boot_samples::kDebian), "new").value();
}

TEST(OptionNumber, IsFourUpperCaseDigits) {
  const auto number = [](std::string_view name, OptionKind kind = OptionKind::kBoot) {
    return option_number(variable::make_identity(name, variable::vendor::kGlobal).value(), kind);
  };
  EXPECT_EQ(number("Boot0003"), 3);
  EXPECT_EQ(number("Boot1000"), 0x1000);
  EXPECT_EQ(number("BootFFFF"), 0xffff);
  EXPECT_EQ(number("Driver00A0", OptionKind::kDriver), 0xa0);
  EXPECT_EQ(number("SysPrep0001", OptionKind::kSysPrep), 1);
  for (const char* name : {"Boot00ff", "Boot003", "Boot00003", "BootNext", "boot0003", "Driver0000"}) {
    EXPECT_EQ(number(name), std::nullopt) << name;
  }
  EXPECT_EQ(
      option_number(variable::make_identity("Boot0003", variable::vendor::kShim).value(), OptionKind::kBoot),
      std::nullopt);
  EXPECT_EQ(option_name(OptionKind::kBoot, 0xab), "Boot00AB");
}

TEST(BootView, IsInTheBootOrder) {
  const BootView view = boot_view(usual(), "web01.fd");
  EXPECT_THAT(view.order, ElementsAre(2, 0, 0x1000));
  EXPECT_THAT(numbers(view), ElementsAre(2, 0, 0x1000));
  EXPECT_EQ(view.timeout_seconds, 3);
  EXPECT_EQ(view.next, std::nullopt);
  EXPECT_EQ(view.entries[2].option->description().text, "debian");
  EXPECT_EQ(view.entries[2].identity.text(), "Boot1000-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  EXPECT_TRUE(view.entries[2].in_order);
  EXPECT_THAT(view.findings, IsEmpty());
  EXPECT_THAT(boot_view({}, "web01.fd").findings, IsEmpty());
}

TEST(BootView, OtherKindsHaveTheirOwnOrder) {
  Variables variables = usual();
  variables.push_back(boot_samples::variable("DriverOrder", bytes("0000")));
  variables.push_back(boot_samples::variable("Driver0000", bytes(boot_samples::kDebian)));
  variables.push_back(boot_samples::variable("BootNext", bytes("7700")));
  const BootView view = boot_view(variables, "web01.fd", OptionKind::kDriver);
  EXPECT_THAT(numbers(view), ElementsAre(0));
  EXPECT_EQ(view.next, std::nullopt);
  EXPECT_THAT(view.findings, IsEmpty());
}

TEST(BootView, SaysWhatDoesNotFit) {
  Variables variables = usual();
  variables[2].data = bytes("02000900020000");
  variables.push_back(boot_samples::variable("BootNext", bytes("0700")));
  variables.push_back(boot_samples::variable("Boot0005", bytes("0100")));
  const BootView view = boot_view(variables, "web01.fd");
  EXPECT_FINDING(view.findings, kBootOrderLength);
  EXPECT_FINDING(view.findings, kBootEntryMissing);
  EXPECT_FINDING(view.findings, kBootEntryNotInOrder);
  EXPECT_FINDING(view.findings, kBootNextMissing);
  EXPECT_FINDING(view.findings, kBootOrderTwice);
  EXPECT_FINDING(view.findings, kLoadOption);
  std::vector<std::string> messages;
  for (const Finding& finding : view.findings) {
    EXPECT_EQ(finding.place.text(), "web01.fd");
    messages.push_back(finding.message);
  }
  EXPECT_THAT(messages,
              ElementsAre("BootOrder has 7 bytes, 3 numbers of 2 bytes and 1 byte too many",
                          "load option Boot0005: 'attributes' at offset 0x0 needs 4 bytes, 2 are left",
                          "BootOrder names Boot0009 at position 2, which does not exist",
                          "BootOrder names Boot0002 at positions 1 and 3",
                          "Boot1000 is none of the 3 entries that BootOrder names",
                          "Boot0005 is none of the 3 entries that BootOrder names",
                          "BootNext names Boot0007, which does not exist"))
      << "nothing of Boot0000, which is an application";
  EXPECT_THAT(numbers(view), ElementsAre(2, 0, 5, 0x1000));
  EXPECT_FALSE(view.entries[2].option);
}

TEST(BootView, NumbersHaveTwoBytes) {
  Variables variables = usual();
  variables[1].data = bytes("03");
  const BootView view = boot_view(variables, "web01.fd");
  EXPECT_FINDING(view.findings, kBootVariableSize);
  EXPECT_EQ(view.findings[0].message, "Timeout has 1 bytes, it is a number of 2");
  EXPECT_EQ(view.timeout_seconds, std::nullopt);
}

TEST(BootView, FaultsOfDevicePathsAreAmongTheFindings) {
  Variables variables = usual();
  variables[4].data.back() = 9;  // the length of the end node
  EXPECT_FINDING(boot_view(variables, "web01.fd").findings, kDevicePathNode);
}

TEST(AddBootEntry, TakesTheFirstNumberThatNothingUses) {
  Variables variables = usual();
  variables.push_back(boot_samples::variable("BootNext", bytes("0300")));
  variables[2].data = bytes(
      "020000000010"
      "0100"
      "0400");
  const auto added = add_boot_entry(variables, debian(), OrderPosition::kLast);
  ASSERT_OK(added);
  EXPECT_EQ(added->number, 5) << "0 and 2 exist, the order names 1 and 4, BootNext 3";
  const Variables now = after(variables, added->edit);
  EXPECT_THAT(boot_view(now, "f").order, ElementsAre(2, 0, 0x1000, 1, 4, 5));
  ASSERT_EQ(added->edit.set.size(), 2u);
  EXPECT_EQ(added->edit.set[0].attributes, 7u);
  EXPECT_EQ(octets::to_hex(added->edit.set[0].data), boot_samples::kDebian);
  EXPECT_EQ(added->edit.set[0].identity.text(), "Boot0005-8be4df61-93ca-11d2-aa0d-00e098032b8c");
}

TEST(AddBootEntry, StandsWhereItIsAskedTo) {
  const auto first = add_boot_entry(usual(), debian(), OrderPosition::kFirst);
  ASSERT_OK(first);
  EXPECT_THAT(boot_view(after(usual(), first->edit), "f").order, ElementsAre(1, 2, 0, 0x1000));
  const auto none = add_boot_entry(usual(), debian(), OrderPosition::kNone);
  ASSERT_OK(none);
  EXPECT_THAT(none->edit.set, SizeIs(1));

  const auto alone = add_boot_entry({}, debian(), OrderPosition::kLast);
  ASSERT_OK(alone);
  EXPECT_EQ(alone->number, 0);
  ASSERT_EQ(alone->edit.set.size(), 2u);
  EXPECT_EQ(alone->edit.set[1].identity.text(), "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  EXPECT_EQ(alone->edit.set[1].attributes, 7u);
  EXPECT_EQ(alone->edit.set[1].data, bytes("0000"));
  const auto driver = add_boot_entry(usual(), debian(), OrderPosition::kLast, OptionKind::kDriver);
  ASSERT_OK(driver);
  EXPECT_EQ(driver->edit.set[0].identity.name().text, "Driver0000");
  EXPECT_EQ(driver->edit.set[1].identity.name().text, "DriverOrder");
}

TEST(AddBootEntry, KeepsWhatElseTheOrderVariableHas) {
  Variables variables = usual();
  variables[2].attributes = 3;
  variables[2].monotonic_count = 9;
  const auto added = add_boot_entry(variables, debian(), OrderPosition::kLast);
  ASSERT_OK(added);
  EXPECT_EQ(added->edit.set[1].attributes, 3u);
  EXPECT_EQ(added->edit.set[1].monotonic_count, 9u);
}

TEST(AddBootEntry, MayFindNoNumber) {
  std::vector<std::uint8_t> all;
  for (unsigned i = 0; i < 0x10000; ++i) {
    all.push_back(static_cast<std::uint8_t>(i));
    all.push_back(static_cast<std::uint8_t>(i >> 8));
  }
  const Variables variables = {boot_samples::variable("BootOrder", all)};
  EXPECT_ERROR(add_boot_entry(variables, debian(), OrderPosition::kLast), kNoFreeBootNumber);
}

TEST(DeleteBootEntry, LeavesNothingThatNamesIt) {
  Variables variables = usual();
  variables.push_back(boot_samples::variable("BootNext", bytes("0010")));
  const auto edit = delete_boot_entry(variables, 0x1000);
  ASSERT_OK(edit);
  const BootView view = boot_view(after(variables, *edit), "f");
  EXPECT_THAT(view.order, ElementsAre(2, 0));
  EXPECT_EQ(view.next, std::nullopt);
  EXPECT_THAT(view.findings, IsEmpty());

  const auto other = delete_boot_entry(variables, 2);
  ASSERT_OK(other);
  EXPECT_EQ(boot_view(after(variables, *other), "f").next, 0x1000);
  EXPECT_ERROR(delete_boot_entry(variables, 1), kNoSuchBootEntry);  // Boot0001 is another vendor's

  const Variables single = {boot_samples::variable("Boot0000", bytes(boot_samples::kUiApp)),
                            boot_samples::variable("BootOrder", bytes("0000"))};
  const auto last = delete_boot_entry(single, 0);
  ASSERT_OK(last);
  EXPECT_THAT(after(single, *last), IsEmpty()) << "an empty variable is none";
}

TEST(SetBootOrder, NamesEntriesThatExist) {
  const std::uint16_t order[] = {0x1000, 2};
  const auto edit = set_boot_order(usual(), order);
  ASSERT_OK(edit);
  EXPECT_THAT(boot_view(after(usual(), *edit), "f").order, ElementsAre(0x1000, 2));

  const std::uint16_t missing[] = {0x1000, 7};
  const auto refused = set_boot_order(usual(), missing);
  EXPECT_ERROR(refused, kNoSuchBootEntry);
  EXPECT_EQ(refused.error().message,
            "boot entry Boot0007 does not exist: none of the 3 variables of that kind has the name");
  EXPECT_OK(set_boot_order(usual(), missing, true));
  const std::uint16_t twice[] = {2, 2};
  EXPECT_ERROR(set_boot_order(usual(), twice, true), kBootRequest);

  const std::uint16_t same[] = {2, 0, 0x1000};
  EXPECT_TRUE(set_boot_order(usual(), same)->empty());
  const auto cleared = set_boot_order(usual(), {});
  ASSERT_OK(cleared);
  EXPECT_THAT(cleared->set, IsEmpty());
  EXPECT_THAT(cleared->remove, SizeIs(1));
}

TEST(SetBootNext, IsSetAndCleared) {
  const auto set = set_boot_next(usual(), 0x1000);
  ASSERT_OK(set);
  const Variables now = after(usual(), *set);
  EXPECT_EQ(boot_view(now, "f").next, 0x1000);
  EXPECT_TRUE(set_boot_next(now, 0x1000)->empty());
  EXPECT_ERROR(set_boot_next(usual(), 7), kNoSuchBootEntry);
  const auto cleared = set_boot_next(now, std::nullopt);
  ASSERT_OK(cleared);
  EXPECT_EQ(boot_view(after(now, *cleared), "f").next, std::nullopt);
  EXPECT_TRUE(set_boot_next(usual(), std::nullopt)->empty());
}

}  // namespace
}  // namespace nonvol::efi
