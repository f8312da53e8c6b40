# To scale: the file, then each part of the store.
$ make_store --layout ovmf-2m a.fd Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3c:7:*3000 Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:*3000 Gone:8be4df61-93ca-11d2-aa0d-00e098032b8c:3d:7:*500 'a<b&c:11111111-1111-4111-8111-111111111111:3f:7:*2000' --poke 0x12000:00

$ nonvol vars map ./a.fd

$ nonvol vars map ./a.fd --json

$ nonvol vars map ./a.fd --svg a.svg && head -3 a.svg && grep -o '<title>[^<]*</title>' a.svg && tail -c 7 a.svg

$ nonvol vars map ./a.fd --svg - | cmp - a.svg

$ nonvol vars map ./a.fd --svg a.svg

# Padding, and code behind the store.
$ make_store --layout armvirt --pad 67108864 arm.fd Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:656e && nonvol vars map ./arm.fd

$ { cat a.fd; head -c 1966080 /dev/zero | tr '\0' x; } >OVMF.fd; nonvol vars map ./OVMF.fd | head -9

# Damaged, blank, and not flash.
$ cp a.fd damaged.fd; poke damaged.fd 0x8c ffffff7f; nonvol vars map ./damaged.fd

$ head -c 540672 /dev/zero >blank.fd; nonvol vars map ./blank.fd

$ echo '{"version":2,"variables":[]}' >q.json; nonvol vars map ./q.json
