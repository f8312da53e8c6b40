#include "forms/qemu_json.h"

#include <gmock/gmock.h>

#include "testing/expect.h"

namespace nonvol::forms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using variable::Variable;
using ByteVector = std::vector<std::uint8_t>;

// As QEMU 10's qobject_to_json_pretty prints it: four spaces, members in the order of its hash table, no line
// break at the end.
constexpr std::string_view kByQemu = R"({
    "version": 2,
    "variables": [
        {
            "name": "BootOrder",
            "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
            "attr": 7,
            "data": "0100ff00"
        },
        {
            "name": "Private",
            "digest": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "guid": "11111111-2222-3333-4444-555555555555",
            "attr": 39,
            "time": "da070306131115000000000000000000",
            "data": "ab"
        }
    ]
})";

std::vector<Variable> two_variables() {
  const auto vendor = *octets::parse_guid("11111111-2222-3333-4444-555555555555");
  std::vector<Variable> result = {
      {*variable::make_identity("BootOrder", variable::vendor::kGlobal), 7, {1, 0, 0xff, 0}},
      {*variable::make_identity("Private", vendor), 39, {0xab}}};
  result[1].time = {0xda, 7, 3, 6, 0x13, 0x11, 0x15};
  for (std::uint8_t i = 0; i < 32; ++i) result[1].digest.push_back(i);
  return result;
}

Result<QemuJson> read(std::string_view text) {
  return read_qemu_json("vars.json", ByteVector(text.begin(), text.end()));
}

// A file with one variable that has these members.
Result<QemuJson> read_one(std::string_view members) {
  return read(R"({"version":2,"variables":[{)" + std::string(members) + "}]}");
}

constexpr std::string_view kPlain =
    R"("name":"A","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"")";

TEST(QemuJsonReading, TakesWhatQemuWrites) {
  const auto file = read(kByQemu);
  ASSERT_OK(file);
  EXPECT_EQ(file->dialect, Dialect::kQemu);
  EXPECT_EQ(file->contents.form, Form::kQemuJson);
  EXPECT_EQ(file->contents.variables, two_variables());
  EXPECT_THAT(file->contents.findings, testing::IsEmpty());
}

TEST(QemuJsonReading, TakesWhatVirtFirmwareWrites) {
  const auto file = read(R"({"version": 2, "variables": [
    {"name": "Vari\u00e9t\u00e9", "guid": "8BE4DF61-93CA-11D2-AA0D-00E098032B8C", "attr": 7, "data": "0A"}]})");
  ASSERT_OK(file);
  EXPECT_EQ(file->dialect, Dialect::kVirtFirmware);
  EXPECT_EQ(file->contents.form, Form::kVirtFirmwareJson);
  EXPECT_EQ(file->contents.variables[0].identity.name().text, "Variété");
  EXPECT_EQ(file->contents.variables[0].data, ByteVector{10});
  EXPECT_FINDING(file->contents.findings, kVarsJsonDialect);
  EXPECT_EQ(file->contents.findings[0].place.text(), "vars.json at /variables/0/name");
}

