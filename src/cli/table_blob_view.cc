#include "cli/commands_blob_view.h"
#include "cli/options.h"
#include "cli/options_blob.h"

namespace nonvol::cli {
namespace {

using Kind = PositionalSpec::Kind;

const PositionalSpec kImage[] = {kImageWord};
const PositionalSpec kImageAndMaybeName[] = {
    kImageWord, {"NAME", "Only this entry; '.directory' is the directory itself.", false, Kind::kWord}};
const PositionalSpec kExportWords[] = {kImageWord,
                                       {"DIRECTORY", "A directory that is new or empty.", true, Kind::kFile}};
const PositionalSpec kImportWords[] = {
    kImageWord, {"DIRECTORY", "A directory as 'nonvol blob export' makes it.", true, Kind::kFile}};

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
      {"blob export",
       "write the contents of an NVRAM image to files",
       "Writes what each entry holds to a file of its own, and nvram.json with names, sizes, generations and "
       "SHA-256. Names of files are those of the entries, with %XX for what a shell or a file system would take "
       "amiss. Encrypted entries are written decrypted: keep the directory safe. Files are for the owner alone. "
       "The manifest comes last, so that a directory that has it is whole. Exit code 7 when damaged entries were "
       "left out.",
       kExportWords,
       with_image_options({&kDryRunOption}),
       {"nonvol blob export ./web01.nvram ./web01.blobs",
        "nonvol blob export ./web01.nvram ./out --key-file k"},
       run_blob_export},
      {"blob import",
       "put files into the entries of an NVRAM image",
       "Puts each file that nvram.json lists into the entry of that name; without nvram.json each regular file, "
       "by its name. Everything is checked before the first entry is written: names, sizes, digests, keys, "
       "damage. Entries that hold the same already are left alone, and entries without a file too. Exit code 7 "
       "when writing failed after some were written; the answer says which.",
       kImportWords,
       with_writer_options({&kFormatOption}),
       {"nonvol blob import ./web01.nvram ./web01.blobs",
        "nonvol blob import ./new.nvram ./web01.blobs --format"},
       run_blob_import},
      {"blob serve",
       "serve an NVRAM image over a QMP socket",
       "Listens on a unix socket and speaks QEMU's protocol: greeting, qmp_capabilities, then query-nvram, "
       "nvram-format, nvram-get, nvram-put, nvram-delete, query-version, query-commands and quit. Data is "
       "base64. The image, which may be empty until nvram-format, is open for writing and, but on an NBD server, locked all the while. "
       "An answer means durable; the event NVRAM_FATAL_ERROR says that a write failed. Ends with quit, SIGTERM, "
       "SIGINT or SIGHUP; exit code 6 when there was a fatal error.",
       kImage,
       {&kSocketOption, &kKeyFileOption, &kKeyFdOption, &kLuksKeyFileOption, &kWaitOption},
       {"nonvol blob serve ./web01.nvram --socket /run/web01-nvram.qmp"},
       run_blob_serve},
  };
}

}  // namespace nonvol::cli
