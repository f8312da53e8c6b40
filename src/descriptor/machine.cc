#include "descriptor/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <charconv>

namespace nonvol::descriptor {
namespace {

struct Alias {
  std::string_view architecture;
  std::string_view alias;
  std::string_view
      family;  // concrete names are this plus QEMU's version; without a final '-' there are no versions
};

// hw/i386/pc_piix.c, pc_q35.c, hw/arm/virt.c, hw/riscv/virt.c, hw/loongarch/virt.c, hw/s390x, hw/ppc/spapr.c.
// The first of an architecture is its default.
constexpr Alias kAliases[] = {
    {"x86_64", "q35", "pc-q35-"},     {"x86_64", "pc", "pc-i440fx-"},
    {"i386", "q35", "pc-q35-"},       {"i386", "pc", "pc-i440fx-"},
    {"aarch64", "virt", "virt-"},     {"arm", "virt", "virt-"},
    {"riscv64", "virt", "virt"},      {"loongarch64", "virt", "virt"},
    {"ppc64", "pseries", "pseries-"}, {"s390x", "s390-ccw-virtio", "s390-ccw-virtio-"},
};

std::optional<unsigned> take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Result<QemuVersion> parse_qemu_version(std::string_view text) {
  std::string_view rest = text;
  const std::optional<unsigned> major_number = take_number(rest);
  std::optional<unsigned> minor_number;
  if (major_number && take_dot(rest)) minor_number = take_number(rest);
  if (minor_number && take_dot(rest) && !take_number(rest)) minor_number.reset();
  if (!minor_number || !rest.empty()) {
    return Error(ErrorId::kBadQemuVersion,
                 fmt::format("'{}' is not a QEMU version such as 7.2 or 10.0.3", text))
        .with_hint("qemu-system-x86_64 --version");
  }
  return QemuVersion{*major_number, *minor_number};
}

std::optional<std::string_view> default_machine(std::string_view architecture) {
  for (const Alias& entry : kAliases) {
    if (entry.architecture == architecture) return entry.alias;
  }
  return std::nullopt;
}

bool is_x86(std::string_view architecture) {
  return architecture == "x86_64" || architecture == "i386";
}

std::vector<std::string_view> machine_aliases(std::string_view architecture) {
  std::vector<std::string_view> result;
  for (const Alias& entry : kAliases) {
    if (entry.architecture == architecture) result.push_back(entry.alias);
  }
  return result;
}

std::string canonical_machine(std::string_view architecture, std::string_view machine,
                              std::optional<QemuVersion> qemu_version) {
  for (const Alias& entry : kAliases) {
    if (entry.architecture != architecture || entry.alias != machine) continue;
    if (!entry.family.ends_with('-')) return std::string(entry.family);
    if (!qemu_version) return fmt::format("{}<newest>", entry.family);
    return fmt::format("{}{}.{}", entry.family, qemu_version->major_number, qemu_version->minor_number);
  }
  return std::string(machine);
}

bool matches_glob(std::string_view text, std::string_view glob) {
  std::size_t t = 0;
  std::size_t g = 0;
  std::size_t star =
      std::string_view::npos;  // where to go back to: the last '*' and what it has taken so far
  std::size_t taken = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::string host_architecture() {
  utsname names{};
  if (::uname(&names) != 0) return "x86_64";
  const std::string machine = names.machine;
  if (machine.size() == 4 && machine[0] == 'i' && machine.ends_with("86")) return "i386";
  if (machine.starts_with("arm")) return "arm";
  if (machine == "ppc64le") return "ppc64";
  return machine;
}

}  // namespace nonvol::descriptor
