#include "cli/commands_blob.h"
#include "cli/options.h"
#include "cli/options_blob.h"

namespace nonvol::cli {
namespace {

constexpr PositionalSpec kImage[] = {kImageWord};
constexpr PositionalSpec kImageAndEntry[] = {
    kImageWord, {"NAME", "Name of an entry.", true, PositionalSpec::Kind::kWord}};

std::vector<CommandSpec> layout_commands() {
  return {
      {"blob measure",
       "say how large an NVRAM image must be",
       "Plans an NVRAM image for the entries and shows its size and where each entry would lie. Looks at no "
       "file.",
       {},
       {&kEntryOption, &kReserveOption, &kSeedLayoutOption},
       {"nonvol blob measure --entry tpm:64K --entry vars:528K:plain --reserve 1M"},
       run_blob_measure},
      {"blob format",
       "make an NVRAM image",
       "Makes a new image, or formats an empty file, a device or an NBD export that is all zeros, in the size "
       "that it has. A new file appears whole or not at all. What is an image with the very same entries "
       "keeps its contents and is nothing to do; everything else that is not empty is refused.\nAtomic entries "
       "(the usual ones) are old or new after a crash. Plain ones are bytes in place, as the seed has them. "
       "With encrypted entries a key is needed. A size that the target does not have is given to a regular "
       "file only.",
       kImage,
       with_writer_options({&kEntryOption, &kImageSizeOption, &kReserveOption, &kSeedLayoutOption,
                            &kIntegrityOption, &kUuidOption, &kLoseContentsOption}),
       {"nonvol blob format ./web01.nv --entry tpm:64K:encrypted --entry boot:4032 --key-file key",
        "nonvol blob format 'nbd+unix:///?socket=/run/nbd.sock' --entry tpm:64K"},
       run_blob_format},
      {"blob add",
       "add entries to an NVRAM image",
       "Adds entries in the slack that format left (--reserve), without touching the others. All of them are "
       "planned before the first is added; a crash leaves some of them added, each whole. An entry that is "
       "there with the same size, kind and encryption is nothing to do.",
       kImage,
       with_writer_options({&kEntryOption}),
       {"nonvol blob add ./web01.nv --entry rtc:256"},
       run_blob_add},
      {"blob resize",
       "copy an NVRAM image into one of other sizes, in its place",
       "Copies into a new file beside the image, compares every entry, and replaces the old file at one "
       "stroke; owner, mode and ACL are kept, and the generations do not go back. Entries that are named get "
       "the new size, and are new if they were not there; what is not said of kind and encryption stays. "
       "Slack does not stay: --reserve says how much there is afterwards. Nobody else can write meanwhile. "
       "Only a file of its own can be resized: no device, server or container.",
       kImage,
       with_writer_options(
           {&kEntryOption, &kDropOption, &kReserveOption, &kImageSizeOption, &kNewDataKeyOption}),
       {"nonvol blob resize ./web01.nv --entry tpm:256K --reserve 1M"},
       run_blob_resize},
  };
}

std::vector<CommandSpec> content_commands() {
  return {
      {"blob list",
       "list the entries of an NVRAM image",
       "Shows each entry with its kind, state, size and generation, and the image as a whole. Digests are "
       "verified; contents are not decrypted, and no key is needed.",
       kImage,
       with_image_options(),
       {"nonvol blob list ./web01.nv", "nonvol blob list ./web01.nv --json"},
       run_blob_list},
      {"blob get",
       "read an entry of an NVRAM image",
       "Writes the entry's content to standard output or to a file. What was never written or was deleted is "
       "an error of its own, different from a content of no bytes.",
       kImageAndEntry,
       with_image_options({&kBlobOutputOption, &kExpectGenerationOption}),
       {"nonvol blob get ./web01.nv boot | hexdump -C",
        "nonvol blob get ./web01.nv tpm -o tpm.bin --key-file key"},
       run_blob_get},
      {"blob put",
       "write an entry of an NVRAM image",
       "Stores the input as the entry's content. An atomic entry takes up to its capacity, in one write, "
       "and is old or new after a crash; a plain one takes exactly its size, or is filled up with --fill. "
       "Returns when the bytes are durable. Content that is there already is nothing to do, but for a flush: "
       "whoever wrote it may not have come to that.",
       kImageAndEntry,
       with_writer_options({&kBlobInputOption, &kFillOption, &kLoseDamagedOption}),
       {"nonvol blob put ./web01.nv boot -i boot.bin",
        "nonvol blob put ./web01.nv vars -i OVMF_VARS.fd --fill ff"},
       run_blob_put},
      {"blob delete",
       "delete the content of an entry",
       "Makes an atomic entry absent, in one write; the entry itself stays. A plain entry has no "
       "such state and is filled with zeros or with --fill. The previous content of an atomic entry stays in "
       "its other slot until the next put.",
       kImageAndEntry,
       with_writer_options({&kFillOption}),
       {"nonvol blob delete ./web01.nv boot"},
       run_blob_delete},
      {"blob check",
       "verify an NVRAM image",
       "Compares directory and framing, verifies slots and digests, and compares generations that were noted "
       "elsewhere. Exit code 1 if anything is found, also a damaged slot beside a good one.",
       kImage,
       with_image_options({&kScrubOption, &kExpectGenerationsOption}),
       {"nonvol blob check ./web01.nv --scrub", "nonvol blob check ./web01.nv --expect-generation tpm=12"},
       run_blob_check},
      {"blob rekey",
       "exchange the key of an encrypted NVRAM image",
       "Makes the image open with the new key and no more with the old one; at every moment one of them opens "
       "it. The data key stays, so that whoever had the old key and a copy of the image can read what that "
       "data key protects; 'blob resize --new-data-key' changes that one.",
       kImage,
       with_writer_options({&kNewKeyFileOption, &kNewKeyFdOption}),
       {"nonvol blob rekey ./web01.nv --key-file old --new-key-file new"},
       run_blob_rekey},
  };
}

}  // namespace

std::vector<CommandSpec> blob_commands() {
  std::vector<CommandSpec> result = layout_commands();
  for (CommandSpec& command : content_commands()) result.push_back(std::move(command));
  return result;
}

}  // namespace nonvol::cli
