# needs: qemu-img qemu-storage-daemon
# A code image inside a qcow2 image.
$ qemu-img convert -f raw -O qcow2 "$FIXTURES/firmware/small.fd" code.qcow2 && nonvol firmware inspect ./code.qcow2 | head -n 5
./code.qcow2: 16,384 bytes, firmware code for x86_64
  version 2025.02-8+deb13u1
  expects a store of layout ovmf-4m, 540,672 bytes: proven, header of an empty store in module FvbServicesRuntimeDxe

  secure-boot        yes  likely  module SecureBootConfigDxe, and 'dbx' in SecurityStubDxe
