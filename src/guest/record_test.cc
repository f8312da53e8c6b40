#include "guest/record.h"

#include "guest/name.h"
#include "testing/expect.h"

namespace nonvol::guest {
namespace {

Record example() {
  Record record;
  record.name = "web01";
  record.created = "2026-01-31T23:59:59Z";
  record.nonvol_version = "0.1.0";
  record.architecture = "x86_64";
  record.machine = "q35";
  record.descriptor = "/usr/share/qemu/firmware/60-edk2.json";
  record.features = {"acpi-s3", "secure-boot"};
  record.executable = {"/usr/share/OVMF/OVMF_CODE_4M.fd", "raw", 3653632, {}};
  record.executable.sha256.fill(0xab);
  record.nvram_template = FirmwareFile{"/usr/share/OVMF/OVMF_VARS_4M.fd", "raw", 540672, {}};
  record.nvram = Nvram{"web01_VARS.fd", "raw", 540672, {}};
  return record;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(GuestName, IsADirectoryAndNeverAPath) {
  for (const char* name : {"a", "0", "web01", "Web-01_x+y", "lost+found"}) EXPECT_OK(check_guest_name(name));
  EXPECT_OK(check_guest_name(std::string(64, 'x')));
  for (const char* name : {"", ".", "..", "-a", "_a", "+a", "a.b", "a/b", "a:b", "a b", "\xc3\xa4", "a\n"}) {
    EXPECT_ERROR(check_guest_name(name), kBadGuestName);
  }
  EXPECT_ERROR(check_guest_name(std::string(65, 'x')), kBadGuestName);
  EXPECT_ERROR(check_guest_name(std::string_view("a\0b", 3)), kBadGuestName);
}

TEST(Record, ComesBackAsItWasWritten) {
  Record record = example();
  Result<Record> parsed = parse_record(write_record(record), "guest.json");
  ASSERT_OK(parsed);
  EXPECT_EQ(*parsed, record);

  record.machine = "";
  record.features.clear();
  record.nvram_template.reset();
  record.executable.path = "/odd \"path\"\\\n\x01\x7f \xe2\x82\xac";
  record.executable.size_bytes = UINT64_MAX;
  record.nvram = Nvram{"web01_VARS.qcow2", "qcow2", 0, {}};
  record.created = "2026-01-31T23:59:59.25Z";
  parsed = parse_record(write_record(record), "guest.json");
  ASSERT_OK(parsed);
  EXPECT_EQ(*parsed, record);
}

TEST(Record, ComesBackForEveryDeviceAndMode) {
  const auto comes_back = [](const Record& record) {
    const Result<Record> parsed = parse_record(write_record(record), "guest.json");
    EXPECT_OK(parsed);
    EXPECT_TRUE(parsed && *parsed == record) << write_record(record);
  };
  Record record = example();
  record.nvram->format = "qcow2";
  record.nvram->master = Master{540672, {}};
  record.nvram->master->sha256.fill(0xcd);
  comes_back(record);
  EXPECT_THAT(write_record(record), ::testing::HasSubstr("\"file\": \"../.masters/cdcdcdcd"));
  record = example();
  record.mode = descriptor::FlashMode::kCombined;
  record.nvram_template.reset();
  comes_back(record);
  record.mode = descriptor::FlashMode::kStateless;
  record.nvram.reset();
  comes_back(record);
  record.mode = descriptor::FlashMode::kSplit;
  for (const auto device :
       {descriptor::Device::kMemory, descriptor::Device::kKernel, descriptor::Device::kIgvm}) {
    record.device = device;
    record.interface = "bios";
    comes_back(record);
    EXPECT_THAT(write_record(record), ::testing::HasSubstr("\"mode\": null"));
  }
  record.device = descriptor::Device::kMemory;
  record.nvram_template = FirmwareFile{"/fw/vars.json", "json", 32, {}};
  record.nvram = Nvram{"web01_VARS.json", "json", 32, {}};
  comes_back(record);
}

Record example_with_tpm() {
  Record record = example();
  record.tpm = Tpm{"web01.nvram", "2.0", 811008};
  return record;
}

TEST(Record, HasATpmOrSaysNothingOfOne) {
  EXPECT_THAT(write_record(example()), ::testing::Not(::testing::HasSubstr("tpm")));
  Record record = example_with_tpm();
  record.tpm->version = "1.2";
  for (const bool keeps_variables : {true, false}) {
    if (!keeps_variables) {
      record.mode = descriptor::FlashMode::kStateless;
      record.nvram.reset();
      record.nvram_template.reset();
    }
    const Result<Record> parsed = parse_record(write_record(record), "guest.json");
    ASSERT_OK(parsed);
    EXPECT_EQ(*parsed, record);
  }
  EXPECT_TRUE(write_record(example_with_tpm())
                  .ends_with("  },\n  \"tpm\": {\n    \"file\": \"web01.nvram\",\n"
                             "    \"version\": \"2.0\",\n    \"size_bytes\": 811008\n  }\n}\n"));
}

TEST(Record, RefusesATpmThatItCannotRelyOn) {
  struct Case {
    const char* from;
    const char* to;
    const char* pointer;
  };
  constexpr Case kCases[] = {
      {"\"tpm\": {", "\"tpm\": null, \"x\": {", "/tpm"},
      {"\"tpm\": {", "\"tpm\": \"2.0\", \"x\": {", "/tpm"},
      {"\"web01.nvram\"", "\"../web02/web02.nvram\"", "/tpm/file"},
      {"\"web01.nvram\"", "\"/etc/passwd\"", "/tpm/file"},
      {"\"web01.nvram\"", "\"\"", "/tpm/file"},
      {"\"web01.nvram\"", "\"..\"", "/tpm/file"},
      {"\"web01.nvram\"", "\"guest.json\"", "/tpm/file"},
      // One file cannot be both.
      {"\"web01.nvram\"", "\"web01_VARS.fd\"", "/tpm/file"},
      {"\"2.0\"", "\"2\"", "/tpm/version"},
      {"\"2.0\"", "2.0", "/tpm/version"},
      {"\"version\": \"2.0\",", "", "/tpm"},
      {"811008", "-1", "/tpm/size_bytes"},
  };
  for (const Case& test : kCases) {
    const Result<Record> parsed =
        parse_record(replaced(write_record(example_with_tpm()), test.from, test.to), "guest.json");
    EXPECT_ERROR(parsed, kRecordDamaged);
    EXPECT_EQ(parsed.error().place, Place::at_pointer("guest.json", test.pointer))
        << test.to << ": " << parsed.error().message;
  }
}

// What a record of another mode may not say, beside what every record may not.
TEST(Record, RefusesWhatDoesNotGoTogether) {
  const auto refused = [](const Record& record, std::string_view pointer) {
    const Result<Record> parsed = parse_record(write_record(record), "guest.json");
    EXPECT_ERROR(parsed, kRecordDamaged);
    EXPECT_EQ(parsed.error().place.json_pointer, pointer) << parsed.error().message;
  };
  Record record = example();
  record.nvram_template.reset();
  record.device = descriptor::Device::kKernel;
  refused(record, "/nvram");
  record.device = descriptor::Device::kMemory;
  refused(record, "/nvram");
  record = example();
  record.nvram->master = Master{540672, {}};
  refused(record, "/nvram/master");
  record.nvram->format = "qcow2";
  record.nvram_template.reset();
  record.mode = descriptor::FlashMode::kCombined;
  refused(record, "/nvram");
  // Another file under the overlay than one of the home's masters.
  record = example();
  record.nvram->format = "qcow2";
  record.nvram->master = Master{540672, {}};
  const std::string text = replaced(write_record(record), "../.masters/", "../../etc/");
  const Result<Record> parsed = parse_record(text, "guest.json");
  EXPECT_ERROR(parsed, kRecordDamaged);
  EXPECT_EQ(parsed.error().place, Place::at_pointer("guest.json", "/nvram/master/file"));
}

TEST(Record, HasOneLayout) {
  const std::string text = write_record(example());
  EXPECT_TRUE(text.starts_with("{\n  \"schema\": \"nonvol.guest/1\",\n  \"name\": \"web01\",\n")) << text;
  EXPECT_THAT(text, ::testing::HasSubstr("\"sha256\": \"abababab"));
  EXPECT_TRUE(
      text.ends_with("  \"nvram\": {\n    \"file\": \"web01_VARS.fd\",\n    \"format\": \"raw\",\n"
                     "    \"size_bytes\": 540672\n  }\n}\n"))
      << text;
}

TEST(Record, ToleratesMembersItDoesNotKnow) {
  const std::string text =
      replaced(write_record(example()), "\"name\"", "\"note\": {\"a\": [1]},\n  \"name\"");
  const Result<Record> parsed = parse_record(text, "guest.json");
  ASSERT_OK(parsed);
  EXPECT_EQ(*parsed, example());
}

TEST(Record, RefusesWhatItCannotRelyOn) {
  struct Case {
    const char* from;
    const char* to;
    const char* pointer;
  };
  constexpr Case kCases[] = {
      {"nonvol.guest/1", "nonvol.guest/2", "/schema"},
      {"\"schema\"", "\"scheme\"", ""},
      {"\"web01\"", "\"../web02\"", "/name"},
      {"\"web01\"", "1", "/name"},
      {"2026-01-31T23:59:59Z", "2026-01-31 23:59:59Z", "/created"},
      {"2026-01-31T23:59:59Z", "2026-01-31T23:59:59", "/created"},
      {"2026-01-31T23:59:59Z", "2026-01-31T23:59:59+01:00", "/created"},
      {"2026-01-31T23:59:59Z", "2026-01-31T23:59:59.Z", "/created"},
      {"\"0.1.0\"", "\"\"", "/nonvol_version"},
      {"\"x86_64\"", "\"\"", "/architecture"},
      {"\"q35\"", "null", "/machine"},
      {"\"uefi\"", "\"efi\"", "/interface"},
      {"\"flash\"", "\"rom\"", "/device"},
      {"\"flash\"", "\"memory\"", "/mode"},
      {"\"split\"", "\"none\"", "/mode"},
      {"\"split\"", "null", "/mode"},
      {"\"split\"", "\"combined\"", "/nvram_template"},
      {"\"split\"", "\"stateless\"", "/nvram_template"},
      {"\"nvram\": {", "\"nvram\": null, \"x\": {", "/nvram"},
      {"\"format\": \"raw\",\n    \"size_bytes\": 540672\n",
       "\"format\": \"json\",\n    \"size_bytes\": 540672\n", "/nvram"},
      {"/usr/share/qemu", "usr/share/qemu", "/descriptor"},
      {"\"secure-boot\"", "7", "/features/1"},
      {"\"executable\": {", "\"executable\": null, \"x\": {", "/executable"},
      {"\"/usr/share/OVMF/OVMF_CODE_4M.fd\"", "\"/usr\\u0000/x\"", "/executable/path"},
      {"\"format\": \"raw\"", "\"format\": \"vmdk\"", "/executable/format"},
      {"3653632", "-1", "/executable/size_bytes"},
      {"3653632", "3.5", "/executable/size_bytes"},
      {"3653632", "\"3653632\"", "/executable/size_bytes"},
      {"\"abab", "\"ab", "/executable/sha256"},
      {"\"abab", "\"zbab", "/executable/sha256"},
      {"\"nvram_template\": {", "\"nvram_template\": [], \"x\": {", "/nvram_template"},
      {"\"nvram_template\"", "\"x\"", ""},
      {"\"web01_VARS.fd\"", "\"../web02/web02_VARS.fd\"", "/nvram/file"},
      {"\"web01_VARS.fd\"", "\"/etc/passwd\"", "/nvram/file"},
      {"\"web01_VARS.fd\"", "\"..\"", "/nvram/file"},
      {"\"web01_VARS.fd\"", "\".\"", "/nvram/file"},
      {"\"web01_VARS.fd\"", "\"\"", "/nvram/file"},
      {"\"web01_VARS.fd\"", "\"guest.json\"", "/nvram/file"},
      {"\"web01_VARS.fd\"", "\"a\\u0000b\"", "/nvram/file"},
      {"\"file\"", "\"x\"", "/nvram"},
  };
  for (const Case& test : kCases) {
    const Result<Record> parsed =
        parse_record(replaced(write_record(example()), test.from, test.to), "guest.json");
    EXPECT_ERROR(parsed, kRecordDamaged);
    EXPECT_EQ(parsed.error().place, Place::at_pointer("guest.json", test.pointer))
        << test.to << ": " << parsed.error().message << " at " << parsed.error().place.text();
  }
}

TEST(Record, RefusesWhatIsNoRecordAtAll) {
  for (const char* text : {"[]", "null", "\"schema\""}) {
    EXPECT_ERROR(parse_record(text, "guest.json"), kRecordDamaged);
  }
  for (const char* text : {"", "{", "{\"schema\": 1, \"schema\": 1}", "\xff"}) {
    const Result<Record> parsed = parse_record(text, "guest.json");
    EXPECT_ERROR(parsed, kRecordDamaged);
    EXPECT_TRUE(parsed.error().place.line.has_value()) << text;
  }
  // Every text that is cut off.
  const std::string whole = write_record(example());
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_ERROR(parse_record(std::string_view(whole).substr(0, size), "guest.json"), kRecordDamaged);
  }
}

}  // namespace
}  // namespace nonvol::guest
