#include <fmt/format.h>

#include "nonvol/vnvram.h"
#include "storage/posix.h"
#include "vnvram/nvram_core.h"
#include "vnvram/nvram_queue.h"
#include "vnvram/open.h"

namespace nonvol::vnvram {
namespace {

Error waits_for_itself() {
  return Error(ErrorId::kWrongOrder,
               "a callback cannot wait for requests: they are done after it, by the same thread");
}

}  // namespace

// The queue ends before what it works on.
struct Nvram::Parts {
  Parts(std::unique_ptr<storage::BlockFile> file, std::string file_name, std::optional<seal::Key> key)
      : core(std::move(file), std::move(file_name), std::move(key)), queue(core) {}

  Result<void> change(std::string_view entry_name, Content content, octets::Bytes bytes,
                      const WriteOptions& options) {
    Result<std::shared_ptr<Registered>> entry = core.find(entry_name);
    if (!entry) return entry.error();
    return core.apply({{*std::move(entry), content, bytes, options}}).front();
  }

  // A request's callback that also leaves its outcome in `outcome`.
  template <class T>
  static std::function<void(Result<T>)> noting(std::function<void(Result<T>)> done, Result<void>& outcome) {
    return [done = std::move(done), &outcome](Result<T> result) {
      if (!result) outcome = result.error();
      if (done) done(std::move(result));
    };
  }

  template <class AnyRequest>
  Result<void> queue_request(std::string_view entry_name, AnyRequest request, Wait wait) {
    Result<std::shared_ptr<Registered>> entry = core.find(entry_name);
    if (!entry) return entry.error();
    if (wait == Wait::kYes && queue.in_callback()) return waits_for_itself();
    request.entry = *std::move(entry);
    Result<void> outcome;
    if (wait == Wait::kYes) request.done = noting(std::move(request.done), outcome);
    Result<std::uint64_t> number = queue.push(std::move(request));
    if (!number) return number.error();
    if (wait == Wait::kYes) queue.wait(*number);
    return outcome;
  }

  NvramCore core;
  NvramQueue queue;
};

Nvram::Nvram(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Nvram::Nvram(Nvram&& other) noexcept = default;
Nvram& Nvram::operator=(Nvram&& other) noexcept = default;
Nvram::~Nvram() = default;

Result<Nvram> Nvram::setup(std::unique_ptr<storage::BlockFile> file, std::string file_name,
                           SetupOptions options) {
  return Nvram(std::make_unique<Parts>(std::move(file), std::move(file_name), std::move(options.key)));
}

Result<Nvram> Nvram::setup(const std::string& location, SetupOptions options) {
  const std::unique_ptr<storage::FileSystem> files = storage::posix_file_system();
  Result<std::unique_ptr<storage::BlockFile>> file =
      open_file(*files, {location, options.luks_key_file},
                {storage::Access::kReadWrite, nullptr, options.lock_wait_ms});
  if (!file) return file.error();
  return setup(*std::move(file), location, std::move(options));
}

Result<void> Nvram::register_entry(Registration registration) {
  return parts_->core.add(std::move(registration));
}

Result<void> Nvram::deregister_entry(std::string_view entry_name) {
  return parts_->core.remove(entry_name);
}

Result<void> Nvram::start(const StartOptions& options) {
  return parts_->core.start(options);
}

std::vector<Finding> Nvram::findings() const {
  return parts_->core.findings();
}

unsigned Nvram::damaged_slots() const {
  return parts_->core.damaged_slots();
}

std::vector<EntryFacts> Nvram::entries() const {
  return parts_->core.entries();
}

Result<Contents> Nvram::read(std::string_view entry_name) {
  Result<std::shared_ptr<Registered>> entry = parts_->core.find(entry_name);
  if (!entry) return entry.error();
  return parts_->core.read(**entry);
}

Result<void> Nvram::write(std::string_view entry_name, octets::Bytes bytes, const WriteOptions& options) {
  return parts_->change(entry_name, Content::kPresent, bytes, options);
}

Result<void> Nvram::erase(std::string_view entry_name, const WriteOptions& options) {
  return parts_->change(entry_name, Content::kAbsent, {}, options);
}

Result<std::uint64_t> Nvram::generation(std::string_view entry_name) {
  Result<std::shared_ptr<Registered>> entry = parts_->core.find(entry_name);
  if (!entry) return entry.error();
  return parts_->core.generation(**entry);
}

Result<void> Nvram::write_fields(std::string_view entry_name, const Fields& fields,
                                 const WriteOptions& options) {
  // A wrong name or state is told before the device is asked for anything.
  Result<std::shared_ptr<Registered>> entry = parts_->core.find(entry_name);
  if (!entry) return entry.error();
  Result<std::vector<std::uint8_t>> encoded = encode_fields(fields);
  if (!encoded) return encoded.error();
  WriteOptions filling = options;
  if (!filling.fill) filling.fill = 0;
  return parts_->core.apply({{*std::move(entry), Content::kPresent, *encoded, filling}}).front();
}

Result<void> Nvram::read_fields(std::string_view entry_name, const Fields& fields) {
  Result<std::shared_ptr<Registered>> entry = parts_->core.find(entry_name);
  if (!entry) return entry.error();
  Result<Contents> contents = parts_->core.read(**entry);
  if (!contents) return contents.error();
  const bool plain = parts_->core.kind(**entry) == EntryKind::kPlain;
  return decode_fields(contents->bytes, plain ? Behind::kFiller : Behind::kNothing, fields);
}

Result<void> Nvram::read_async(std::string_view entry_name, ReadDone done, Wait wait) {
  return parts_->queue_request(entry_name, ReadRequest{nullptr, std::move(done)}, wait);
}

Result<void> Nvram::write_async(std::string_view entry_name, std::vector<std::uint8_t> bytes, WriteDone done,
                                Wait wait, const WriteOptions& options) {
  return parts_->queue_request(
      entry_name, ChangeRequest{nullptr, Content::kPresent, std::move(bytes), options, std::move(done)},
      wait);
}

Result<void> Nvram::erase_async(std::string_view entry_name, WriteDone done, Wait wait,
                                const WriteOptions& options) {
  return parts_->queue_request(entry_name,
                               ChangeRequest{nullptr, Content::kAbsent, {}, options, std::move(done)}, wait);
}

Result<void> Nvram::process_requests() {
  if (parts_->queue.in_callback()) return waits_for_itself();
  parts_->queue.wait(parts_->queue.last_number());
  return {};
}

bool Nvram::had_fatal_error() const {
  return parts_->core.had_fatal_error();
}

}  // namespace nonvol::vnvram
