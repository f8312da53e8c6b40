#include "api/keys_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "efi/authenticated.h"
#include "efi/signature_list.h"
#include "octets/text.h"
#include "seal/certificate.h"
#include "storage/byte_stream.h"

namespace nonvol::api {
namespace {

// Microsoft's whole dbx has 24 KB, and no variable of edk2 more than 33 KiB.
constexpr std::uint64_t kLargestKeyFileBytes = 256 * 1024;
constexpr std::string_view kEndings[] = {".der", ".cer", ".crt", ".pem", ".esl", ".auth"};

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

Error not_keys(const std::string& path, const std::string& why) {
  return Error(ErrorId::kKeyFile, fmt::format("{}: {}", path, why))
      .at(Place::in_file(path))
      .with_hint("nonvol help keys enroll");
}

struct Names {
  std::vector<std::string> directories;
  std::vector<std::string> key_files;
};

// Of one directory, each in the order of the names.
Result<Names> names_in(const Context& context, const std::string& path) {
  const auto directory = context.files.open_directory(path);
  if (!directory) return directory.error();
  const auto entries = (*directory)->entries();
  if (!entries) return entries.error();
  Names names;
  for (const storage::DirectoryEntry& entry : *entries) {
    const auto status = context.files.status(path + "/" + entry.name);
    if (!status) continue;  // a link that leads nowhere
    if (status->kind == storage::FileKind::kDirectory) names.directories.push_back(entry.name);
    const std::string name = lower_case(entry.name);
    const bool holds_keys =
        std::ranges::any_of(kEndings, [&](std::string_view ending) { return name.ends_with(ending); });
    if (status->kind == storage::FileKind::kRegular && holds_keys) names.key_files.push_back(entry.name);
  }
  std::ranges::sort(names.directories);
  std::ranges::sort(names.key_files);
  return names;
}

Result<void> read_all(const std::string& directory, const std::vector<std::string>& names,
                      std::vector<KeyFile>& into) {
  for (const std::string& name : names) {
    auto file = read_key_file(directory + "/" + name);
    if (!file) return file.error();
    into.push_back(*std::move(file));
  }
  return {};
}

// The files of one variable: directly in its folder, and one folder further down.
Result<void> read_slot(const Context& context, const std::string& path, std::vector<KeyFile>& into) {
  const auto names = names_in(context, path);
  if (!names) return names.error();
  if (Result<void> read = read_all(path, names->key_files, into); !read) return read;
  for (const std::string& name : names->directories) {
    const std::string folder = lower_case(name);
    if (folder != "certificate" && folder != "certificates") continue;
    const auto inner = names_in(context, path + "/" + name);
    if (!inner) return inner.error();
    if (Result<void> read = read_all(path + "/" + name, inner->key_files, into); !read) return read;
  }
  return {};
}

Result<void> read_slots(const Context& context, const std::string& path,
                        const std::vector<std::string>& folders, KeyDirectory& into) {
  for (const std::string& folder : folders) {
    for (const KeySlot slot : kKeySlots) {
      if (lower_case(folder) != lower_case(std::string(name_of(slot)))) continue;
      Result<void> read = read_slot(context, path + "/" + folder, into.slots[static_cast<std::size_t>(slot)]);
      if (!read) return read;
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(KeySlot slot) {
  static constexpr std::string_view kNames[] = {"PK", "KEK", "db", "dbx"};
  return kNames[static_cast<std::size_t>(slot)];
}

Result<KeyFile> read_key_file(const std::string& path) {
  auto bytes = storage::read_input(path, kLargestKeyFileBytes);
  if (!bytes) return bytes.error();
  if (bytes->size() > kLargestKeyFileBytes) {
    return not_keys(path,
                    fmt::format("has more than {} bytes, which no variable holds", kLargestKeyFileBytes));
  }
  KeyFile file;
  file.path = path;
  if (efi::parse_update(*bytes, path)) {
    file.update = *std::move(bytes);
    return file;
  }
  const efi::SignatureDatabase database = efi::parse_signatures(*bytes, path);
  if (efi::is_well_formed(database) && database.signature_count() > 0) {
    for (const efi::SignatureList& list : database.lists) {
      for (const efi::Signature& signature : list.signatures) {
        file.signatures.push_back({list.type, signature.owner, signature.data});
      }
    }
    return file;
  }
  auto certificates = seal::decode_certificates(*bytes);
  if (!certificates && certificates.error().id == ErrorId::kLibraryMissing) return certificates.error();
  if (!certificates) {
    return not_keys(path,
                    fmt::format("its {} bytes are no certificate, signature list or update", bytes->size()));
  }
  for (seal::Der& der : *certificates) {
    file.signatures.push_back({efi::signature_type::kX509, std::nullopt, std::move(der)});
  }
  return file;
}

Result<KeyDirectory> read_key_directory(const Context& context, const std::string& path) {
  const auto names = names_in(context, path);
  if (!names) return names.error();
  KeyDirectory result;
  if (Result<void> read = read_all(path, names->key_files, result.loose); !read) return read.error();
  if (Result<void> read = read_slots(context, path, names->directories, result); !read) return read.error();
  for (const std::string& folder : names->directories) {
    if (lower_case(folder) != "presignedobjects") continue;
    const auto inner = names_in(context, path + "/" + folder);
    if (!inner) return inner.error();
    Result<void> read = read_slots(context, path + "/" + folder, inner->directories, result);
    if (!read) return read.error();
  }
  const bool empty = std::ranges::all_of(result.slots, [](const auto& files) { return files.empty(); });
  if (empty && result.loose.empty()) {
    return Error(ErrorId::kNoKeysInDirectory,
                 fmt::format("{} has no certificate, signature list or update in PK, KEK, DB or DBX", path))
        .at(Place::in_file(path))
        .with_hint("nonvol help keys enroll");
  }
  return result;
}

}  // namespace nonvol::api
