#include "api/guest_fit.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/guest_store.h"
#include "descriptor/features.h"
#include "descriptor/flash_sizes.h"
#include "octets/text.h"
#include "storage/posix.h"
#include "storage/qcow2.h"
#include "storage/qemu_storage.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using guest::FirmwareChoice;

Result<std::string> host_path(const Context& context, const std::string& path) {
  if (context.root.empty()) return storage::absolute_path(path);
  return storage::host_path_in_root(context.root, path);
}

Result<std::optional<storage::Qcow2Front>> front_of(storage::FileSource& files, const FirmwareChoice& file) {
  const auto opened = files.open_read(file.path);
  if (!opened) return opened.error();
  std::vector<std::uint8_t> bytes(storage::kQcow2HeaderBytes);
  const auto got = (*opened)->read_at(0, bytes);
  if (!got) return got.error();
  return storage::qcow2_front(octets::Bytes(bytes).first(*got));
}

// Nothing for what is not there.
Result<std::optional<std::uint64_t>> visible_bytes_if_there(storage::FileSource& files,
                                                            const FirmwareChoice& file) {
  const Result<std::uint64_t> bytes = visible_bytes(files, file);
  if (bytes) return std::optional(*bytes);
  if (bytes.error().id == ErrorId::kFileMissing) return std::optional<std::uint64_t>();
  return bytes.error();
}

// A copy would not find what lies under the image, and QEMU would open it under another guest's eyes.
Result<void> check_stands_alone(const Context& context, const FirmwareChoice& source) {
  const auto front = front_of(context.files, source);
  if (!front) return front.error();
  if (!front->has_value() || (!(*front)->has_backing && !(*front)->has_data_file)) return {};
  return Error(ErrorId::kNvramInContainer,
               fmt::format("{} needs another file besides itself, which a copy would not find", source.path))
      .at(Place::at_byte(source.path, 8))
      .with_hint("qemu-img info " + octets::shell_path(source.path));
}

}  // namespace

Result<FirmwareChoice> choice_of(const Context& context, const std::string& path, const std::string& format) {
  auto host = host_path(context, path);
  if (!host) return host.error();
  return FirmwareChoice{*std::move(host), format};
}

Result<std::optional<FirmwareChoice>> template_of(const Context& context,
                                                  const descriptor::Mapping& mapping) {
  if (!mapping.nvram_template && !mapping.uefi_vars_template) return std::optional<FirmwareChoice>();
  auto choice = mapping.nvram_template
                    ? choice_of(context, mapping.nvram_template->path, mapping.nvram_template->format)
                    : choice_of(context, *mapping.uefi_vars_template, "json");
  if (!choice) return choice.error();
  return std::optional(*std::move(choice));
}

Result<std::string> descriptor_path(const Context& context, const std::string& path) {
  if (context.search_dirs.empty()) return host_path(context, path);
  return storage::absolute_path(path);
}

Result<std::uint64_t> visible_bytes(storage::FileSource& files, const FirmwareChoice& file) {
  const auto status = files.status(file.path);
  if (!status) return status.error();
  if (status->kind != storage::FileKind::kRegular) return status->size_bytes;  // others say so
  const auto opened = files.open_read(file.path);
  if (!opened) return opened.error();
  std::uint8_t head[8];
  const auto got = (*opened)->read_at(0, head);
  if (!got) return got.error();
  const auto container = storage::container_format({head, *got});
  if (file.format != "qcow2") {
    if (!container) return status->size_bytes;
    return Error(ErrorId::kFlashSize,
                 fmt::format("{} should be a raw file and is a {} image, so that its size in flash cannot be "
                             "told",
                             file.path, *container))
        .at(Place::in_file(file.path));
  }
  const auto front = front_of(files, file);
  if (!front) return front.error();
  if (front->has_value()) return (*front)->virtual_bytes;
  return Error(ErrorId::kFlashSize,
               fmt::format("{} should be a qcow2 image and is none, so that its size in flash cannot be told",
                           file.path))
      .at(Place::in_file(file.path));
}

Result<void> check_flash(const Context& context, const std::string& architecture, const std::string& machine,
                         const FlashFiles& files) {
  if (!descriptor::has_flash(architecture, machine)) {
    return Error(ErrorId::kMachineWithoutFlash,
                 fmt::format("{} machine {} has no flash, and {} is flash firmware", architecture, machine,
                             files.code.path))
        .at(Place::in_file(files.code.path));
  }
  descriptor::FlashSizes sizes;
  const auto code = visible_bytes_if_there(context.files, files.code);
  if (!code) return code.error();
  if (!code->has_value()) return {};
  sizes.code_bytes = **code;
  if (files.variables) {
    const auto variables = visible_bytes_if_there(context.files, *files.variables);
    if (!variables) return variables.error();
    if (!variables->has_value()) return {};
    sizes.variables_bytes = **variables;
  }
  const auto trouble = descriptor::flash_size_trouble(architecture, machine, sizes);
  if (!trouble) return {};
  return Error(ErrorId::kFlashSize, fmt::format("{} machine {}: {}", architecture, machine, *trouble))
      .at(Place::in_file(files.code.path));
}

Result<void> check_guest_flash(const Context& context, const guest::Record& record,
                               const std::string& nvram_path) {
  if (record.device != Device::kFlash) return {};
  FlashFiles flash{{record.executable.path, record.executable.format}, std::nullopt};
  if (record.nvram && record.mode == FlashMode::kCombined) flash.code = {nvram_path, record.nvram->format};
  if (record.nvram && record.mode == FlashMode::kSplit) {
    flash.variables = FirmwareChoice{nvram_path, record.nvram->format};
  }
  return check_flash(context, record.architecture, record.machine, flash);
}

Result<void> check_store_source(const Context& context, const guest::CreateRequest& request) {
  const bool is_combined = request.device == Device::kFlash && request.mode == FlashMode::kCombined;
  if (!request.nvram_template && !is_combined) return {};
  const FirmwareChoice& source = is_combined ? request.executable : *request.nvram_template;
  // What is missing is Home::create's to say.
  if (const auto there = context.files.status(source.path); !there) {
    return there.error().id == ErrorId::kFileMissing ? Result<void>() : there.error();
  }
  if (source.format == "qcow2") {
    if (auto alone = check_stands_alone(context, source); !alone) return alone;
  }
  if (request.device != Device::kFlash) return check_json_store(context, source.path);
  // Other firmware keeps other things, or nothing, in its flash.
  if (request.interface != "uefi") return {};
  const auto& features = request.features;
  StoreUse use{source.path,
               source.format,
               request.executable.path,
               request.architecture,
               nullptr,
               is_combined,
               std::ranges::find(features, descriptor::kRequiresSmm) != features.end()};
  if (!is_combined) {
    const auto code = visible_bytes_if_there(context.files, request.executable);
    if (!code) return code.error();
    if (code->has_value()) use.expected = flash::layout_of_code_file(**code);
  }
  return check_kept(context, use);
}

}  // namespace nonvol::api
