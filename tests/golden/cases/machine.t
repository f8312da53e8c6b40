# What an interrupted command left behind is no guest, and is named.
$ make_root "$WORK/root"

$ mkdir -p "$WORK/guests/.web01.creating"

$ nonvol --home "$WORK/guests" --root "$WORK/root"
nonvol       <VERSION>
firmware     13 usable descriptors
             x86_64 q35 would boot /fixture/code-secure.fd
guests       1 in $WORK/guests
  .web01.creating      left behind
attention
note NV4011: an interrupted command left this behind; the next create or delete removes it ($WORK/guests/.web01.creating)
next
  nonvol create NAME
  nonvol help

# The next create removes it.
$ nonvol --home "$WORK/guests" create web02 --root "$WORK/root" --arch x86_64 --format raw >/dev/null; ls -A "$WORK/guests"
.lock
web02

# Without OpenSSL's library there are no digests; nothing is left behind.
$ mkdir lib; : >lib/libcrypto.so.3

$ LD_LIBRARY_PATH="$PWD/lib" nonvol --home "$WORK/guests" create web03 --root "$WORK/root" --arch x86_64 --format raw
! nonvol: NV5006: libcrypto.so.3 could not be loaded or does not work
!   try:  apt-get install libssl3
[exit 6]

$ ls -A "$WORK/guests"
.lock
web02

# Choosing firmware and listing variables do without it.
$ LD_LIBRARY_PATH="$PWD/lib" nonvol firmware select --root "$WORK/root" --arch x86_64 --format raw >/dev/null
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ LD_LIBRARY_PATH="$PWD/lib" nonvol --home "$WORK/guests" vars list web02 >/dev/null

# Standard output that nobody reads is no answer given.
$ nonvol explain >/dev/full
! nonvol: the answer could not be written: No space left on device
[exit 6]
