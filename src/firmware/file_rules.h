#pragma once

#include "descriptor/rules.h"
#include "firmware/files.h"

namespace nonvol::firmware {

// What selection asks of the files of a descriptor that fits in everything else, so that what is chosen
// starts and is what was asked for: that they exist, are of the format that is said, are as large as the
// machine takes them, that code and template are of one layout, and that what the request relies on is true
// of them. For the last, code is unpacked (some 100 ms), but only where the request requires something of it;
// a claim is taken for false only where that is proven.
class CheckedFiles final : public descriptor::FileRules {
 public:
  // `cache` must outlive this. With `trust_claims` nothing is unpacked or read to see whether claims are
  // true.
  CheckedFiles(FirmwareFileCache& cache, bool trust_claims) : cache_(cache), trust_claims_(trust_claims) {}

  void examine(const descriptor::Descriptor& descriptor, const descriptor::Request& request,
               std::vector<descriptor::FailedRule>& failed) override;

 private:
  FirmwareFileCache& cache_;
  bool trust_claims_;
};

}  // namespace nonvol::firmware
