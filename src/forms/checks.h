#pragma once

#include <span>
#include <string>

#include "forms/form.h"
#include "outcome/result.h"

// What the forms have in common when they are read and written. Inside this folder only.
namespace nonvol::forms {

// Which of two entries with one vendor and name counts, by what the form's owner does.
enum class Counts : std::uint8_t { kFirst, kLast };

// Leaves each identity once, where its first entry was; a kDuplicateVariable for each one dropped.
void drop_duplicates(FormContents& contents, Counts counts, const std::string& file_name);

// kFormTooLarge where it is.
Result<void> check_size(const std::string& file_name, std::uint64_t size_bytes, std::uint64_t limit_bytes);

// kFormCannotHold: the form has no place for something that this variable has.
Error cannot_hold(Form form, const variable::Variable& variable, std::string_view what);

// kFormNotWritten: nonvol only reads this form.
Error not_written(Form form);

// No form here has a place for a monotonic count or a key index, or for a name that is not UTF-16: then
// kFormCannotHold, since what is left out without a word is missed when it is too late.
Result<void> check_common(Form form, std::span<const variable::Variable> variables);

}  // namespace nonvol::forms
