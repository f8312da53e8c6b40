# One variable is written in place, more than one as a new file; each can be taken back.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Same:22222222-2222-4222-8222-222222222222:0203 store.fd

$ cp store.fd before.fd

$ nonvol vars set ./store.fd Lang --text fr --dry-run
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./store.fd: would be written in place

$ cmp store.fd before.fd

$ nonvol vars set ./store.fd Lang --text fr
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./store.fd: written in place

$ nonvol vars get ./store.fd Lang
name         Lang
guid         8be4df61-93ca-11d2-aa0d-00e098032b8c
attributes   NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS
size         2 bytes
meaning      fr
00000000  66 72                                             |fr|

$ nonvol vars set ./store.fd Lang --text fr
nothing to do

$ nonvol vars list ./store.fd --raw
0x000064  replaced  8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang
0x0000b0  added     11111111-1111-4111-8111-111111111111  NV+BS+RT  1  Same
0x0000f8  added     22222222-2222-4222-8222-222222222222  NV+BS+RT  2  Same
0x000140  added     8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  2  Lang

$ nonvol vars undo ./store.fd --dry-run
'vars set Lang' of <TIME> would be taken back

$ nonvol vars undo ./store.fd
'vars set Lang' of <TIME> is taken back

$ cmp store.fd before.fd

$ nonvol vars undo ./store.fd --json | jq -c '[.undone_command, .way, .dry_run, .flushes, (.undo_record != null)]'
["vars undo","replace",false,2,true]

$ nonvol vars undo ./store.fd > out && cmp store.fd before.fd

# A new variable, and what is needed for one.
$ nonvol vars set ./store.fd Timeout --hex 0500 --json
{
  "schema": "nonvol.vars.set/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "dry_run": false,
  "nothing_to_do": false,
  "way": "in-place",
  "compacts": false,
  "completes_pending_write": false,
  "changes": [
    {
      "name": "Timeout",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "before": null,
      "after": {
        "name": "Timeout",
        "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
        "attributes": 7,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS",
          "RUNTIME_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 2,
        "data_hex": "0500"
      }
    }
  ],
  "writes": [
    {
      "offset_bytes": 320,
      "size_bytes": 78,
      "what": "records"
    }
  ],
  "flushes": 2,
  "undo_record": "$WORK/here/.store.fd.undo",
  "findings": []
}

$ nonvol vars set ./store.fd Mine --hex 00
! nonvol: NV2307: 'Mine' is a new variable, and no vendor is known for that name
!   try:  nonvol help vars set
[exit 2]

$ nonvol vars set ./store.fd Mine --guid 12345678-1234-1234-1234-123456789abc --utf16 hé --attributes NV+BS
  + Mine (12345678-1234-1234-1234-123456789abc): NV+BS 6800e9000000
./store.fd: written in place

$ nonvol vars set ./store.fd Mine-12345678-1234-1234-1234-123456789abc --hex ff --append
  ~ Mine (12345678-1234-1234-1234-123456789abc)
    data: 6800e9000000 -> 6800e9000000ff
./store.fd: written in place

$ nonvol vars set ./store.fd Mine --attributes 0x7 --hex 01
  ~ Mine (12345678-1234-1234-1234-123456789abc)
    attributes: NV+BS -> NV+BS+RT
    data: 6800e9000000ff -> 01
./store.fd: written in place

$ nonvol vars set ./store.fd Same --hex 00
! nonvol: NV2302: 2 vendors have a variable named 'Same'
!   at:   ./store.fd
!   note: 11111111-1111-4111-8111-111111111111
!   note: 22222222-2222-4222-8222-222222222222
!   try:  nonvol vars get ./store.fd Same --guid 11111111-1111-4111-8111-111111111111
[exit 2]

$ nonvol vars set ./store.fd Lang --hex 0
! nonvol: NV2308: --hex is '0', and must be pairs of digits
!   try:  nonvol help vars set
[exit 2]

$ nonvol vars set ./store.fd Lang
! nonvol: NV2308: 0 of --hex, --text, --utf16 and --input are given, one is needed
!   try:  nonvol help vars set
[exit 2]

$ nonvol vars set ./store.fd Lang --text a --hex 00
! nonvol: NV2308: 2 of --hex, --text, --utf16 and --input are given, one is needed
!   try:  nonvol help vars set
[exit 2]

$ nonvol vars set ./store.fd Lang --text a --attributes NV+XX
! nonvol: NV2308: --attributes is 'NV+XX', and must be a number or letters such as NV+BS+RT
!   try:  nonvol help vars set
[exit 2]

