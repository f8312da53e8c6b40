#include <fmt/format.h>

#include "api/keys.h"
#include "api/keys_time.h"
#include "api/keys_work.h"
#include "octets/text.h"
#include "storage/byte_stream.h"
#include "storage/file_beside.h"

namespace nonvol::api {
namespace {

// A unified kernel image with its initial file system has some hundred MiB.
constexpr std::uint64_t kLargestProgramBytes = 1ull << 30;

void append(std::vector<Finding>& findings, const std::vector<Finding>& more) {
  findings.insert(findings.end(), more.begin(), more.end());
}

std::string signer_name(const efi::SignatureOpinion& opinion) {
  if (!opinion.unreadable.empty()) return opinion.unreadable;
  if (opinion.signer.empty()) return "no certificate of the signer";
  const auto certificate = seal::parse_certificate(opinion.signer);
  return certificate ? certificate->name() : "a certificate that cannot be read";
}

// What helps, as efi/ cannot say it: it knows no commands.
std::string hint_of(ErrorId id, const std::string& target) {
  const std::string store = octets::shell_path(target);
  switch (id) {
    case ErrorId::kSetupMode:
      return fmt::format("nonvol keys enroll {} --pk FILE --kek FILE --db FILE", store);
    case ErrorId::kSecureBootDisabled:
      return fmt::format("nonvol keys mode {} on", store);
    case ErrorId::kNothingRevoked:
      return fmt::format("nonvol keys enroll {} --auth DBXUpdate.bin", store);
    case ErrorId::kNewMediaRefused:
    case ErrorId::kNoNewRevocations:
    case ErrorId::kNoKeyUpdate:
      return fmt::format("nonvol keys update {} --microsoft-2023 --directory DIR", store);
    case ErrorId::kPublicPrivateKey:
      return fmt::format("nonvol keys delete {} --variable PK --lose-secure-boot", store);
    default:
      return {};
  }
}

}  // namespace

Result<KeysListReport> keys_list(const Context& context, const std::string& guest_or_path) {
  auto listed = variables_list(context, guest_or_path, false);
  if (!listed) return listed.error();
  KeysListReport report;
  report.place = std::move(listed->place);
  report.keys = efi::read_secure_boot_keys(listed->variables, report.place.path);
  auto judged = efi::report_secure_boot(report.keys, context.now(), report.place.path);
  if (!judged) return judged.error();
  report.secure_boot = *std::move(judged);
  for (Finding& finding : report.secure_boot.findings) {
    if (finding.hint.empty()) finding.hint = hint_of(finding.id, guest_or_path);
  }
  report.findings = listed->contents.findings();
  for (const efi::KeyVariable* variable : report.keys.all())
    append(report.findings, variable->database.findings);
  append(report.findings, report.secure_boot.findings);
  if (auto nothing = nothing_starts(report.keys, report.place.path)) {
    report.findings.push_back(*std::move(nothing));
  }
  return report;
}

Result<KeysVerifyReport> keys_verify(const Context& context, const std::string& guest_or_path,
                                     const std::string& program) {
  auto listed = variables_list(context, guest_or_path, false);
  if (!listed) return listed.error();
  const auto bytes = storage::read_input(program, kLargestProgramBytes);
  if (!bytes) return bytes.error();
  auto image = efi::parse_portable_executable(*bytes, program);
  if (!image) return image.error();
  KeysVerifyReport report;
  report.place = std::move(listed->place);
  report.file = program;
  const efi::SecureBootKeys keys = efi::read_secure_boot_keys(listed->variables, report.place.path);
  auto verdict = efi::verify_image(*bytes, *image, keys);
  if (!verdict) return verdict.error();
  report.verdict = *std::move(verdict);
  for (const efi::SignatureOpinion& opinion : report.verdict.signatures) {
    report.signers.push_back(signer_name(opinion));
  }
  report.findings = listed->contents.findings();
  append(report.findings, image->findings);
  report.image = *std::move(image);
  return report;
}

Result<KeysMakeReport> keys_make(const Context& context, const std::string& common_name,
                                 const std::string& directory) {
  const auto now = parse_utc(context.now());
  if (!now) return Error(ErrorId::kSigningFailed, "the clock says no time");
  seal::SelfSignedRequest request;
  request.common_name = common_name;
  request.not_before_unix_seconds = now->time_since_epoch().count();
  // Firmware looks at no dates; ten years are what platform keys of the distributions have.
  request.days = 3650;
  const auto made = seal::make_self_signed(request);
  if (!made) return made.error();
  auto certificate = seal::parse_certificate(made->certificate);
  if (!certificate) return certificate.error();
  const Result<void> there = context.files.make_directory(directory);
  if (!there && there.error().id != ErrorId::kAlreadyThere) return there.error();

  KeysMakeReport report;
  report.private_key_path = directory + "/private-key.pem";
  report.certificate_path = directory + "/certificate.pem";
  report.certificate = *std::move(certificate);
  const auto write = [&](const std::string& path, const std::string& pem) {
    return storage::write_new_file(context.files, path, std::vector<std::uint8_t>(pem.begin(), pem.end()));
  };
  Result<void> written = write(report.private_key_path, made->private_key_pem);
  if (!written) return written.error();
  written = write(report.certificate_path, made->certificate_pem);
  if (!written) {
    // A key without its certificate is in the way of the next try.
    (void)context.files.remove_file(report.private_key_path);
    return written.error();
  }
  written = context.files.sync_directory(directory);
  if (!written) return written.error();
  return report;
}

}  // namespace nonvol::api
