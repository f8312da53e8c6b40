// What a caller of forms/ does, as a program for forms_test.py:  forms_convert qemu|virt-firmware|ec2 INPUT
// OUTPUT Findings and errors go to the error output; exit status 1 for an error.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "forms/form_file.h"

namespace {

using namespace nonvol;

int fail(const Error& error) {
  std::fprintf(stderr, "%s %s\n", to_string(error.id).c_str(), error.message.c_str());
  return 1;
}

}  // namespace

int main(int argument_count, char** arguments) {
  static const std::map<std::string, forms::Form> kForms = {{"qemu", forms::Form::kQemuJson},
                                                            {"virt-firmware", forms::Form::kVirtFirmwareJson},
                                                            {"ec2", forms::Form::kEc2}};
  const auto form = argument_count == 4 ? kForms.find(arguments[1]) : kForms.end();
  if (form == kForms.end()) return 2;
  std::ifstream input(arguments[2], std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(input), {}};
  const auto contents = forms::read_form(arguments[2], bytes);
  if (!contents) return fail(contents.error());
  for (const Finding& finding : contents->findings)
    std::fprintf(stderr, "%s %s\n", to_string(finding.id).c_str(), finding.message.c_str());
  const auto file = forms::write_form(form->second, contents->variables);
  if (!file) return fail(file.error());
  std::ofstream output(arguments[3], std::ios::binary);
  output.write(std::string(file->begin(), file->end()).data(), static_cast<std::streamsize>(file->size()));
  return output.flush() ? 0 : 1;
}
