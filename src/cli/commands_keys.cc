#include "cli/commands_keys.h"

#include <fmt/format.h>

#include "api/keys.h"
#include "cli/commands.h"
#include "cli/commands_vars_edit.h"
#include "cli/text.h"
#include "cli/text_keys.h"
#include "cli/text_vars.h"

namespace nonvol::cli {
namespace {

constexpr std::string_view kOnOff[] = {"on", "off"};
constexpr std::string_view kKeyVariables[] = {"PK", "KEK", "db", "dbx", "all"};

}  // namespace

const OptionSpec kPkOption{
    .name = "--pk", .value = "FILE", .help = "The platform key: one certificate.", .repeatable = true};
const OptionSpec kKekOption{.name = "--kek",
                            .value = "FILE",
                            .help =
                                "Who may sign updates of db and dbx. Of these four options each takes "
                                "certificates (DER or PEM), a signature list (.esl) or an update (.auth).",
                            .repeatable = true};
const OptionSpec kDbOption{.name = "--db", .value = "FILE", .help = "What may start.", .repeatable = true};
const OptionSpec kDbxOption{.name = "--dbx", .value = "FILE", .help = "What may not.", .repeatable = true};
const OptionSpec kAuthOption{.name = "--auth",
                             .value = "FILE",
                             .help =
                                 "A signed update, taken after everything else and only as the guest's "
                                 "firmware would take it.",
                             .repeatable = true};
const OptionSpec kFromOption{.name = "--from",
                             .value = "GUEST|FILE",
                             .help = "Another store of any form: what its keys have and these have not."};
const OptionSpec kKeyDirectoryOption{.name = "--directory",
                                     .value = "DIR",
                                     .help =
                                         "Files in folders PK, KEK, DB and DBX, as in Microsoft's "
                                         "secureboot_objects."};
const OptionSpec kOwnerOption{.name = "--owner",
                              .value = "GUID",
                              .help =
                                  "Owner of certificates that come without one (default: zeros, and "
                                  "Microsoft's own for Microsoft's)."};
const OptionSpec kSecureBootSwitchOption{
    .name = "--secure-boot", .value = "SWITCH", .help = "Sets SecureBootEnable.", .choices = kOnOff};
const OptionSpec kTimeOption{.name = "--time",
                             .value = "TIME",
                             .help =
                                 "Time stamp of the variables that change: 'now' or as "
                                 "2026-11-21T20:25:00Z (default: as they are)."};
const OptionSpec kMicrosoftOption{
    .name = "--microsoft-2023",
    .help = "Microsoft's certificates of 2023, those whose predecessor is trusted."};
const OptionSpec kCertificateOption{.name = "--certificate",
                                    .value = "FILE",
                                    .help = "A signer who is no longer trusted.",
                                    .repeatable = true};
const OptionSpec kDigestOption{.name = "--digest",
                               .value = "HEX",
                               .help = "SHA-256 of a program, as Authenticode counts it.",
                               .repeatable = true};
const OptionSpec kProgramOption{
    .name = "--efi", .value = "FILE", .help = "A program that must not start.", .repeatable = true};
const OptionSpec kRemoveFromDbOption{.name = "--remove-from-db", .help = "Also take the same out of db."};
const OptionSpec kKeyVariableOption{
    .name = "--variable", .value = "NAME", .help = "Which one (default: all).", .choices = kKeyVariables};
const OptionSpec kLoseSecureBootOption{
    .name = "--lose-secure-boot",
    .help = "Says that the guest shall start what nobody vouches for, or nothing any more."};
const OptionSpec kCommonNameOption{
    .name = "--common-name", .value = "NAME", .help = "Name in the certificate, at most 64 bytes."};
const OptionSpec kOutputDirectoryOption{
    .name = "--output-dir", .value = "DIR", .help = "Where the two files go; made where it is missing."};

namespace {

Output output_of(const api::KeysEditReport& report, std::string_view schema, bool json) {
  Output output{ExitCode::kDone, json ? to_json(report, schema) : text_of(report), {}};
  for (const std::string& note : report.notes) output.err += fmt::format("note: {}\n", printable(note));
  output.err += text_of(report.edit.findings);
  return output;
}

Error missing_option(std::string_view what, std::string_view command) {
  return Error(ErrorId::kBadCommandLine, fmt::format("'nonvol {}' needs {}", command, what))
      .with_hint(fmt::format("nonvol help {}", command));
}

bool has_any(const Arguments& arguments, std::initializer_list<const OptionSpec*> options) {
  for (const OptionSpec* option : options) {
    if (arguments.has(option->name)) return true;
  }
  return false;
}

}  // namespace

Result<Output> run_keys_list(const Invocation& invocation) {
  const auto report = api::keys_list(invocation.context, invocation.arguments.word(0));
  if (!report) return report.error();
  // Keys that nobody should trust are an answer, not damage.
  ExitCode code = code_for(report->secure_boot.findings, ExitCode::kNo);
  if (code == ExitCode::kDone) code = code_for(report->findings, ExitCode::kDamaged);
  return Output{code, invocation.json ? to_json(*report) : text_of(*report),
                text_of(report->findings) + in_use_text(report->place)};
}

Result<Output> run_keys_verify(const Invocation& invocation) {
  const auto report =
      api::keys_verify(invocation.context, invocation.arguments.word(0), invocation.arguments.word(1));
  if (!report) return report.error();
  return Output{report->program_starts() ? ExitCode::kDone : ExitCode::kNo,
                invocation.json ? to_json(*report) : text_of(*report), text_of(report->findings)};
}

Result<Output> run_keys_enroll(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!has_any(arguments, {&kPkOption, &kKekOption, &kDbOption, &kDbxOption, &kAuthOption, &kFromOption,
                           &kKeyDirectoryOption, &kSecureBootSwitchOption})) {
    return missing_option("something to enroll, such as --db FILE", "keys enroll");
  }
  api::KeysEnrollRequest wanted;
  wanted.pk = arguments.all("--pk");
  wanted.kek = arguments.all("--kek");
  wanted.db = arguments.all("--db");
  wanted.dbx = arguments.all("--dbx");
  wanted.auth = arguments.all("--auth");
  wanted.owner = arguments.value("--owner");
  wanted.from = arguments.value("--from");
  wanted.directory = arguments.value("--directory");
  wanted.time = arguments.value("--time");
  if (arguments.has("--secure-boot")) {
    const std::string word = arguments.value("--secure-boot");
    wanted.secure_boot = word == "on";
  }
  const auto report = api::keys_enroll(invocation.context, edit_request(invocation, "keys enroll"), wanted);
  if (!report) return report.error();
  return output_of(*report, "keys.enroll", invocation.json);
}

