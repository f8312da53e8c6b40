#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nonvol {

// What a process tells its caller, whatever the command was. Documented in docs/errors.md.
enum class ExitCode : int {
  kDone = 0,          // done, yes, clean
  kNo = 1,            // asked and answered: no, or problems were found
  kUsage = 2,         // the request cannot be understood
  kNoSuchThing = 3,   // a named guest, file or variable does not exist
  kRefused = 4,       // refused for safety; nothing was changed
  kDamaged = 5,       // damaged or unknown input
  kSurroundings = 6,  // the machine failed: I/O errors, missing libraries, no permission
  kSomeFailed = 7,    // some of several
  kDefect = 8,        // a defect of nonvol itself
};

// Stable identities of everything nonvol can refuse or report. The number is the identity and never gets
// another meaning; "NV" and four digits is how people see it. Ranges: 1 requests, 2 flash, 3 descriptors,
// 4 guests, 5 storage and surroundings, 6 QEMU arguments, 7 NVRAM images, 9 defects.
enum class ErrorId : std::uint16_t {
  kBadCommandLine = 1001,
  kUnknownCommand = 1002,
  kUnknownArchitecture = 1003,
  kUnknownErrorId = 1004,
  kBadGuestName = 1005,
  kContradiction = 1006,

  kNotAVariableStore = 2101,
  kVolumeChecksum = 2102,
  kVolumeLength = 2103,
  kVolumeBlocks = 2104,
  kVolumeHeader = 2105,
  kErasedHeader = 2106,
  kStoreSignature = 2201,
  kStoreState = 2202,
  kStoreSize = 2203,
  kRecordSizes = 2204,
  kRecordState = 2205,
  kRecordName = 2206,
  kBytesAfterRecords = 2207,
  kStoreTruncated = 2208,
  kBlankStore = 2209,
  kPendingWrite = 2210,
  kNoSuchVariable = 2301,
  kAmbiguousVariable = 2302,
  kStoreNotEditable = 2303,
  kVariableTooLarge = 2304,
  kStoreFull = 2305,
  kNotInPlainStore = 2306,
  kVendorNeeded = 2307,
  kBadValue = 2308,
  kNothingToUndo = 2320,
  kUndoDamaged = 2321,
  kStoreChangedSince = 2322,
  kCannotReplace = 2323,
  kMeasuredBootChanges = 2324,
  kStoreNotConvertible = 2340,
  kDoesNotFit = 2341,
  kConvertedDiffers = 2342,
  kOtherFirmwareNeeded = 2343,
  kBootsFirmwareFile = 2344,
  kMoreThanAStore = 2345,
  kReadWhileInUse = 2346,
  kOutputIsSource = 2347,
  kNoRecords = 2348,
  kFormUnknown = 2401,
  kFormTooLarge = 2402,
  kFormCannotHold = 2403,
  kFormNotWritten = 2404,
  kDuplicateVariable = 2405,
  kBytesBehindForm = 2406,
  kVarsJsonMember = 2411,
  kVarsJsonUnknownMember = 2412,
  kVarsJsonVersion = 2413,
  kVarsJsonValue = 2414,
  kVarsJsonDialect = 2415,
  kEc2Text = 2421,
  kEc2Header = 2422,
  kEc2Checksum = 2423,
  kEc2Stream = 2424,
  kEc2Variable = 2425,
  kVmgsHeader = 2431,
  kVmgsFileTable = 2432,
  kVmgsEncrypted = 2433,
  kVmgsNoVariables = 2434,
  kVmgsRecord = 2435,
  kCertDbDamaged = 2441,
  kCertDbEntryUnused = 2442,
  kDigestOfOtherFirmware = 2443,
  kDevicePathNode = 2501,
  kDevicePathEnd = 2502,
  kDevicePathText = 2503,
  kLoadOption = 2510,
  kBootRequest = 2511,
  kBootOrderLength = 2520,
  kBootEntryMissing = 2521,
  kBootEntryNotInOrder = 2522,
  kBootNextMissing = 2523,
  kBootOrderTwice = 2524,
  kBootVariableSize = 2525,
  kNoSuchBootEntry = 2526,
  kNoFreeBootNumber = 2527,

  kNotACertificate = 2601,
  kBadPrivateKey = 2602,
  kNotSignedData = 2603,
  kSigningFailed = 2604,
  kSignatureListSize = 2605,
  kSignatureSize = 2606,
  kSignatureType = 2607,
  kUpdateDamaged = 2611,
  kUpdateTimeField = 2612,
  kUpdateNotLater = 2613,
  kUpdateDigest = 2614,
  kUpdateNotTrusted = 2615,
  kUpdatePayload = 2616,
  kUpdateAttributes = 2617,
  kUpdateOtherVariable = 2618,
  kSetupMode = 2621,
  kSecureBootDisabled = 2622,
  kCustomMode = 2623,
  kNothingRevoked = 2624,
  kNewMediaRefused = 2625,
  kNoNewRevocations = 2626,
  kNoKeyUpdate = 2627,
  kPublicPrivateKey = 2628,
  kUnreadableCertificate = 2629,
  kNotAnEfiProgram = 2631,
  kProgramSignatures = 2632,

