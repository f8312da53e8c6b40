#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/tpm.h"
#include "cli/commands_tpm.h"
#include "cli/options_blob.h"
#include "cli/text_tpm.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kEkKinds[] = {"rsa2048", "rsa3072", "secp384r1"};
constexpr std::string_view kForms[] = {"dir", "linear"};

struct Bank {
  std::string_view name;
  std::uint16_t algorithm;  // TPM_ALG_ID
};
constexpr std::array kBanks = {Bank{"sha1", 0x0004}, Bank{"sha256", 0x000b}, Bank{"sha384", 0x000c},
                               Bank{"sha512", 0x000d}};
constexpr std::string_view kBankNames[] = {"sha1", "sha256", "sha384", "sha512"};

ExitCode code_of(const std::vector<Finding>& findings) {
  return findings.empty() ? ExitCode::kDone : ExitCode::kNo;
}

template <class Report>
Output output_of(const Invocation& invocation, const Report& report, ExitCode code = ExitCode::kDone) {
  return {code, invocation.json ? api::to_json(report) : text_of(report), {}};
}

// What is said twice is meant once.
template <class Value>
void add_once(std::vector<Value>& values, Value value) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

api::TpmFirst first_from(const Arguments& arguments) {
  api::TpmFirst first;
  for (const std::string& word : arguments.all("--ek")) {
    for (const tpm::EkKind kind : {tpm::EkKind::kRsa2048, tpm::EkKind::kRsa3072, tpm::EkKind::kEccP384}) {
      if (word == tpm::to_string(kind)) add_once(first.endorsement_keys, kind);
    }
  }
  for (const std::string& word : arguments.all("--pcr-bank")) {
    for (const Bank& bank : kBanks) {
      if (word == bank.name) add_once(first.pcr_banks, bank.algorithm);
    }
  }
  first.ek_certificates = arguments.has("--ek-certificates");
  first.platform_certificate = arguments.has("--platform-certificate");
  first.authority_directory = arguments.value("--authority");
  first.common_name = arguments.value("--common-name");
  return first;
}

}  // namespace

const OptionSpec kEkOption{.name = "--ek",
                           .value = "KIND",
                           .help = "Make an endorsement key that stays, where TPM tools look for it.",
                           .choices = kEkKinds,
                           .repeatable = true};
const OptionSpec kEkCertificatesOption{
    .name = "--ek-certificates",
    .help =
        "Store a certificate for each endorsement key, signed by the local authority (without --ek: keys "
        "rsa2048 and secp384r1)."};
const OptionSpec kPlatformCertificateOption{.name = "--platform-certificate",
                                            .help = "Store a certificate of the virtual machine as well."};
const OptionSpec kPcrBankOption{
    .name = "--pcr-bank",
    .value = "HASH",
    .help =
        "Activate this bank of platform configuration registers, and none that is not named (default: sha256).",
    .choices = kBankNames,
    .repeatable = true};
const OptionSpec kAuthorityOption{
    .name = "--authority",
    .value = "DIR",
    .help = "Where the local certificate authority is; made where it is missing (default: in the home)."};
const OptionSpec kTpmCommonNameOption{
    .name = "--common-name", .value = "NAME", .help = "Whom the certificates name: the guest."};
const OptionSpec kLoseTpmSecretsOption{
    .name = "--lose-tpm-secrets",
    .help = "Also where a TPM is already: what was sealed to it can never be opened again."};
const OptionSpec kSwtpmKeyFileOption{
    .name = "--swtpm-key-file",
    .value = "FILE",
    .help = "The key of swtpm's --key file=: 16 or 32 bytes, or the same in hexadecimal."};
const OptionSpec kSwtpmPassphraseOption{
    .name = "--swtpm-passphrase-file",
    .value = "FILE",
    .help =
        "The passphrase of swtpm's --key pwdfile=. For export a key of 256 bits is made of it (swtpm: "
        "mode=aes-256-cbc)."};
const OptionSpec kWithoutVolatileOption{
    .name = "--without-volatile-state",
    .help = "Leave out the memory of a running TPM, which only a guest that is suspended needs."};
const OptionSpec kSwtpmFormOption{
    .name = "--form",
    .value = "FORM",
    .help = "A directory for --tpmstate dir=, or a file for --tpmstate backend-uri=file:// (default: dir).",
    .choices = kForms};

Result<std::optional<tpm::TpmVersion>> tpm_version_from(const Arguments& arguments,
                                                        std::string_view command) {
  if (arguments.has("--tpm2") && arguments.has("--tpm1.2")) {
    return Error(ErrorId::kContradiction, "--tpm2 and --tpm1.2 exclude each other")
        .with_hint(fmt::format("nonvol help {}", command));
  }
  if (arguments.has("--tpm2")) return std::optional(tpm::TpmVersion::k20);
  if (arguments.has("--tpm1.2")) return std::optional(tpm::TpmVersion::k12);
  return std::optional<tpm::TpmVersion>();
}

Result<Output> run_tpm_create(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = store_image_from(arguments, "tpm create");
  if (!image) return image.error();
  auto version = tpm_version_from(arguments, "tpm create");
  if (!version) return version.error();
  auto report =
      api::tpm_create(invocation.context, {*std::move(image), *version, first_from(arguments),
                                           arguments.has("--lose-tpm-secrets"), arguments.has("--dry-run")});
  if (!report) return report.error();
  return output_of(invocation, *report);
}

Result<Output> run_tpm_show(const Invocation& invocation) {
  auto image = store_image_from(invocation.arguments, "tpm show");
  if (!image) return image.error();
  auto report = api::tpm_show(invocation.context, *image);
  if (!report) return report.error();
  const bool wrong = std::ranges::any_of(
      report->findings, [](const Finding& finding) { return finding.severity == Severity::kError; });
  return output_of(invocation, *report, wrong ? ExitCode::kNo : ExitCode::kDone);
}

Result<Output> run_tpm_check(const Invocation& invocation) {
  auto image = store_image_from(invocation.arguments, "tpm check");
  if (!image) return image.error();
  auto report = api::tpm_check(invocation.context, *image);
  if (!report) return report.error();
  return output_of(invocation, *report, code_of(report->findings));
}

Result<Output> run_tpm_import(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = any_image_from(arguments, arguments.word(0), "tpm import");
  if (!image) return image.error();
  auto version = tpm_version_from(arguments, "tpm import");
  if (!version) return version.error();
  auto report =
      api::tpm_import(invocation.context,
                      {*std::move(image), arguments.word(1), *version, arguments.value("--swtpm-key-file"),
                       arguments.value("--swtpm-passphrase-file"), arguments.has("--without-volatile-state"),
                       arguments.has("--lose-tpm-secrets"), arguments.has("--dry-run")});
  if (!report) return report.error();
  return output_of(invocation, *report);
}

Result<Output> run_tpm_export(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  auto image = any_image_from(arguments, arguments.word(0), "tpm export");
  if (!image) return image.error();
  const auto form =
      arguments.value("--form") == "linear" ? api::SwtpmForm::kLinear : api::SwtpmForm::kDirectory;
  auto report = api::tpm_export(
      invocation.context, {*std::move(image), arguments.word(1), form, arguments.value("--swtpm-key-file"),
                           arguments.value("--swtpm-passphrase-file"), arguments.has("--lose-tpm-secrets"),
                           arguments.has("--dry-run")});
  if (!report) return report.error();
  return output_of(invocation, *report);
}

}  // namespace nonvol::cli
