#include "vnvram/framing.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"
#include "vnvram/der.h"
#include "vnvram/directory.h"

namespace nonvol::vnvram {
namespace {

// Holds the octets of an entry in front of its blob: 10 + 4 + 255 + 10 at most.
constexpr std::uint64_t kWindowBytes = 512;
constexpr std::uint64_t kScanBytes = std::uint64_t{1} << 20;

bool begins_with(octets::Bytes bytes, std::initializer_list<std::uint8_t> prefix) {
  return bytes.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// What stands where an image should begin, when that is zeros.
Result<Error> zeros_found(storage::BlockFile& file, const std::string& name) {
  std::vector<std::uint8_t> buffer(kScanBytes);
  for (std::uint64_t offset = 0; offset < file.size_bytes(); offset += buffer.size()) {
    Result<std::size_t> got = file.read_at(offset, buffer);
    if (!got) return got.error();
    if (octets::all_equal(octets::Bytes(buffer).first(*got), 0)) continue;
    return Error(ErrorId::kNvramUnfinished,
                 fmt::format("{} begins with zeros but is not empty: formatting it was not finished", name))
        .at(Place::at_byte(name, 0))
        .with_hint(
            fmt::format("nonvol blob format {} --lose-contents --entry NAME:SIZE", octets::shell_path(name)));
  }
  return Error(ErrorId::kNvramEmpty,
               fmt::format("{} is empty: all of its {} bytes are zero", name, file.size_bytes()))
      .at(Place::in_file(name))
      .with_hint(fmt::format("nonvol blob format {} --entry NAME:SIZE", octets::shell_path(name)));
}

}  // namespace

Result<void> read_exactly(storage::BlockFile& file, const std::string& file_name, std::uint64_t offset_bytes,
                          std::span<std::uint8_t> into) {
  Result<std::size_t> got = file.read_at(offset_bytes, into);
  if (!got) return got.error();
  if (*got == into.size()) return {};
  return Error(ErrorId::kNvramLength, fmt::format("{} ends at byte {}, an entry reaches to byte {}",
                                                  file_name, offset_bytes + *got, offset_bytes + into.size()))
      .at(Place::at_byte(file_name, offset_bytes + *got));
}

Error ElementWalk::framing_error(std::string message, std::uint64_t offset_bytes) const {
  return Error(ErrorId::kNvramFraming, std::move(message))
      .at(Place::at_byte(name_, offset_bytes))
      .with_hint(fmt::format("openssl asn1parse -inform DER -in {}", octets::shell_path(name_)));
}

Result<octets::Bytes> ElementWalk::window() {
  const std::uint64_t wanted = std::min(kWindowBytes, size_bytes_ - offset_bytes_);
  if (offset_bytes_ + wanted <= front_.size()) return front_.subspan(offset_bytes_);
  if (offset_bytes_ < buffer_offset_bytes_ ||
      offset_bytes_ + wanted > buffer_offset_bytes_ + buffer_.size()) {
    buffer_.resize(wanted);
    buffer_offset_bytes_ = offset_bytes_;
    if (Result<void> read = read_exactly(*file_, name_, offset_bytes_, buffer_); !read) return read.error();
  }
  return octets::Bytes(buffer_).subspan(offset_bytes_ - buffer_offset_bytes_);
}

Result<void> ElementWalk::read_outer() {
  Result<octets::Bytes> bytes = window();
  if (!bytes) return bytes.error();
  const auto not_an_image = [&](std::string message) {
    return Error(ErrorId::kNotAnNvram, std::move(message)).at(Place::at_byte(name_, 0));
  };
  if (begins_with(*bytes, {'Q', 'F', 'I', 0xfb}) || begins_with(*bytes, {'L', 'U', 'K', 'S', 0xba, 0xbe})) {
    return Error(ErrorId::kNvramInContainer, fmt::format("{} is a {} image; an NVRAM image may be inside it",
                                                         name_, bytes->front() == 'Q' ? "qcow2" : "LUKS"))
        .at(Place::at_byte(name_, 0));
  }
  if (octets::all_equal(bytes->first(std::min<std::size_t>(bytes->size(), kWindowBytes)), 0)) {
    Result<Error> found = zeros_found(*file_, name_);
    return found ? *found : found.error();
  }
  std::string_view problem;
  const std::optional<DerHeader> outer = read_der_header(*bytes, problem);
  if (bytes->front() != kDerSequence)
    return not_an_image(fmt::format("{} does not begin with an ASN.1 SEQUENCE", name_));
  if (!outer) return not_an_image(fmt::format("the SEQUENCE that {} begins with {}", name_, problem));
  const octets::Bytes inner = bytes->subspan(outer->header_bytes);
  const std::optional<DerHeader> header = read_der_header(inner, problem);
  const bool fits =
      header && header->tag == kDerUtf8String && header->content_bytes == kImageHeader.size() &&
      inner.size() >= header->header_bytes + kImageHeader.size() &&
      std::ranges::equal(inner.subspan(header->header_bytes, kImageHeader.size()), kImageHeader);
  if (!fits)
    return not_an_image(
        fmt::format("the SEQUENCE that {} begins with does not hold \"{}\" first", name_, kImageHeader));
  if (outer->content_bytes > kMaxImageBytes || outer->header_bytes + outer->content_bytes != size_bytes_) {
    return Error(ErrorId::kNvramLength,
                 fmt::format("the image says it is {} bytes long, {} has {}",
                             outer->header_bytes + outer->content_bytes, name_, size_bytes_))
        .at(Place::at_byte(name_, 1));
  }
  offset_bytes_ = outer->header_bytes + header->header_bytes + kImageHeader.size();
  return {};
}

Result<ElementWalk> ElementWalk::begin(storage::BlockFile& file, std::string file_name, octets::Bytes front) {
  if (file.size_bytes() == 0) {
    return Error(ErrorId::kNvramEmpty, fmt::format("{} is empty: it has no bytes", file_name))
        .at(Place::in_file(file_name))
        .with_hint(fmt::format("nonvol blob format {} --entry NAME:SIZE", octets::shell_path(file_name)));
  }
  ElementWalk walk(file, std::move(file_name), front);
  if (Result<void> read = walk.read_outer(); !read) return read.error();
  return walk;
}

Result<Element> ElementWalk::next() {
  Result<octets::Bytes> bytes = window();
  if (!bytes) return bytes.error();
  if (++elements_ > kMaxElements) {
    return Error(ErrorId::kNvramLimit, fmt::format("the image has more than {} elements", kMaxElements))
        .at(Place::at_byte(name_, offset_bytes_));
  }
  std::string_view problem;
  const std::uint64_t at = offset_bytes_;
  const std::optional<DerHeader> header = read_der_header(*bytes, problem);
  if (!header) return framing_error(fmt::format("the element at byte {} {}", at, problem), at);
  if (header->content_bytes > size_bytes_ - at - header->header_bytes) {
    return framing_error(fmt::format("the element at byte {} is {} bytes long, {} are left", at,
                                     header->content_bytes, size_bytes_ - at - header->header_bytes),
                         at);
  }
  Element element{Element::Type::kSlack, at, at + header->header_bytes, header->content_bytes};
  offset_bytes_ = element.end_bytes();
  if (header->tag == kDerSlack) return element;
  if (header->tag != kDerSequence) {
    return framing_error(
        fmt::format("the element at byte {} has the tag 0x{:02x}, neither an entry (0x30) nor slack (0x80)",
                    at, header->tag),
        at);
  }
  std::string failure;
  const octets::Bytes inside =
      bytes->subspan(header->header_bytes,
                     std::min<std::uint64_t>(header->content_bytes, bytes->size() - header->header_bytes));
  DerReader reader(inside, failure);
  element.type = Element::Type::kEntry;
  element.name = reader.utf8("name");
  const std::optional<DerHeader> blob = reader.ok() ? read_der_header(reader.left(), problem) : std::nullopt;
  if (reader.ok() && !blob) reader.fail("blob", problem);
  if (!reader.ok())
    return framing_error(fmt::format("the entry at byte {} is malformed: {}", at, failure), at);
  if (const std::string_view bad = name_problem(element.name); !bad.empty()) {
    return Error(ErrorId::kNvramName, fmt::format("the name of the entry at byte {} {}", at, bad))
        .at(Place::at_byte(name_, at));
  }
  element.content_bytes = blob->content_bytes;
  element.content_offset_bytes += (inside.size() - reader.left().size()) + blob->header_bytes;
  if (blob->tag != kDerOctetString || element.content_offset_bytes + element.content_bytes != offset_bytes_) {
    return framing_error(
        fmt::format("the blob of '{}' is no OCTET STRING that fills the rest of its entry", element.name),
        at);
  }
  return element;
}

Result<std::vector<Element>> walk_elements(storage::BlockFile& file, const std::string& file_name) {
  Result<ElementWalk> walk = ElementWalk::begin(file, file_name, {});
  if (!walk) return walk.error();
  std::vector<Element> elements;
  while (!walk->at_end()) {
    Result<Element> element = walk->next();
    if (!element) return element.error();
    elements.push_back(*std::move(element));
  }
  return elements;
}

}  // namespace nonvol::vnvram
