#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "octets/base64.h"
#include "qmp/request_stream.h"
#include "qmp/session.h"
#include "storage/memory.h"
#include "testing/expect.h"

namespace nonvol::qmp {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

// Everything the stream tells apart in `pieces`; what is not a value has a mark in front.
std::vector<std::string> values_of(const std::vector<std::string>& pieces) {
  RequestStream stream;
  std::vector<std::string> result;
  for (const std::string& piece : pieces) {
    stream.feed(piece);
    while (std::optional<RequestStream::Item> item = stream.next()) {
      const bool text = item->kind == RequestStream::Item::Kind::kText;
      result.push_back((text ? "" : "stray:") + item->text);
    }
  }
  return result;
}

TEST(RequestStream, FindsValuesInAnyPieces) {
  const std::string text = "{\"a\": [1, \"}\\\"]\"]}\r\n[2] \"x y\"{\"b\":{}}12 tru\n";
  const std::vector<std::string> values = {
      "{\"a\": [1, \"}\\\"]\"]}", "[2]", "\"x y\"", "{\"b\":{}}", "12", "tru"};
  EXPECT_EQ(values_of({text}), values);
  std::vector<std::string> single;
  for (const char c : text) single.emplace_back(1, c);
  EXPECT_EQ(values_of(single), values);
}

TEST(RequestStream, RecoversFromGarbage) {
  // A bracket too many, crossing brackets, a word that runs into an object, lone separators.
  EXPECT_THAT(values_of({"}{\"a\":1}"}), ElementsAre("}", "{\"a\":1}"));
  EXPECT_THAT(values_of({"{\"a\": ]{}"}), ElementsAre("{\"a\": ]", "{}"));
  EXPECT_THAT(values_of({"foo{\"a\":1}"}), ElementsAre("foo", "{\"a\":1}"));
  EXPECT_THAT(values_of({",:{}"}), ElementsAre(",", ":", "{}"));
  // A control character ends a string and what it is in; reading goes on behind the line.
  EXPECT_THAT(values_of({"{\"a\nb\" c\n{}"}), ElementsAre("stray:{\"a", "{}"));
  // 0xff drops what was begun, and nothing else.
  EXPECT_THAT(values_of({"{\"a", "\xff", "{}\xff"}), ElementsAre("stray:{\"a", "{}"));
  EXPECT_THAT(values_of({"{\"unfinished\": "}), IsEmpty());
}

TEST(RequestStream, LimitsOneValue) {
  RequestStream stream;
  stream.feed("{\"a\": \"");
  const std::string piece(std::size_t{1} << 20, 'x');
  std::optional<RequestStream::Item> item;
  std::size_t pieces = 0;
  for (; !item; item = stream.next()) {
    ASSERT_LE(++pieces, 65U);
    stream.feed(piece);
  }
  EXPECT_EQ(item->kind, RequestStream::Item::Kind::kTooLong);
  EXPECT_EQ(pieces, 64U);
}

TEST(CompactValue, DropsWhiteSpaceOutsideStrings) {
  const std::string text =
      "{\"id\": { \"a b\" : [1,\n 2] , \"q\\\" }\": null } , \"x\": -1.5e3 , \"y\": \"s t\"}";
  EXPECT_EQ(compact_value(text, text.find("{ \"a")), "{\"a b\":[1,2],\"q\\\" }\":null}");
  EXPECT_EQ(compact_value(text, text.find("-1.5")), "-1.5e3");
  EXPECT_EQ(compact_value(text, text.find("\"s t")), "\"s t\"");
}

TEST(Base64, HasTheExamplesOfItsSpecification) {
  const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"},
                                                                    {"\xff\xfe\xfd", "//79"}};
  for (const auto& [plain, coded] : examples) {
    EXPECT_EQ(octets::to_base64(bytes_of(plain)), coded);
    EXPECT_EQ(octets::from_base64(coded), bytes_of(plain));
  }
  for (const std::string_view bad :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zg==Zm9v", "Zm 9"}) {
    EXPECT_EQ(octets::from_base64(bad), std::nullopt) << bad;
  }
}

// A file whose flushes fail when told to, and are counted.
class Failing final : public storage::BlockFile {
 public:
  Failing(const bool& fails, int& flushes, std::vector<std::uint8_t> bytes = {})
      : fails_(fails), flushes_(flushes), file_(storage::memory_file(std::move(bytes))) {}
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return file_->read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    return file_->write_at(offset_bytes, bytes);
  }
  Result<void> flush() override {
    ++flushes_;
    if (fails_) return Error(ErrorId::kInputOutput, "the medium is gone");
    return {};
  }
  Result<void> resize(std::uint64_t size_bytes) override { return file_->resize(size_bytes); }

 private:
  const bool& fails_;
  int& flushes_;
  std::unique_ptr<storage::BlockFile> file_;
};

