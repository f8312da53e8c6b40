#include "forms/ec2.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "forms/checks.h"
#include "forms/ec2_dictionary.h"
#include "octets/base64.h"
#include "octets/crc32c.h"
#include "octets/text.h"

namespace nonvol::forms {
namespace {

using octets::Bytes;
using octets::Reader;
using variable::Variable;
using ByteVector = std::vector<std::uint8_t>;

constexpr std::uint64_t kMagic = 0x494645554e5a4d41;  // "AMZNUEFI"
constexpr std::uint32_t kVersion = 0;
// What the checksum covers begins behind it: the version, then the compressed stream.
constexpr std::size_t kCheckedFrom = 12;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kDigestBytes = 32;

Error error(ErrorId id, const std::string& file_name, std::string message) {
  return Error(id, std::move(message))
      .at(Place::in_file(file_name))
      .with_hint(fmt::format("base64 -d {} | hexdump -C | head", octets::shell_path(file_name)));
}

// A zlib stream that ends itself.
struct Stream : z_stream {
  enum class Way { kInflate, kDeflate };
  explicit Stream(Way direction) : z_stream{}, way(direction) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { way == Way::kInflate ? inflateEnd(this) : deflateEnd(this); }
  Way way;
};

// Input is at most kLargestTextBytes, so that zlib's 32 bits hold it.
void give(Stream& stream, Bytes bytes) {
  stream.next_in = bytes.data();
  stream.avail_in = static_cast<uInt>(bytes.size());
}

struct Inflated {
  ByteVector bytes;
  std::size_t left_bytes = 0;  // behind the end of the stream
};

Result<Inflated> inflate_all(const std::string& file_name, Bytes compressed) {
  Stream stream(Stream::Way::kInflate);
  if (inflateInit(&stream) != Z_OK) return Error(ErrorId::kOutOfMemory, "zlib could not get its memory");
  give(stream, compressed);
  Inflated result;
  ByteVector piece(64 * 1024);
  // Each round fills the piece or ends, and what was filled is bounded.
  for (;;) {
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_NEED_DICT) {
      const ByteVector& dictionary = ec2_dictionary();
      const auto wanted = static_cast<std::uint32_t>(stream.adler);
      if (inflateSetDictionary(&stream, dictionary.data(), static_cast<uInt>(dictionary.size())) == Z_OK)
        continue;
      const auto ours = static_cast<std::uint32_t>(
          adler32(adler32(0, nullptr, 0), dictionary.data(), static_cast<uInt>(dictionary.size())));
      return error(ErrorId::kEc2Stream, file_name,
                   fmt::format("compressed variables of {}: need a dictionary with Adler-32 {:#010x}, the "
                               "one that is known has {:#010x}",
                               file_name, wanted, ours));
    }
    const std::size_t made = piece.size() - stream.avail_out;
    result.bytes.insert(result.bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(made));
    if (result.bytes.size() > kLargestEc2Bytes) {
      return Error(ErrorId::kFormTooLarge, fmt::format("variables of {}: inflate to more than {} bytes",
                                                       file_name, octets::with_commas(kLargestEc2Bytes)))
          .at(Place::in_file(file_name));
    }
    if (status == Z_STREAM_END) break;
    if (status != Z_OK) {
      return error(ErrorId::kEc2Stream, file_name,
                   fmt::format("compressed variables of {}: the zlib stream breaks after {} of {} bytes ({})",
                               file_name, compressed.size() - stream.avail_in, compressed.size(),
                               stream.msg != nullptr ? stream.msg : "cut off"));
    }
  }
  result.left_bytes = stream.avail_in;
  return result;
}

// python-uefivars writes zeros where there is no digest.
bool is_none(Bytes digest) {
  return digest.size() == kDigestBytes && octets::all_equal(digest, 0);
}

// A length and as many bytes.
Bytes counted(Reader& reader, std::string_view length_field, std::string_view field) {
  const std::uint64_t size_bytes = reader.u64(length_field);
  return reader.failure() ? Bytes() : reader.bytes(field, size_bytes);
}

Result<Variable> read_variable(const std::string& file_name, Reader& reader, std::uint64_t number) {
  const std::uint64_t begin_bytes = reader.offset_bytes();
  const Bytes name = counted(reader, "name length", "name");
  const Bytes data = counted(reader, "data length", "data");
  const octets::Guid vendor = reader.guid("vendor");
  Variable variable;
  variable.attributes = reader.u32("attributes");
  if ((variable.attributes & variable::attribute::kTimeBasedAuthenticated) != 0) {
    const Bytes time = reader.bytes("time", variable.time.size());
    if (!time.empty()) std::ranges::copy(time, variable.time.begin());
    const Bytes digest = counted(reader, "digest length", "digest");
    if (!is_none(digest)) variable.digest.assign(digest.begin(), digest.end());
  }
  if (reader.failure()) {
    return error(ErrorId::kEc2Variable, file_name,
                 fmt::format("variable {} of {}, inflated: {}", number, file_name,
                             octets::describe(*reader.failure())));
  }
  auto identity = variable::make_identity(std::string(name.begin(), name.end()), vendor);
  if (!identity) {
    return error(ErrorId::kEc2Variable, file_name,
                 fmt::format("name of variable {} of {}, {} bytes at offset {:#x} inflated: is not UTF-8, is "
                             "empty or holds a NUL",
                             number, file_name, name.size(), begin_bytes));
  }
  variable.identity = *std::move(identity);
  variable.data.assign(data.begin(), data.end());
  return variable;
}

void note_bytes_behind(FormContents& contents, const std::string& file_name, std::uint64_t size_bytes,
                       std::string_view what) {
  if (size_bytes == 0) return;
  contents.findings.push_back({Severity::kWarning,
                               ErrorId::kBytesBehindForm,
                               fmt::format("{} bytes follow {} of {}", size_bytes, what, file_name),
                               Place::in_file(file_name),
                               {}});
}

void append(ByteVector& bytes, Bytes more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_number(ByteVector& bytes, std::uint64_t number, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i) bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

void append_counted(ByteVector& bytes, Bytes more) {
  append_number(bytes, more.size(), 8);
  append(bytes, more);
}

Result<ByteVector> deflate_all(Bytes plain) {
  Stream stream(Stream::Way::kDeflate);
  const ByteVector& dictionary = ec2_dictionary();
  if (deflateInit(&stream, Z_BEST_COMPRESSION) != Z_OK ||
      deflateSetDictionary(&stream, dictionary.data(), static_cast<uInt>(dictionary.size())) != Z_OK) {
    return Error(ErrorId::kOutOfMemory, "zlib could not get its memory");
  }
  ByteVector result(deflateBound(&stream, plain.size()));
  give(stream, plain);
  stream.next_out = result.data();
  stream.avail_out = static_cast<uInt>(result.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
    return Error(ErrorId::kImpossible, "zlib's own bound was too small for its stream");
  result.resize(stream.total_out);
  return result;
}

}  // namespace

Result<FormContents> read_ec2(const std::string& file_name, Bytes file) {
  if (const auto small = check_size(file_name, file.size(), kLargestTextBytes); !small) return small.error();
  // Mail and terminals add spaces and line breaks.
  std::string text(file.begin(), file.end());
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  const auto bytes = octets::from_base64(text);
  if (!bytes) {
    return error(
        ErrorId::kEc2Text, file_name,
        fmt::format("{} begins as uefi-data, but its {} bytes are not base64", file_name, file.size()));
  }
  Reader reader(*bytes);
  const std::uint64_t magic = reader.u64("magic");
  const std::uint32_t checksum = reader.u32("checksum");
  const std::uint32_t version = reader.u32("version");
  if (reader.failure() || magic != kMagic) {
    return error(
        ErrorId::kEc2Header, file_name,
        fmt::format("{} has {} bytes without base64 and the magic {:#x}; uefi-data has {} and more, and "
                    "{:#x} ('AMZNUEFI')",
                    file_name, bytes->size(), magic, kHeaderBytes, kMagic));
  }
  const std::uint32_t computed = octets::crc32c(Bytes(*bytes).subspan(kCheckedFrom));
  if (checksum != computed) {
    return error(ErrorId::kEc2Checksum, file_name,
                 fmt::format("checksum of {}: says {:#010x}, its content has {:#010x}; was it copied whole?",
                             file_name, checksum, computed));
  }
  if (version != kVersion) {
    return error(ErrorId::kEc2Header, file_name,
                 fmt::format("version of {}: is {}, only {} is known", file_name, version, kVersion));
  }
  const auto inflated = inflate_all(file_name, Bytes(*bytes).subspan(kHeaderBytes));
  if (!inflated) return inflated.error();
  FormContents contents{Form::kEc2, {}, {}};
  Reader variables(inflated->bytes);
  const std::uint64_t count = variables.u64("number of variables");
  if (variables.failure()) {
    return error(ErrorId::kEc2Variable, file_name,
                 fmt::format("{}, inflated: {}", file_name, octets::describe(*variables.failure())));
  }
  // Each takes at least 36 bytes, and the first that is not there ends it.
  for (std::uint64_t i = 0; i < count; ++i) {
    auto variable = read_variable(file_name, variables, i);
    if (!variable) return variable.error();
    contents.variables.push_back(*std::move(variable));
  }
  note_bytes_behind(contents, file_name, variables.left_bytes(), "the last variable");
  note_bytes_behind(contents, file_name, inflated->left_bytes, "the compressed stream");
  drop_duplicates(contents, Counts::kFirst, file_name);
  return contents;
}

Result<std::string> write_ec2(std::span<const Variable> variables) {
  if (const auto common = check_common(Form::kEc2, variables); !common) return common.error();
  ByteVector plain;
  append_number(plain, variables.size(), 8);
  for (const Variable& variable : variables) {
    const bool authenticated = (variable.attributes & variable::attribute::kTimeBasedAuthenticated) != 0;
    if (!authenticated && !octets::all_equal(variable.time, 0))
      return cannot_hold(Form::kEc2, variable, "a time stamp without being authenticated");
    if (!authenticated && !variable.digest.empty())
      return cannot_hold(Form::kEc2, variable, "a digest without being authenticated");
    if (is_none(variable.digest))
      return cannot_hold(Form::kEc2, variable, "a digest of zeros, which says none");
    const std::string name = variable.identity.name().text;
    append_counted(plain, ByteVector(name.begin(), name.end()));
    append_counted(plain, variable.data);
    append(plain, variable.identity.vendor.bytes);
    append_number(plain, variable.attributes, 4);
    if (!authenticated) continue;
    append(plain, variable.time);
    append_counted(plain, variable.digest.empty() ? ByteVector(kDigestBytes, 0) : variable.digest);
  }
  if (plain.size() > kLargestEc2Bytes) {
    return Error(ErrorId::kFormTooLarge,
                 fmt::format("variables for uefi-data: have {} bytes, at most {} are written",
                             octets::with_commas(plain.size()), octets::with_commas(kLargestEc2Bytes)));
  }
  const auto stream = deflate_all(plain);
  if (!stream) return stream.error();
  ByteVector checked;
  append_number(checked, kVersion, 4);
  append(checked, *stream);
  ByteVector file;
  append_number(file, kMagic, 8);
  append_number(file, octets::crc32c(checked), 4);
  append(file, checked);
  return octets::to_base64(file);
}

}  // namespace nonvol::forms
