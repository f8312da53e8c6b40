#include "cli/text_libvirt.h"

#include <fmt/format.h>

#include "cli/text.h"

namespace nonvol::cli {
namespace {

using libvirt::Domain;
using libvirt::Loader;

std::string with_format(const std::string& path, const std::string& format) {
  return fmt::format("{} ({})", printable(path), format.empty() ? "format left open" : format);
}

std::string loader_words(const Loader& loader) {
  std::string words(to_string(loader.type));
  const auto add = [&](std::string_view name, const std::optional<bool>& value) {
    if (value) words += fmt::format(", {} {}", name, *value ? "yes" : "no");
  };
  add("readonly", loader.readonly);
  add("secure", loader.secure);
  add("stateless", loader.stateless);
  return words;
}

std::string feature_words(const Domain& domain) {
  std::string words;
  const auto add = [&](std::string_view name, const std::optional<bool>& value, std::string_view yes,
                       std::string_view no) {
    if (value) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", name, *value ? yes : no);
  };
  add("secure-boot", domain.secure_boot, "yes", "no");
  add("enrolled-keys", domain.enrolled_keys, "yes", "no");
  add("smm", domain.smm, "on", "off");
  return words.empty() ? "left open" : words;
}

std::string origin_words(const libvirt::Answer& answer) {
  switch (answer.origin) {
    case libvirt::Origin::kDescriptor:
      return printable(answer.chosen->path);
    case libvirt::Origin::kList:
      return "none; the path is in libvirt's own list";
    case libvirt::Origin::kPaths:
      return "none; the paths are taken as they are";
    case libvirt::Origin::kNone:
      break;
  }
  return "none; the domain asks for no firmware";
}

}  // namespace

std::string text_of(const api::LibvirtSelectReport& report) {
  if (report.answer.refusal) return {};
  const Domain& domain = report.answer.domain;
  std::string result = field("descriptor", origin_words(report.answer));
  if (report.plan)
    result += field("executable", with_format(report.plan->executable.path, report.plan->executable.format));
  if (domain.loader && report.plan) {
    const Loader& loader = *domain.loader;
    if (!loader.path.empty()) result += field("loader", loader_words(loader));
    const bool flash = loader.type == libvirt::LoaderType::kPflash;
    if (flash && loader.nvram_template) {
      result += field("template", with_format(*loader.nvram_template, loader.nvram_template_format));
    }
    if (flash && loader.nvram) {
      result +=
          field("nvram", loader.nvram->path.empty() ? "of type " + printable(loader.nvram->type)
                                                    : with_format(loader.nvram->path, loader.nvram->format));
    }
  }
  std::string machine = domain.machine;
  if (report.canonical_machine != machine) machine += fmt::format(" ({})", report.canonical_machine);
  result += field("machine", fmt::format("{}, {}", printable(machine), printable(domain.architecture)));
  result += field("features", feature_words(domain));
  for (std::size_t i = 0; i + 1 < report.qemu_arguments.size(); i += 2) {
    result += field(i == 0 ? "arguments" : "",
                    emit::shell_line({report.qemu_arguments[i], report.qemu_arguments[i + 1]}));
  }
  return result;
}

}  // namespace nonvol::cli
