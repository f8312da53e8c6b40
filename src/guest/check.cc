#include <fmt/format.h>

#include "guest/home.h"
#include "guest/transfer.h"
#include "storage/qcow2.h"

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

// What is inside is for others to say; its size grows when the image does.
std::optional<Finding> check_tpm_image(storage::FileSource& files, const std::string& path) {
  const Result<storage::FileStatus> status = files.status(path);
  if (!status && status.error().id != ErrorId::kFileMissing) return to_finding(status.error());
  if (status && status->kind == storage::FileKind::kRegular) return std::nullopt;
  return Finding{Severity::kError, ErrorId::kTpmImageMissing,
                 fmt::format("the TPM's image {} {}", path, status ? "is no file" : "does not exist"),
                 Place::in_file(path), ""};
}

// QEMU opens whatever the header names, with the rights of whoever starts it.
Result<void> check_stands_alone(storage::FileSource& files, const std::string& path) {
  const Result<std::unique_ptr<storage::BlockFile>> file = files.open_read(path);
  if (!file) return file.error();
  std::vector<std::uint8_t> bytes(storage::kQcow2FrontBytes);
  const Result<std::size_t> got = (*file)->read_at(0, bytes);
  if (!got) return got.error();
  const auto front = storage::qcow2_front(octets::Bytes(bytes).first(*got));
  if (!front || (!front->has_backing && !front->has_data_file)) return {};
  return Error(ErrorId::kNvramInContainer,
               fmt::format("the variable store {} is a qcow2 image over '{}', and the record names no master",
                           path, front->has_backing ? front->backing_name : std::string("a data file")))
      .at(Place::at_byte(path, 8));
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
  if (record.tpm) add(check_tpm_image(files_, tpm_image_path(record)));

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
    Finding sized = store_finding(fmt::format("has {} bytes, the guest was created with {}",
                                              status->size_bytes, record.nvram->size_bytes));
    sized.id = ErrorId::kFlashSize;
    findings.push_back(std::move(sized));
  } else if (record.nvram->format == "qcow2" && !record.nvram->master) {
    if (Result<void> alone = check_stands_alone(files_, path); !alone)
      findings.push_back(to_finding(alone.error()));
  }
  return findings;
}

}  // namespace nonvol::guest
