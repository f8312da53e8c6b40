$ make_root --store 4m store.fd && cp -r "$FIXTURES/keys" keys

# A guest without keys.
$ nonvol keys list ./store.fd
Secure Boot  off: setup mode, there is no PK and nothing is verified
switch       no SecureBootEnable: on as soon as there is a PK
digests      0 in db, 0 in dbx

receives new revocations     yes
new Windows media start      yes
new third-party media start  yes

of Microsoft's seven certificates there are not:
  a1117f516a32  Microsoft Corporation KEK CA 2011, until 2026-06-24
  48e99b991f57  Microsoft Corporation UEFI CA 2011, until 2026-06-27
  e8e95f0733a5  Microsoft Windows Production PCA 2011, until 2026-10-19
  3cd3f0309eda  Microsoft Corporation KEK 2K CA 2023, until 2038-03-02
  076f1fea90ac  Windows UEFI CA 2023, until 2035-06-13
  f6124e34125b  Microsoft UEFI CA 2023, until 2038-06-13
  e5be3e64c6e6  Microsoft Option ROM UEFI CA 2023, until 2038-10-26
! warning NV2621: ./store.fd has no PK: the firmware verifies nothing (./store.fd)
! warning NV2624: dbx of ./store.fd does not exist (./store.fd)

$ nonvol keys mode ./store.fd on
! nonvol: NV2639: ./store.fd has no PK: in setup mode the firmware verifies nothing, whatever SecureBootEnable says
!   at:   ./store.fd
!   try:  nonvol keys enroll ./store.fd --pk FILE --kek FILE --db FILE
[exit 4]

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --dry-run
+ PK: Test pk (cbb077993f380214a6b0425cffb6468bb1cd787fab358e3cd8c2e83b358cc604)
./store.fd: would be written in place
afterwards   Secure Boot is on: programs are verified
! note NV2324: PCR 7 of the guest's TPM will change, because PK does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)
! warning NV2637: Secure Boot of ./store.fd is on and db is empty: no program starts (./store.fd)

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --kek keys/kek.pem --db keys/db.pem --owner 11111111-2222-4333-8444-555555555555 --dry-run
+ PK: Test pk (cbb077993f380214a6b0425cffb6468bb1cd787fab358e3cd8c2e83b358cc604)
+ KEK: Test kek (721d80e29fe293a48320ae20fb919d4e373f6a5dc02baa141d0af1bbcd564dd7)
+ db: Test db (9d11e65da311309d5f215be7ae2c0b891e88d67beff0af9b07b0a793bc3e2f74)
./store.fd: would be written as a new file in its place
afterwards   Secure Boot is on: programs are verified
! note NV2324: PCR 7 of the guest's TPM will change, because KEK, db, PK does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --kek keys/kek.pem --db keys/db.pem --secure-boot on
+ PK: Test pk (cbb077993f380214a6b0425cffb6468bb1cd787fab358e3cd8c2e83b358cc604)
+ KEK: Test kek (721d80e29fe293a48320ae20fb919d4e373f6a5dc02baa141d0af1bbcd564dd7)
+ db: Test db (9d11e65da311309d5f215be7ae2c0b891e88d67beff0af9b07b0a793bc3e2f74)
  + SecureBootEnable (f0a30bc7-af08-4556-99c4-001009c93a44): NV+BS 01
./store.fd: written as a new file in its place
afterwards   Secure Boot is on: programs are verified
! note NV2324: PCR 7 of the guest's TPM will change, because KEK, db, SecureBootEnable, PK does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys enroll ./store.fd --pk keys/pk.pem --kek keys/kek.pem --db keys/db.pem --secure-boot on
nothing to do
afterwards   Secure Boot is on: programs are verified

$ nonvol keys list ./store.fd
Secure Boot  on: programs are verified
switch       SecureBootEnable is 1
digests      0 in db, 0 in dbx

PK   cbb077993f38  until 2126-10-28  Test pk
KEK  721d80e29fe2  until 2126-10-28  Test kek
db   9d11e65da311  until 2126-10-28  Test db

receives new revocations     no
new Windows media start      no
new third-party media start  no

