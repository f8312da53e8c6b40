# A store as firmware leaves it: its own menu, a DVD drive that it found, Debian's entry.
$ make_root --store 4m --variable Timeout:8be4df61-93ca-11d2-aa0d-00e098032b8c:0300 --variable BootOrder:8be4df61-93ca-11d2-aa0d-00e098032b8c:020000000010 --variable Boot0000:8be4df61-93ca-11d2-aa0d-00e098032b8c:090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400 --variable Boot0002:8be4df61-93ca-11d2-aa0d-00e098032b8c:01000000200055004500460049002000510045004d00550020004400560044002d0052004f004d00200051004d00300030003000300035002000000002010c00d041030a0000000001010600021f03120a000200ffff00007fff04004eac0881119f594d850ee21a522c59b2 --variable Boot1000:8be4df61-93ca-11d2-aa0d-00e098032b8c:010000006200640065006200690061006e00000004012a00010000000008000000000000000010000000000067456b8b7b32c623643c9869663348730202040434005c004500460049005c00640065006200690061006e005c007300680069006d007800360034002e0065006600690000007fff0400 store.fd && cp store.fd before.fd

$ nonvol boot list ./store.fd

$ nonvol boot list ./store.fd --json

$ nonvol boot list ./store.fd --kind sysprep

# The order.
$ nonvol boot order ./store.fd 1000 0002 --dry-run

$ cmp store.fd before.fd

$ nonvol boot order ./store.fd 1000 --first

$ nonvol boot order ./store.fd Boot1000 boot0002

$ nonvol boot order ./store.fd 1000 2

$ nonvol boot order ./store.fd 1000 2 --json

$ nonvol boot list ./store.fd

$ nonvol boot order ./store.fd 0007

$ nonvol boot order ./store.fd 0002 0002

$ nonvol boot order ./store.fd

# For once, and for how long.
$ nonvol boot next ./store.fd 0000

$ nonvol boot next ./store.fd 0000 --json

$ nonvol boot next ./store.fd 0009

$ nonvol boot next ./store.fd

$ nonvol boot next ./store.fd 0000 --clear

$ nonvol boot timeout ./store.fd forever

$ nonvol boot timeout ./store.fd 65535

$ nonvol boot list ./store.fd

$ nonvol boot timeout ./store.fd 7 --json --dry-run

$ nonvol boot next ./store.fd --clear

$ nonvol boot next ./store.fd --clear

# New entries.
$ nonvol boot add ./store.fd --description 'Zweite Hülle' --file /EFI/x.efi

$ nonvol boot add ./store.fd --description other --file '\EFI\y.efi' --partition-guid 8b6b4567-327b-23c6-643c-986966334873 --partition 2 --optional-data 6100 --first --json

$ nonvol boot add ./store.fd --description disk --path 'PciRoot(0x0)/Pci(0x2,0x0)' --no-order --inactive

$ nonvol boot add ./store.fd --description driver --file '\d.efi' --kind driver --dry-run

$ nonvol boot list ./store.fd

$ nonvol boot add ./store.fd --file '\x.efi'

$ nonvol boot add ./store.fd --description x

$ nonvol boot add ./store.fd --description x --file '\x.efi' --path 'Pci(0x2,0x0)'

$ nonvol boot add ./store.fd --description x --file '\x.efi' --partition 2

$ nonvol boot add ./store.fd --description x --file '\x.efi' --partition-guid 8b6b4567

$ nonvol boot add ./store.fd --description x --file '\x.efi' --partition-guid 8b6b4567-327b-23c6-643c-986966334873 --partition two

$ nonvol boot add ./store.fd --description x --path 'Pci(0x2' --partition-guid 8b6b4567-327b-23c6-643c-986966334873

$ nonvol boot add ./store.fd --description x --path 'Pci(0x2'

$ nonvol boot add ./store.fd --description x --file '\x.efi' --optional-data 6

$ nonvol boot add ./store.fd --description x --file '\x.efi' --first --no-order

# They go as they came, out of the order too.
$ nonvol boot next ./store.fd 0003

$ nonvol boot delete ./store.fd 0001 0003 0003 --json --dry-run | jq -c '.schema, [.changes[] | [.name, .after == null]]'

$ nonvol boot delete ./store.fd 0001 0003 0003

$ nonvol boot delete ./store.fd 0004 0009

$ nonvol boot delete ./store.fd 0004

$ nonvol boot list ./store.fd

# What it means, where variables are shown.
$ nonvol vars list ./store.fd --long

$ nonvol vars get ./store.fd Boot0002

$ nonvol vars get ./store.fd Boot0002 --json

# What does not fit: an order with a number twice, one that is not there and half a number, BootNext that names nothing,
# a Timeout of one byte, and an entry of two.
$ make_root --store 4m --variable Timeout:8be4df61-93ca-11d2-aa0d-00e098032b8c:03 --variable BootOrder:8be4df61-93ca-11d2-aa0d-00e098032b8c:00000900000005 --variable BootNext:8be4df61-93ca-11d2-aa0d-00e098032b8c:0800 --variable Boot0000:8be4df61-93ca-11d2-aa0d-00e098032b8c:090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400 --variable Boot0005:8be4df61-93ca-11d2-aa0d-00e098032b8c:0100 odd.fd

$ nonvol boot list ./odd.fd

$ nonvol boot list ./odd.fd --json | jq -c '.findings[] | [.id, .hint]'

$ nonvol vars get ./odd.fd Boot0005

$ nonvol boot order ./odd.fd 0000 && nonvol boot delete ./odd.fd 0005 && nonvol boot next ./odd.fd --clear && nonvol boot timeout ./odd.fd 3 && nonvol boot list ./odd.fd

$ nonvol boot list ./no-such.fd
