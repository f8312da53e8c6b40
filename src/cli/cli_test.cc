#include "cli/command.h"
#include "cli/help.h"
#include "cli/text.h"
#include "testing/expect.h"

namespace nonvol::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Parse, FindsTheCommandAndItsWords) {
  const auto parsed = parse({"vars", "get", "web01", "BootOrder", "--guid", "x", "--json"});
  ASSERT_OK(parsed);
  EXPECT_EQ(parsed->command->words, "vars get");
  EXPECT_THAT(parsed->arguments.words(), ElementsAre("web01", "BootOrder"));
  EXPECT_EQ(parsed->arguments.value("--guid"), "x");
  EXPECT_TRUE(parsed->arguments.has("--json"));
}

TEST(Parse, GlobalOptionsMayComeFirst) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--json", "--home", "vars", "firmware", "list"},
        std::vector<std::string>{"firmware", "--home=vars", "list", "--json"}}) {
    const auto parsed = parse(words);
    ASSERT_OK(parsed);
    EXPECT_EQ(parsed->command->words, "firmware list");
    EXPECT_EQ(parsed->arguments.value("--home"), "vars");
  }
  const auto status = parse({"--json"});
  ASSERT_OK(status);
  EXPECT_EQ(status->command->words, "");
}

TEST(Parse, ImpliedValuesDoNotSwallowWords) {
  for (const auto& [words, value] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"create", "--secure-boot", "web01"}, "on"},
           {{"create", "--secure-boot", "off", "web01"}, "off"},
           {{"create", "--secure-boot=off", "web01"}, "off"},
           {{"create", "web01", "--secure-boot"}, "on"}}) {
    const auto parsed = parse(words);
    ASSERT_OK(parsed);
    EXPECT_THAT(parsed->arguments.words(), ElementsAre("web01"));
    EXPECT_EQ(parsed->arguments.value("--secure-boot"), value);
  }
}

TEST(Parse, RepeatableOptionsCollect) {
  const auto parsed = parse({"firmware", "select", "--require", "a", "--require=b"});
  ASSERT_OK(parsed);
  EXPECT_THAT(parsed->arguments.all("--require"), ElementsAre("a", "b"));
  EXPECT_ERROR(parse({"firmware", "select", "--mode", "split", "--mode", "split"}), kBadCommandLine);
}

TEST(Parse, ShortOptionsAndTheEndOfOptions) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"vars", "get", "a.fd", "X", "-o", "-"},
        std::vector<std::string>{"vars", "get", "-o-", "a.fd", "X"},
        std::vector<std::string>{"vars", "get", "-o=-", "a.fd", "X"},
        std::vector<std::string>{"vars", "get", "--output=-", "a.fd", "X"}}) {
    const auto parsed = parse(words);
    ASSERT_OK(parsed);
    EXPECT_EQ(parsed->arguments.value("--output"), "-");
    EXPECT_THAT(parsed->arguments.words(), ElementsAre("a.fd", "X"));
  }
  const auto ended = parse({"vars", "get", "--json", "--", "a.fd", "--guid"});
  ASSERT_OK(ended);
  EXPECT_THAT(ended->arguments.words(), ElementsAre("a.fd", "--guid"));
  EXPECT_FALSE(ended->arguments.has("--guid"));
  // An empty value is a variable that was not set; taking it for "none" would read the wrong root.
  EXPECT_ERROR(parse({"create", "web01", "--machine="}), kBadCommandLine);
  EXPECT_ERROR(parse({"firmware", "list", "--root", ""}), kBadCommandLine);
}

TEST(Parse, RefusesWhatItDoesNotKnow) {
  EXPECT_ERROR(parse({"frimware"}), kUnknownCommand);
  EXPECT_ERROR(parse({""}), kUnknownCommand);
  EXPECT_ERROR(parse({"vars list", "x.fd"}), kUnknownCommand);
  EXPECT_ERROR(parse({"firmware"}), kUnknownCommand);
  EXPECT_ERROR(parse({"firmware", "frob"}), kUnknownCommand);
  EXPECT_ERROR(parse({"show"}), kBadCommandLine);
  EXPECT_ERROR(parse({"show", "a", "b"}), kBadCommandLine);
  EXPECT_ERROR(parse({"show", "a", "--frob"}), kBadCommandLine);
  EXPECT_ERROR(parse({"firmware", "select", "--mode", "both"}), kBadCommandLine);
  EXPECT_ERROR(parse({"firmware", "select", "--mode"}), kBadCommandLine);
  EXPECT_ERROR(parse({"show", "a", "--json=yes"}), kBadCommandLine);
  EXPECT_ERROR(parse({"show", "a", "-x"}), kBadCommandLine);
  EXPECT_ERROR(parse({"show", "a", "--jso"}), kBadCommandLine);
}

TEST(Table, EveryCommandIsDescribed) {
  for (const CommandSpec& command : commands()) {
    EXPECT_FALSE(command.summary.empty() || command.summary.ends_with('.')) << command.words;
    EXPECT_TRUE(command.description.ends_with('.')) << command.words;
    EXPECT_FALSE(command.examples.empty()) << command.words;
    EXPECT_NE(command.run, nullptr) << command.words;
    EXPECT_THAT(command_list(), HasSubstr(std::string(command.summary)));
    EXPECT_THAT(help_for(command), HasSubstr("--json"));
    for (const OptionSpec* option : command.options) EXPECT_TRUE(option->help.ends_with('.')) << option->name;
    const std::string help = help_for(command);
    std::size_t start = 0;
    while (start < help.size()) {
      const std::size_t end = help.find('\n', start);
      EXPECT_LE(end - start, 90u) << help.substr(start, end - start);
      start = end + 1;
    }
  }
}

TEST(Text, ShowsNoControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31m\n\x7f\xc2\x9b\xff \u00e9"), "a\\x1b[31m\\x0a\\x7f\\xc2\\x9b\\xff \u00e9");
}

TEST(Text, WrapsAtWords) {
  EXPECT_EQ(wrapped("one two three", 2, 9), "  one two\n  three\n");
  EXPECT_EQ(wrapped("one\ntwo", 0), "one\ntwo\n");
}

}  // namespace
}  // namespace nonvol::cli
