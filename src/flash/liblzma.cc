#include "flash/liblzma.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <array>
#include <limits>

namespace nonvol::flash {
namespace {

using octets::Bytes;

struct Liblzma {
  decltype(&::lzma_raw_decoder) raw_decoder;
  decltype(&::lzma_code) code;
  decltype(&::lzma_end) end;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<Liblzma> load() {
  Liblzma result{};
  void* library = ::dlopen(kLiblzmaName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  const bool found = find(library, "lzma_raw_decoder", result.raw_decoder) &&
                     find(library, "lzma_code", result.code) && find(library, "lzma_end", result.end);
  if (!found) return std::nullopt;
  return result;
}

const Liblzma* liblzma() {
  static const std::optional<Liblzma> library = load();
  return library ? &*library : nullptr;
}

// Properties, dictionary size, unpacked size.
constexpr std::uint64_t kHeaderBytes = 13;
constexpr std::uint32_t kSmallestDictionaryBytes = 4096;

struct Header {
  std::uint8_t properties = 0;
  std::uint32_t dictionary_bytes = 0;
  std::uint64_t unpacked_bytes = 0;
};

std::optional<Header> read_header(Bytes packed) {
  octets::Reader reader(packed);
  Header header;
  header.properties = reader.u8("LZMA properties");
  header.dictionary_bytes = reader.u32("LZMA dictionary size");
  header.unpacked_bytes = reader.u64("LZMA unpacked size");
  constexpr unsigned kProperties = 9 * 5 * 5;
  const bool known = header.unpacked_bytes != std::numeric_limits<std::uint64_t>::max();
  if (reader.failure() || header.properties >= kProperties || !known) return std::nullopt;
  return header;
}

std::string words_for(lzma_ret code) {
  switch (code) {
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
      return "there is not enough memory to unpack them";
    case LZMA_OPTIONS_ERROR:
      return "liblzma does not know their properties";
    default:
      return "they are damaged";
  }
}

// Ends the stream on every way out.
class Stream {
 public:
  explicit Stream(const Liblzma& library) : library_(library) {}
  ~Stream() { library_.end(&stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  lzma_stream* get() { return &stream_; }

 private:
  const Liblzma& library_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::optional<std::uint64_t> lzma_unpacked_bytes(Bytes packed) {
  const std::optional<Header> header = read_header(packed);
  if (!header) return std::nullopt;
  return header->unpacked_bytes;
}

std::optional<std::string> lzma_unpack(Bytes packed, std::span<std::uint8_t> into, bool x86_filter) {
  const std::optional<Header> header = read_header(packed);
  if (!header) return "they have no header";
  const Liblzma* library = liblzma();
  if (library == nullptr)
    return fmt::format("cannot be unpacked without {}, which is not installed", kLiblzmaName);
  lzma_options_lzma options{};
  // No distance is larger than what was unpacked before it, so that a larger dictionary is only memory.
  options.dict_size =
      std::clamp(header->dictionary_bytes, kSmallestDictionaryBytes,
                 static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
                     into.size(), kSmallestDictionaryBytes, std::numeric_limits<std::uint32_t>::max())));
  options.lc = header->properties % 9;
  options.lp = header->properties / 9 % 5;
  options.pb = header->properties / 45;
  options.ext_flags = LZMA_LZMA1EXT_ALLOW_EOPM;
  lzma_set_ext_size(options, into.size());
  const lzma_filter plain[] = {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  const lzma_filter filtered[] = {
      {LZMA_FILTER_X86, nullptr}, {LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  Stream stream(*library);
  lzma_ret code = library->raw_decoder(stream.get(), x86_filter ? filtered : plain);
  if (code != LZMA_OK) return words_for(code);
  const Bytes data = packed.subspan(kHeaderBytes);
  stream.get()->next_in = data.data();
  stream.get()->avail_in = data.size();
  stream.get()->next_out = into.data();
  stream.get()->avail_out = into.size();
  // What stands behind the end is no concern: edk2 does not look at it either.
  while (code == LZMA_OK && stream.get()->avail_out > 0) code = library->code(stream.get(), LZMA_FINISH);
  if (stream.get()->avail_out == 0) return std::nullopt;
  if (code == LZMA_STREAM_END || code == LZMA_BUF_ERROR) {
    return fmt::format("they end after {} bytes, {} were promised", into.size() - stream.get()->avail_out,
                       into.size());
  }
  return words_for(code);
}

}  // namespace nonvol::flash
