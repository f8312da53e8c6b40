#pragma once

#include <mutex>
#include <vector>

#include "nonvol/nonvol.h"
#include "nonvol/vnvram.h"

// What callers hold. The lists are those of the last start, so that the strings in them stay where they are.
struct nonvol_nvram {
  explicit nonvol_nvram(nonvol::vnvram::Nvram opened) : nvram(std::move(opened)) {}

  mutable std::mutex mutex;
  std::vector<nonvol::Finding> findings;
  std::vector<nonvol::vnvram::EntryFacts> entries;
  // Last, because the end of it may still call back.
  nonvol::vnvram::Nvram nvram;
};

// Lives on the stack of whoever calls a device's function.
struct nonvol_visitor {
  nonvol::vnvram::Visitor& visitor;
  bool out_of_memory = false;
};
