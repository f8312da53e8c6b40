// What nonvol says of a store before a firmware meets it, and the store after a repair; for
// tests/e2e/damage.py:
//   predict_store predict FILE --code ovmf-4m [--smm] [--arm] [--validates-records]
//   predict_store repair FILE [--code ovmf-4m] -o OUT
// Prints one JSON document with names, numbers and ids only.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "flash/predict.h"
#include "flash/repair.h"
#include "octets/text.h"

namespace {

using namespace nonvol;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "predict_store: %s\n", why.c_str());
  std::exit(2);
}

struct Request {
  std::string verb, file, out;
  flash::FirmwareTraits firmware;
};

const flash::Layout* find_layout(const std::string& name) {
  for (const flash::Layout& layout : flash::known_layouts()) {
    if (layout.name == name) return &layout;
  }
  fail("no such layout: " + name);
}

Request parse(const std::vector<std::string>& words) {
  if (words.size() < 2) fail("predict or repair, and a file");
  Request request{.verb = words[0], .file = words[1], .out = {}, .firmware = {}};
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--smm") {
      request.firmware.smm = true;
    } else if (word == "--arm") {
      request.firmware.family = flash::FirmwareTraits::Family::kArm;
    } else if (word == "--validates-records") {
      request.firmware.validates_records = true;
    } else if (i + 1 < words.size() && word == "--code") {
      request.firmware.expects = find_layout(words[++i]);
      request.firmware.code_name = words[i];
    } else if (i + 1 < words.size() && word == "-o") {
      request.out = words[++i];
    } else {
      fail("what is " + word);
    }
  }
  return request;
}

void print_findings(const char* key, const std::vector<Finding>& findings) {
  std::printf("\"%s\": [", key);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    std::printf("%s\"%s\"", i == 0 ? "" : ", ", to_string(findings[i].id).c_str());
    std::fprintf(stderr, "%s %s\n", to_string(findings[i].id).c_str(), findings[i].message.c_str());
  }
  std::printf("]");
}

// Names of the test's stores need no escapes; others are left out.
void print_names(const char* key, const std::vector<variable::Identity>& identities) {
  std::printf("\"%s\": [", key);
  bool first = true;
  for (const variable::Identity& identity : identities) {
    const std::string name = identity.name().text;
    if (name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") !=
        std::string::npos) {
      continue;
    }
    std::printf("%s\"%s\"", first ? "" : ", ", name.c_str());
    first = false;
  }
  std::printf("]");
}

int predict(const Request& request, const std::vector<std::uint8_t>& file) {
  if (request.firmware.expects == nullptr) fail("--code is missing");
  const flash::Prediction prediction = flash::predict(request.file, file, file.size(), request.firmware);
  std::printf("{\"outcome\": \"%s\", ", std::string(flash::to_string(prediction.outcome)).c_str());
  print_findings("reasons", prediction.reasons);
  std::printf(", ");
  print_names("live", prediction.live);
  std::printf(", ");
  print_names("lost", prediction.lost);
  std::printf("}\n");
  return 0;
}

int repair(const Request& request, const std::vector<std::uint8_t>& file) {
  auto plan = flash::plan_repair(request.file, file, file.size(), request.firmware.expects);
  if (!plan) fail(to_string(plan.error().id) + " " + plan.error().message);
  std::vector<std::uint8_t> after = file;
  after.resize(plan->file_size_bytes, 0xff);
  std::copy(plan->bytes.begin(), plan->bytes.end(), after.begin());
  std::ofstream out(request.out, std::ios::binary | std::ios::trunc);
  for (const std::uint8_t byte : after) out.put(static_cast<char>(byte));
  if (!out.flush()) fail("cannot write " + request.out);
  std::printf("{\"layout\": \"%s\", \"live_before\": %llu, \"live_after\": %llu, ",
              std::string(plan->layout->name).c_str(), static_cast<unsigned long long>(plan->live_before),
              static_cast<unsigned long long>(plan->live_after));
  print_findings("steps", plan->steps);
  std::printf("}\n");
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const Request request = parse({words + 1, words + count});
  std::ifstream in(request.file, std::ios::binary);
  if (!in) fail("cannot read " + request.file);
  const std::vector<std::uint8_t> file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (request.verb == "predict") return predict(request, file);
  if (request.verb == "repair") return repair(request, file);
  fail("what is " + request.verb);
}
