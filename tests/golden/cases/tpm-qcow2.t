# needs: qemu-img qemu-storage-daemon
# A TPM in a qcow2 image, which only QEMU's storage daemon opens: that one is no sign of a TPM that runs.
$ nonvol tpm create ./a.nv >out; qemu-img convert -f raw -O qcow2 a.nv a.qcow2; nonvol tpm show ./a.qcow2 | head -n 1; nonvol tpm check ./a.qcow2; nonvol tpm export ./a.qcow2 ./sw; nonvol tpm import ./a.qcow2 ./sw
image      ./a.qcow2, 700,416 bytes
./a.qcow2: nothing wrong with its TPM 2.0
TPM 2.0 of ./a.qcow2 written
  ./sw/tpm2-00.permall
from now on use only one of the two: they are the same TPM
./a.qcow2 holds this TPM already; nothing to do
