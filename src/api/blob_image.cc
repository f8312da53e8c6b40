#include "api/blob_image.h"

#include <fmt/format.h>

#include "octets/text.h"
#include "storage/byte_stream.h"
#include "vnvram/keys.h"

namespace nonvol::api {
namespace {

// 64 hexadecimal digits and a line break of either kind.
constexpr std::uint64_t kMaxKeyFileBytes = 66;

}  // namespace

Result<std::optional<seal::Key>> read_key(const KeySource& source) {
  if (!source.given()) return std::optional<seal::Key>();
  const std::string name = source.descriptor ? fmt::format("descriptor {}", *source.descriptor) : source.file;
  Result<std::vector<std::uint8_t>> content =
      source.descriptor ? storage::read_descriptor(*source.descriptor, kMaxKeyFileBytes, name)
                        : storage::read_input(source.file, kMaxKeyFileBytes);
  if (!content) return content.error();
  Result<seal::Key> key = vnvram::parse_key(*content, name);
  seal::wipe(*content);
  if (!key) return key.error();
  return std::optional<seal::Key>(*std::move(key));
}

Result<OpenBlobs> open_blobs(const Context& context, const BlobImage& where, storage::Access access) {
  Result<std::optional<seal::Key>> key = read_key(where.key);
  if (!key) return key.error();
  Result<vnvram::Image> image =
      vnvram::open_image(context.files, {where.target, where.luks_key_file},
                         {access, key->has_value() ? &**key : nullptr, where.wait_ms});
  if (!image) return image.error();
  return OpenBlobs{*std::move(key), *std::move(image)};
}

Result<void> use_key(vnvram::Image& image, const std::optional<seal::Key>& key, bool wants_encrypted) {
  if (!key || (wants_encrypted && !image.has_keys())) return {};
  return image.unlock(*key);
}

BlobImageFacts facts_of(const std::string& target, const vnvram::Image& image) {
  BlobImageFacts facts{.target = target,
                       .seed_layout = image.seed_layout(),
                       .uuid = {},
                       .integrity = {},
                       .image_bytes = image.size_bytes(),
                       .encrypted = image.has_keys(),
                       .directory_generation = image.directory_generation()};
  if (!facts.seed_layout) {
    facts.uuid = vnvram::to_string(image.directory().uuid);
    facts.integrity = image.directory().integrity;
  }
  return facts;
}

void write_image_facts(json::Writer& writer, const BlobImageFacts& facts) {
  writer.member("image", facts.target).key("uuid");
  facts.uuid.empty() ? writer.null() : writer.string(facts.uuid);
  writer.key("format_version");
  facts.seed_layout ? writer.null() : writer.number(1);
  writer.key("integrity");
  facts.integrity ? writer.string(vnvram::to_string(*facts.integrity)) : writer.null();
  writer.member("seed_layout", facts.seed_layout).member("image_bytes", facts.image_bytes);
  writer.member("encrypted", facts.encrypted).key("directory_generation");
  facts.seed_layout ? writer.null() : writer.number(facts.directory_generation);
}

void write_entry_members(json::Writer& writer, const vnvram::EntryInfo& entry) {
  writer.member("name", entry.name).member("kind", vnvram::to_string(entry.kind));
  writer.member("capacity_bytes", entry.capacity_bytes).member("encrypted", entry.encrypted);
  writer.member("offset_bytes", entry.offset_bytes);
}

std::string list_hint(const std::string& target) {
  return "nonvol blob list " + octets::shell_path(target);
}

}  // namespace nonvol::api
