# nonvol alone shows this machine and what to type next.
$ mkdir "$WORK/bare"; nonvol --home "$WORK/guests" --root "$WORK/bare"
nonvol       <VERSION>
firmware     no usable descriptors
guests       0 in $WORK/guests
next
  apt-get install ovmf
  nonvol help

$ nonvol --home "$WORK/guests" --root "$WORK/bare" --json
{
  "schema": "nonvol.status/1",
  "nonvol_version": "<VERSION>",
  "architecture": "x86_64",
  "home": "$WORK/guests",
  "firmware": {
    "directories": [],
    "usable_descriptors": 0,
    "choice": null
  },
  "guests": [],
  "findings": [],
  "next": [
    "apt-get install ovmf",
    "nonvol help"
  ]
}

$ nonvol version
nonvol <VERSION>

$ nonvol version --json
{
  "schema": "nonvol.version/1",
  "nonvol_version": "<VERSION>"
}

$ nonvol help
nonvol owns a virtual machine's non-volatile state: which firmware it boots and its UEFI variables.

  nonvol                   show this machine: firmware, guests, what needs attention
  nonvol firmware list     list firmware descriptors in the order in which they are considered
  nonvol firmware show     show one firmware descriptor and the files it names
  nonvol firmware select   choose firmware, with ready QEMU arguments
  nonvol firmware explain  say for every firmware descriptor why it does not fit
  nonvol firmware inspect  show what a firmware file is made of and what it can do
  nonvol firmware lint     check firmware descriptors against the schema and against the files they name
  nonvol create            create a guest with its own variable store
  nonvol show              show a guest
  nonvol delete            delete a guest, and its variable store or not
  nonvol upgrade           give a guest other firmware, or the installed update of its own
  nonvol emit qemu         print the QEMU arguments of a guest's firmware
  nonvol emit libvirt      print the domain XML of a guest's firmware
  nonvol vars list         list the UEFI variables of a guest or a store
  nonvol vars get          show one UEFI variable, or write its bytes to a file
  nonvol vars set          set a UEFI variable
  nonvol vars delete       delete UEFI variables
  nonvol vars import       take variables over from another store
  nonvol vars check        say what firmware will do with a store
  nonvol vars repair       save what firmware would destroy
  nonvol vars export       write variables to a file of another form
  nonvol vars diff         compare the variables of two stores
  nonvol vars compact      rewrite a store without its dead records
  nonvol vars undo         take the last change of a store back
  nonvol vars convert      make a store of another layout or form
  nonvol vars map          draw a variable store to scale
  nonvol vars history      show what variables were before
  nonvol boot list         list the boot entries of a guest or a store
  nonvol boot order        set the order in which entries are tried
  nonvol boot next         choose what the next start boots, once
  nonvol boot timeout      set how long the boot menu waits
  nonvol boot add          add a boot entry
  nonvol boot delete       delete boot entries
  nonvol keys list         show Secure Boot's keys and what they mean
  nonvol keys verify       say whether a guest's firmware would start a program
  nonvol keys make         make a key and its certificate, for tests
  nonvol keys enroll       add keys and revocations to PK, KEK, db and dbx
  nonvol keys update       add Microsoft's certificates of 2023
  nonvol keys revoke       put signers or programs into dbx
  nonvol keys delete       delete PK, KEK, db or dbx
  nonvol keys mode         switch Secure Boot on or off
  nonvol blob measure      say how large an NVRAM image must be
  nonvol blob format       make an NVRAM image
  nonvol blob add          add entries to an NVRAM image
  nonvol blob resize       copy an NVRAM image into one of other sizes, in its place
  nonvol blob list         list the entries of an NVRAM image
  nonvol blob get          read an entry of an NVRAM image
  nonvol blob put          write an entry of an NVRAM image
  nonvol blob delete       delete the content of an entry
  nonvol blob check        verify an NVRAM image
  nonvol blob rekey        exchange the key of an encrypted NVRAM image
  nonvol blob dump         show all that an NVRAM image is made of, also of a damaged one
  nonvol blob map          draw an NVRAM image to scale
  nonvol blob export       write the contents of an NVRAM image to files
  nonvol blob import       put files into the entries of an NVRAM image
  nonvol blob serve        serve an NVRAM image over a QMP socket
  nonvol tpm create        make a TPM in an NVRAM image
  nonvol tpm show          show the TPM in an NVRAM image
  nonvol tpm check         verify the TPM in an NVRAM image
  nonvol tpm import        take over a TPM of swtpm
  nonvol tpm export        write a TPM as swtpm stores it
  nonvol tpm run           run a TPM emulator on an NVRAM image
  nonvol explain           explain an error id
  nonvol help              show the commands, or one of them
  nonvol version           show nonvol's version

'nonvol help COMMAND' or 'nonvol COMMAND --help' says more; --json gives every result as one document.
exit codes: 0 done, 1 no or problems found, 2 usage, 3 no such thing, 4 refused for safety, 5 damaged
input, 6 surroundings failed, 7 some of several, 8 a defect of nonvol

$ nonvol help create
nonvol create GUEST [OPTIONS]

