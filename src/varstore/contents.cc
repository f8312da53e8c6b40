#include "varstore/contents.h"

#include <fmt/format.h>

#include <algorithm>

#include "forms/form_file.h"
#include "forms/recognise.h"
#include "storage/nbd.h"
#include "storage/qemu_storage.h"

namespace nonvol::varstore {
namespace {

// All of a file that is read by nobody but a reader of whole files.
Result<std::vector<std::uint8_t>> read_whole(storage::BlockFile& file, const std::string& name,
                                             std::uint64_t limit_bytes) {
  const std::uint64_t size = file.size_bytes();
  if (size > limit_bytes) {
    return Error(ErrorId::kFormTooLarge,
                 fmt::format("{} has {} bytes, at most {} are read", name, size, limit_bytes))
        .at(Place::in_file(name));
  }
  std::vector<std::uint8_t> bytes(size);
  const Result<std::size_t> got = file.read_at(0, bytes);
  if (!got) return got.error();
  bytes.resize(*got);
  return bytes;
}

Result<Contents> read_other_form(storage::BlockFile& file, Contents contents, forms::Form form) {
  const std::uint64_t limit =
      form == forms::Form::kVmgs ? forms::kLargestVmgsBytes : forms::kLargestTextBytes;
  auto bytes = read_whole(file, contents.file_name, limit);
  if (!bytes) return bytes.error();
  auto read = forms::read_form(contents.file_name, *bytes);
  if (!read) return read.error();
  contents.form = *std::move(read);
  contents.form_bytes = *std::move(bytes);
  return contents;
}

// A file that is no flash store may be another form of one, and only then is its complaint not the flash
// reader's.
forms::Form other_form(octets::Bytes first_bytes) {
  const forms::Form form = forms::recognise(first_bytes);
  return form == forms::Form::kFlash ? forms::Form::kUnknown : form;
}

}  // namespace

std::vector<variable::Variable> Contents::variables() const {
  return flash ? flash::variables_of(*flash) : form.variables;
}

Result<Contents> read_contents(storage::BlockFile& file, const std::string& file_name,
                               flash::ReadOptions options) {
  Contents contents;
  contents.file_name = file_name;
  contents.file_size_bytes = file.size_bytes();
  flash::StoreReader reader(file_name, contents.file_size_bytes, options);
  std::vector<std::uint8_t> buffer;
  forms::Form form = forms::Form::kFlash;
  while (const std::optional<flash::Range> range = reader.wants()) {
    buffer.resize(range->size_bytes);
    const Result<std::size_t> got = file.read_at(range->offset_bytes, buffer);
    if (!got) return got.error();
    const octets::Bytes bytes(buffer.data(), *got);
    if (range->offset_bytes == 0) form = other_form(bytes);
    if (form != forms::Form::kFlash && form != forms::Form::kUnknown) {
      return read_other_form(file, std::move(contents), form);
    }
    reader.feed(bytes);
  }
  Result<flash::VariableStore> store = std::move(reader).finish();
  if (!store) return store.error();
  contents.flash = *std::move(store);
  return contents;
}

Result<Contents> read_contents_of(storage::FileSystem& files, const storage::Medium& medium,
                                  flash::ReadOptions options) {
  Result<std::unique_ptr<storage::BlockFile>> file =
      storage::is_uri(medium.target) ? storage::open_nbd(medium.target, storage::Access::kReadOnly)
                                     : files.open_read(medium.target);
  if (!file) return file.error();
  Result<Contents> contents = read_contents(**file, medium.target, options);
  if (contents || contents.error().id != ErrorId::kNotAVariableStore || storage::is_uri(medium.target))
    return contents;
  // A store says itself that it is none but a container, which saves a read of every other one.
  std::uint8_t front[8];
  const Result<std::size_t> got = (*file)->read_at(0, front);
  if (!got || !storage::container_format({front, *got})) return contents;
  Result<std::unique_ptr<storage::BlockFile>> inside = storage::open_medium(files, medium, {});
  if (!inside) return inside.error();
  return read_contents(**inside, medium.target, options);
}

}  // namespace nonvol::varstore
