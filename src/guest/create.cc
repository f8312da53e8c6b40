#include <fmt/format.h>

#include <filesystem>

#include "guest/firmware_file.h"
#include "guest/folder.h"
#include "guest/home.h"
#include "guest/name.h"
#include "guest/transfer.h"
#include "octets/text.h"
#include "storage/qcow2.h"

namespace nonvol::guest {
namespace {

using descriptor::Device;
using descriptor::FlashMode;

Result<void> check_path(std::string_view what, const std::string& path) {
  const char* trouble = nullptr;
  if (!octets::is_utf8(path)) trouble = "is not UTF-8, which a record cannot hold";
  if (path.find('\0') != std::string::npos) trouble = "holds a zero byte";
  if (!path.starts_with('/')) trouble = "is not absolute, so that it would mean another file elsewhere";
  if (trouble == nullptr) return {};
  return Error(ErrorId::kNotRepresentable, fmt::format("the path of the {} {}: {}", what, trouble, path))
      .at(Place::in_file(path));
}

Result<void> check_store_kind(const CreateRequest& request) {
  const bool is_flash = request.device == Device::kFlash;
  const bool is_split = is_flash && request.mode == FlashMode::kSplit;
  const bool may_have = is_split || request.device == Device::kMemory;
  if (request.nvram_template ? !may_have : is_split) {
    return Error(ErrorId::kImpossible, fmt::format("firmware of this kind {} a template",
                                                   request.nvram_template ? "has" : "needs"));
  }
  if (request.store == StoreKind::kCopy) return {};
  if (is_split && request.nvram_template->format == "raw") return {};
  return Error(
             ErrorId::kStoreFormExcluded,
             fmt::format("an overlay needs flash firmware with a raw template, and guest {} would have {}",
                         request.name,
                         is_split ? "a template of format " + request.nvram_template->format
                                  : fmt::format("{} firmware{}", to_string(request.device),
                                                is_flash ? fmt::format(" of mode {}", to_string(request.mode))
                                                         : std::string())))
      .with_hint(fmt::format("nonvol create {} --store copy", request.name));
}

// Everything about a request that can be said without looking at files.
Result<void> check_request(const CreateRequest& request) {
  if (Result<void> name = check_guest_name(request.name); !name) return name;
  if (Result<void> store = check_store_kind(request); !store) return store;
  if (Result<void> path = check_path("descriptor", request.descriptor); !path) return path;
  if (Result<void> path = check_path("executable", request.executable.path); !path) return path;
  return request.nvram_template ? check_path("template", request.nvram_template->path) : Result<void>();
}

Record record_of(const CreateRequest& request) {
  Record record;
  record.name = request.name;
  record.created = request.created;
  record.nonvol_version = request.nonvol_version;
  record.architecture = request.architecture;
  record.machine = request.machine;
  record.interface = request.interface;
  record.device = request.device;
  if (request.device == Device::kFlash) record.mode = request.mode;
  record.descriptor = request.descriptor;
  record.features = request.features;
  record.executable.path = request.executable.path;
  record.executable.format = request.executable.format;
  if (request.tpm) record.tpm = Tpm{tpm_image_name(request.name), request.tpm->version, 0};
  const FirmwareChoice* copied = nullptr;
  if (request.nvram_template) {
    record.nvram_template.emplace();
    record.nvram_template->path = request.nvram_template->path;
    record.nvram_template->format = request.nvram_template->format;
    copied = &*request.nvram_template;
  } else if (request.device == Device::kFlash && request.mode == FlashMode::kCombined) {
    copied = &request.executable;
  }
  if (copied == nullptr) return record;
  record.nvram.emplace();
  record.nvram->format = request.store == StoreKind::kOverlay ? "qcow2" : copied->format;
  if (request.store == StoreKind::kOverlay) record.nvram->master.emplace();
  const std::string ending = record.nvram->format == "raw" ? "fd" : record.nvram->format;
  record.nvram->file =
      fmt::format("{}_{}.{}", request.name, request.nvram_template ? "VARS" : "FLASH", ending);
  return record;
}

Result<storage::Qcow2Overlay> overlay_of(const Master& master) {
  return storage::qcow2_overlay(master.size_bytes, master_file(master.sha256));
}

// What will be in the guest's directory, of sizes and digests that are known by now.
Result<void> plan_store(Record& record) {
  const FirmwareFile& from = record.nvram_template ? *record.nvram_template : record.executable;
  record.nvram->size_bytes = from.size_bytes;
  if (!record.nvram->master) return {};
  *record.nvram->master = {from.size_bytes, from.sha256};
  const auto overlay = overlay_of(*record.nvram->master);
  if (!overlay) return overlay.error();
  record.nvram->size_bytes = overlay->file_bytes;
  return {};
}

Result<void> write_text(storage::FileSystem& files, const std::string& path, std::string_view text) {
  Result<std::unique_ptr<storage::BlockFile>> file = files.create_new(path);
  if (!file) return file.error();
  const octets::Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  if (Result<void> written = (*file)->write_at(0, bytes); !written) return written;
  return (*file)->flush();
}

}  // namespace

Result<std::unique_ptr<storage::BlockFile>> open_firmware(storage::FileSource& files, std::string_view what,
                                                          const std::string& path) {
  const auto missing = [&](std::string_view why) {
    return Error(ErrorId::kFirmwareFileMissing, fmt::format("the {} {} {}", what, path, why))
        .at(Place::in_file(path));
  };
  const Result<storage::FileStatus> status = files.status(path);
  if (!status && status.error().id == ErrorId::kFileMissing) return missing("does not exist");
  if (!status) return status.error();
  if (status->kind != storage::FileKind::kRegular) return missing("is not a regular file");
  return files.open_read(path);
}

bool same_request(const Record& record, const CreateRequest& request) {
  const auto same_file = [](const FirmwareFile& file, const FirmwareChoice& choice) {
    return file.path == choice.path && file.format == choice.format;
  };
  if (record.nvram_template.has_value() != request.nvram_template.has_value()) return false;
  const bool is_overlay = record.nvram && record.nvram->master;
  if (is_overlay != (request.store == StoreKind::kOverlay) || record.device != request.device) return false;
  if (request.device == Device::kFlash && record.mode != request.mode) return false;
  if (record.tpm.has_value() != request.tpm.has_value()) return false;
  if (record.tpm && record.tpm->version != request.tpm->version) return false;
  return record.name == request.name && record.architecture == request.architecture &&
         record.machine == request.machine && record.interface == request.interface &&
         record.descriptor == request.descriptor && same_file(record.executable, request.executable) &&
         (!record.nvram_template || same_file(*record.nvram_template, *request.nvram_template));
}

Result<Created> Home::create(const CreateRequest& request, bool dry_run) {
  if (Result<void> checked = check_request(request); !checked) return checked.error();
  Record record = record_of(request);
  const Result<Record> read_back = parse_record(write_record(record), kRecordFileName);
  if (!read_back || *read_back != record) {
    return Error(ErrorId::kImpossible,
                 fmt::format("the record of guest {} would not read back{}", request.name,
                             read_back ? " as it was written" : ": " + read_back.error().message));
  }
  if (Result<void> is_free = refuse_taken(request.name, dry_run); !is_free) return is_free.error();

  const auto executable = open_firmware(files_, "executable", record.executable.path);
  if (!executable) return executable.error();
  std::unique_ptr<storage::BlockFile> nvram_template;
  if (record.nvram_template) {
    auto opened = open_firmware(files_, "template", record.nvram_template->path);
    if (!opened) return opened.error();
    nvram_template = *std::move(opened);
    if (nvram_template->size_bytes() == 0) {
      return Error(ErrorId::kNotAVariableStore,
                   fmt::format("the template {} is empty", record.nvram_template->path))
          .at(Place::in_file(record.nvram_template->path));
    }
  }
  const auto digest = digest_file(**executable, record.executable.path);
  if (!digest) return digest.error();
  record.executable.sha256 = *digest;
  record.executable.size_bytes = (*executable)->size_bytes();
  if (record.nvram_template) record.nvram_template->size_bytes = nvram_template->size_bytes();
  // An overlay is named by its master's digest, so that it must be known before anything is copied.
  if (record.nvram_template && (dry_run || record.nvram->master)) {
    const auto template_digest = digest_file(*nvram_template, record.nvram_template->path);
    if (!template_digest) return template_digest.error();
    record.nvram_template->sha256 = *template_digest;
  }
  if (record.nvram) {
    if (Result<void> planned = plan_store(record); !planned) return planned.error();
  }
  // A dry run makes it as well: what is in the way of that is in the way of the guest.
  std::unique_ptr<storage::BlockFile> tpm_image;
  if (request.tpm) {
    auto made = request.tpm->make_image();
    if (!made) return made.error();
    tpm_image = *std::move(made);
    record.tpm->size_bytes = tpm_image->size_bytes();
  }
  if (!dry_run) {
    storage::BlockFile* source = nvram_template ? nvram_template.get() : executable->get();
    const Sources sources{record.nvram ? source : nullptr, tpm_image.get()};
    if (Result<void> made = make_guest(sources, record); !made) return made.error();
  }
  return Created{record, directory(record.name), nvram_path(record), tpm_image_path(record)};
}

Result<void> Home::refuse_taken(const std::string& name, bool dry_run) {
  const Result<Presence> found = presence(name);
  if (!found) return found.error();
  if (*found == Presence::kAbsent) return {};
  // Whoever takes "it exists" for success must be able to rely on it, even if the process that made it was
  // killed in its last step.
  if (!dry_run) {
    if (Result<void> synced = files_.sync_directory(path_); !synced) return synced;
  }
  const Place place = Place::in_file(directory(name));
  if (*found == Presence::kRecord) {
    return Error(ErrorId::kGuestExists, fmt::format("guest {} exists in {}", name, path_))
        .at(place)
        .with_hint("nonvol show " + name);
  }
  if (*found == Presence::kStore || *found == Presence::kTpmImage) {
    return Error(ErrorId::kStoreLeftBehind,
                 fmt::format("the {} of an earlier guest {} is in {}",
                             *found == Presence::kStore ? "variable store" : "TPM's image", name,
                             directory(name)))
        .at(place)
        .with_hint(fmt::format("mv {0} {0}.kept", octets::shell_path(directory(name))));
  }
  return Error(ErrorId::kAlreadyThere, fmt::format("{} exists and is no guest", directory(name))).at(place);
}

Result<void> Home::make_home() {
  std::vector<std::string> missing;  // innermost first
  const auto parent = [](const std::string& path) {
    const std::string result = std::filesystem::path(path).parent_path().string();
    return result.empty() ? std::string(".") : result;
  };
  std::string level = path_;
  Result<storage::FileStatus> status = files_.status(level);
  while (!status && status.error().id == ErrorId::kFileMissing && parent(level) != level) {
    missing.push_back(level);
    level = parent(level);
    status = files_.status(level);
  }
  if (!status) return status.error();
  if (status->kind != storage::FileKind::kDirectory) {
    return Error(ErrorId::kAlreadyThere,
                 fmt::format("{} is no directory, and guests need one to live in", level))
        .at(Place::in_file(level));
  }
  // A home without its lock file was made by a process that may have been killed before its name was durable.
  if (missing.empty() && !files_.status(lock_path())) return files_.sync_directory(parent(path_));
  for (; !missing.empty(); missing.pop_back()) {
    Result<void> made = files_.make_directory(missing.back());
    // Another process may have made it by now.
    if (!made && made.error().id != ErrorId::kAlreadyThere) return made;
    if (Result<void> synced = files_.sync_directory(parent(missing.back())); !synced) return synced;
  }
  return {};
}

Result<void> Home::make_guest(const Sources& sources, Record& record) {
  if (Result<void> made = make_home(); !made) return made;
  const Result<std::unique_ptr<storage::Lock>> held = lock();
  if (!held) return held.error();
  if (Result<void> removed = remove_leftovers(); !removed) return removed;
  if (Result<void> is_free = refuse_taken(record.name, false); !is_free) return is_free;

  const std::string temporary = path_ + "/" + creating_name(record.name);
  if (Result<void> made = files_.make_directory(temporary); !made) return made;
  Result<void> done = fill(temporary, sources, record);
  bool removable = true;
  if (done) done = files_.rename_new(temporary, directory(record.name));
  if (done) {
    done = files_.sync_directory(path_);
    if (done) return done;
    // Only when the way back is durable may files be removed, or a power cut could leave the name without
    // them.
    removable = files_.rename_new(directory(record.name), temporary) && files_.sync_directory(path_);
  }
  // The master first: the temporary name tells the next command that there may be one that nobody needs.
  if (!removable || (record.nvram && record.nvram->master && !masters_.remove_unused()) ||
      !remove_with_files(files_, temporary)) {
    const bool unnamed = files_.status(temporary).has_value();
    done.error().notes.push_back(
        unnamed ? fmt::format("{} is left behind; the next create or delete removes it", temporary)
                : fmt::format("{} could not be taken back", directory(record.name)));
  }
  return done;
}

// The guest's own store or image, durable but for its name: a copy of `source`, or an overlay over a copy.
Result<void> Home::fill_store(const std::string& path, storage::BlockFile& source, Record& record) {
  FirmwareFile& from = record.nvram_template ? *record.nvram_template : record.executable;
  if (record.nvram->master) {
    Result<void> added = masters_.add(source, from.path, *record.nvram->master);
    if (!added) return added;
  }
  const auto store = files_.create_new(path);
  if (!store) return store.error();
  if (record.nvram->master) {
    const auto overlay = overlay_of(*record.nvram->master);
    if (!overlay) return overlay.error();
    if (Result<void> written = (*store)->write_at(0, overlay->bytes); !written) return written;
    if (Result<void> sized = (*store)->resize(overlay->file_bytes); !sized) return sized;
  } else {
    const auto digest = digest_file(source, from.path, store->get());
    if (!digest) return digest.error();
    from.sha256 = *digest;
  }
  return (*store)->flush();
}

// Makes the store and the TPM's image and writes the record; all of it is durable in the end but the
// directory's own name.
Result<void> Home::fill(const std::string& temporary, const Sources& sources, Record& record) {
  if (sources.nvram != nullptr) {
    Result<void> filled = fill_store(temporary + "/" + record.nvram->file, *sources.nvram, record);
    if (!filled) return filled;
  }
  if (sources.tpm_image != nullptr) {
    const auto image = files_.create_new(temporary + "/" + record.tpm->file);
    if (!image) return image.error();
    if (Result<void> copied = copy_image(*sources.tpm_image, **image); !copied) return copied;
    if (Result<void> flushed = (*image)->flush(); !flushed) return flushed;
  }
  const std::string record_path = temporary + "/" + kRecordFileName;
  if (Result<void> written = write_text(files_, record_path, write_record(record)); !written) return written;
  return files_.sync_directory(temporary);
}

}  // namespace nonvol::guest