of Microsoft's seven certificates there are not:
  a1117f516a32  Microsoft Corporation KEK CA 2011, until 2026-06-24
  48e99b991f57  Microsoft Corporation UEFI CA 2011, until 2026-06-27
  e8e95f0733a5  Microsoft Windows Production PCA 2011, until 2026-10-19
  3cd3f0309eda  Microsoft Corporation KEK 2K CA 2023, until 2038-03-02
  076f1fea90ac  Windows UEFI CA 2023, until 2035-06-13
  f6124e34125b  Microsoft UEFI CA 2023, until 2038-06-13
  e5be3e64c6e6  Microsoft Option ROM UEFI CA 2023, until 2038-10-26
! warning NV2624: dbx of ./store.fd does not exist (./store.fd)

$ nonvol keys list ./store.fd --json
{
  "schema": "nonvol.keys.list/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "setup_mode": false,
  "verifies_programs": true,
  "secure_boot_enable": 1,
  "custom_mode": null,
  "variables": [
    {
      "name": "PK",
      "present": true,
      "lists": 1,
      "signatures": 1,
      "time": null
    },
    {
      "name": "KEK",
      "present": true,
      "lists": 1,
      "signatures": 1,
      "time": null
    },
    {
      "name": "db",
      "present": true,
      "lists": 1,
      "signatures": 1,
      "time": null
    },
    {
      "name": "dbx",
      "present": false,
      "lists": 0,
      "signatures": 0,
      "time": null
    },
    {
      "name": "dbt",
      "present": false,
      "lists": 0,
      "signatures": 0,
      "time": null
    },
    {
      "name": "MokList",
      "present": false,
      "lists": 0,
      "signatures": 0,
      "time": null
    }
  ],
  "certificates": [
    {
      "variable": "PK",
      "name": "Test pk",
      "subject": "CN=Test pk",
      "issuer": "CN=Test pk",
      "serial_hex": "78e5bd836264343664ff32d1f29604e778ea85f1",
      "sha256": "cbb077993f380214a6b0425cffb6468bb1cd787fab358e3cd8c2e83b358cc604",
      "sha1": "fa51e2d79130488e504f27d361a2e424b867dcf7",
      "not_before": "<TIME>",
      "not_after": "<TIME>",
      "expired": false,
      "key_kind": "RSA",
      "key_bits": 2048,
      "owner": "00000000-0000-0000-0000-000000000000",
      "known_as": null,
      "offset_bytes": 28
    },
    {
      "variable": "KEK",
      "name": "Test kek",
      "subject": "CN=Test kek",
      "issuer": "CN=Test kek",
      "serial_hex": "1409e2766daa2a1e25f490402cbb511e1539830b",
      "sha256": "721d80e29fe293a48320ae20fb919d4e373f6a5dc02baa141d0af1bbcd564dd7",
      "sha1": "32366f46dac5d087e35dec154fdaf2198bb99d9f",
      "not_before": "<TIME>",
      "not_after": "<TIME>",
      "expired": false,
      "key_kind": "RSA",
      "key_bits": 2048,
      "owner": "00000000-0000-0000-0000-000000000000",
      "known_as": null,
      "offset_bytes": 28
    },
    {
      "variable": "db",
      "name": "Test db",
      "subject": "CN=Test db",
      "issuer": "CN=Test db",
      "serial_hex": "283a4401b0013ed897568be2bb710a276d754e5e",
      "sha256": "9d11e65da311309d5f215be7ae2c0b891e88d67beff0af9b07b0a793bc3e2f74",
      "sha1": "e63287cfe4184cf1142d7d5ad8ee96f5487e3ffd",
      "not_before": "<TIME>",
      "not_after": "<TIME>",
      "expired": false,
      "key_kind": "RSA",
      "key_bits": 2048,
      "owner": "00000000-0000-0000-0000-000000000000",
      "known_as": null,
      "offset_bytes": 28
    }
  ],
  "allowed_digests": 0,
  "revoked_digests": 0,
  "dummy_revocation": false,
  "receives_new_revocations": false,
  "starts_new_windows_media": false,
  "starts_new_third_party_media": false,
  "missing": [
    {
      "name": "Microsoft Corporation KEK CA 2011",
      "sha256": "a1117f516a32cefcba3f2d1ace10a87972fd6bbe8fe0d0b996e09e65d802a503"
    },
    {
      "name": "Microsoft Corporation UEFI CA 2011",
      "sha256": "48e99b991f57fc52f76149599bff0a58c47154229b9f8d603ac40d3500248507"
    },
    {
      "name": "Microsoft Windows Production PCA 2011",
      "sha256": "e8e95f0733a55e8bad7be0a1413ee23c51fcea64b3c8fa6a786935fddcc71961"
    },
    {
      "name": "Microsoft Corporation KEK 2K CA 2023",
      "sha256": "3cd3f0309edae228767a976dd40d9f4affc4fbd5218f2e8cc3c9dd97e8ac6f9d"
    },
    {
      "name": "Windows UEFI CA 2023",
      "sha256": "076f1fea90ac29155ebf77c17682f75f1fdd1be196da302dc8461e350a9ae330"
    },
    {
      "name": "Microsoft UEFI CA 2023",
      "sha256": "f6124e34125bee3fe6d79a574eaa7b91c0e7bd9d929c1a321178efd611dad901"
    },
    {
      "name": "Microsoft Option ROM UEFI CA 2023",
      "sha256": "e5be3e64c6e66a281457ecdece0d6d0787577aad2a3a0144262c10c14ba8d8f1"
    }
  ],
  "platform_key": null,
  "findings": [
    {
      "id": "NV2624",
      "severity": "warning",
      "message": "dbx of ./store.fd does not exist",
      "place": {
        "file": "./store.fd"
      },
      "hint": "nonvol keys enroll ./store.fd --auth DBXUpdate.bin"
    }
  ]
}
! warning NV2624: dbx of ./store.fd does not exist (./store.fd)

