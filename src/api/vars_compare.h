#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/store_edit.h"
#include "forms/form.h"

// The commands that read variables from one place and compare them or write them elsewhere.
namespace nonvol::api {

struct VariablesDiffReport {
  StorePlace before;
  StorePlace after;
  std::vector<VariableChange> changes;  // in the order of the first store, what is new at the end
  std::vector<Finding> findings;        // of both
};
// Live variables of two stores of any form, field by field. Order and dead records make no difference.
Result<VariablesDiffReport> variables_diff(const Context& context, const std::string& before,
                                           const std::string& after);

struct VariablesExportReport {
  StorePlace place;
  forms::Form form = forms::Form::kQemuJson;
  std::size_t variables = 0;
  std::vector<std::uint8_t> bytes;  // of the new file
  std::vector<Finding> findings;
};
// The variables, or those named, as a file of another form. Errors: kNoSuchVariable, those of
// forms::write_form.
Result<VariablesExportReport> variables_export(const Context& context, const std::string& target,
                                               forms::Form form, const std::vector<std::string>& names);

std::string to_json(const VariablesDiffReport& report);
std::string to_json(const VariablesExportReport& report);

}  // namespace nonvol::api
