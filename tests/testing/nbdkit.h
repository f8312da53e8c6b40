#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "testing/child.h"
#include "testing/scratch.h"

namespace nonvol::testing {

// An nbdkit on a unix socket of its own, that ends with the test. `words`: filters, plugin and their
// settings.
class Nbdkit {
 public:
  explicit Nbdkit(const std::vector<std::string>& words) : child_(command(words)) {
    serves_ = eventually([this] { return std::filesystem::exists(scratch_ / "pid"); });
  }

  bool serves() const { return serves_; }
  std::string uri() const { return "nbd+unix:///?socket=" + socket(); }
  std::string socket() const { return scratch_ / "socket"; }
  Child& child() { return child_; }

 private:
  std::vector<std::string> command(const std::vector<std::string>& words) const {
    std::vector<std::string> result{"nbdkit", "--foreground", "--exit-with-parent", "--unix",
                                    socket(), "--pidfile",    scratch_ / "pid"};
    result.insert(result.end(), words.begin(), words.end());
    return result;
  }

  Scratch scratch_;
  Child child_;
  bool serves_ = false;
};

}  // namespace nonvol::testing
