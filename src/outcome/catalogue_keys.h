#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: keys of Secure Boot and EFI programs. Private to catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kKeys[] = {
    {kNotACertificate, kDamaged, "Not a certificate",
     "The bytes are neither an X.509 certificate in DER nor text with certificates in PEM.",
     "'openssl x509 -in FILE -text' says what OpenSSL makes of it; the file may be a key, or another format."},
    {kBadPrivateKey, kUsage, "Not a usable private key",
     "A signature needs the private key of the signer's certificate, in PEM and not encrypted.",
     "Give the key that belongs to the certificate; 'openssl pkey' takes a passphrase away."},
    {kNotSignedData, kDamaged, "Not a signature that edk2 reads",
     "Updates and EFI programs are signed with PKCS #7 SignedData, in the encoding that edk2 expects.",
     "Make the signature anew with a tool for UEFI, such as sbsign or sign-efi-sig-list."},
    {kSigningFailed, kUsage, "Could not sign",
     "The key, the certificate or a name is not fit for what was asked.",
     "edk2 takes RSA keys and SHA-256; a certificate's common name has at most 64 bytes."},
    {kSignatureListSize, kNo, "A signature list has an impossible size",
     "Each list in PK, KEK, db and dbx says how long it is. One that is shorter than its own header or longer "
     "than what is left cannot be followed, and neither can what comes behind it. The lists before it count.",
     "Enroll what is missing behind it anew; editing the variable leaves the bytes alone."},
    {kSignatureSize, kNo, "Signatures do not fit their list",
     "A list says how long each signature is. The size must hold the owner's GUID, be what the type needs, and "
     "divide the list without a rest; edk2 refuses an update that is otherwise.",
     "Remove the list and enroll its signatures anew."},
    {kSignatureType, kNo, "Unknown signature type",
     "edk2 knows twelve types of signature. A list of any other is kept but means nothing to the firmware, and "
     "edk2 refuses an update with it.",
     "Nothing, unless the list should have been of a known type."},
    {kUpdateDamaged, kDamaged, "Not an authenticated update",
     "An .auth file is an EFI_VARIABLE_AUTHENTICATION_2: a time stamp, a PKCS #7 certificate with its length, "
     "and the new content of the variable.",
     "Check that the file is an .auth and not an .esl (signature list) or a certificate."},
    {kUpdateTimeField, kRefused, "An update's time stamp has more than date and time",
     "Padding, nanoseconds, zone and daylight of the time stamp must be zero; edk2 refuses the update otherwise.",
     "The update must be signed anew with a proper time stamp."},
    {kUpdateNotLater, kRefused, "An update is not later than the variable",
     "An update that replaces a variable must carry a later time stamp than the variable has, so that nobody "
     "can bring back an old content with its old signature.",
     "Use a newer update. One that appends is not held to this."},
    {kUpdateDigest, kRefused, "An update is not signed the way edk2 looks for",
     "edk2 looks for SHA-256 at one fixed place, which only a bare SignedData has there.",
     "Sign anew: SHA-256, DER, SignedData without a ContentInfo around it."},
    {kUpdateNotTrusted, kRefused, "No key of this guest vouches for an update",
     "PK and KEK take updates signed by the PK, db and dbx also those signed by a KEK. This one is signed by "
     "nobody of them, or its signature is for other content, another variable or other attributes.",
     "Find the update that is made for this platform key, or enroll the content itself from the host."},
    {kUpdatePayload, kRefused, "An update's content is not what the variable holds",
     "The variables of Secure Boot hold signature lists, and PK exactly one signature.",
     "Make the update anew from a proper signature list."},
    {kUpdateAttributes, kRefused, "Wrong attributes for a Secure Boot variable",
     "PK, KEK, db, dbx and dbt are non-volatile and authenticated by time; edk2 refuses any others.",
     "Give the attributes that the update was signed for, usually 0x27, or 0x67 to append."},
    {kUpdateOtherVariable, kRefused, "Not a variable of Secure Boot",
     "Only PK, KEK, db, dbx and dbt are verified here. Other authenticated variables are tied to whoever wrote "
     "them first, which needs the firmware's own list of signers.",
     "Set the variable in the guest."},
    {kSetupMode, kNo, "Setup mode: there is no platform key",
     "Without a PK the firmware verifies nothing: every program starts, and anybody may enroll keys.",
     "Enroll a platform key, after db and KEK."},
    {kSecureBootDisabled, kNo, "Secure Boot is switched off",
     "There is a platform key, but SecureBootEnable says 0, so the firmware verifies no program.",
     "Switch Secure Boot on."},
    {kCustomMode, kNo, "Custom mode is stored",
     "In custom mode edk2 takes updates of keys without verifying them. It goes back to standard mode whenever "
     "it starts.",
     "Nothing: the next start ends it."},
    {kNothingRevoked, kNo, "Nothing is revoked",
     "The dbx is missing, empty or holds only the digest of nothing, as templates have it. Boot loaders with "
     "known holes start.",
     "Enroll a current dbx."},
    {kNewMediaRefused, kNo, "New boot media will not start",
     "Microsoft's certificates of 2011 have expired, so that boot loaders are signed with those of 2023 only. "
     "This db trusts just the old ones.",
     "Enroll the certificates of 2023 in db."},
    {kNoNewRevocations, kNo, "New revocations cannot be received",
     "Microsoft's KEK of 2011 has expired, so that new updates of dbx are signed with that of 2023, which this KEK "
     "does not hold. Updates that were published before still verify.",
     "Enroll Microsoft Corporation KEK 2K CA 2023 in KEK."},
    {kNoKeyUpdate, kNo, "No update of KEK is known for this platform key",
     "Only the owner of the platform key can sign an update of KEK. Without one, a guest cannot get the KEK of "
     "2023 by itself.",
     "Enroll it from the host."},
    {kPublicPrivateKey, kNo, "The platform key is a test key",
     "The private key of this platform key is published, so that anybody can sign updates for this guest.",
     "Enroll a platform key of your own."},
    {kUnreadableCertificate, kNo, "A certificate cannot be read",
     "An entry of type X509 is no certificate. The firmware trusts nothing by it.", "Remove the entry."},
    {kNotAnEfiProgram, kDamaged, "Not an EFI program",
     "EFI programs are PE/COFF images; this file is none that edk2 would load.",
     "Check that the file is complete and made for UEFI."},
    {kProgramSignatures, kNo, "The table of signatures is damaged",
     "The signatures of a program stand one after the other at its end, each with its length. edk2 does not "
     "start a program whose signatures do not fill the table exactly.",
     "Sign the program anew."},
    {kOnePlatformKey, kRefused, "A guest has one platform key",
     "PK holds exactly one certificate, and whoever owns it decides about all other keys. Another one is not put "
     "in its place by the way.",
     "Delete PK first, if that is what you want, and enroll the new one then."},
    {kKeyFile, kDamaged, "The file holds no keys",
     "Keys come as certificates (X.509 in DER or PEM), as signature lists (.esl) or as signed updates (.auth).",
     "Look at the file with 'openssl x509 -text -noout -in FILE'; a certificate request or a private key is no "
     "certificate."},
    {kKnownCertificateMissing, kNoSuchThing, "A certificate of Microsoft's is not in the directory",
     "The guest needs a certificate of 2023 whose body nonvol does not ship: it has to be in a file, and is known by "
     "its SHA-256.",
     "Take it from https://github.com/microsoft/secureboot_objects, PreSignedObjects."},
    {kSecureBootLost, kRefused, "Secure Boot would be lost",
     "Without PK the guest is in setup mode: it starts every program, and whatever runs in it may enroll keys of its "
     "own. Without KEK or db it takes no updates, or starts nothing; without dbx what was revoked starts again.",
     "If that is what you want, say so with --lose-secure-boot."},
    {kNothingStarts, kNo, "No program starts",
     "Secure Boot is on and db holds neither certificates nor digests, so that the firmware refuses every program.",
     "Enroll in db who signs what the guest starts."},
    {kNoKeysInDirectory, kNoSuchThing, "The directory has no keys",
     "Keys are looked for as microsoft/secureboot_objects keeps them: files .der, .cer, .crt, .pem, .esl and .auth "
     "in PreSignedObjects/PK, KEK, DB and DBX and their folders Certificates, or the same without PreSignedObjects.",
     "Name the files themselves with --pk, --kek, --db and --dbx."},
    {kNoPlatformKey, kRefused, "There is no platform key",
     "Secure Boot cannot be switched on in setup mode: edk2 verifies programs only where there is a PK.",
     "Enroll PK, KEK and db first."},
};

}  // namespace nonvol::catalogue_parts