TEST(QemuJsonReading, SaysOnceWhatQemuWouldNotTake) {
  const auto file = read(R"({"version":2,"variables":[
      {"name":"\u00e9","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"01"},
      {"name":"\u00e8","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"01"}]})");
  ASSERT_OK(file);
  EXPECT_EQ(file->contents.findings.size(), 1u);
}

TEST(QemuJsonReading, TakesWhatUefivarsWrites) {
  const std::string stamped =
      "{" + std::string(kPlain) + R"(,"timestamp":"da070306131115000000000000000000"})";
  const auto two = read(R"({"version":2,"variables":[)" + stamped + "]}");
  ASSERT_OK(two);
  EXPECT_EQ(two->dialect, Dialect::kUefivars2);
  EXPECT_EQ(two->contents.form, Form::kUefivarsJson);
  EXPECT_EQ(two->contents.variables[0].time[1], 7);
  EXPECT_FINDING(two->contents.findings, kVarsJsonDialect);

  const auto one = read("[" + stamped + "]");
  ASSERT_OK(one);
  EXPECT_EQ(one->dialect, Dialect::kUefivars1);
  EXPECT_EQ(one->contents.variables, two->contents.variables);
  EXPECT_EQ(one->contents.findings.size(), 1u) << "the worst is said once";
}

TEST(QemuJsonReading, RefusesMembersAsQemuDoes) {
  const auto unknown = read_one(std::string(kPlain) + R"(,"atribute":7)");
  EXPECT_ERROR(unknown, kVarsJsonUnknownMember);
  EXPECT_EQ(unknown.error().place.text(), "vars.json at /variables/0/atribute");
  EXPECT_ERROR(read(R"({"version":2,"variables":[],"comment":"x"})"), kVarsJsonUnknownMember);
  for (const char* members :
       {R"("guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"")",
        R"("name":"A","attr":7,"data":"")",
        R"("name":"A","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","data":"")",
        R"("name":"A","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7)",
        R"("name":7,"guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"")",
        R"("name":"A","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":"7","data":"")"}) {
    EXPECT_ERROR(read_one(members), kVarsJsonMember);
  }
  EXPECT_ERROR(read_one(std::string(kPlain) + R"(,"time":"00","timestamp":"00")"), kVarsJsonMember);
  EXPECT_ERROR(read(R"({"version":2,"variables":{}})"), kVarsJsonMember);
  EXPECT_ERROR(read(R"({"version":2,"variables":[7]})"), kVarsJsonMember);
  EXPECT_ERROR(read(R"({"version":2})"), kVarsJsonMember);
  EXPECT_ERROR(read("7"), kVarsJsonMember);
  EXPECT_ERROR(read(R"({"version":3,"variables":[]})"), kVarsJsonVersion);
  EXPECT_ERROR(read(R"({"version":2,"variables":[)"), kJsonSyntax);
}

TEST(QemuJsonReading, RefusesValuesThatQemuWouldDrop) {
  const auto with = [](std::string_view name, std::string_view guid, std::string_view attr,
                       std::string_view rest) {
    return read_one(R"("name":")" + std::string(name) + R"(","guid":")" + std::string(guid) + R"(","attr":)" +
                    std::string(attr) + "," + std::string(rest));
  };
  constexpr std::string_view kGuid = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
  EXPECT_OK(with("A", kGuid, "4294967295", R"("data":"")"));
  EXPECT_ERROR(with("A", kGuid, "4294967296", R"("data":"")"), kVarsJsonValue);
  EXPECT_ERROR(with("A", kGuid, "-1", R"("data":"")"), kVarsJsonValue);
  EXPECT_ERROR(with("A", kGuid, "7.5", R"("data":"")"), kVarsJsonValue);
  EXPECT_ERROR(with("", kGuid, "7", R"("data":"")"), kVarsJsonValue);
  EXPECT_ERROR(with("A\\u0000B", kGuid, "7", R"("data":"")"), kVarsJsonValue);
  EXPECT_ERROR(with("A", "8be4df61", "7", R"("data":"")"), kVarsJsonValue);
  EXPECT_ERROR(with("A", kGuid, "7", R"("data":"abc")"), kVarsJsonValue);
  EXPECT_ERROR(with("A", kGuid, "7", R"("data":"0g")"), kVarsJsonValue);
  EXPECT_ERROR(with("A", kGuid, "7", R"("data":"","digest":"0x")"), kVarsJsonValue);
  const auto time = with("A", kGuid, "7", R"("data":"","time":"da0703")");
  EXPECT_ERROR(time, kVarsJsonValue);
  EXPECT_EQ(time.error().message, "time of variable 'A' of vars.json: has 3 bytes, EFI_TIME has 16");
}

