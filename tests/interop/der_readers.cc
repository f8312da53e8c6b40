#include "der_readers.h"

#include <fmt/format.h>

#include <regex>

#include "testing/child.h"

namespace nonvol::interop {
namespace {

const std::string kModules = NONVOL_FORMATS;

// The end of what a program printed: it can be long, and what matters comes last.
std::string said(const char* program, const std::string& output) {
  constexpr std::size_t kMostBytes = 400;
  return fmt::format("{}: {}\n", program,
                     output.size() > kMostBytes ? output.substr(output.size() - kMostBytes) : output);
}

// dumpasn1 takes a length whose first nine bits are ones (65,408 to 65,535, and likewise with more octets)
// for a wrong one: that is a rule for INTEGERs (X.690, 8.3.2), and lengths have no sign (8.1.3.5). Everything
// else it must like.
bool dumpasn1_accepts(const std::string& output) {
  static const std::regex summary("\n(\\d+) warnings?, (\\d+) errors?\\.\n");
  static const std::regex its_own_mistake(
      "Error: Length '8[234] FF [89A-F][^']*' has non-canonical encoding\\.");
  std::smatch counted;
  if (!std::regex_search(output, counted, summary) || counted[1] != "0") return false;
  const auto mistakes = std::distance(std::sregex_iterator(output.begin(), output.end(), its_own_mistake),
                                      std::sregex_iterator());
  return counted[2] == std::to_string(mistakes);
}

}  // namespace

void DerType::Delete::operator()(asn1_node node) const {
  asn1_delete_structure(&node);
}

DerType::DerType(const std::string& module, const std::string& type) : type_(type) {
  asn1_node definitions = nullptr;
  char problem[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
  const std::string path = fmt::format("{}/{}", kModules, module);
  if (asn1_parser2tree(path.c_str(), &definitions, problem) != ASN1_SUCCESS) {
    failure_ = fmt::format("libtasn1 does not read {}: {}", path, problem);
  }
  definitions_.reset(definitions);
}

std::string DerType::complaint(octets::Bytes der) const {
  if (!failure_.empty()) return failure_;
  asn1_node value = nullptr;
  if (const int made = asn1_create_element(definitions_.get(), type_.c_str(), &value); made != ASN1_SUCCESS) {
    return asn1_strerror(made);
  }
  int size_bytes = static_cast<int>(der.size());
  char problem[ASN1_MAX_ERROR_DESCRIPTION_SIZE] = "";
  const int decoded =
      asn1_der_decoding2(&value, der.data(), &size_bytes, ASN1_DECODE_FLAG_STRICT_DER, problem);
  const std::unique_ptr<asn1_node_st, Delete> owner(value);
  if (decoded != ASN1_SUCCESS) return fmt::format("{} {}", asn1_strerror(decoded), problem);
  if (size_bytes != static_cast<int>(der.size())) {
    return fmt::format("the value has {} bytes of {}", size_bytes, der.size());
  }
  return "";
}

std::string complaint_of_programs(const std::string& path) {
  std::string complaint;
  const testing::Finished openssl = testing::run({"openssl", "asn1parse", "-inform", "DER", "-in", path});
  if (openssl.status != 0) complaint += said("openssl asn1parse", openssl.output);
  const testing::Finished dump = testing::run({"dumpasn1", path});
  if (!dumpasn1_accepts(dump.output)) complaint += said("dumpasn1", dump.output);
  const testing::Finished tasn1 = testing::run(
      {"asn1Decoding", "--strict", kModules + "/nvram-image.asn", path, "NonvolNvramImage.Image"});
  if (tasn1.status != 0) complaint += said("asn1Decoding", tasn1.output);
  return complaint;
}

}  // namespace nonvol::interop
