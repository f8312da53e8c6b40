#include "cli/commands_blob_view.h"
#include "cli/options.h"
#include "cli/options_blob.h"

namespace nonvol::cli {
namespace {

using Kind = PositionalSpec::Kind;

const PositionalSpec kImage[] = {kImageWord};
const PositionalSpec kImageAndMaybeName[] = {
    kImageWord, {"NAME", "Only this entry; '.directory' is the directory itself.", false, Kind::kWord}};

}  // namespace

std::vector<CommandSpec> blob_view_commands() {
  return {
      {"blob dump",
       "show all that an NVRAM image is made of, also of a damaged one",
       "Shows each element of the framing, the directory with the key slots in use, and each slot with what its "
       "header says and whether its digest is right. No key is needed. Of an image whose directory, framing or "
       "length is wrong it shows what can still be read, with what is wrong behind it, and exits with 5.\nWith "
       "--output it writes what is stored in a slot, or in a plain entry, for rescue. Nothing is decrypted.",
       kImageAndMaybeName,
       {&kSlotOption, &kPayloadOption, &kLuksKeyFileOption},
       {"nonvol blob dump ./web01.nvram", "nonvol blob dump ./web01.nvram tpm --slot b -o tpm.older"},
       run_blob_dump},
      {"blob map",
       "draw an NVRAM image to scale",
       "Draws the image's bytes to scale, with letters and nothing but letters: framing, slots in use and their "
       "free space, plain blobs, slack. Each blob follows to its own scale. --svg makes a picture; --json gives "
       "segments that cover the image without gap or overlap.",
       kImage,
       {&kSvgOption, &kLuksKeyFileOption},
       {"nonvol blob map ./web01.nvram", "nonvol blob map ./web01.nvram --svg web01.svg"},
       run_blob_map},
  };
}

}  // namespace nonvol::cli