$ nonvol vars set ./store.fd Lang --input nowhere
! nonvol: NV5001: cannot open nowhere: No such file or directory
!   at:   nowhere
!   try:  nonvol explain NV5001
[exit 3]

$ printf abc | nonvol vars set ./store.fd Lang --input -
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 616263
./store.fd: written in place

$ head -c 40000 /dev/zero > large && nonvol vars set ./store.fd Lang --input large
! nonvol: NV2304: variable 'Lang' would take 40070 bytes with header and name, firmware of the layout ovmf-4m takes 33792 at most for one that is not authenticated
!   at:   ./store.fd
!   try:  nonvol explain NV2304
[exit 4]

# Measured into PCR 7.
$ nonvol vars set ./store.fd SecureBootEnable --hex 01
  + SecureBootEnable (f0a30bc7-af08-4556-99c4-001009c93a44): NV+BS 01
./store.fd: written in place
! note NV2324: PCR 7 of the guest's TPM will change, because SecureBootEnable does: what is sealed to it (BitLocker, LUKS) will ask for its recovery key (./store.fd)

# Deleting.
$ nonvol vars delete ./store.fd Same
! nonvol: NV2302: 2 vendors have a variable named 'Same'
!   at:   ./store.fd
!   note: 11111111-1111-4111-8111-111111111111
!   note: 22222222-2222-4222-8222-222222222222
!   try:  nonvol vars get ./store.fd Same --guid 11111111-1111-4111-8111-111111111111
[exit 2]

$ nonvol vars delete ./store.fd NoSuch
! nonvol: NV2301: no live variable is named 'NoSuch'
!   at:   ./store.fd
!   try:  nonvol vars list ./store.fd
[exit 3]

$ nonvol vars delete ./store.fd Timeout NoSuch
! nonvol: NV2301: no live variable is named 'NoSuch'
!   at:   ./store.fd
!   try:  nonvol vars list ./store.fd
[exit 3]

$ nonvol vars delete ./store.fd Timeout Mine --dry-run
  - Timeout (8be4df61-93ca-11d2-aa0d-00e098032b8c): NV+BS+RT 0500
  - Mine (12345678-1234-1234-1234-123456789abc): NV+BS+RT 01
./store.fd: would be written as a new file in its place

$ nonvol vars delete ./store.fd Timeout Mine
  - Timeout (8be4df61-93ca-11d2-aa0d-00e098032b8c): NV+BS+RT 0500
  - Mine (12345678-1234-1234-1234-123456789abc): NV+BS+RT 01
./store.fd: written as a new file in its place

$ nonvol vars delete ./store.fd Same --guid 11111111-1111-4111-8111-111111111111
  - Same (11111111-1111-4111-8111-111111111111): NV+BS+RT 01
./store.fd: written in place

# Dead records go when asked for, and come back with undo.
$ nonvol vars compact ./store.fd
./store.fd: written as a new file in its place, without its dead records

$ nonvol vars compact ./store.fd
nothing to do

$ nonvol vars list ./store.fd --raw
0x000064  added  22222222-2222-4222-8222-222222222222  NV+BS+RT  2  Same
0x0000ac  added  8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang
0x0000f8  added  f0a30bc7-af08-4556-99c4-001009c93a44  NV+BS     1  SecureBootEnable

$ nonvol vars undo ./store.fd
'vars compact' of <TIME> is taken back

# Changed since: by another program.
$ nonvol vars set ./store.fd Lang --text de > out && printf '\x00' | dd of=store.fd bs=1 seek=500 conv=notrunc status=none && nonvol vars compact ./store.fd
./store.fd: written as a new file in its place, without its dead records

$ cp before.fd store.fd && nonvol vars undo ./store.fd
! nonvol: NV2322: ./store.fd is not as 'vars compact' of <TIME> left it: the sum of its first 404 bytes is 0xebc0faf5, it was 0xbd445f27
!   at:   ./store.fd, byte 0x0
!   try:  nonvol explain NV2322
[exit 4]

$ echo '{' > .store.fd.undo && nonvol vars undo ./store.fd
! nonvol: NV2321: $WORK/here/.store.fd.undo is no whole undo record: the text ends where a member's name in quotes should be
!   at:   $WORK/here/.store.fd.undo
!   try:  nonvol explain NV2321
[exit 5]

$ rm .store.fd.undo && nonvol vars undo ./store.fd
! nonvol: NV2320: no change of $WORK/here/store.fd is recorded
!   at:   $WORK/here/.store.fd.undo
!   try:  nonvol explain NV2320
[exit 3]
