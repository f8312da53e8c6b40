#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome/result.h"

namespace nonvol::descriptor {

struct QemuVersion {
  unsigned major_number = 0;
  unsigned minor_number = 0;
  friend auto operator<=>(const QemuVersion&, const QemuVersion&) = default;
};

// "7.2", "7.2.22" or "10.0"; kBadQemuVersion otherwise.
Result<QemuVersion> parse_qemu_version(std::string_view text);

// The machine a guest of the architecture gets when nobody says: q35 or virt. Nothing for other
// architectures.
std::optional<std::string_view> default_machine(std::string_view architecture);

// The machine as descriptors name it. They list concrete names ("pc-q35-7.2"), people type aliases ("q35"),
// and which machine an alias means depends on QEMU: its own newest. Without a version that newest is unknown,
// so the canonical name is then "pc-q35-<newest>", which only a glob that takes every version matches; a
// firmware that is meant for certain versions is not chosen on a guess.
std::string canonical_machine(std::string_view architecture, std::string_view machine,
                              std::optional<QemuVersion> qemu_version);

// "x86_64" and "i386": the machines, flash rules and firmware of both are alike.
bool is_x86(std::string_view architecture);

// What people may call machines of the architecture, the default first.
std::vector<std::string_view> machine_aliases(std::string_view architecture);

// `*` and `?`, as libvirt's matching of descriptors has it; everything else stands for itself.
bool matches_glob(std::string_view text, std::string_view glob);

// QEMU's name of the architecture this program runs on ("x86_64", "aarch64", ...).
std::string host_architecture();

}  // namespace nonvol::descriptor