# What would start.
$ nonvol keys verify ./store.fd keys/signed.efi
program      keys/signed.efi
verdict      starts: db trusts a signer
sha256       18a27614d1539b656557ef47fdfa9fdfd7e339720f628f4d2770b9bcfb191f1c
signature    Test db (SHA-256): allowed by db
sbat         sbat 1
sbat         sample 2

$ nonvol keys verify ./store.fd keys/unsigned.efi
program      keys/unsigned.efi
verdict      refused: db knows neither the program nor a signer
sha256       18a27614d1539b656557ef47fdfa9fdfd7e339720f628f4d2770b9bcfb191f1c
sbat         sbat 1
sbat         sample 2
[exit 1]

$ nonvol keys verify ./store.fd keys/signed.efi --json
{
  "schema": "nonvol.keys.verify/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "file": "keys/signed.efi",
  "starts": true,
  "verdict": "starts: db trusts a signer",
  "machine": "x86_64",
  "sha256": "18a27614d1539b656557ef47fdfa9fdfd7e339720f628f4d2770b9bcfb191f1c",
  "signatures": [
    {
      "signer": "Test db",
      "algorithm": "SHA-256",
      "offset_bytes": 1536,
      "digest_matches": true,
      "allowed": true,
      "revoked": false
    }
  ],
  "sbat": [
    {
      "component": "sbat",
      "generation": "1",
      "rest": "SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md"
    },
    {
      "component": "sample",
      "generation": "2",
      "rest": "Sample,sample,2,https://example.org"
    }
  ],
  "findings": []
}

$ nonvol keys verify ./store.fd keys/pk.pem
! nonvol: NV2631: PE signature at offset 0x0 of keys/pk.pem: is 0x2d2d2d2d, an EFI program has 0x00004550 ('PE')
!   at:   keys/pk.pem, byte 0x0
!   try:  nonvol explain NV2631
[exit 5]

# Updates are taken as the firmware would take them.
$ nonvol keys enroll ./store.fd --auth keys/dbx-by-other.auth
! nonvol: NV2615: signature of keys/dbx-by-other.auth: neither PK nor any KEK vouches for it as an update of dbx with attributes 0x67
!   at:   keys/dbx-by-other.auth
!   try:  nonvol explain NV2615
[exit 4]

