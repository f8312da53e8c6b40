# One variable is written in place, more than one as a new file; each can be taken back.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Same:22222222-2222-4222-8222-222222222222:0203 store.fd

$ cp store.fd before.fd

$ nonvol vars set ./store.fd Lang --text fr --dry-run

$ cmp store.fd before.fd

$ nonvol vars set ./store.fd Lang --text fr

$ nonvol vars get ./store.fd Lang

$ nonvol vars set ./store.fd Lang --text fr

$ nonvol vars list ./store.fd --raw

$ nonvol vars undo ./store.fd --dry-run

$ nonvol vars undo ./store.fd

$ cmp store.fd before.fd

$ nonvol vars undo ./store.fd --json | jq -c '[.undone_command, .way, .dry_run, .flushes, (.undo_record != null)]'

$ nonvol vars undo ./store.fd > out && cmp store.fd before.fd

# A new variable, and what is needed for one.
$ nonvol vars set ./store.fd Timeout --hex 0500 --json

$ nonvol vars set ./store.fd Mine --hex 00

$ nonvol vars set ./store.fd Mine --guid 12345678-1234-1234-1234-123456789abc --utf16 hé --attributes NV+BS

$ nonvol vars set ./store.fd Mine-12345678-1234-1234-1234-123456789abc --hex ff --append

$ nonvol vars set ./store.fd Mine --attributes 0x7 --hex 01

$ nonvol vars set ./store.fd Same --hex 00

$ nonvol vars set ./store.fd Lang --hex 0

$ nonvol vars set ./store.fd Lang

$ nonvol vars set ./store.fd Lang --text a --hex 00

$ nonvol vars set ./store.fd Lang --text a --attributes NV+XX

$ nonvol vars set ./store.fd Lang --input nowhere

$ printf abc | nonvol vars set ./store.fd Lang --input -

$ head -c 40000 /dev/zero > large && nonvol vars set ./store.fd Lang --input large

# Measured into PCR 7.
$ nonvol vars set ./store.fd SecureBootEnable --hex 01

# Deleting.
$ nonvol vars delete ./store.fd Same

$ nonvol vars delete ./store.fd NoSuch

$ nonvol vars delete ./store.fd Timeout NoSuch

$ nonvol vars delete ./store.fd Timeout Mine --dry-run

$ nonvol vars delete ./store.fd Timeout Mine

$ nonvol vars delete ./store.fd Same --guid 11111111-1111-4111-8111-111111111111

# Dead records go when asked for, and come back with undo.
$ nonvol vars compact ./store.fd

$ nonvol vars compact ./store.fd

$ nonvol vars list ./store.fd --raw

$ nonvol vars undo ./store.fd

# Changed since: by another program.
$ nonvol vars set ./store.fd Lang --text de > out && printf '\x00' | dd of=store.fd bs=1 seek=500 conv=notrunc status=none && nonvol vars compact ./store.fd

$ cp before.fd store.fd && nonvol vars undo ./store.fd

$ echo '{' > .store.fd.undo && nonvol vars undo ./store.fd

$ rm .store.fd.undo && nonvol vars undo ./store.fd
