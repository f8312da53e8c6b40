#include "forms/checks.h"

#include <fmt/format.h>

#include <map>

#include "octets/text.h"

namespace nonvol::forms {

using variable::Identity;
using variable::Variable;

void drop_duplicates(FormContents& contents, Counts counts, const std::string& file_name) {
  std::map<Identity, std::size_t> places;
  std::vector<Variable> kept;
  kept.reserve(contents.variables.size());
  for (Variable& variable : contents.variables) {
    const auto [place, is_new] = places.try_emplace(variable.identity, kept.size());
    if (is_new) {
      kept.push_back(std::move(variable));
      continue;
    }
    Variable& first = kept[place->second];
    const bool same = first == variable;
    contents.findings.push_back(
        {same ? Severity::kNote : Severity::kWarning,
         ErrorId::kDuplicateVariable,
         fmt::format("variable {} is there twice, with {} and {} bytes of data; {} counts",
                     variable.identity.text(), first.data.size(), variable.data.size(),
                     same                       ? "they are equal, one"
                     : counts == Counts::kFirst ? "the first"
                                                : "the last"),
         Place::in_file(file_name),
         {}});
    if (counts == Counts::kLast) first = std::move(variable);
  }
  contents.variables = std::move(kept);
}

Result<void> check_size(const std::string& file_name, std::uint64_t size_bytes, std::uint64_t limit_bytes) {
  if (size_bytes <= limit_bytes) return {};
  return Error(ErrorId::kFormTooLarge,
               fmt::format("size of {}: is {} bytes, at most {} are read", file_name,
                           octets::with_commas(size_bytes), octets::with_commas(limit_bytes)))
      .at(Place::in_file(file_name))
      .with_hint(fmt::format("ls -l {}", octets::shell_path(file_name)));
}

Error cannot_hold(Form form, const Variable& variable, std::string_view what) {
  return Error(ErrorId::kFormCannotHold, fmt::format("variable {}: has {}, for which {} has no place",
                                                     variable.identity.text(), what, to_string(form)));
}

Error not_written(Form form) {
  return Error(
      ErrorId::kFormNotWritten,
      fmt::format("{} is read by nonvol, and not written from a list of variables", to_string(form)));
}

Result<void> check_common(Form form, std::span<const Variable> variables) {
  for (const Variable& variable : variables) {
    const octets::Utf8Text name = variable.identity.name();
    if (!name.lossless) return cannot_hold(form, variable, "a name that is not UTF-16");
    if (name.text.empty() || name.text.find('\0') != std::string::npos)
      return cannot_hold(form, variable, "a name that is empty or goes on behind a NUL");
    if (variable.monotonic_count != 0)
      return cannot_hold(form, variable, fmt::format("the monotonic count {}", variable.monotonic_count));
    if (variable.public_key_index != 0)
      return cannot_hold(form, variable, fmt::format("the public key index {}", variable.public_key_index));
  }
  return {};
}

}  // namespace nonvol::forms
