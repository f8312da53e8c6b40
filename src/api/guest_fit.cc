#include "api/guest_fit.h"

#include <fmt/format.h>

#include "descriptor/flash_sizes.h"
#include "octets/text.h"
#include "storage/posix.h"
#include "storage/qcow2.h"
#include "varstore/contents.h"

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

// What a template is, whose layout the name of its builds or its size says.
Result<void> check_layout(const Context& context, const guest::CreateRequest& request,
                          const flash::Layout& layout) {
  const auto code = visible_bytes_if_there(context.files, request.executable);
  if (!code) return code.error();
  const flash::Layout* expected = code->has_value() ? flash::layout_of_code(**code) : nullptr;
  if (expected == nullptr || layout.volume_bytes == 0 || expected == &layout) return {};
  return Error(ErrorId::kLayoutMismatch, fmt::format("the code {} has {} bytes and expects a store of "
                                                     "layout {}, and the template {} has layout {}",
                                                     request.executable.path, **code, expected->name,
                                                     request.nvram_template->path, layout.name))
      .at(Place::in_file(request.descriptor));
}

// The inside of a qcow2 template is not read: its size says which build it is for.
Result<void> check_qcow2_template(const Context& context, const guest::CreateRequest& request) {
  const FirmwareChoice& source = *request.nvram_template;
  const auto front = front_of(context.files, source);
  if (!front) return front.error().id == ErrorId::kFileMissing ? Result<void>() : front.error();
  if (!front->has_value()) return {};  // the sizes are checked elsewhere, and cannot be told
  if ((*front)->has_backing || (*front)->has_data_file) {
    return Error(ErrorId::kNvramInContainer,
                 fmt::format("the template {} needs another file besides itself, which a copy would not find",
                             source.path))
        .at(Place::at_byte(source.path, 8))
        .with_hint("qemu-img info " + octets::shell_path(source.path));
  }
  return check_layout(context, request, flash::layout_of_blank_file((*front)->virtual_bytes));
}

Finding not_a_store(const std::string& path, const std::string& what) {
  return {Severity::kWarning,
          ErrorId::kNotAVariableStore,
          fmt::format("{} {}", path, what),
          Place::in_file(path),
          {}};
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
  if (file.format != "qcow2") return status->size_bytes;
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

Result<void> check_store_source(const Context& context, const guest::CreateRequest& request,
                                std::vector<Finding>& findings) {
  const bool is_combined = request.device == Device::kFlash && request.mode == FlashMode::kCombined;
  if (!request.nvram_template && !is_combined) return {};
  const FirmwareChoice& source = is_combined ? request.executable : *request.nvram_template;
  if (source.format == "qcow2") return is_combined ? Result<void>() : check_qcow2_template(context, request);
  const auto contents = varstore::read_contents_of(context.files, {source.path});
  if (!contents) {
    const bool unreadable = contents.error().exit_code() != ExitCode::kDamaged;
    if (!unreadable) findings.push_back(to_finding(contents.error(), Severity::kWarning));
    return {};
  }
  if (source.format == "json") {
    if (contents->form_of_file() != forms::Form::kQemuJson) {
      findings.push_back(not_a_store(source.path, "is no JSON of QEMU's uefi-vars device"));
    }
    return {};
  }
  if (!contents->is_flash()) {
    findings.push_back(not_a_store(source.path, fmt::format("is {}, and no flash that firmware could map",
                                                            forms::to_string(contents->form.form))));
    return {};
  }
  return is_combined ? Result<void>() : check_layout(context, request, *contents->flash->layout);
}

}  // namespace nonvol::api
