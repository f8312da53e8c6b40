#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/blob_image.h"
#include "cli/command.h"
#include "vnvram/layout.h"

// Words that the blob commands share: the image, its keys, sizes, entries. Private to cli/. Error of all:
// kBadCommandLine, with `command` ("blob put") in the hint.
namespace nonvol::cli {

extern const OptionSpec kKeyFileOption;
extern const OptionSpec kKeyFdOption;
extern const OptionSpec kLuksKeyFileOption;
extern const OptionSpec kWaitOption;
// How an image is read: --key-file, --key-fd, --luks-key-file, and `more`.
std::vector<const OptionSpec*> with_image_options(std::vector<const OptionSpec*> more = {});
// The same for those that write it: --wait-ms and --dry-run too.
std::vector<const OptionSpec*> with_writer_options(std::vector<const OptionSpec*> more = {});

inline constexpr PositionalSpec kImageWord{
    "IMAGE", "Path of an NVRAM image (with a '/' or '.'), or an NBD URI such as nbd+unix:///?socket=PATH.",
    true, PositionalSpec::Kind::kFile};

// The image of a command whose first word it is. A bare word would be a guest, and is refused.
Result<api::BlobImage> image_from(const Arguments& arguments, std::string_view command);
// The one that --store or the first word names, which may be a guest.
Result<api::BlobImage> store_image_from(const Arguments& arguments, std::string_view command);
// The target with the options that say how it is opened.
Result<api::BlobImage> any_image_from(const Arguments& arguments, const std::string& target,
                                      std::string_view command);
// --FILE_OPTION or --FD_OPTION, not both.
Result<api::KeySource> key_from(const Arguments& arguments, std::string_view file_option,
                                std::string_view fd_option, std::string_view command);

// Bytes: a decimal number, alone or with K, M, G, KiB, MiB or GiB behind it, all binary. Nothing for other
// text, and for what does not fit 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::optional<std::uint64_t> parse_number(std::string_view text);
// The value of a SIZE option; nothing where it is not given.
Result<std::optional<std::uint64_t>> size_from(const Arguments& arguments, std::string_view option,
                                               std::string_view command);
Result<std::optional<std::uint64_t>> number_from(const Arguments& arguments, std::string_view option,
                                                 std::string_view command);

// NAME:SIZE[:plain|:atomic][:encrypted]. The first field from the right that is a size is the size, so that
// the name may have colons too.
struct EntryWords {
  std::string name;
  std::uint64_t capacity_bytes = 0;
  std::optional<vnvram::EntryKind> kind = std::nullopt;
  bool encrypted = false;
};
// Error of all: kBadCommandLine, with `command` in the hint.
Error usage_error(std::string message, std::string_view command);
Result<EntryWords> parse_entry(const std::string& text, std::string_view command);

}  // namespace nonvol::cli