Chooses firmware as 'nonvol firmware select' does and makes the guest's own
variables from it, with a record beside them: a copy of the template, or an
overlay over one; of firmware that is one file with its variables, all of it.
Without --mode and --device it takes flash firmware with a template, and builds
for confidential guests where only they can do what is required; those keep no
variables. A crash leaves the whole guest or none; an existing guest or store
is never written over. Creating a guest again with the same request is nothing
to do.
With --tpm the guest also gets an NVRAM image with the state of a new TPM,
which 'nonvol tpm run' emulates.
Firmware descriptors are read from /usr/share/qemu/firmware, /etc/qemu/firmware
and $XDG_CONFIG_HOME/qemu/firmware (default ~/.config); a name in a later
directory replaces the same name in an earlier one, and an empty file or a link
to /dev/null hides it. Names are taken in byte order, and the first descriptor
that satisfies everything asked for is chosen.
A descriptor whose files do not exist is passed over, and the answer says so.

  GUEST
      Name of the new guest: letters, digits, '-', '_' and '+', at most 64.

options
  --arch ARCH
      Architecture of the guest, as QEMU names it (default: this machine's).
      One of aarch64, arm, i386, loongarch64, riscv64, x86_64; others are
      compared as they are.
  --machine MACHINE
      Machine type: an alias (q35, pc, virt) or a concrete name (default: q35
      or virt). An alias stands for the newest version of the QEMU in use.
  --interface TYPE
      Interface that the firmware offers the guest (default: uefi). One of
      uefi, bios, openfirmware, uboot.
  --require FEATURE
      Only firmware with this feature. Can be repeated.
  --forbid FEATURE
      Only firmware without this feature. Can be repeated.
  --device DEVICE
      Only firmware that QEMU is given in this way: pflash, -bios, -kernel or
      an IGVM file. One of flash, memory, kernel, igvm.
  --mode MODE
      Only flash firmware of this mode: code and a template of variables, both
      in one file, or code that keeps no variables. One of split, combined,
      stateless.
  --format FORMAT
      Only firmware whose executable has this format. One of raw, qcow2.
  --secure-boot [on|off]
      Only firmware that implements Secure Boot, or only such that does not.
      Without a value: on. Whether keys are enrolled is another feature:
      --require enrolled-keys.
  --allow-missing-files
      Also choose a descriptor whose firmware files do not exist on this
      machine.
  --trust-claims
      Do not look into firmware and templates to see whether what is required
      of them is true. Looking costs some 100 ms where code is asked for a
      feature.
  --qemu-version VERSION
      Version of the QEMU that will run the guest, such as 7.2. Below 4.0 the
      arguments use -drive if=pflash; a machine alias then stands for this
      version.
  --store KIND
      How the guest gets variables of its own: a copy of the template
      (default), or an overlay: a qcow2 image of a few KiB over a read-only
      master, which the home keeps one of for each template. Reading and
      changing it needs qemu-storage-daemon. One of copy, overlay.
  --tpm [VERSION]
      Give the guest a TPM: an NVRAM image with a new TPM's state beside the
      variables, for 'nonvol tpm run'. Without a value: 2.0. TPM 1.2 is for x86
      only. One of 2.0, 1.2.
  --dry-run
      Say what would be done, with all refusals, and change nothing.

options of every command
  --json
      Give the result as one JSON document.
  --home DIR
      Where guests live (default: NONVOL_HOME, else /var/lib/nonvol for root,
      else $XDG_STATE_HOME/nonvol).
  --root DIR
      Read descriptors and firmware of another root file system.
  --search-dir DIR
      Read descriptors from this directory instead of the usual three; of
      several, later ones are more specific. Can be repeated.
  -h, --help
      Show this text.

examples
  nonvol create web01
  nonvol create web02 --require enrolled-keys --dry-run
  nonvol create web03 --store overlay
  nonvol create web04 --tpm

# Mistakes.
$ nonvol frobnicate
! nonvol: NV1002: there is no command 'frobnicate'
!   try:  nonvol help
[exit 2]

$ nonvol firmware select --bogus
! nonvol: NV1001: there is no option '--bogus'
!   try:  nonvol firmware select --help
[exit 2]

$ nonvol firmware select --bogus --json
{
  "schema": "nonvol.error/1",
  "id": "NV1001",
  "exit_code": 2,
  "message": "there is no option '--bogus'",
  "place": null,
  "notes": [],
  "hint": "nonvol firmware select --help"
}
! nonvol: NV1001: there is no option '--bogus'
!   try:  nonvol firmware select --help
[exit 2]

$ nonvol vars get
! nonvol: NV1001: GUEST|FILE is missing
!   try:  nonvol vars get --help
[exit 2]

$ nonvol help frobnicate
! nonvol: NV1002: there is no command 'frobnicate'
!   try:  nonvol help
[exit 2]

# Words that were meant to hold something, and words that are several.
$ nonvol --root "" firmware list
! nonvol: NV1001: --root is empty
!   try:  nonvol firmware list --help
[exit 2]

$ nonvol ""
! nonvol: NV1002: there is no command ''
!   try:  nonvol help
[exit 2]

$ nonvol "vars list" x.fd
! nonvol: NV1002: there is no command 'vars list'
!   try:  nonvol help
[exit 2]

$ nonvol --version --json
{
  "schema": "nonvol.version/1",
  "nonvol_version": "<VERSION>"
}

$ nonvol vars get --help --json | head -n 6
{
  "schema": "nonvol.help/1",
  "commands": [
    {
      "command": "vars get",
      "summary": "show one UEFI variable, or write its bytes to a file",

# JSON cannot hold other bytes than text.
$ nonvol firmware select --root "$WORK/bare" --nvram $'/x/\xff' --json
{
  "schema": "nonvol.error/1",
  "id": "NV6001",
  "exit_code": 4,
  "message": "a word of the command line is not UTF-8, and JSON cannot hold it",
  "place": null,
  "notes": [],
  "hint": "nonvol explain NV6001"
}
! nonvol: NV6001: a word of the command line is not UTF-8, and JSON cannot hold it
!   try:  nonvol explain NV6001
[exit 4]
