$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Same:22222222-2222-4222-8222-222222222222:0203 store.fd

$ nonvol vars list ./store.fd

$ nonvol vars list ./store.fd --json

$ nonvol vars get ./store.fd Lang

$ nonvol vars get ./store.fd Lang --json

$ nonvol vars get ./store.fd Lang -o lang.bin && od -An -c lang.bin

# One name, two vendors.
$ nonvol vars get ./store.fd Same

$ nonvol vars get ./store.fd Same --guid 22222222-2222-4222-8222-222222222222

$ nonvol vars get ./store.fd Same-11111111-1111-4111-8111-111111111111

# Not there.
$ nonvol vars get ./store.fd lang

$ nonvol vars list ./no-such.fd

$ nonvol vars list no-such-guest --home "$WORK/guests"

# A deleted record is shown only when asked for.
$ poke store.fd 0x66 3d

$ nonvol vars list ./store.fd

$ nonvol vars list ./store.fd --all

$ nonvol vars list ./store.fd --all --json