$ nonvol keys enroll ./store.fd --auth keys/dbx.auth --json --dry-run
{
  "schema": "nonvol.keys.enroll/1",
  "setup_mode": false,
  "verifies_programs": true,
  "steps": [
    {
      "variable": "dbx",
      "action": "added",
      "type": "SHA256",
      "name": null,
      "digest_hex": "0000000000000000000000000000000000000000000000000000000000000007"
    }
  ],
  "notes": [],
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "dry_run": true,
  "nothing_to_do": false,
  "way": "in-place",
  "compacts": false,
  "completes_pending_write": false,
  "changes": [
    {
      "name": "dbx",
      "guid": "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
      "before": null,
      "after": {
        "name": "dbx",
        "guid": "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
        "attributes": 39,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS",
          "RUNTIME_ACCESS",
          "TIME_BASED_AUTHENTICATED_WRITE_ACCESS"
        ],
        "time": "<TIME>",
        "time_hex": "ea070101000000000000000000000000",
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 76,
        "data_hex": "2616c4c14c509240aca941f9369343284c0000000000000030000000111111112222334384445555555555550000000000000000000000000000000000000000000000000000000000000007"
      }
    }
  ],
  "writes": [
    {
      "offset_bytes": 2876,
      "size_bytes": 144,
      "what": "records"
    }
  ],
  "flushes": 0,
  "undo_record": null,
  "findings": [
    {
      "id": "NV2324",
      "severity": "note",
      "message": "PCR 7 of the guest's TPM will change, because dbx does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key",
      "place": {
        "file": "./store.fd"
      },
      "hint": "nonvol explain NV2324"
    }
  ]
}
! note NV2324: PCR 7 of the guest's TPM will change, because dbx does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys enroll ./store.fd --dbx keys/dbx.auth
+ dbx: SHA256 0000000000000000000000000000000000000000000000000000000000000007
./store.fd: written in place
afterwards   Secure Boot is on: programs are verified
! note NV2324: PCR 7 of the guest's TPM will change, because dbx does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys enroll ./store.fd --auth keys/dbx.auth
nothing to do
afterwards   Secure Boot is on: programs are verified

$ nonvol keys enroll ./store.fd --dbx keys/revoked.esl
nothing to do
afterwards   Secure Boot is on: programs are verified

$ nonvol keys enroll ./store.fd --db keys/dbx.auth
! nonvol: NV2615: signature of keys/dbx.auth: is not for db but for dbx
!   at:   keys/dbx.auth
!   try:  nonvol explain NV2615
[exit 4]

$ nonvol keys enroll ./store.fd --auth keys/revoked.esl
! nonvol: NV2634: keys/revoked.esl: is no update, which --auth takes
!   at:   keys/revoked.esl
!   try:  nonvol help keys enroll
[exit 5]

# Refused.
$ nonvol keys enroll ./store.fd
! nonvol: NV1001: 'nonvol keys enroll' needs something to enroll, such as --db FILE
!   try:  nonvol help keys enroll
[exit 2]

$ nonvol keys enroll ./store.fd --pk keys/other.pem
! nonvol: NV2633: PK of ./store.fd holds another certificate already
!   at:   ./store.fd
!   try:  nonvol keys delete ./store.fd --variable PK --lose-secure-boot
[exit 4]

$ nonvol keys enroll ./store.fd --db keys/README.md
! nonvol: NV2634: keys/README.md: its 565 bytes are no certificate, signature list or update
!   at:   keys/README.md
!   try:  nonvol help keys enroll
[exit 5]

$ nonvol keys enroll ./store.fd --db keys/other.pem --owner me
! nonvol: NV1001: --owner is 'me', and must be a GUID
!   try:  nonvol help keys enroll
[exit 2]

$ nonvol keys enroll ./store.fd --db keys/other.pem --time yesterday
! nonvol: NV1001: --time is 'yesterday', and must be 'now' or as <TIME>
!   try:  nonvol help keys enroll
[exit 2]

# A time stamp of one's own.
$ nonvol keys enroll ./store.fd --db keys/other.pem --time 2026-11-21T20:25:00Z --dry-run
+ db: Test other (3c24989f14490388f43a485533f5c961c1f5fff17f4036d8ed122953eceb2da9)
  ~ db (d719b2cb-3d3a-4596-a3bc-dad00e67656f)
    time:  -> <TIME>
    data: a159c0a5e494a74a87b5ab155c2bf072… (823 bytes) -> a159c0a5e494a74a87b5ab155c2bf072… (1652 bytes)
./store.fd: would be written in place
afterwards   Secure Boot is on: programs are verified
! note NV2324: PCR 7 of the guest's TPM will change, because db does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

# Revoking what was allowed.
$ nonvol keys revoke ./store.fd --efi keys/signed.efi
+ dbx: SHA256 18a27614d1539b656557ef47fdfa9fdfd7e339720f628f4d2770b9bcfb191f1c
./store.fd: written in place
afterwards   Secure Boot is on: programs are verified
! note NV2324: PCR 7 of the guest's TPM will change, because dbx does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys verify ./store.fd keys/signed.efi
program      keys/signed.efi
verdict      refused: dbx names the program
sha256       18a27614d1539b656557ef47fdfa9fdfd7e339720f628f4d2770b9bcfb191f1c
signature    Test db (SHA-256): allowed by db
sbat         sbat 1
sbat         sample 2
[exit 1]