class Conversation : public testing::Test {
 protected:
  std::string say(Session& session, std::string_view words) {
    session.feed(words);
    while (session.step()) {
    }
    return session.take_output();
  }
  std::string say(std::string_view words) { return say(session_, words); }
  void negotiate() { ASSERT_EQ(say("{\"execute\": \"qmp_capabilities\"}"), "{\"return\": {}}\r\n"); }
  void format() {
    negotiate();
    ASSERT_EQ(say("{\"execute\": \"nvram-format\", \"arguments\": {\"entries\": ["
                  "{\"name\": \"tpm\", \"capacity-bytes\": 100}, "
                  "{\"name\": \"raw\", \"capacity-bytes\": 3, \"kind\": \"plain\"}]}}"),
              "{\"return\": {\"changed\": true}}\r\n");
  }

  // Refused for want of a key.
  static constexpr std::string_view kEncrypted =
      "{\"execute\": \"nvram-format\", \"arguments\": {\"lose-contents\": true, \"entries\": ["
      "{\"name\": \"s\", \"capacity-bytes\": 9, \"encrypted\": true}]}}";
  static constexpr std::string_view kOther =
      "{\"execute\": \"nvram-format\", \"arguments\": {\"entries\": [{\"name\": \"b\", "
      "\"capacity-bytes\": 9}]}}";
  static constexpr std::string_view kOtherAnyway =
      "{\"execute\": \"nvram-format\", \"arguments\": {\"lose-contents\": true, \"entries\": [{\"name\": \"b\", "
      "\"capacity-bytes\": 9}]}}";
  static constexpr std::string_view kGet = "{\"execute\": \"nvram-get\", \"arguments\": {\"name\": \"tpm\"}}";
  static constexpr std::string_view kPut =
      "{\"execute\": \"nvram-put\", \"arguments\": {\"name\": \"tpm\", \"data\": \"Zm9v\"}}";

  bool fails_ = false;
  int flushes_ = 0;
  Nvram nvram_ = *Nvram::open(std::make_unique<Failing>(fails_, flushes_), "web.nvram", std::nullopt);
  Session session_{nvram_};
};

