$ make_root --store 4m store.fd && cp -r "$FIXTURES/keys" keys

# A guest without keys.
$ nonvol keys list ./store.fd

$ nonvol keys mode ./store.fd on

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --dry-run

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --kek keys/kek.pem --db keys/db.pem --owner 11111111-2222-4333-8444-555555555555 --dry-run

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --kek keys/kek.pem --db keys/db.pem --secure-boot on

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --kek keys/kek.pem --db keys/db.pem --secure-boot on

$ nonvol keys list ./store.fd

$ nonvol keys list ./store.fd --json

# What would start.
$ nonvol keys verify ./store.fd keys/signed.efi

$ nonvol keys verify ./store.fd keys/unsigned.efi

$ nonvol keys verify ./store.fd keys/signed.efi --json

$ nonvol keys verify ./store.fd keys/pk.pem

# Updates are taken as the firmware would take them.
$ nonvol keys enroll ./store.fd --auth keys/dbx-by-other.auth

$ nonvol keys enroll ./store.fd --auth keys/dbx.auth --json --dry-run

$ nonvol keys enroll ./store.fd --dbx keys/dbx.auth

$ nonvol keys enroll ./store.fd --auth keys/dbx.auth

$ nonvol keys enroll ./store.fd --dbx keys/revoked.esl

$ nonvol keys enroll ./store.fd --db keys/dbx.auth

$ nonvol keys enroll ./store.fd --auth keys/revoked.esl

# Refused.
$ nonvol keys enroll ./store.fd

$ nonvol keys enroll ./store.fd --pk keys/other.pem

$ nonvol keys enroll ./store.fd --db keys/README.md

$ nonvol keys enroll ./store.fd --db keys/other.pem --owner me

$ nonvol keys enroll ./store.fd --db keys/other.pem --time yesterday

# A time stamp of one's own.
$ nonvol keys enroll ./store.fd --db keys/other.pem --time 2026-11-21T20:25:00Z --dry-run

# Revoking what was allowed.
$ nonvol keys revoke ./store.fd --efi keys/signed.efi

$ nonvol keys verify ./store.fd keys/signed.efi

$ nonvol vars undo ./store.fd

$ nonvol keys verify ./store.fd keys/signed.efi > verdict; echo $?

$ nonvol keys revoke ./store.fd --certificate keys/db.pem --remove-from-db --dry-run

$ nonvol keys revoke ./store.fd --digest e3b0

$ nonvol keys revoke ./store.fd

# Another store brings what it has more; its PK stays there.
$ make_root --store 4m second.fd

$ nonvol keys enroll ./second.fd --pk keys/other.pem --db keys/other.pem --time 2026-01-02T03:04:05Z > /dev/null

$ nonvol keys enroll ./second.fd --from ./store.fd

# Off and on.
$ nonvol keys mode ./store.fd off

$ nonvol keys mode ./store.fd on --json --dry-run

$ nonvol keys mode ./store.fd maybe

# Folders as Microsoft's secureboot_objects has them.
$ mkdir -p objects/PreSignedObjects/PK/Certificate objects/PreSignedObjects/KEK/Certificates objects/PreSignedObjects/DB/Certificates objects/PreSignedObjects/DBX

$ nonvol keys enroll ./store.fd --directory objects

$ cp keys/other.pem objects/PreSignedObjects/PK/Certificate && cp keys/kek.pem objects/PreSignedObjects/KEK/Certificates && cp keys/other.pem objects/PreSignedObjects/DB/Certificates

$ nonvol keys enroll ./store.fd --directory objects --dry-run

$ nonvol keys update ./store.fd --microsoft-2023 --directory objects

$ nonvol keys update ./store.fd

# Back to setup mode.
$ nonvol keys delete ./store.fd --variable PK

$ nonvol keys delete ./store.fd --variable PK --lose-secure-boot

$ nonvol keys delete ./store.fd --lose-secure-boot

$ nonvol vars list ./store.fd

# Keys of one's own.
$ nonvol keys make --common-name "My PK" --output-dir mine | grep -v -e sha256 -e until && stat -c '%a %n' mine/*

$ nonvol keys make --common-name "My PK" --output-dir mine

$ nonvol keys enroll ./store.fd --pk mine/certificate.pem --db mine/certificate.pem --dry-run > enrolled; echo $?

$ nonvol keys make --output-dir mine