$ nonvol vars undo ./store.fd
'keys revoke' of <TIME> is taken back

$ nonvol keys verify ./store.fd keys/signed.efi > verdict; echo $?
0

$ nonvol keys revoke ./store.fd --certificate keys/db.pem --remove-from-db --dry-run
- db: Test db (9d11e65da311309d5f215be7ae2c0b891e88d67beff0af9b07b0a793bc3e2f74)
+ dbx: Test db (9d11e65da311309d5f215be7ae2c0b891e88d67beff0af9b07b0a793bc3e2f74)
./store.fd: would be written as a new file in its place
afterwards   Secure Boot is on: programs are verified
! note NV2324: PCR 7 of the guest's TPM will change, because db, dbx does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)
! warning NV2637: Secure Boot of ./store.fd is on and db is empty: no program starts (./store.fd)

$ nonvol keys revoke ./store.fd --digest e3b0
! nonvol: NV2308: --digest is 'e3b0', and must be 64 hexadecimal digits
!   try:  nonvol help keys revoke
[exit 2]

$ nonvol keys revoke ./store.fd
! nonvol: NV1001: 'nonvol keys revoke' needs --certificate, --digest or --efi
!   try:  nonvol help keys revoke
[exit 2]

# Another store brings what it has more; its PK stays there.
$ make_root --store 4m second.fd

$ nonvol keys enroll ./second.fd --pk keys/other.pem --db keys/other.pem --time 2026-01-02T03:04:05Z > /dev/null
! note NV2324: PCR 7 of the guest's TPM will change, because db, PK does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./second.fd)

$ nonvol keys enroll ./second.fd --from ./store.fd
+ KEK: Test kek (721d80e29fe293a48320ae20fb919d4e373f6a5dc02baa141d0af1bbcd564dd7)
+ db: Test db (9d11e65da311309d5f215be7ae2c0b891e88d67beff0af9b07b0a793bc3e2f74)
+ dbx: SHA256 0000000000000000000000000000000000000000000000000000000000000007
./second.fd: written as a new file in its place
afterwards   Secure Boot is on: programs are verified
! note: PK of ./store.fd is not taken over: the guest has one
! note NV2324: PCR 7 of the guest's TPM will change, because db, KEK, dbx does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./second.fd)

# Off and on.
$ nonvol keys mode ./store.fd off
  ~ SecureBootEnable (f0a30bc7-af08-4556-99c4-001009c93a44)
    data: 01 -> 00
./store.fd: written in place
afterwards   Secure Boot is off: switched off by SecureBootEnable
! note NV2324: PCR 7 of the guest's TPM will change, because SecureBootEnable does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys mode ./store.fd on --json --dry-run
{
  "schema": "nonvol.keys.mode/1",
  "setup_mode": false,
  "verifies_programs": true,
  "steps": [],
  "notes": [],
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "dry_run": true,
  "nothing_to_do": false,
  "way": "in-place",
  "compacts": false,
  "completes_pending_write": false,
  "changes": [
    {
      "name": "SecureBootEnable",
      "guid": "f0a30bc7-af08-4556-99c4-001009c93a44",
      "before": {
        "name": "SecureBootEnable",
        "guid": "f0a30bc7-af08-4556-99c4-001009c93a44",
        "attributes": 3,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 1,
        "data_hex": "00"
      },
      "after": {
        "name": "SecureBootEnable",
        "guid": "f0a30bc7-af08-4556-99c4-001009c93a44",
        "attributes": 3,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 1,
        "data_hex": "01"
      }
    }
  ],
  "writes": [
    {
      "offset_bytes": 3022,
      "size_bytes": 1,
      "what": "records"
    },
    {
      "offset_bytes": 3116,
      "size_bytes": 95,
      "what": "records"
    }
  ],
  "flushes": 0,
  "undo_record": null,
  "findings": [
    {
      "id": "NV2324",
      "severity": "note",
      "message": "PCR 7 of the guest's TPM will change, because SecureBootEnable does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key",
      "place": {
        "file": "./store.fd"
      },
      "hint": "nonvol explain NV2324"
    }
  ]
}
! note NV2324: PCR 7 of the guest's TPM will change, because SecureBootEnable does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys mode ./store.fd maybe
! nonvol: NV1001: 'maybe' is neither on nor off
!   try:  nonvol help keys mode
[exit 2]

