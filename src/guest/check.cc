#include <fmt/format.h>

#include "guest/home.h"
#include "guest/transfer.h"

namespace nonvol::guest {
namespace {

struct FirmwareRole {
  const char* name;
  Severity gone;
  Severity changed;
};

// The template is only needed to make the store anew.
constexpr FirmwareRole kExecutable{"executable", Severity::kError, Severity::kWarning};
constexpr FirmwareRole kTemplate{"template", Severity::kWarning, Severity::kNote};

std::optional<Finding> check_file(storage::FileSource& files, const FirmwareFile& file,
                                  const FirmwareRole& role, bool with_digest) {
  const auto changed = [&](const std::string& how) {
    return Finding{role.changed, ErrorId::kFirmwareChanged,
                   fmt::format("the {} {} {}", role.name, file.path, how), Place::in_file(file.path), ""};
  };
  const Result<storage::FileStatus> status = files.status(file.path);
  if (!status && status.error().id != ErrorId::kFileMissing) return to_finding(status.error());
  if (!status || status->kind != storage::FileKind::kRegular) {
    return Finding{
        role.gone, ErrorId::kFirmwareGone,
        fmt::format("the {} {} {}", role.name, file.path, status ? "is no file" : "does not exist"),
        Place::in_file(file.path), ""};
  }
  if (status->size_bytes != file.size_bytes) {
    return changed(fmt::format("had {} bytes when the guest was created, it has {} now", file.size_bytes,
                               status->size_bytes));
  }
  if (!with_digest) return std::nullopt;
  const Result<std::unique_ptr<storage::BlockFile>> opened = files.open_read(file.path);
  if (!opened) return to_finding(opened.error());
  const Result<seal::Sha256Digest> digest = digest_file(**opened, file.path);
  if (!digest) return to_finding(digest.error());
  if (*digest == file.sha256) return std::nullopt;
  return changed("has the same size as when the guest was created, but other contents");
}

}  // namespace

std::vector<Finding> Home::check_firmware(storage::FileSource& firmware_files, const Record& record,
                                          bool with_digest) {
  std::vector<Finding> findings;
  const auto add = [&](std::optional<Finding> finding) {
    if (finding) findings.push_back(std::move(*finding));
  };
  add(check_file(firmware_files, record.executable, kExecutable, with_digest));
  if (record.nvram_template) add(check_file(firmware_files, *record.nvram_template, kTemplate, with_digest));

  if (!record.nvram) return findings;
  if (record.nvram->master) {
    Result<void> master = masters_.check(*record.nvram->master, with_digest);
    if (master) master = masters_.check_overlay(*record.nvram->master, nvram_path(record));
    if (!master) findings.push_back(to_finding(master.error()));
  }
  const std::string path = nvram_path(record);
  const Result<storage::FileStatus> status = files_.status(path);
  const auto store_finding = [&](const std::string& what) {
    return Finding{Severity::kError, ErrorId::kNvramMissing,
                   fmt::format("the variable store {} {}", path, what), Place::in_file(path), ""};
  };
  if (!status && status.error().id != ErrorId::kFileMissing) {
    findings.push_back(to_finding(status.error()));
  } else if (!status || status->kind != storage::FileKind::kRegular) {
    findings.push_back(store_finding(status ? "is no file" : "does not exist"));
  } else if (record.nvram->format == "raw" && status->size_bytes != record.nvram->size_bytes) {
    findings.push_back(store_finding(fmt::format("has {} bytes, the guest was created with {}",
                                                 status->size_bytes, record.nvram->size_bytes)));
  }
  return findings;
}

}  // namespace nonvol::guest
