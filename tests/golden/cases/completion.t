# bash: words of commands, options, values, guests.
$ nonvol-docs install share; ls share share/bash share/zsh
share:
bash
man1
zsh

share/bash:
nonvol

share/zsh:
_nonvol

$ cat >try.bash <<'END'
> source share/bash/nonvol
> COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nonvol_complete; printf '%s\n' "${COMPREPLY[@]}"
> END

$ bash try.bash nonvol ''
blob
boot
create
delete
emit
explain
firmware
help
keys
show
tpm
upgrade
vars
version

$ bash try.bash nonvol firmware s
select
show

$ bash try.bash nonvol firmware select --se
--secure-boot
--search-dir

$ bash try.bash nonvol firmware select --mode ''
split
combined
stateless

$ bash try.bash nonvol --json vars ''
check
compact
convert
delete
diff
export
get
history
import
list
map
repair
set
undo

$ mkdir -p guests/web01 guests/db01 guests/kept; touch guests/web01/guest.json guests/db01/guest.json

$ NONVOL_HOME=$PWD/guests bash try.bash nonvol show ''
db01
web01

$ NONVOL_HOME=$PWD/guests bash try.bash nonvol emit qemu w
web01

$ bash try.bash nonvol explain NV22
NV2201
NV2202
NV2203
NV2204
NV2205
NV2206
NV2207
NV2208
NV2209
NV2210

$ touch image.nv; bash try.bash nonvol blob list ima
image.nv

# zsh: the same table behind its own functions.
$ cat >try.zsh <<'END'
> compadd() { while [[ "$1" == -* ]]; do [[ "$1" == -- ]] && { shift; break; }; shift; done; print -l -- "$@" }
> _files() { print "files $*" }
> compdef() { : }
> source share/zsh/_nonvol
> words=("$@"); CURRENT=$#; _nonvol
> END

$ zsh -f try.zsh nonvol ''
firmware
create
show
delete
upgrade
emit
vars
boot
keys
blob
tpm
explain
help
version

$ zsh -f try.zsh nonvol firmware select --mode ''
split
combined
stateless

$ NONVOL_HOME=$PWD/guests zsh -f try.zsh nonvol delete ''
db01
web01

$ zsh -f try.zsh nonvol --root ''
files -/

$ zsh -f try.zsh nonvol blob list '' | tr -d ' ' | grep .
files

# Manual pages: one for each command, without a complaint.
$ ls share/man1
nonvol-blob-add.1
nonvol-blob-check.1
nonvol-blob-delete.1
nonvol-blob-dump.1
nonvol-blob-export.1
nonvol-blob-format.1
nonvol-blob-get.1
nonvol-blob-import.1
nonvol-blob-list.1
nonvol-blob-map.1
nonvol-blob-measure.1
nonvol-blob-put.1
nonvol-blob-rekey.1
nonvol-blob-resize.1
nonvol-blob-serve.1
nonvol-boot-add.1
nonvol-boot-delete.1
nonvol-boot-list.1
nonvol-boot-next.1
nonvol-boot-order.1
nonvol-boot-timeout.1
nonvol-create.1
nonvol-delete.1
nonvol-emit-libvirt.1
nonvol-emit-qemu.1
nonvol-explain.1
nonvol-firmware-explain.1
nonvol-firmware-inspect.1
nonvol-firmware-lint.1
nonvol-firmware-list.1
nonvol-firmware-select.1
nonvol-firmware-show.1
nonvol-help.1
nonvol-keys-delete.1
nonvol-keys-enroll.1
nonvol-keys-list.1
nonvol-keys-make.1
nonvol-keys-mode.1
nonvol-keys-revoke.1
nonvol-keys-update.1
nonvol-keys-verify.1
nonvol-show.1
nonvol-tpm-check.1
nonvol-tpm-create.1
nonvol-tpm-export.1
nonvol-tpm-import.1
nonvol-tpm-run.1
nonvol-tpm-show.1
nonvol-upgrade.1
nonvol-vars-check.1
nonvol-vars-compact.1
nonvol-vars-convert.1
nonvol-vars-delete.1
nonvol-vars-diff.1
nonvol-vars-export.1
nonvol-vars-get.1
nonvol-vars-history.1
nonvol-vars-import.1
nonvol-vars-list.1
nonvol-vars-map.1
nonvol-vars-repair.1
nonvol-vars-set.1
nonvol-vars-undo.1
nonvol-version.1
nonvol.1

$ mandoc -Tlint -Wwarning share/man1/*.1

$ mandoc -Tascii share/man1/nonvol-vars-get.1 | sed 's/.\x08//g' | sed -n '3,20p'
NAME
       nonvol-vars-get - show one UEFI variable, or write its bytes to a file

SYNOPSIS
       nonvol vars get GUEST|FILE VARIABLE [OPTIONS]

DESCRIPTION
       Shows the value of a live variable, as far as its meaning is known and
       as a hex dump, or writes just its bytes with --output.

OPTIONS
       GUEST|FILE
              A guest, or the path of a variable store (a word with '/', '.'
              or ':').

       VARIABLE
              Name of a variable; NAME-GUID, as Linux writes it, says the
              vendor too.
