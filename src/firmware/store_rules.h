#pragma once

#include <optional>
#include <string>

#include "descriptor/rules.h"
#include "firmware/files.h"

namespace nonvol::firmware {

// A variable store that is there already, and that firmware is looked for.
struct HeldStore {
  std::string path;
  FileFacts file;
  TemplateFacts variables;

  // Firmware stands behind the store, in the same file.
  bool has_code_behind() const;
  // The architecture of firmware with such stores; empty where it may be any.
  std::string_view architecture() const;
};

// Errors: what stood in the way of reading it.
Result<HeldStore> held_store(FirmwareFileCache& cache, const std::string& path);

// Beside other rules, whether the firmware would take the store, keep it, and keep what it promises: form,
// layout, size, and Secure Boot if the store has it on. Each is Rule::kStore.
class StoreRules final : public descriptor::FileRules {
 public:
  // All must outlive this.
  StoreRules(descriptor::FileRules& others, FirmwareFileCache& cache, const HeldStore& store)
      : others_(others), cache_(cache), store_(store) {}

  void examine(const descriptor::Descriptor& descriptor, const descriptor::Request& request,
               std::vector<descriptor::FailedRule>& failed) override;

 private:
  descriptor::FileRules& others_;
  FirmwareFileCache& cache_;
  const HeldStore& store_;
};

// What the store would have to be converted to for this firmware on the machine of the request, as
// `vars convert --to` names it; empty where it need not be, or cannot be.
std::string conversion_for(const descriptor::Descriptor& descriptor, const descriptor::Request& request,
                           const HeldStore& store, FirmwareFileCache& cache);

}  // namespace nonvol::firmware
