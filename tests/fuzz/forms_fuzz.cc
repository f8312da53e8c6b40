// Feeds the other forms of UEFI variables to their readers, writes what they gave in each form that is
// written and reads it again: the variables must be the same. Also `certdb`, read, taken apart and put
// together.
//
// Input: byte 0 says what the rest is, since checksums keep a fuzzer out of what they protect:
//   0 a whole file        1 EC2's zlib stream             2 EC2's variables
//   3 a VMGS file whose first header gets its checksum    4 the NVRAM file inside a VMGS file
//   5 the data of `certdb`
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "forms/certdb.h"
#include "forms/form_file.h"
#include "forms/recognise.h"
#include "octets/base64.h"
#include "octets/crc32c.h"

namespace {

using namespace nonvol;
using ByteVector = std::vector<std::uint8_t>;

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

void append(ByteVector& bytes, std::uint64_t number, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i) bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

void append(ByteVector& bytes, octets::Bytes more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

ByteVector ec2_file(octets::Bytes stream) {
  ByteVector checked;
  checked.reserve(4 + stream.size());
  append(checked, 0, 4);
  append(checked, stream);
  ByteVector file;
  append(file, 0x494645554e5a4d41, 8);
  append(file, octets::crc32c(checked), 4);
  append(file, checked);
  const std::string text = octets::to_base64(file);
  return {text.begin(), text.end()};
}

// One stored block: up to 65535 bytes.
ByteVector zlib_stream(octets::Bytes plain) {
  ByteVector stream = {0x78, 0x01, 0x01};
  append(stream, plain.size(), 2);
  append(stream, ~plain.size(), 2);
  append(stream, plain);
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const std::uint8_t byte : plain) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  for (const std::uint32_t byte : {b >> 8, b, a >> 8, a}) stream.push_back(static_cast<std::uint8_t>(byte));
  return stream;
}

void set_vmgs_checksum(ByteVector& file) {
  if (file.size() < 168) return;
  std::fill_n(file.begin() + 12, 4, std::uint8_t{0});
  std::uint32_t sum = 0xffffffff;
  for (std::size_t i = 0; i < 168; ++i) {
    sum ^= file[i];
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xedb88320 : 0);
  }
  for (std::size_t i = 0; i < 4; ++i) file[12 + i] = static_cast<std::uint8_t>(~sum >> (8 * i));
}

ByteVector vmgs_file(octets::Bytes nvram) {
  constexpr std::size_t kBlock = 4096;
  const std::size_t blocks = nvram.size() / kBlock + 1;
  ByteVector file;
  append(file, 0x5354525453455547, 8);
  append(file, 0x30000, 4);
  append(file, 0, 4);
  for (const std::uint32_t field : {1, 168, 2, 1}) append(file, field, 4);
  file.resize(2 * kBlock + 64);
  append(file, 3, 4);
  append(file, blocks, 4);
  append(file, nvram.size(), 8);
  file.resize(3 * kBlock);
  append(file, nvram);
  file.resize((3 + blocks) * kBlock);
  set_vmgs_checksum(file);
  return file;
}

std::uint64_t look_at(const std::vector<Finding>& findings) {
  std::uint64_t sum = 0;
  for (const Finding& finding : findings) {
    require(!finding.message.empty() && !finding.place.empty() && !hint_for(finding).empty());
    sum += finding.place.text().size();
  }
  return sum;
}

void look_at(const Error& error) {
  require(!error.message.empty() && !hint_for(error).empty());
  require(error.id != ErrorId::kImpossible && error.id != ErrorId::kOutOfMemory);
}

void write_and_read(const std::vector<variable::Variable>& variables) {
  for (const forms::Form form : {forms::Form::kQemuJson, forms::Form::kVirtFirmwareJson, forms::Form::kEc2}) {
    const auto file = forms::write_form(form, variables);
    if (!file) {
      look_at(file.error());
      continue;
    }
    const auto again = forms::read_form("again", *file);
    require(again && again->variables == variables);
  }
}

// There and back: only authenticated variables may keep a digest, others lose theirs on the way.
void try_digests(std::vector<variable::Variable> variables) {
  if (look_at(forms::digests_from_certdb("fuzz", variables)) != 0) return;
  for (variable::Variable& variable : variables) {
    if ((variable.attributes & variable::attribute::kTimeBasedAuthenticated) == 0) variable.digest.clear();
  }
  const std::vector<variable::Variable> before = variables;
  require(forms::certdb_from_digests("fuzz", variables).has_value());
  for (const variable::Variable& variable : variables) require(variable.digest.empty());
  require(forms::digests_from_certdb("fuzz", variables).empty() && variables == before);
}

void try_file(octets::Bytes file) {
  const auto contents = forms::read_form("fuzz", file);
  if (!contents) return look_at(contents.error());
  require(forms::recognise(file) != forms::Form::kUnknown && contents->form != forms::Form::kUnknown);
  look_at(contents->findings);
  write_and_read(contents->variables);
  try_digests(contents->variables);
}

void try_certdb(octets::Bytes data) {
  const auto certdb = forms::parse_certdb("fuzz", data);
  if (!certdb) return look_at(certdb.error());
  const auto again = forms::parse_certdb("fuzz", forms::build_certdb(certdb->entries));
  require(again && (again->entries == certdb->entries || again->as_uefivars));
  std::vector<variable::Variable> variables = {
      {*variable::make_identity("certdb", variable::vendor::kCertDb), 0x27, {data.begin(), data.end()}}};
  for (const forms::CertDbEntry& entry : certdb->entries) {
    if (std::ranges::find(variables, entry.identity, &variable::Variable::identity) == variables.end())
      variables.push_back({entry.identity, 0x27, {1}});
  }
  try_digests(std::move(variables));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0 || size_bytes > 0xffff) return 0;
  const octets::Bytes rest = octets::Bytes(data, size_bytes).subspan(1);
  switch (data[0] % 6) {
    case 0:
      try_file(rest);
      break;
    case 1:
      try_file(ec2_file(rest));
      break;
    case 2:
      try_file(ec2_file(zlib_stream(rest)));
      break;
    case 3: {
      ByteVector file(rest.begin(), rest.end());
      set_vmgs_checksum(file);
      try_file(file);
      break;
    }
    case 4:
      try_file(vmgs_file(rest));
      break;
    default:
      try_certdb(rest);
  }
  return 0;
}
