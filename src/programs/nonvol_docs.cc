// Writes what is made from the command table and the catalogue of error ids:
//   nonvol-docs errors              docs/errors.md to standard output
//   nonvol-docs markdown DIR        docs/commands/*.md
//   nonvol-docs install DIR         man1/, bash/ and zsh/ for packages
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/help.h"

namespace {

namespace cli = nonvol::cli;
namespace fs = std::filesystem;

bool write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  return static_cast<bool>(file.flush());
}

bool write_markdown(const fs::path& directory) {
  bool written = true;
  for (const cli::CommandSpec& command : cli::commands()) {
    written &= write_file(directory / (cli::page_name(command) + ".md"), cli::command_markdown(command));
  }
  return written;
}

bool write_share(const fs::path& directory) {
  bool written = true;
  for (const cli::CommandSpec& command : cli::commands()) {
    written &= write_file(directory / "man1" / (cli::page_name(command) + ".1"), cli::man_page(command));
  }
  written &= write_file(directory / "bash" / "nonvol", cli::bash_completion());
  return written && write_file(directory / "zsh" / "_nonvol", cli::zsh_completion());
}

}  // namespace

int main(int count, char** words) {
  const std::string what = count > 1 ? words[1] : "";
  if (what == "errors" && count == 2) return std::fputs(cli::errors_markdown().c_str(), stdout) < 0 ? 1 : 0;
  if (what == "markdown" && count == 3) return write_markdown(words[2]) ? 0 : 1;
  if (what == "install" && count == 3) return write_share(words[2]) ? 0 : 1;
  std::fputs("usage: nonvol-docs errors | markdown DIR | install DIR\n", stderr);
  return 2;
}
