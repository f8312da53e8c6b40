#include "cli/options_blob.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "api/variables.h"
#include "cli/options.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

unsigned shift_of(std::string_view unit) {
  if (unit == "K" || unit == "KiB") return 10;
  if (unit == "M" || unit == "MiB") return 20;
  if (unit == "G" || unit == "GiB") return 30;
  return 0;
}

}  // namespace

const OptionSpec kKeyFileOption{.name = "--key-file",
                                .value = "FILE",
                                .help =
                                    "The key of an encrypted image: a file of 32 bytes, or of 64 hexadecimal "
                                    "digits."};
const OptionSpec kKeyFdOption{.name = "--key-fd",
                              .value = "N",
                              .help = "The same, read from a file descriptor that nonvol was started with."};
const OptionSpec kLuksKeyFileOption{.name = "--luks-key-file",
                                    .value = "FILE",
                                    .help = "The passphrase of a LUKS container around the image."};
const OptionSpec kWaitOption{.name = "--wait-ms",
                             .value = "N",
                             .help =
                                 "How long to wait for another process that has the image open for "
                                 "writing (default: 1000)."};

std::vector<const OptionSpec*> with_image_options(std::vector<const OptionSpec*> more) {
  more.insert(more.end(), {&kKeyFileOption, &kKeyFdOption, &kLuksKeyFileOption});
  return more;
}

std::vector<const OptionSpec*> with_writer_options(std::vector<const OptionSpec*> more) {
  more = with_image_options(std::move(more));
  more.insert(more.end(), {&kWaitOption, &kDryRunOption});
  return more;
}

Result<api::KeySource> key_from(const Arguments& arguments, std::string_view file_option,
                                std::string_view fd_option, std::string_view command) {
  api::KeySource source;
  source.file = arguments.value(file_option);
  auto number = number_from(arguments, fd_option, command);
  if (!number) return number.error();
  if (!*number) return source;
  if (!source.file.empty()) {
    return Error(ErrorId::kContradiction, fmt::format("{} and {} exclude each other", file_option, fd_option))
        .with_hint(fmt::format("nonvol help {}", command));
  }
  if (**number > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    return usage_error(fmt::format("{} is {}, which is no file descriptor", fd_option, **number), command);
  }
  source.descriptor = static_cast<int>(**number);
  return source;
}

Result<api::BlobImage> image_from(const Arguments& arguments, std::string_view command) {
  if (api::is_guest_word(arguments.word(0))) {
    return Error(ErrorId::kNoSuchGuest,
                 fmt::format("'{}' would be a guest, and guests have no NVRAM image yet; a path has a '/' or "
                             "'.' in it",
                             arguments.word(0)))
        .with_hint(fmt::format("nonvol {} ./{}", command, octets::shell_word(arguments.word(0))));
  }
  return any_image_from(arguments, arguments.word(0), command);
}

Result<api::BlobImage> store_image_from(const Arguments& arguments, std::string_view command) {
  const std::string stored = arguments.value("--store");
  if (arguments.word(0).empty() == stored.empty()) {
    return usage_error(
        stored.empty() ? "a guest or an image is missing" : "a guest or image and --store exclude each other",
        command);
  }
  return any_image_from(arguments, stored.empty() ? arguments.word(0) : stored, command);
}

Result<api::BlobImage> any_image_from(const Arguments& arguments, const std::string& target,
                                      std::string_view command) {
  api::BlobImage image;
  image.target = target;
  image.luks_key_file = arguments.value("--luks-key-file");
  auto key = key_from(arguments, "--key-file", "--key-fd", command);
  if (!key) return key.error();
  image.key = *key;
  auto wait_ms = number_from(arguments, "--wait-ms", command);
  if (!wait_ms) return wait_ms.error();
  if (*wait_ms && **wait_ms > std::numeric_limits<unsigned>::max()) {
    return usage_error(fmt::format("--wait-ms is {}, and can be {} at most", **wait_ms,
                                   std::numeric_limits<unsigned>::max()),
                       command);
  }
  if (*wait_ms) image.wait_ms = static_cast<unsigned>(**wait_ms);
  return image;
}

Error usage_error(std::string message, std::string_view command) {
  return Error(ErrorId::kBadCommandLine, std::move(message))
      .with_hint(fmt::format("nonvol help {}", command));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> number = parse_number(text.substr(0, end));
  const std::string_view unit = text.substr(end);
  const unsigned shift = shift_of(unit);
  if (!number || (shift == 0 && !unit.empty())) return std::nullopt;
  if (*number > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
  return *number << shift;
}

Result<std::optional<std::uint64_t>> size_from(const Arguments& arguments, std::string_view option,
                                               std::string_view command) {
  if (!arguments.has(option)) return std::optional<std::uint64_t>();
  const std::string text = arguments.value(option);
  const std::optional<std::uint64_t> size_bytes = parse_size(text);
  if (!size_bytes) {
    return usage_error(
        fmt::format("{} is '{}', and must be bytes or a number with K, M, G, KiB, MiB or GiB", option, text),
        command);
  }
  return size_bytes;
}

Result<std::optional<std::uint64_t>> number_from(const Arguments& arguments, std::string_view option,
                                                 std::string_view command) {
  if (!arguments.has(option)) return std::optional<std::uint64_t>();
  const std::optional<std::uint64_t> number = parse_number(arguments.value(option));
  if (!number) {
    return usage_error(fmt::format("{} is '{}', and must be a number", option, arguments.value(option)),
                       command);
  }
  return number;
}

Result<EntryWords> parse_entry(const std::string& text, std::string_view command) {
  const auto bad = [&](std::string_view why) {
    return usage_error(fmt::format("--entry '{}' {}; it is NAME:SIZE[:plain|:atomic][:encrypted]", text, why),
                       command);
  };
  EntryWords words;
  std::string_view left = text;
  while (true) {
    const std::size_t colon = left.rfind(':');
    if (colon == std::string_view::npos) return bad("has no size");
    const std::string_view field = left.substr(colon + 1);
    left = left.substr(0, colon);
    if (const std::optional<std::uint64_t> size_bytes = parse_size(field)) {
      words.name = left;
      words.capacity_bytes = *size_bytes;
      return words;
    }
    if (field == "encrypted" && !words.encrypted) {
      words.encrypted = true;
    } else if (field == "plain" && !words.kind) {
      words.kind = vnvram::EntryKind::kPlain;
    } else if (field == "atomic" && !words.kind) {
      words.kind = vnvram::EntryKind::kAtomic;
    } else {
      return bad(fmt::format("has '{}' where a size or a kind belongs", field));
    }
  }
}

}  // namespace nonvol::cli
