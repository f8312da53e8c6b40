#include <gmock/gmock.h>

#include "json/document.h"
#include "json/writer.h"
#include "testing/expect.h"

namespace nonvol::json {
namespace {

TEST(Document, KeepsValuesAndTheirPlaces) {
  const std::string text = "{\n  \"a\": [1, \"two\", true, null],\n  \"b\": {\"c~/\": -0.5e+3}\n}";
  Document document;
  const Result<Value> root = document.parse(text, "x.json");
  ASSERT_OK(root);
  ASSERT_TRUE(root->is(Kind::kObject));
  std::vector<Kind> kinds;
  for (const Value element : root->find("a")->children()) kinds.push_back(element.kind());
  EXPECT_THAT(kinds, testing::ElementsAre(Kind::kNumber, Kind::kString, Kind::kTrue, Kind::kNull));
  const Value inner = *root->find("b")->find("c~/");
  EXPECT_EQ(inner.text(), "-0.5e+3");
  EXPECT_EQ(inner.whole_number(), std::nullopt);
  EXPECT_EQ(inner.pointer(), "/b/c~0~1");
  EXPECT_EQ((*root->find("a")->children().begin()).whole_number(), 1u);
  EXPECT_EQ((*++root->find("a")->children().begin()).pointer(), "/a/1");
  EXPECT_EQ(root->pointer(), "");
  EXPECT_EQ(root->find("c"), std::nullopt);
  EXPECT_EQ(line_and_column(text, inner.offset_bytes()).line, 3u);
  EXPECT_EQ(line_and_column(text, inner.offset_bytes()).column, 16u);
}

TEST(Document, IsReusable) {
  Document document;
  ASSERT_OK(document.parse("[\"\\u0041\", 2]", "a"));
  const Result<Value> second = document.parse("{}", "b");
  ASSERT_OK(second);
  EXPECT_TRUE(second->children().empty());
}

TEST(Document, DecodesEscapes) {
  Document document;
  const Result<Value> root = document.parse(R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 é")", "x");
  ASSERT_OK(root);
  EXPECT_EQ(root->text(), "\"\\/\b\f\n\r\t\u00e9\U0001f600 \u00e9");
}

TEST(Document, ManyDecodedStringsStayWhereTheyAre) {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += R"("\u0061",)";
  text += "0]";
  Document document;
  const Result<Value> root = document.parse(text, "x");
  ASSERT_OK(root);
  int count = 0;
  for (const Value element : root->children()) count += element.text() == "a";
  EXPECT_EQ(count, 1000);
}

TEST(Document, RefusesWhatRfc8259Refuses) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "[1",
                           "[1,",
                           "[1,]",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{1:1}",
                           "01",
                           "-",
                           "-a",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "+1",
                           "tru",
                           "nul",
                           "True",
                           "'a'",
                           "\"",
                           "\"\\\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"a\nb\"",
                           "\"\xff\"",
                           "\"\xc0\x80\\n\"",
                           "1 2",
                           "[1] x",
                           "/**/1",
                           "\xef\xbb\xbf{}",
                           "NaN",
                           "[1 2]",
                           "{\"a\" 1}",
                           "\"\\"}) {
    Document document;
    EXPECT_ERROR(document.parse(text, "x.json"), kJsonSyntax);
  }
  EXPECT_ERROR(Document().parse(std::string_view("[\0]", 3), "x.json"), kJsonSyntax);
}

TEST(Document, SaysWhereAndWhat) {
  Document document;
  const Result<Value> broken = document.parse("{\n  \"a\": 1\n  \"b\": 2\n}", "60.json");
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().place.text(), "60.json:3:3");
  EXPECT_EQ(broken.error().message, "',' or '}' should be here");
  const Result<Value> cut = document.parse("[1,", "60.json");
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().message, "the text ends where a value should be");
}

TEST(Document, RefusesAMemberThatAppearsTwice) {
  Document document;
  const Result<Value> twice = document.parse("{\"a\": 1,\n \"\\u0061\": 2}", "x.json");
  EXPECT_ERROR(twice, kJsonDuplicateKey);
  EXPECT_EQ(twice.error().place.text(), "x.json:2:12");
  EXPECT_OK(document.parse(R"({"a": {"a": 1}, "b": {"a": 1}})", "x.json"));
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i) + "\": 1, ";
  EXPECT_OK(document.parse(many + "\"last\": 1}", "x.json"));
  EXPECT_ERROR(document.parse(many + "\"k57\": 1}", "x.json"), kJsonDuplicateKey);
}

TEST(Document, BoundsDepth) {
  Document document;
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_OK(document.parse(nested(kMaxDepth), "x"));
  EXPECT_ERROR(document.parse(nested(kMaxDepth + 1), "x"), kJsonTooDeep);
  EXPECT_ERROR(document.parse(std::string(10'000'000, '['), "x"), kJsonTooDeep);
}

TEST(Writer, LaysOutMembersInOrder) {
  Writer writer;
  writer.begin_object()
      .member("name", "a\"b\\c\n\x01\xff é")
      .member("size_bytes", std::uint64_t{12})
      .member("on", true);
  writer.strings("empty", std::vector<std::string>{}).strings("two", std::vector<std::string>{"x", "y"});
  writer.key("none").null().key("inner").begin_object().end_object().end_object();
  EXPECT_EQ(writer.take(), R"({
  "name": "a\"b\\c\n\u0001)"
                           "\xef\xbf\xbd"
                           R"( é",
  "size_bytes": 12,
  "on": true,
  "empty": [],
  "two": [
    "x",
    "y"
  ],
  "none": null,
  "inner": {}
}
)");
}

TEST(Writer, FitsOnOneLine) {
  Writer writer(Layout::kOneLine);
  writer.begin_object().member("a", "b\nc").key("d").begin_array().number(1).null().end_array().end_object();
  EXPECT_EQ(writer.take(), R"({"a": "b\nc", "d": [1, null]})");
}

TEST(Writer, WritesWhatTheReaderReads) {
  Writer writer;
  writer.begin_array().string("tab\t nul").number(~0ull).boolean(false).end_array();
  const std::string text = writer.take();
  Document document;
  const Result<Value> root = document.parse(text, "x");
  ASSERT_OK(root);
  EXPECT_EQ((*root->children().begin()).text(), "tab\t nul");
  EXPECT_EQ((*++root->children().begin()).whole_number(), ~0ull);
}

}  // namespace
}  // namespace nonvol::json
