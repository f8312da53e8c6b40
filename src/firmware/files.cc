#include "firmware/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "efi/secure_boot.h"
#include "flash/image.h"
#include "flash/store_reader.h"
#include "forms/form_file.h"
#include "forms/recognise.h"
#include "octets/text.h"
#include "storage/qemu_storage.h"

namespace nonvol::firmware {
namespace {

constexpr std::size_t kFrontBytes = 32;
constexpr std::size_t kQcow2SizeAtBytes = 24;

Error no_file(const std::string& path, std::string_view what) {
  return Error(ErrorId::kFirmwareFileMissing, fmt::format("{} is {}", path, what)).at(Place::in_file(path));
}

// The virtual size of a qcow2 image (QEMU, docs/interop/qcow2.txt: bytes 24 to 31, big-endian).
std::uint64_t virtual_size_bytes(octets::Bytes front) {
  std::uint64_t size = 0;
  if (front.size() < kQcow2SizeAtBytes + 8) return size;
  for (const std::uint8_t octet : front.subspan(kQcow2SizeAtBytes, 8)) size = size << 8 | octet;
  return size;
}

Result<std::vector<std::uint8_t>> read_whole(storage::BlockFile& file, const std::string& path,
                                             std::uint64_t limit_bytes) {
  if (file.size_bytes() > limit_bytes) {
    return Error(ErrorId::kFormTooLarge,
                 fmt::format("{} has {} bytes, at most {} are read", path, file.size_bytes(), limit_bytes))
        .at(Place::in_file(path));
  }
  std::vector<std::uint8_t> bytes(file.size_bytes());
  const Result<std::size_t> got = file.read_at(0, bytes);
  if (!got) return got.error();
  bytes.resize(*got);
  return bytes;
}

// In pieces, so that the padding of Arm's images takes no memory.
Result<flash::ImageBytes> read_image(storage::BlockFile& file, const std::string& path) {
  if (file.size_bytes() > flash::kLargestImageBytes) {
    return Error(ErrorId::kNotAFirmwareImage, fmt::format("{} has {} bytes, and firmware at most {}", path,
                                                          file.size_bytes(), flash::kLargestImageBytes))
        .at(Place::in_file(path));
  }
  flash::ImageBytes bytes;
  std::vector<std::uint8_t> piece(std::size_t{1} << 20);
  for (std::uint64_t at = 0; at < file.size_bytes(); at += piece.size()) {
    const Result<std::size_t> got = file.read_at(at, piece);
    if (!got) return got.error();
    bytes.append(octets::Bytes(piece).first(*got));
    if (*got < piece.size()) break;
  }
  return bytes;
}

void take_keys(TemplateFacts& facts, const std::vector<variable::Variable>& variables,
               const std::string& path) {
  const efi::SecureBootKeys keys = efi::read_secure_boot_keys(variables, path);
  facts.has_platform_key = keys.pk.is_present;
  facts.has_key_exchange_keys = keys.kek.is_present;
  facts.has_signatures = keys.db.is_present;
  facts.verifies_programs = keys.verifies_programs();
}

Result<void> read_form(TemplateFacts& facts, storage::BlockFile& file, const std::string& path) {
  const auto bytes = read_whole(file, path, forms::kLargestTextBytes);
  if (!bytes) return bytes.error();
  const auto contents = forms::read_form(path, *bytes);
  if (!contents) return contents.error();
  facts.form = contents->form;
  take_keys(facts, contents->variables, path);
  return {};
}

void take_store(TemplateFacts& facts, const flash::VariableStore& store, const std::string& path) {
  facts.blank = store.blank;
  facts.layout = store.layout;
  facts.volume_bytes =
      store.blank == flash::Blank::kNo ? store.volume.length_bytes : store.layout->volume_bytes;
  take_keys(facts, flash::variables_of(store), path);
}

// The first bytes tell flash from the other forms, as varstore::read_contents has it.
Result<void> read_store(TemplateFacts& facts, storage::BlockFile& file, const std::string& path) {
  flash::StoreReader reader(path, file.size_bytes(), {});
  std::vector<std::uint8_t> buffer;
  while (const std::optional<flash::Range> range = reader.wants()) {
    buffer.resize(range->size_bytes);
    const Result<std::size_t> got = file.read_at(range->offset_bytes, buffer);
    if (!got) return got.error();
    const octets::Bytes bytes(buffer.data(), *got);
    if (range->offset_bytes == 0) {
      const forms::Form form = forms::recognise(bytes);
      if (form != forms::Form::kFlash && form != forms::Form::kUnknown) return read_form(facts, file, path);
    }
    reader.feed(bytes);
  }
  const Result<flash::VariableStore> store = std::move(reader).finish();
  if (!store) return store.error();
  take_store(facts, *store, path);
  return {};
}

}  // namespace

FileFacts FirmwareFileCache::look_at(const std::string& path) {
  FileFacts facts;
  facts.path = path;
  const auto file = files_.open_read(path);
  if (!file) {
    facts.trouble = file.error();
    return facts;
  }
  ++counts_.files;
  std::array<std::uint8_t, kFrontBytes> memory{};
  const Result<std::size_t> got = (*file)->read_at(0, memory);
  if (!got) {
    facts.trouble = got.error();
    return facts;
  }
  const octets::Bytes front = octets::Bytes(memory).first(*got);
  facts.file_bytes = (*file)->size_bytes();
  facts.format = storage::container_format(front).value_or("raw");
  facts.inside_bytes = facts.format == "qcow2" ? virtual_size_bytes(front) : facts.file_bytes;
  return facts;
}

FirmwareFileCache::Entry& FirmwareFileCache::entry(const std::string& path) {
  if (const auto known = by_path_.find(path); known != by_path_.end()) return *known->second;
  const auto remember = [&](FileFacts facts) -> Entry& {
    Entry& made = entries_.emplace_back(Entry{std::move(facts), std::nullopt, std::nullopt});
    by_path_[path] = &made;
    return made;
  };
  const Result<storage::FileStatus> status = files_.status(path);
  FileFacts troubled;
  troubled.path = path;
  if (!status) {
    troubled.trouble = status.error();
    return remember(std::move(troubled));
  }
  if (status->kind != storage::FileKind::kRegular) {
    troubled.trouble =
        no_file(path, status->kind == storage::FileKind::kDirectory ? "a directory" : "no file");
    return remember(std::move(troubled));
  }
  const bool can_be_told = status->device != 0 || status->inode != 0;
  const auto identity = std::pair(status->device, status->inode);
  if (can_be_told) {
    if (const auto known = by_identity_.find(identity); known != by_identity_.end()) {
      by_path_[path] = known->second;
      return *known->second;
    }
  }
  Entry& made = remember(look_at(path));
  if (can_be_told) by_identity_[identity] = &made;
  return made;
}

const FileFacts& FirmwareFileCache::file(const std::string& path) {
  return entry(path).facts;
}

Result<std::unique_ptr<storage::BlockFile>> FirmwareFileCache::open_inside(const FileFacts& facts) {
  if (facts.format == "raw") return files_.open_read(facts.path);
  if (facts.format == "qcow2" && open_container_) return open_container_(facts.path);
  return Error(ErrorId::kNvramInContainer,
               fmt::format("{} is a {} image, which is not opened here", facts.path, facts.format))
      .at(Place::in_file(facts.path));
}

TemplateFacts FirmwareFileCache::read_variables(const FileFacts& facts) {
  TemplateFacts result;
  const auto file = open_inside(facts);
  if (!file) {
    result.trouble = file.error();
    return result;
  }
  ++counts_.templates;
  if (auto done = read_store(result, **file, facts.path); !done) result.trouble = done.error();
  return result;
}

const TemplateFacts& FirmwareFileCache::variables(const std::string& path) {
  Entry& known = entry(path);
  if (!known.variables) {
    if (known.facts.trouble) {
      known.variables.emplace().trouble = known.facts.trouble;
    } else {
      known.variables = read_variables(known.facts);
    }
  }
  return *known.variables;
}

CodeLook FirmwareFileCache::examine(const FileFacts& facts) {
  CodeLook look;
  const auto file = open_inside(facts);
  if (!file) {
    look.trouble = file.error();
    return look;
  }
  auto bytes = read_image(**file, facts.path);
  if (!bytes) {
    look.trouble = bytes.error();
    return look;
  }
  ++counts_.images;
  // Only what the image tells is kept: what was unpacked of it is larger than all else here.
  const auto image = flash::read_firmware_image(facts.path, *std::move(bytes));
  if (!image) {
    look.trouble = image.error();
  } else {
    look.facts = flash::code_facts(*image);
  }
  return look;
}

const CodeLook& FirmwareFileCache::code(const std::string& path) {
  Entry& known = entry(path);
  if (!known.code) {
    if (known.facts.trouble) {
      known.code.emplace().trouble = known.facts.trouble;
    } else {
      known.code = examine(known.facts);
    }
  }
  return *known.code;
}

bool FirmwareFileCache::same_content(const std::string& one, const std::string& other) {
  const Entry& first = entry(one);
  const Entry& second = entry(other);
  if (first.facts.trouble || second.facts.trouble) return false;
  if (&first == &second) return true;
  if (first.facts.file_bytes != second.facts.file_bytes) return false;
  const auto a = files_.open_read(first.facts.path);
  const auto b = files_.open_read(second.facts.path);
  if (!a || !b) return false;
  constexpr std::size_t kStepBytes = 64 * 1024;
  std::vector<std::uint8_t> left(kStepBytes);
  std::vector<std::uint8_t> right(kStepBytes);
  for (std::uint64_t at = 0; at < first.facts.file_bytes; at += kStepBytes) {
    const Result<std::size_t> got_left = (*a)->read_at(at, left);
    const Result<std::size_t> got_right = (*b)->read_at(at, right);
    if (!got_left || !got_right || *got_left != *got_right) return false;
    const auto size = static_cast<std::ptrdiff_t>(*got_left);
    if (!std::equal(left.begin(), left.begin() + size, right.begin())) return false;
  }
  return true;
}

}  // namespace nonvol::firmware
