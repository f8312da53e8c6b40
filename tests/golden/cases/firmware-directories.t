# A name in a more specific directory replaces or hides the same name elsewhere.
$ make_root "$WORK/root" --only 40-split-raw.json --only 41-split-2m.json

$ mkdir -p "$WORK/root/etc/qemu/firmware"

$ sed s/code.fd/code-secure.fd/ "$FIXTURES/descriptors/sound/40-split-raw.json" >"$WORK/root/etc/qemu/firmware/40-split-raw.json"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35
descriptor   /etc/qemu/firmware/40-split-raw.json
             Code and variables apart, raw; the mode is left out, which means split
executable   /fixture/code-secure.fd (raw)
template     /fixture/vars.fd (raw)
device       flash, split
machine      q35 (pc-q35-<newest>), x86_64
needs        none
features     acpi-s3, verbose-dynamic
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-secure.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

# An empty file hides.
$ : >"$WORK/root/etc/qemu/firmware/40-split-raw.json"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35
descriptor   /usr/share/qemu/firmware/41-split-2m.json
             Code and variables apart, the small layout, for i386 as well
executable   /fixture/code-2m.fd (raw)
template     /fixture/vars-2m.fd (raw)
device       flash, split
machine      q35 (pc-q35-<newest>), x86_64
needs        none
features     acpi-s3, acpi-s4
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-2m.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware list --root "$WORK/root"
/etc/qemu/firmware/40-split-raw.json        -             masked
/usr/share/qemu/firmware/40-split-raw.json  -             overridden by /etc/qemu/firmware/40-split-raw.json
/usr/share/qemu/firmware/41-split-2m.json   x86_64, i386  flash, split

# A link to /dev/null hides as well.
$ ln -s /dev/null "$WORK/root/etc/qemu/firmware/41-split-2m.json"

$ nonvol firmware list --root "$WORK/root"
/etc/qemu/firmware/40-split-raw.json        -  masked
/usr/share/qemu/firmware/40-split-raw.json  -  overridden by /etc/qemu/firmware/40-split-raw.json
/etc/qemu/firmware/41-split-2m.json         -  masked
/usr/share/qemu/firmware/41-split-2m.json   -  overridden by /etc/qemu/firmware/41-split-2m.json

# Only the directories that are named.
$ nonvol firmware list --search-dir "$FIXTURES/descriptors/sound" --allow-missing-files
! nonvol: NV1001: there is no option '--allow-missing-files'
!   try:  nonvol firmware list --help
[exit 2]
