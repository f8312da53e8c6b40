#include "api/libvirt_select.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "api/libvirt_parts.h"
#include "descriptor/features.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using descriptor::FirmwareFile;
using descriptor::FlashMode;
using libvirt::Domain;
using libvirt::Loader;
using libvirt::LoaderType;

// One more than parse_domain takes, so that it sees that there is more.
constexpr std::uint64_t kMaxDomainBytes = (std::uint64_t{1} << 20) + 1;

Result<Domain> read_domain(const Context& context, const std::string& path) {
  // What has no size, a FIFO for one, would be taken for an empty document.
  const auto status = context.files.status(path);
  if (status && status->kind == storage::FileKind::kOther) {
    return Error(ErrorId::kInputOutput, fmt::format("{} is no regular file", path)).at(Place::in_file(path));
  }
  auto file = context.files.open_read(path);
  if (!file) return file.error();
  std::vector<std::uint8_t> bytes(std::min((*file)->size_bytes(), kMaxDomainBytes));
  auto read = (*file)->read_at(0, bytes);
  if (!read) return read.error();
  return libvirt::parse_domain(std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*read)),
                               path);
}

// virQEMUDriverConfigNew: a session daemon keeps its files below the user's configuration.
std::string nvram_directory(const LibvirtSelectRequest& request) {
  if (!request.session) return "/var/lib/libvirt/qemu/nvram";
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  const std::string base = config != nullptr && config[0] == '/' ? config
                           : home != nullptr                     ? std::string(home) + "/.config"
                                                                 : "";
  return base + "/libvirt/qemu/nvram";
}

// The directories that the daemon reads, in the machine's own root or another one.
Result<libvirt::Descriptors> read_descriptors(const Context& context, const LibvirtSelectRequest& request) {
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  if (context.search_dirs.empty()) {
    const bool with_user = request.session && context.root.empty();
    return libvirt::read_descriptors(files->source(), descriptor::default_search_path(with_user),
                                     request.release);
  }
  for (const std::string& directory : context.search_dirs) {
    if (auto status = context.files.status(directory); !status) return status.error();
  }
  return libvirt::read_descriptors(context.files, context.search_dirs, request.release);
}

// What QEMU is given for the completed domain.
std::optional<emit::QemuPlan> plan_for(const libvirt::Answer& answer) {
  const Domain& domain = answer.domain;
  emit::QemuPlan plan;
  plan.machine = domain.machine;
  plan.architecture = domain.architecture;
  plan.requirements.smm = domain.smm == true;
  plan.requirements.s3 = domain.suspend_to_memory != false;
  if (answer.chosen && answer.chosen->descriptor.mapping.device == Device::kKernel) {
    plan.device = Device::kKernel;
    plan.executable = {domain.kernel, "raw"};
    return plan;
  }
  if (!domain.loader || domain.loader->path.empty()) return std::nullopt;
  const Loader& loader = *domain.loader;
  plan.executable = {loader.path, loader.format.empty() ? "raw" : loader.format};
  plan.requirements.secure_pflash = loader.secure.value_or(false);
  if (loader.type == LoaderType::kRom) {
    plan.device = Device::kMemory;
    return plan;
  }
  // A loader that may be written holds code and variables, and is the guest's own already.
  const bool stateless = loader.stateless.value_or(false);
  const bool writable = !loader.readonly.value_or(false);
  plan.mode = stateless                   ? FlashMode::kStateless
              : writable && !loader.nvram ? FlashMode::kCombined
                                          : FlashMode::kSplit;
  if (loader.nvram && !loader.nvram->path.empty() && loader.nvram->is_local()) {
    plan.nvram =
        FirmwareFile{loader.nvram->path, loader.nvram->format.empty() ? "raw" : loader.nvram->format};
  }
  return plan;
}

std::vector<std::string> notes_on(const LibvirtSelectReport& report, const LibvirtSelectRequest& request) {
  std::vector<std::string> notes;
  const Domain& domain = report.answer.domain;
  if (request.existing_guest && report.answer.refusal && request.release != libvirt::Release::k9_0) {
    notes.emplace_back(
        "libvirt keeps an existing guest in its list all the same; the refusal comes when it is "
        "started");
  }
  if (report.answer.refusal) return notes;
  if (domain.loader && domain.loader->nvram && !domain.loader->nvram->is_local()) {
    notes.push_back(fmt::format("the variables are on a store of type {}, which is not among the arguments",
                                domain.loader->nvram->type));
  }
  if (domain.loader && domain.loader->nvram && request.domain_file.empty() &&
      request.firmware.nvram.empty()) {
    notes.push_back(fmt::format("{} stands for the name of the guest", kNamePlaceholder));
  }
  if (report.answer.chosen && report.answer.chosen->descriptor.mapping.device == Device::kKernel &&
      report.answer.chosen->descriptor.has_feature(descriptor::kRequiresSmm) && !domain.loader) {
    notes.emplace_back(
        "libvirt itself crashes on a kernel mapping with requires-smm where the domain has no "
        "<loader>");
  }
  return notes;
}

}  // namespace

Result<LibvirtSelectReport> libvirt_select(const Context& context, const LibvirtSelectRequest& request) {
  auto domain = request.domain_file.empty() ? domain_from_words(request.firmware)
                                            : read_domain(context, request.domain_file);
  if (!domain) return domain.error();
  auto descriptors = read_descriptors(context, request);
  if (!descriptors) return descriptors.error();

  const libvirt::Options options{.release = request.release,
                                 .existing_guest = request.existing_guest,
                                 .nvram_directory = nvram_directory(request),
                                 .qemu_version = request.firmware.rules.qemu_version};
  LibvirtSelectReport report;
  report.release = request.release;
  report.answer = libvirt::choose(*domain, *descriptors, options);
  report.skipped = descriptors->skipped;
  report.canonical_machine =
      descriptor::canonical_machine(domain->architecture, domain->machine, options.qemu_version);
  report.findings = std::move(report.answer.findings);
  if (!report.answer.refusal) {
    report.plan = plan_for(report.answer);
    if (report.plan) {
      const emit::QemuStyle style{
          .flash = request.firmware.style, .version = options.qemu_version, .one_line_each = false};
      auto arguments = emit::qemu_arguments(*report.plan, style);
      if (!arguments) return arguments.error();
      report.qemu_arguments = *std::move(arguments);
      report.machine_options = emit::machine_options(*report.plan);
    }
  }
  report.notes = notes_on(report, request);
  if (auto finding = difference(context, *domain, *descriptors, request.firmware, report))
    report.findings.push_back(*std::move(finding));
  return report;
}

}  // namespace nonvol::api