TEST(QemuJsonReading, KeepsTheFirstOfTwo) {
  const auto file = read(R"({"version":2,"variables":[
      {"name":"A","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"01"},
      {"name":"A","guid":"11111111-2222-3333-4444-555555555555","attr":7,"data":"02"},
      {"name":"A","guid":"8be4df61-93ca-11d2-aa0d-00e098032b8c","attr":7,"data":"0304"}]})");
  ASSERT_OK(file);
  ASSERT_EQ(file->contents.variables.size(), 2u) << "a vendor and a name, never the name alone";
  EXPECT_EQ(file->contents.variables[0].data, ByteVector{1});
  EXPECT_FINDING(file->contents.findings, kDuplicateVariable);
  EXPECT_EQ(
      file->contents.findings[0].message,
      "variable A-8be4df61-93ca-11d2-aa0d-00e098032b8c is there twice, with 1 and 2 bytes of data; the first "
      "counts");
}

TEST(QemuJsonReading, RefusesFilesThatAreFarTooLarge) {
  EXPECT_ERROR(read_qemu_json("vars.json", ByteVector(kLargestTextBytes + 1, ' ')), kFormTooLarge);
}

TEST(QemuJsonWriting, IsWhatQemuReads) {
  const auto text = write_qemu_json(Dialect::kQemu, two_variables());
  ASSERT_OK(text);
  EXPECT_EQ(*text, R"({
  "version": 2,
  "variables": [
    {
      "name": "BootOrder",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "attr": 7,
      "data": "0100ff00"
    },
    {
      "name": "Private",
      "guid": "11111111-2222-3333-4444-555555555555",
      "attr": 39,
      "data": "ab",
      "time": "da070306131115000000000000000000",
      "digest": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    }
  ]
}
)");
  const auto again = read(*text);
  ASSERT_OK(again);
  EXPECT_EQ(again->contents.variables, two_variables());
}

TEST(QemuJsonWriting, RefusesWhatWouldBeLost) {
  std::vector<Variable> variables = two_variables();
  const auto digest = write_qemu_json(Dialect::kVirtFirmware, variables);
  EXPECT_ERROR(digest, kFormCannotHold);
  EXPECT_THAT(digest.error().message, HasSubstr("digest of its signer, for which virt-firmware's JSON"));
  variables[1].digest.clear();
  EXPECT_OK(write_qemu_json(Dialect::kVirtFirmware, variables));

  variables[0].identity.name_utf16 = {0xe9, 0};
  EXPECT_OK(write_qemu_json(Dialect::kVirtFirmware, variables));
  EXPECT_ERROR(write_qemu_json(Dialect::kQemu, variables), kFormCannotHold);
  variables[0].identity.name_utf16 = {0x00, 0xd8};
  EXPECT_ERROR(write_qemu_json(Dialect::kVirtFirmware, variables), kFormCannotHold);
  variables[0].identity.name_utf16 = {'A', 0, 0, 0, 'B', 0};
  EXPECT_ERROR(write_qemu_json(Dialect::kQemu, variables), kFormCannotHold);
  variables[0].identity.name_utf16 = {'A', 0};
  variables[0].monotonic_count = 1;
  EXPECT_ERROR(write_qemu_json(Dialect::kQemu, variables), kFormCannotHold);
  variables[0].monotonic_count = 0;
  variables[0].public_key_index = 1;
  EXPECT_ERROR(write_qemu_json(Dialect::kQemu, variables), kFormCannotHold);

  variables[0].public_key_index = 0;
  variables[0].data.assign(kLargestTextBytes / 2, 0);
  EXPECT_ERROR(write_qemu_json(Dialect::kQemu, variables), kFormTooLarge);

  EXPECT_ERROR(write_qemu_json(Dialect::kUefivars1, two_variables()), kFormNotWritten);
}

}  // namespace
}  // namespace nonvol::forms
