# Each header field and record damaged alone. Nothing is ever written to such a store.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable More:8be4df61-93ca-11d2-aa0d-00e098032b8c:01 good.fd

# Not a store at all; blank; cut off.
$ echo 'not a store' >text.fd; nonvol vars list ./text.fd

$ truncate -s 540672 zero.fd; nonvol vars list ./zero.fd

$ head -c 200000 good.fd >short.fd; nonvol vars list ./short.fd

# The volume header: checksum, length, block map, header length, revision.
$ cp good.fd x.fd; poke x.fd 0x32 0000; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x20 0000100000000000; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x38 01000000; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x30 4a00; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x37 01; nonvol vars list ./x.fd

# The header erased, data behind it.
$ cp good.fd x.fd; poke x.fd 0 "$(printf 'ff%.0s' {1..4096})"; nonvol vars list ./x.fd

# The store header: signature, format, state, size.
$ cp good.fd x.fd; poke x.fd 0x48 00; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x5c 00; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x5d ff; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x58 ffffff00; nonvol vars list ./x.fd

# The first record: sizes, state, name.
$ cp good.fd x.fd; poke x.fd 0x88 ffffff00; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0x66 15; nonvol vars list ./x.fd

$ cp good.fd x.fd; poke x.fd 0xa8 41; nonvol vars list ./x.fd

# Its start mark, so that what follows cannot be reached.
$ cp good.fd x.fd; poke x.fd 0x64 0000; nonvol vars list ./x.fd --json