# Folders as Microsoft's secureboot_objects has them.
$ mkdir -p objects/PreSignedObjects/PK/Certificate objects/PreSignedObjects/KEK/Certificates objects/PreSignedObjects/DB/Certificates objects/PreSignedObjects/DBX

$ nonvol keys enroll ./store.fd --directory objects
! nonvol: NV2638: objects has no certificate, signature list or update in PK, KEK, DB or DBX
!   at:   objects
!   try:  nonvol help keys enroll
[exit 3]

$ cp keys/other.pem objects/PreSignedObjects/PK/Certificate && cp keys/kek.pem objects/PreSignedObjects/KEK/Certificates && cp keys/other.pem objects/PreSignedObjects/DB/Certificates

$ nonvol keys enroll ./store.fd --directory objects --dry-run
+ db: Test other (3c24989f14490388f43a485533f5c961c1f5fff17f4036d8ed122953eceb2da9)
./store.fd: would be written in place
afterwards   Secure Boot is off: switched off by SecureBootEnable
! note: PK of the directory is not taken: the guest has one
! note NV2324: PCR 7 of the guest's TPM will change, because db does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys update ./store.fd --microsoft-2023 --directory objects
nothing to do
afterwards   Secure Boot is off: switched off by SecureBootEnable
! note: Microsoft Corporation KEK 2K CA 2023 is not added: KEK does not hold the certificate of 2011 before it
! note: Windows UEFI CA 2023 is not added: db does not hold the certificate of 2011 before it
! note: Microsoft UEFI CA 2023 is not added: db does not hold the certificate of 2011 before it
! note: Microsoft Option ROM UEFI CA 2023 is not added: db does not hold the certificate of 2011 before it

$ nonvol keys update ./store.fd
! nonvol: NV1001: 'nonvol keys update' needs --microsoft-2023 and --directory DIR
!   try:  nonvol help keys update
[exit 2]

# Back to setup mode.
$ nonvol keys delete ./store.fd --variable PK
! nonvol: NV2636: PK of ./store.fd is not deleted without --lose-secure-boot
!   at:   ./store.fd
!   try:  nonvol keys delete ./store.fd --variable PK --lose-secure-boot
[exit 4]

$ nonvol keys delete ./store.fd --variable PK --lose-secure-boot
- PK: Test pk (cbb077993f380214a6b0425cffb6468bb1cd787fab358e3cd8c2e83b358cc604)
  - SecureBootEnable (f0a30bc7-af08-4556-99c4-001009c93a44): NV+BS 00
./store.fd: written as a new file in its place
afterwards   Secure Boot is off: setup mode, there is no PK and nothing is verified
! note NV2324: PCR 7 of the guest's TPM will change, because PK, SecureBootEnable does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys delete ./store.fd --lose-secure-boot
- KEK: Test kek (721d80e29fe293a48320ae20fb919d4e373f6a5dc02baa141d0af1bbcd564dd7)
- db: Test db (9d11e65da311309d5f215be7ae2c0b891e88d67beff0af9b07b0a793bc3e2f74)
- dbx: SHA256 0000000000000000000000000000000000000000000000000000000000000007
./store.fd: written as a new file in its place
afterwards   Secure Boot is off: setup mode, there is no PK and nothing is verified
! note NV2324: PCR 7 of the guest's TPM will change, because KEK, db, dbx does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol vars list ./store.fd
no variables

# Keys of one's own.
$ nonvol keys make --common-name "My PK" --output-dir mine | grep -v -e sha256 -e until && stat -c '%a %n' mine/*
private key  mine/private-key.pem
certificate  mine/certificate.pem
600 mine/certificate.pem
600 mine/private-key.pem

$ nonvol keys make --common-name "My PK" --output-dir mine
! nonvol: NV5005: cannot create mine/private-key.pem: File exists
!   at:   mine/private-key.pem
!   try:  nonvol explain NV5005
[exit 4]

$ nonvol keys enroll ./store.fd --pk mine/certificate.pem --db mine/certificate.pem --dry-run > enrolled; echo $?
0
! note NV2324: PCR 7 of the guest's TPM will change, because db, PK does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

$ nonvol keys make --output-dir mine
! nonvol: NV1001: 'nonvol keys make' needs --common-name NAME and --output-dir DIR
!   try:  nonvol help keys make
[exit 2]