Result<Output> run_keys_update(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.has("--microsoft-2023") || !arguments.has("--directory")) {
    return missing_option("--microsoft-2023 and --directory DIR", "keys update");
  }
  const auto report = api::keys_update_microsoft(invocation.context, edit_request(invocation, "keys update"),
                                                 arguments.value("--directory"));
  if (!report) return report.error();
  return output_of(*report, "keys.update", invocation.json);
}

Result<Output> run_keys_revoke(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!has_any(arguments, {&kCertificateOption, &kDigestOption, &kProgramOption})) {
    return missing_option("--certificate, --digest or --efi", "keys revoke");
  }
  api::KeysRevokeRequest wanted;
  wanted.certificates = arguments.all("--certificate");
  wanted.digests_hex = arguments.all("--digest");
  wanted.programs = arguments.all("--efi");
  wanted.remove_from_db = arguments.has("--remove-from-db");
  const auto report = api::keys_revoke(invocation.context, edit_request(invocation, "keys revoke"), wanted);
  if (!report) return report.error();
  return output_of(*report, "keys.revoke", invocation.json);
}

Result<Output> run_keys_delete(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const std::string variable = arguments.has("--variable") ? arguments.value("--variable") : "all";
  const auto report =
      api::keys_delete(invocation.context, edit_request(invocation, "keys delete " + variable), variable,
                       arguments.has("--lose-secure-boot"));
  if (!report) return report.error();
  return output_of(*report, "keys.delete", invocation.json);
}

Result<Output> run_keys_mode(const Invocation& invocation) {
  const std::string& word = invocation.arguments.word(1);
  const bool on = word == kOnOff[0];
  if (!on && word != kOnOff[1]) {
    return Error(ErrorId::kBadCommandLine, fmt::format("'{}' is neither on nor off", word))
        .with_hint("nonvol help keys mode");
  }
  const auto report = api::keys_mode(invocation.context, edit_request(invocation, "keys mode " + word), on);
  if (!report) return report.error();
  return output_of(*report, "keys.mode", invocation.json);
}

Result<Output> run_keys_make(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (!arguments.has("--common-name") || !arguments.has("--output-dir")) {
    return missing_option("--common-name NAME and --output-dir DIR", "keys make");
  }
  const auto report =
      api::keys_make(invocation.context, arguments.value("--common-name"), arguments.value("--output-dir"));
  if (!report) return report.error();
  return Output{ExitCode::kDone, invocation.json ? to_json(*report) : text_of(*report), {}};
}

}  // namespace nonvol::cli
