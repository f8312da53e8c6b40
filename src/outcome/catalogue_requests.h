#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: requests. Private to catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kRequests[] = {
    {kBadCommandLine, kUsage, "The command line cannot be understood",
     "An option is unknown, lacks its value, has a value outside what it accepts, or a required word is "
     "missing.",
     "Run the command with --help; the message names the word that was not understood."},
    {kUnknownCommand, kUsage, "No such command", "The first words are not a command of nonvol.",
     "Run 'nonvol help' for the list of commands."},
    {kUnknownArchitecture, kUsage, "Unknown architecture",
     "nonvol knows default machines only for the architectures that QEMU's firmware descriptors name.",
     "Give --machine as well, or check the spelling of --arch (QEMU's names: x86_64, aarch64, ...)."},
    {kUnknownErrorId, kNoSuchThing, "No such error id",
     "Ids are NV and four digits, and the number asked for is not in the catalogue.",
     "Run 'nonvol explain' without an id for the list."},
    {kBadGuestName, kUsage, "Not a guest name",
     "A guest's name becomes a directory and part of a file name: letters, digits, '-', '_' and '+', at "
     "most 64 bytes, beginning with a letter or digit. A word with '/', '.' or ':' is a path or URI, never "
     "a guest.",
     "Choose another name, or write ./NAME to mean a file."},
    {kContradiction, kUsage, "The request contradicts itself",
     "Two options of the request exclude each other, so that nothing could ever satisfy it.",
     "Drop one of the two options that the message names."},
};

}  // namespace nonvol::catalogue_parts