TEST_F(Conversation, BeginsWithCapabilities) {
  EXPECT_THAT(Session::greeting(), StartsWith("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": "));
  EXPECT_EQ(
      say("{\"execute\": \"query-nvram\", \"id\": 7}"),
      "{\"id\": 7, \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Expecting capabilities negotiation "
      "with 'qmp_capabilities'\"}}\r\n");
  EXPECT_THAT(say("{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": [\"oob\"]}}"),
              HasSubstr("does not accept value 'oob'"));
  EXPECT_EQ(say("{\"execute\": \"qmp_capabilities\", \"id\": {\"a\": [1, 2.50]}}"),
            "{\"return\": {}, \"id\": {\"a\":[1,2.50]}}\r\n");
  EXPECT_THAT(say("{\"execute\": \"qmp_capabilities\"}"), HasSubstr("negotiation is already complete"));
}

TEST_F(Conversation, SaysWhatIsWrongAsQemuDoes) {
  negotiate();
  const std::pair<std::string_view, std::string_view> mistakes[] = {
      {"[1]", "QMP input must be a JSON object"},
      {"{}", "QMP input lacks member 'execute'"},
      {"{\"execute\": 1}", "QMP input member 'execute' must be a string"},
      {"{\"execute\": \"quit\", \"x\": 1}", "QMP input member 'x' is unexpected"},
      {"{\"execute\": \"quit\", \"arguments\": []}", "QMP input member 'arguments' must be an object"},
      {"{\"execute\": \"no\"}", "The command no has not been found"},
      {"{\"execute\": \"nvram-get\"}", "Parameter 'name' is missing"},
      {"{\"execute\": \"nvram-get\", \"arguments\": {\"name\": 1}}",
       "Invalid parameter type for 'name', expected: string"},
      {"{\"execute\": \"quit\", \"arguments\": {\"z\": 1}}", "Parameter 'z' is unexpected"},
      {"{\"execute\": \"nvram-put\", \"arguments\": {\"name\": \"a\", \"data\": \"!\"}}",
       "Parameter 'data' is not base64"},
      {"{\"execute\": \"nvram-get\", \"arguments\": {\"name\": \"a\"}}",
       "NV7101: web.nvram is not formatted"},
      {"{\"execute\" \"no\"}", "JSON parse error, "},
      {"{\"execute\": \"a\nb\"}\n", "JSON parse error, "},
  };
  for (const auto& [words, complaint] : mistakes) {
    EXPECT_THAT(say(words), HasSubstr(complaint)) << words;
    EXPECT_THAT(say("{\"execute\": \"query-version\"}"), StartsWith("{\"return\": {\"qemu\"")) << words;
  }
}

TEST_F(Conversation, FormatsPutsGetsAndDeletes) {
  EXPECT_THAT(say("{\"execute\": \"qmp_capabilities\"}{\"execute\": \"query-nvram\"}"),
              HasSubstr("\"formatted\": false"));
  Session second(nvram_);
  say(second, "{\"execute\": \"qmp_capabilities\"}");
  EXPECT_THAT(say(second,
                  "{\"execute\": \"nvram-format\", \"arguments\": {\"entries\": [{\"name\": \".x\", "
                  "\"capacity-bytes\": 1}]}}"),
              HasSubstr("NV7407"));
  EXPECT_EQ(nvram_.image(), nullptr);
  const std::string format =
      "{\"execute\": \"nvram-format\", \"arguments\": {\"entries\": [{\"name\": \"tpm\", \"capacity-bytes\": 100}]}}";
  EXPECT_EQ(say(format), "{\"return\": {\"changed\": true}}\r\n");
  EXPECT_EQ(say(format), "{\"return\": {\"changed\": false}}\r\n");
  EXPECT_EQ(say("{\"execute\": \"nvram-put\", \"arguments\": {\"name\": \"tpm\", \"data\": \"Zm9v\"}}"),
            "{\"return\": {\"name\": \"tpm\", \"generation\": 1}}\r\n");
  EXPECT_EQ(
      say(second, "{\"execute\": \"nvram-get\", \"arguments\": {\"name\": \"tpm\"}}"),
      "{\"return\": {\"name\": \"tpm\", \"generation\": 1, \"size-bytes\": 3, \"data\": \"Zm9v\"}}\r\n");
  EXPECT_THAT(
      say("{\"execute\": \"query-nvram\"}"),
      HasSubstr("{\"name\": \"tpm\", \"kind\": \"atomic\", \"capacity-bytes\": 100, \"used-bytes\": 3, "
                "\"generation\": 1, \"state\": \"present\", \"encrypted\": false, \"damage\": []}"));
  // Another layout, and contents that nobody gave up.
  const std::string other =
      "{\"execute\": \"nvram-format\", \"arguments\": {\"entries\": [{\"name\": \"b\", \"capacity-bytes\": 9}]";
  EXPECT_THAT(say(other + "}}"), HasSubstr("NV7401"));
  EXPECT_THAT(say("{\"execute\": \"nvram-delete\", \"arguments\": {\"name\": \"tpm\"}}"),
              HasSubstr("\"generation\": 2"));
  EXPECT_THAT(say("{\"execute\": \"nvram-get\", \"arguments\": {\"name\": \"tpm\"}}"), HasSubstr("NV7201"));
  EXPECT_EQ(say(other + ", \"lose-contents\": true}}"), "{\"return\": {\"changed\": true}}\r\n");
  EXPECT_THAT(say("{\"execute\": \"nvram-get\", \"arguments\": {\"name\": \"tpm\"}}"), HasSubstr("NV7202"));
}

TEST_F(Conversation, ReportsAFatalErrorOnceAndTakesNoMoreUpdates) {
  format();
  const std::string put =
      "{\"execute\": \"nvram-put\", \"arguments\": {\"name\": \"raw\", \"data\": \"Zm9v\"}}";
  EXPECT_EQ(nvram_.take_failure(), std::nullopt);
  fails_ = true;
  EXPECT_THAT(say(put), HasSubstr("NV5003: the medium is gone"));
  const std::optional<Error> failure = nvram_.take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(nvram_.take_failure(), std::nullopt);
  fails_ = false;
  EXPECT_THAT(say(put), HasSubstr("NV7408"));
  EXPECT_EQ(nvram_.take_failure(), std::nullopt);
  EXPECT_THAT(say("{\"execute\": \"query-nvram\"}"), HasSubstr("\"failed\": true"));

  const std::string event = fatal_error_event("web.nvram", *failure);
  EXPECT_THAT(event, StartsWith("{\"timestamp\": {\"seconds\": "));
  EXPECT_THAT(event,
              HasSubstr("\"event\": \"NVRAM_FATAL_ERROR\", \"data\": {\"image\": \"web.nvram\", \"desc\": "
                        "\"NV5003: the medium is gone\"}}\r\n"));
  Session stranger(nvram_);
  stranger.send_event(event);
  EXPECT_EQ(stranger.take_output(), "");
  session_.send_event(event);
  EXPECT_EQ(session_.take_output(), event);
}

TEST_F(Conversation, ARefusedFormatKeepsTheImageServed) {
  format();
  say(kPut);
  for (const std::string_view refused :
       {kEncrypted,
        std::string_view("{\"execute\": \"nvram-format\", \"arguments\": {\"lose-contents\": true, "
                         "\"entries\": [{\"name\": \"b\", \"capacity-bytes\": 1000000}]}}")}) {
    const int flushes_before = flushes_;
    EXPECT_THAT(say(refused), HasSubstr(refused == kEncrypted ? "NV7301" : "NV7402"));
    EXPECT_EQ(flushes_, flushes_before);
    EXPECT_EQ(nvram_.take_failure(), std::nullopt);
    EXPECT_FALSE(nvram_.failed());
    EXPECT_THAT(say("{\"execute\": \"query-nvram\"}"),
                AllOf(HasSubstr("\"formatted\": true"), HasSubstr("\"failed\": false")));
    EXPECT_THAT(say(kGet), HasSubstr("\"data\": \"Zm9v\""));
    EXPECT_THAT(say(kOther), HasSubstr("NV7401"));
    EXPECT_THAT(say(kGet), HasSubstr("\"data\": \"Zm9v\""));
  }
  EXPECT_THAT(say(kPut), HasSubstr("\"generation\": 2"));
  EXPECT_EQ(say(kOtherAnyway), "{\"return\": {\"changed\": true}}\r\n");
}

TEST_F(Conversation, AFormatThatFailsWhileWritingStaysFatal) {
  format();
  say(kPut);
  fails_ = true;
  EXPECT_THAT(say(kOtherAnyway), HasSubstr("NV5003: the medium is gone"));
  EXPECT_TRUE(nvram_.take_failure());
  fails_ = false;
  for (const std::string_view later : {kOtherAnyway, kOther, kEncrypted, kGet, kPut}) {
    EXPECT_THAT(say(later), HasSubstr("NV7408")) << later;
  }
  EXPECT_TRUE(nvram_.failed());
  EXPECT_EQ(nvram_.take_failure(), std::nullopt);
}

TEST_F(Conversation, TheSameLayoutIsMadeDurableFirst) {
  format();
  const std::string_view same =
      "{\"execute\": \"nvram-format\", \"arguments\": {\"entries\": [{\"name\": \"tpm\", \"capacity-bytes\": 100}, "
      "{\"name\": \"raw\", \"capacity-bytes\": 3, \"kind\": \"plain\"}]}}";
  const int flushes_before = flushes_;
  EXPECT_EQ(say(same), "{\"return\": {\"changed\": false}}\r\n");
  EXPECT_EQ(flushes_, flushes_before + 1);
  fails_ = true;
  EXPECT_THAT(say(same), HasSubstr("NV5003"));
  EXPECT_TRUE(nvram_.take_failure());
  fails_ = false;
  EXPECT_THAT(say(same), HasSubstr("NV7408"));
  EXPECT_THAT(say("{\"execute\": \"query-nvram\"}"), HasSubstr("\"failed\": true"));
}

// Preparing the first update of an atomic entry flushes.
TEST_F(Conversation, AFlushBeforeTheFirstUpdateIsFatalToo) {
  format();
  fails_ = true;
  EXPECT_THAT(say(kPut), HasSubstr("NV5003"));
  EXPECT_TRUE(nvram_.take_failure());
}

// An export that someone else formats while it is served as not formatted.
TEST(Nvram, LooksAgainAtWhatItTookForEmpty) {
  bool fails = false;
  int flushes = 0;
  auto file = std::make_unique<Failing>(fails, flushes, std::vector<std::uint8_t>(65536));
  Failing& medium = *file;
  Nvram nvram = *Nvram::open(std::move(file), "web.nvram", std::nullopt);
  ASSERT_EQ(nvram.image(), nullptr);
  const FormatWish wish{.entries = {{"tpm", 100}}};
  ASSERT_TRUE(medium.write_at(0, bytes_of("something else")));
  EXPECT_ERROR(nvram.format(wish), kNotEmpty);
  EXPECT_EQ(nvram.take_failure(), std::nullopt);
  ASSERT_TRUE(medium.write_at(0, std::vector<std::uint8_t>(14)));
  const Result<bool> formatted = nvram.format(wish);
  ASSERT_TRUE(formatted);
  EXPECT_TRUE(*formatted);
}

TEST_F(Conversation, QuitsAndHearsNothingMore) {
  negotiate();
  EXPECT_EQ(say("{\"execute\": \"quit\"}{\"execute\": \"query-version\"}"), "{\"return\": {}}\r\n");
  EXPECT_TRUE(session_.wants_quit());
}

}  // namespace
}  // namespace nonvol::qmp
