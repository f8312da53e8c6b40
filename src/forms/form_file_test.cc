#include "forms/form_file.h"

#include <gmock/gmock.h>

#include "forms/recognise.h"
#include "testing/expect.h"

namespace nonvol::forms {
namespace {

using testing::HasSubstr;
using variable::Variable;
using ByteVector = std::vector<std::uint8_t>;

ByteVector bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

ByteVector at(std::size_t offset_bytes, std::string_view text) {
  ByteVector result(offset_bytes, 0);
  result.insert(result.end(), text.begin(), text.end());
  return result;
}

TEST(Recognise, EachFormByItsFirstBytes) {
  const std::pair<ByteVector, Form> kCases[] = {
      {bytes(R"({"version": 2, "variables": []})"), Form::kQemuJson},
      {bytes("\n  {\n \"variables\" : []}"), Form::kQemuJson},
      {bytes(R"({"version": 2, "variables": [{"timestamp": ""}]})"), Form::kUefivarsJson},
      {bytes(R"([{"name": "A", "guid": ""}])"), Form::kUefivarsJson},
      {bytes(R"([{"name": "A"}])"), Form::kUnknown},
      {bytes(R"({"description": "firmware", "mapping": {}})"), Form::kUnknown},
      {bytes("QU1aTlVFRkkA"), Form::kEc2},
      {bytes("\r\nQU1aTlVFRkn"), Form::kEc2},
      {bytes("QU1aTlVFRko"), Form::kUnknown},
      {bytes("QU1aTlVFRk"), Form::kUnknown},
      {bytes("GUESTRTS"), Form::kVmgs},
      {at(512, "GUESTRTS"), Form::kVmgs},
      {at(4096, "GUESTRTS"), Form::kVmgs},
      {at(1024, "GUESTRTS"), Form::kUnknown},
      {at(40, "_FVH"), Form::kUnknown},
      {{}, Form::kUnknown},
      {bytes(" \n"), Form::kUnknown},
      {ByteVector(70000, 0xff), Form::kUnknown},
  };
  for (const auto& [file, form] : kCases) EXPECT_EQ(recognise(file), form) << to_string(form);
  ByteVector flash = at(40, "_FVH");
  const auto guid = octets::parse_guid("fff12b8d-7696-4c8b-a985-2747075b4f50");
  std::copy(guid->bytes.begin(), guid->bytes.end(), flash.begin() + 16);
  EXPECT_EQ(recognise(flash), Form::kFlash);
  ByteVector far = ByteVector(kRecogniseBytes, ' ');
  far.push_back('{');
  EXPECT_EQ(recognise(far), Form::kUnknown) << "only the first 64 KiB";
}

std::vector<Variable> variables() {
  std::vector<Variable> result = {
      {*variable::make_identity("Boot0000", variable::vendor::kGlobal), 7, {1, 0, 0, 0}},
      {*variable::make_identity("db", variable::vendor::kImageSecurityDatabase), 0x27, {'d', 'b', '!'}}};
  result[1].time = {0xda, 7, 3, 6, 0x13, 0x11, 0x15};
  return result;
}

TEST(FormFile, GivesBackWhatWasWritten) {
  for (const Form form : {Form::kQemuJson, Form::kVirtFirmwareJson, Form::kEc2}) {
    std::vector<Variable> written = variables();
    if (keeps_digests(form)) written[1].digest.assign(32, 0xd1);
    const auto file = write_form(form, written);
    ASSERT_OK(file);
    const auto contents = read_form("vars", *file);
    ASSERT_OK(contents);
    EXPECT_EQ(contents->variables, written);
    EXPECT_THAT(contents->findings, testing::IsEmpty());
  }
}

TEST(FormFile, WritesTheStampWhereUefivarsLooksForIt) {
  std::vector<Variable> written = variables();
  written[1].digest.assign(32, 0xd1);
  const auto file = write_form(Form::kUefivarsJson, written);
  ASSERT_OK(file);
  const auto contents = read_form("vars", *file);
  ASSERT_OK(contents);
  EXPECT_EQ(contents->form, Form::kUefivarsJson) << "QEMU would not take it";
  EXPECT_EQ(contents->variables, written);
}

TEST(FormFile, SaysWhichJsonItWas) {
  const auto one = read_form("vars", bytes(R"([{"name":"A","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "attr":7,"data":"00"}])"));
  ASSERT_OK(one);
  EXPECT_EQ(one->form, Form::kUefivarsJson);
}

TEST(FormFile, RefusesWhatItDoesNotKnow) {
  const auto empty = read_form("vars.json", {});
  EXPECT_ERROR(empty, kFormUnknown);
  EXPECT_THAT(empty.error().message, HasSubstr("vars.json, 0 bytes, is empty"));
  EXPECT_THAT(empty.error().notes, testing::ElementsAre(HasSubstr("QEMU takes an empty file")));
  EXPECT_ERROR(read_form("vars", ByteVector(100, 7)), kFormUnknown);
  const auto vmgs = read_form("guest.vmgs", bytes("GUESTRTS"));
  EXPECT_ERROR(vmgs, kVmgsHeader);
  EXPECT_ERROR(read_form("uefi-data", bytes("QU1aTlVFRkk=")), kEc2Header);
}

TEST(FormFile, WritesOnlyWhatCanBeWholeAnew) {
  for (const Form form : {Form::kVmgs, Form::kFlash, Form::kUnknown})
    EXPECT_ERROR(write_form(form, variables()), kFormNotWritten);
}

}  // namespace
}  // namespace nonvol::forms