  kJsonSyntax = 3001,
  kJsonDuplicateKey = 3002,
  kJsonTooDeep = 3003,
  kDescriptorTooLarge = 3101,
  kDescriptorUnreadable = 3102,
  kDescriptorDanglingLink = 3103,
  kDescriptorNotAFile = 3104,
  kDescriptorMember = 3105,
  kDescriptorUnknownMember = 3106,
  kDescriptorUnknownFeature = 3107,
  kDescriptorUnknownValue = 3108,
  kDescriptorMissingOptional = 3109,
  kDescriptorNotJsonName = 3110,
  kNoFirmwareFits = 3201,
  kFirmwareFileMissing = 3202,
  kNoSuchDescriptor = 3203,

  kNoSuchGuest = 4001,
  kGuestExists = 4002,
  kRecordDamaged = 4003,
  kGuestRunning = 4004,
  kNvramChoiceNeeded = 4005,
  kModeNotYet = 4006,
  kNvramMissing = 4007,
  kFirmwareChanged = 4008,
  kFirmwareGone = 4009,
  kStoreLeftBehind = 4010,
  kUnfinishedWork = 4011,
  kForeignFiles = 4012,
  kLayoutMismatch = 4013,

  kFileMissing = 5001,
  kPermission = 5002,
  kInputOutput = 5003,
  kNoSpace = 5004,
  kAlreadyThere = 5005,
  kLibraryMissing = 5006,
  kImageInUse = 5007,
  kNoFlush = 5008,
  kQemuToolMissing = 5009,
  kQemuToolFailed = 5010,
  kOutOfMemory = 5020,

  kNotRepresentable = 6001,
  kQemuTooOld = 6002,
  kBadQemuVersion = 6003,

  kNvramEmpty = 7101,
  kNotAnNvram = 7102,
  kNvramInContainer = 7103,
  kNvramLength = 7104,
  kNvramFraming = 7105,
  kNvramDuplicateName = 7106,
  kNvramName = 7107,
  kNvramLimit = 7108,
  kNvramDirectory = 7109,
  kNvramVersion = 7110,
  kNvramMandatory = 7111,
  kNvramOverlap = 7112,
  kNvramUnfinished = 7113,
  kBlobAbsent = 7201,
  kNoSuchEntry = 7202,
  kSlotDamaged = 7203,
  kBlobDamaged = 7204,
  kOlderGeneration = 7205,
  kBlobTooLarge = 7206,
  kPlainSize = 7207,
  kGenerationPin = 7208,
  kKeyNeeded = 7301,
  kWrongKey = 7302,
  kBadKeyFile = 7303,
  kNotEncrypted = 7304,
  kBlobNotAuthentic = 7305,
  kDirectorySeal = 7306,
  kTwoKeys = 7307,
  kNotEmpty = 7401,
  kImageTooSmall = 7402,
  kNoSlackLeft = 7403,
  kDirectoryFull = 7404,
  kSeedLayoutFixed = 7405,
  kEntryExists = 7406,
  kBadEntryRequest = 7407,
  kNvramFailed = 7408,
  kCannotResize = 7409,
  kBadManifest = 7420,
  kExportedFileChanged = 7421,
  kRegistrationMismatch = 7501,
  kEntryMissing = 7502,
  kEntryTooSmall = 7503,
  kEntryOtherKind = 7504,
  kEntryUnregistered = 7505,
  kWrongOrder = 7506,
  kVisitorField = 7507,
  kBadCall = 7508,

  kImpossible = 9001,
};

struct CatalogueEntry {
  ErrorId id;
  ExitCode exit_code;
  std::string_view title;        // a few words, no full stop
  std::string_view explanation;  // what it means and why nonvol minds, in whole sentences
  std::string_view remedy;       // what to do about it
};

// Every id there is, in ascending order. Lives as long as the process.
std::span<const CatalogueEntry> catalogue();

// The entry of `id`. Every enumerator has one (checked by a unit test).
const CatalogueEntry& catalogue_entry(ErrorId id);

// "NV2203".
std::string to_string(ErrorId id);

// Accepts "NV2203", "nv2203" and "2203"; nullptr for anything that is not in the catalogue.
const CatalogueEntry* find_catalogue_entry(std::string_view text);

}  // namespace nonvol
