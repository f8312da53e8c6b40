#include "descriptor/flash_sizes.h"

#include <fmt/format.h>

#include "descriptor/machine.h"
#include "octets/text.h"

namespace nonvol::descriptor {
namespace {

using octets::with_commas;

constexpr std::uint64_t kKibibyte = 1024;
constexpr std::uint64_t kMebibyte = 1024 * kKibibyte;
constexpr std::uint64_t kPcBlockBytes = 4096;
constexpr std::uint64_t kPcTotalBytes = 8 * kMebibyte;
constexpr std::uint64_t kArmBankBytes = 64 * kMebibyte;
constexpr std::uint64_t kRiscvBankBytes = 32 * kMebibyte;
constexpr std::uint64_t kLoongarchSectorBytes = 256 * kKibibyte;
constexpr std::uint64_t kLoongarchBankBytes = 16 * kMebibyte;

bool is_pc(std::string_view architecture, std::string_view machine) {
  return is_x86(architecture) && (machine == "q35" || machine == "pc" || machine.starts_with("pc-"));
}

bool is_virt(std::string_view machine) {
  return machine == "virt" || machine.starts_with("virt-");
}

std::optional<std::string> pc_trouble(const FlashSizes& sizes) {
  const auto bank = [](std::string_view what, std::uint64_t bytes) -> std::optional<std::string> {
    if (bytes != 0 && bytes % kPcBlockBytes == 0) return std::nullopt;
    return fmt::format("the {} has {} bytes, and QEMU takes multiples of {} only", what, with_commas(bytes),
                       with_commas(kPcBlockBytes));
  };
  if (auto trouble = bank("code", sizes.code_bytes)) return trouble;
  if (sizes.variables_bytes) {
    if (auto trouble = bank("variable store", *sizes.variables_bytes)) return trouble;
  }
  const std::uint64_t variables = sizes.variables_bytes.value_or(0);
  if (sizes.code_bytes > kPcTotalBytes || variables > kPcTotalBytes - sizes.code_bytes) {
    return fmt::format("firmware of {} bytes is more than the {} that QEMU maps",
                       with_commas(sizes.code_bytes + variables), with_commas(kPcTotalBytes));
  }
  return std::nullopt;
}

std::optional<std::string> bank_trouble(std::uint64_t bank_bytes, const FlashSizes& sizes) {
  const auto bank = [&](std::string_view what, std::uint64_t bytes) -> std::optional<std::string> {
    if (bytes == bank_bytes) return std::nullopt;
    return fmt::format("the {} has {} bytes, and this machine's flash banks have {}", what,
                       with_commas(bytes), with_commas(bank_bytes));
  };
  if (auto trouble = bank("code", sizes.code_bytes)) return trouble;
  return sizes.variables_bytes ? bank("variable store", *sizes.variables_bytes) : std::nullopt;
}

std::optional<std::string> loongarch_trouble(const FlashSizes& sizes) {
  const auto bank = [&](std::string_view what, std::uint64_t bytes) -> std::optional<std::string> {
    if (bytes != 0 && bytes % kLoongarchSectorBytes == 0 && bytes <= kLoongarchBankBytes) return std::nullopt;
    return fmt::format("the {} has {} bytes, and QEMU takes multiples of {} up to {} only", what,
                       with_commas(bytes), with_commas(kLoongarchSectorBytes),
                       with_commas(kLoongarchBankBytes));
  };
  if (auto trouble = bank("code", sizes.code_bytes)) return trouble;
  return sizes.variables_bytes ? bank("variable store", *sizes.variables_bytes) : std::nullopt;
}

}  // namespace

bool has_flash(std::string_view architecture, std::string_view machine) {
  return !is_x86(architecture) || (machine != "microvm" && machine != "isapc");
}

std::optional<std::string> flash_size_trouble(std::string_view architecture, std::string_view machine,
                                              const FlashSizes& sizes) {
  if (is_pc(architecture, machine)) return pc_trouble(sizes);
  if (!is_virt(machine)) return std::nullopt;
  if (architecture == "aarch64" || architecture == "arm") return bank_trouble(kArmBankBytes, sizes);
  if (architecture == "riscv64") return bank_trouble(kRiscvBankBytes, sizes);
  if (architecture == "loongarch64") return loongarch_trouble(sizes);
  return std::nullopt;
}

}  // namespace nonvol::descriptor
