# needs: python3
# What must not happen to a TPM. A script that holds swtpm's kind of lock on a file while a command runs:
$ printf 'import fcntl, subprocess, sys\nfile = open(sys.argv[1], "a+")\nfcntl.lockf(file, fcntl.LOCK_EX)\nsys.exit(subprocess.run(sys.argv[2:]).returncode)\n' >holding.py
$ nonvol tpm create ./a.nv >out; nonvol tpm create ./other.nv >out; nonvol tpm export ./other.nv ./sw >out; nonvol tpm export ./other.nv ./sw.lin --form linear >out

# Two who come to one blank file at the same time make one TPM, whoever is first.
$ truncate -s 1M blank.nv; chmod 644 blank.nv; cat >race.py <<'END'
> import fcntl, os, struct, subprocess, time
> file = open("blank.nv", "r+b")
> # As a QEMU that writes the image: both find it blank, and have to wait.
> for byte in (100, 101, 201):
>     fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, byte, 1, 0))
> both = [subprocess.Popen(["nonvol", "tpm", "create", "./blank.nv", "--wait-ms", "20000"],
>                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)]
> time.sleep(1)
> file.close()
> ends = sorted((one.wait(), one.stderr.read().split("\n")[0]) for one in both)
> print(*ends, sep="\n")
> END
$ python3 race.py; nonvol tpm check ./blank.nv; stat -c %a blank.nv
(0, '')
(4, 'nonvol: NV8104: ./blank.nv holds a TPM already')
./blank.nv: nothing wrong with its TPM 2.0
600

# swtpm's lock: on the .lock of a directory, or on the linear file.
$ python3 holding.py sw/.lock nonvol tpm import ./new.nv ./sw 2>&1 | sed 's/pid [0-9]*/pid N/'; python3 holding.py sw/.lock nonvol tpm export ./a.nv ./sw --lose-tpm-secrets 2>&1 | sed 's/pid [0-9]*/pid N/'; python3 holding.py sw.lin nonvol tpm import ./new.nv ./sw.lin 2>&1 | sed 's/pid [0-9]*/pid N/'; python3 holding.py sw.lin nonvol tpm export ./a.nv ./sw.lin --form linear --lose-tpm-secrets 2>&1 | sed 's/pid [0-9]*/pid N/'; ls new.nv
nonvol: NV5007: ./sw/.lock is in use by python3 (pid N)
  at:   ./sw/.lock
  note: a swtpm that runs on it would go on with what it has in memory
  try:  nonvol explain NV5007
nonvol: NV5007: ./sw/.lock is in use by python3 (pid N)
  at:   ./sw/.lock
  note: a swtpm that runs on it would go on with what it has in memory
  try:  nonvol explain NV5007
nonvol: NV5007: ./sw.lin is in use by python3 (pid N)
  at:   ./sw.lin
  note: a swtpm that runs on it would go on with what it has in memory
  try:  nonvol explain NV5007
nonvol: NV5007: ./sw.lin is in use by python3 (pid N)
  at:   ./sw.lin
  note: a swtpm that runs on it would go on with what it has in memory
  try:  nonvol explain NV5007
! ls: cannot access 'new.nv': No such file or directory
[exit 2]

# An image that another process may write is not copied.
$ printf 'import fcntl, os, struct, subprocess, sys\nfile = open(sys.argv[1], "r+b")\nfor byte in (100, 101, 201):\n    fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, byte, 1, 0))\nsys.exit(subprocess.run(sys.argv[2:]).returncode)\n' >writing.py; python3 writing.py a.nv nonvol tpm export ./a.nv ./clone --wait-ms 1 2>&1 | sed 's/pid [0-9]*/pid N/'; ls clone; python3 writing.py a.nv nonvol tpm show ./a.nv | head -n 1
nonvol: NV5007: ./a.nv is in use by python3 (pid N)
  at:   ./a.nv
  try:  nonvol explain NV5007
image      ./a.nv, 700,416 bytes, in use
! ls: cannot access 'clone': No such file or directory

# A volatile state of the TPM before does not stay beside the new permanent one; what is replaced keeps its mode.
$ echo old >sw/tpm2-00.volatilestate; chmod 640 sw/tpm2-00.permall; nonvol tpm export ./a.nv ./sw; nonvol tpm export ./a.nv ./sw --lose-tpm-secrets; ls -A sw; stat -c %a sw/tpm2-00.permall
TPM 2.0 of ./a.nv written
  ./sw/tpm2-00.permall
from now on use only one of the two: they are the same TPM
.lock
tpm2-00.permall
640
! nonvol: NV8104: ./sw/tpm2-00.permall is there already
!   at:   ./sw/tpm2-00.permall
!   try:  ls -ld ./sw/tpm2-00.permall

# Links that somebody planted are not followed.
$ mkdir links; ln -s ../victim links/tpm2-00.permall; nonvol tpm export ./a.nv ./links --lose-tpm-secrets; echo precious >victim; nonvol tpm export ./a.nv ./links --lose-tpm-secrets; cat victim; rm links/* links/.lock; ln -s ../made links/.lock; nonvol tpm export ./a.nv ./links; ls made
precious
! nonvol: NV5005: ./links/tpm2-00.permall is a link to nothing
!   at:   ./links/tpm2-00.permall
!   try:  ls -ld ./links/tpm2-00.permall
! nonvol: NV5005: ./links/tpm2-00.permall is no regular file
!   at:   ./links/tpm2-00.permall
!   try:  ls -ld ./links/tpm2-00.permall
! nonvol: NV5003: cannot lock ./links/.lock: Too many levels of symbolic links
!   at:   ./links/.lock
!   try:  nonvol explain NV5003
! ls: cannot access 'made': No such file or directory
[exit 2]

# A linear file takes the place of a linear file only.
$ nonvol tpm export ./a.nv ./victim --form linear --lose-tpm-secrets; nonvol tpm export ./a.nv ./a.nv --form linear --lose-tpm-secrets; nonvol tpm export ./a.nv ./sw.lin --form linear; nonvol tpm export ./a.nv ./sw.lin --form linear --lose-tpm-secrets; nonvol tpm export ./a.nv ./sw.lin --form linear; nonvol tpm check ./a.nv; cat victim
TPM 2.0 of ./a.nv written
  ./sw.lin
from now on use only one of the two: they are the same TPM
./sw.lin holds this TPM already; nothing to do
./a.nv: nothing wrong with its TPM 2.0
precious
! nonvol: NV7401: ./victim holds something that is no state of swtpm
!   at:   ./victim
!   try:  ls -ld ./victim
! nonvol: NV7401: ./a.nv is the image itself
!   at:   ./a.nv
!   try:  ls -ld ./a.nv
! nonvol: NV8104: ./sw.lin is there already
!   at:   ./sw.lin
!   try:  ls -ld ./sw.lin

$ : >empty; ln -s nowhere dangling; mkfifo pipe; for target in empty dangling pipe missing/file victim/file links; do nonvol tpm export ./a.nv ./$target --form linear --dry-run; nonvol tpm export ./a.nv ./$target --form linear; done 2>&1; mkdir members; ln a.nv members/tpm2-00.permall; nonvol tpm export ./a.nv ./members --lose-tpm-secrets; nonvol tpm check ./a.nv
TPM 2.0 of ./a.nv would be written
  ./empty
from now on use only one of the two: they are the same TPM
TPM 2.0 of ./a.nv written
  ./empty
from now on use only one of the two: they are the same TPM
nonvol: NV5005: ./dangling is a link to nothing
  at:   ./dangling
  try:  ls -ld ./dangling
nonvol: NV5005: ./dangling is a link to nothing
  at:   ./dangling
  try:  ls -ld ./dangling
nonvol: NV5005: ./pipe is no regular file: write a new one, and copy it to where it belongs
  at:   ./pipe
  try:  ls -ld ./pipe
nonvol: NV5005: ./pipe is no regular file: write a new one, and copy it to where it belongs
  at:   ./pipe
  try:  ls -ld ./pipe
nonvol: NV5001: cannot examine ./missing: No such file or directory
  at:   ./missing
  try:  nonvol explain NV5001
nonvol: NV5001: cannot examine ./missing: No such file or directory
  at:   ./missing
  try:  nonvol explain NV5001
nonvol: NV5001: ./victim is no directory
  at:   ./victim
  try:  ls -ld ./victim
nonvol: NV5001: ./victim is no directory
  at:   ./victim
  try:  ls -ld ./victim
nonvol: NV5005: ./links is no regular file: write a new one, and copy it to where it belongs
  at:   ./links
  try:  ls -ld ./links
nonvol: NV5005: ./links is no regular file: write a new one, and copy it to where it belongs
  at:   ./links
  try:  ls -ld ./links
./a.nv: nothing wrong with its TPM 2.0
! nonvol: NV7401: ./members/tpm2-00.permall is the image itself
!   at:   ./members/tpm2-00.permall
!   try:  ls -ld ./members/tpm2-00.permall

# A pipe is no state of swtpm, and is not waited for.
$ nonvol tpm import ./new.nv ./pipe; mkdir pipes; mkfifo pipes/tpm2-00.permall; nonvol tpm import ./new.nv ./pipes; nonvol tpm create ./pipe; nonvol tpm create ./pipe --dry-run; nonvol tpm create /dev/null --dry-run; nonvol tpm import ./new.nv ./links; ls -A links
.lock
! nonvol: NV5003: ./pipe is neither a file nor a block device
!   at:   ./pipe
!   try:  nonvol explain NV5003
! nonvol: NV5003: ./pipes/tpm2-00.permall is no regular file
!   at:   ./pipes/tpm2-00.permall
!   try:  nonvol explain NV5003
! nonvol: NV5003: cannot read ./pipe: Illegal seek
!   at:   ./pipe
!   try:  nonvol explain NV5003
! nonvol: NV5003: cannot read ./pipe: Illegal seek
!   at:   ./pipe
!   try:  nonvol explain NV5003
! nonvol: NV5003: /dev/null is neither a file nor a block device
!   at:   /dev/null
!   try:  nonvol explain NV5003
! nonvol: NV8201: ./links has no tpm2-00.permall and no tpm-00.permall
!   at:   ./links
!   try:  ls -l ./links

# A directory with two TPMs.
$ nonvol tpm create ./b.nv --tpm1.2 >out; nonvol tpm export ./b.nv ./sw >out; nonvol tpm import ./new.nv ./sw; nonvol tpm import ./new.nv ./sw --tpm1.2 --dry-run | sed 's/[0-9,]* bytes$/N bytes/'; rm sw/tpm2-00.*; nonvol tpm import ./new.nv ./sw --tpm2; nonvol tpm import ./new.nv ./sw.lin --tpm1.2
./new.nv would be created: TPM 1.2 of ./sw
  permall  N bytes
from now on use only one of the two: they are the same TPM
! nonvol: NV1006: ./sw holds a TPM 2.0 and a TPM 1.2: say --tpm2 or --tpm1.2
!   at:   ./sw
!   try:  nonvol tpm import ./new.nv ./sw --tpm2
! nonvol: NV8103: ./sw holds a TPM 1.2, and 2.0 was asked for
!   at:   ./sw
!   try:  ls -l ./sw
! nonvol: NV8103: ./sw.lin holds a TPM 2.0, and 1.2 was asked for
!   at:   ./sw.lin
!   try:  ls -l ./sw.lin
[exit 4]

# Keys of swtpm.
$ head -c 16 /dev/zero >short; head -c 32 /dev/zero >long; echo word >words; head -c 5000 /dev/zero >large; nonvol tpm export ./a.nv ./keyed --swtpm-passphrase-file words; nonvol tpm export ./a.nv ./keyed --swtpm-passphrase-file words; echo other >other; nonvol tpm import ./new.nv ./keyed --swtpm-passphrase-file other 2>&1 | sed 's/of [0-9]* encrypted/of N encrypted/'; nonvol tpm import ./new.nv ./keyed --swtpm-key-file short; nonvol tpm import ./new.nv ./keyed --swtpm-key-file long --swtpm-passphrase-file words; nonvol tpm import ./new.nv ./keyed --swtpm-passphrase-file large; nonvol tpm import ./new.nv ./keyed --swtpm-key-file large; nonvol tpm import ./new.nv ./keyed --swtpm-passphrase-file words >out
TPM 2.0 of ./a.nv written, encrypted
  ./keyed/tpm2-00.permall
swtpm opens it with --key pwdfile=words,mode=aes-256-cbc
from now on use only one of the two: they are the same TPM
./keyed holds this TPM already; nothing to do
nonvol: NV8205: the HMAC of N encrypted bytes does not match under this key of 32 (--key)
  at:   ./keyed
  try:  nonvol explain NV8205
! nonvol: NV8205: encrypted with a key of 32 bytes (--key), this one has 16
!   at:   ./keyed
!   try:  nonvol explain NV8205
! nonvol: NV1006: --swtpm-key-file and --swtpm-passphrase-file exclude each other
!   try:  nonvol help tpm import
! nonvol: NV8206: large has more than 4096 bytes
!   at:   large
!   try:  wc -c large
! nonvol: NV8206: large has more than 4096 bytes
!   at:   large
!   try:  wc -c large

# A key that can be read once only.
$ head -c 32 /dev/zero | nonvol tpm create ./k.nv --key-fd 0 >out; truncate -s 1M k2.nv; head -c 32 /dev/zero | nonvol tpm create ./k2.nv --key-fd 0 >out; head -c 32 /dev/zero | nonvol tpm create ./k2.nv --key-fd 0 --lose-tpm-secrets >out; head -c 32 /dev/zero | nonvol tpm import ./k2.nv ./sw.lin --key-fd 0 --lose-tpm-secrets >out; head -c 32 /dev/zero | nonvol tpm check ./k2.nv --key-fd 0
./k2.nv: nothing wrong with its TPM 2.0

# A volatile state that libtpms does not take.
$ head -c 500 /dev/zero | nonvol blob put ./a.nv volatilestate -i - >out; nonvol tpm check ./a.nv; nonvol tpm export ./a.nv ./bad >out; nonvol tpm import ./c.nv ./bad; nonvol tpm import ./c.nv ./bad --without-volatile-state | sed 's/[0-9,]* bytes$/N bytes/'; nonvol tpm check ./c.nv; head -c 500 /dev/zero | nonvol blob put ./b.nv savestate -i - >out; nonvol tpm check ./b.nv; nonvol tpm export ./b.nv ./bad12 >out; nonvol tpm import ./d.nv ./bad12
error NV8102: 'volatilestate': libtpms does not take the state of this TPM 2.0 (result 0x101) (./a.nv)
./c.nv created: TPM 2.0 of ./bad
  permall  N bytes
from now on use only one of the two: they are the same TPM
./c.nv: nothing wrong with its TPM 2.0
error NV8102: 'savestate': libtpms does not take the state of this TPM 1.2 (result 0x9) (./b.nv)
! nonvol: NV8102: 'volatilestate': libtpms does not take the state of this TPM 2.0 (result 0x101)
!   at:   ./bad
!   note: only a guest that is suspended needs it: QEMU deletes it when one is switched on
!   try:  nonvol tpm import ./c.nv ./bad --without-volatile-state
! nonvol: NV8102: 'savestate': libtpms does not take the state of this TPM 1.2 (result 0x9)
!   at:   ./bad12
!   try:  nonvol explain NV8102
[exit 5]

# A crash in the middle of an export, here a limit that the permanent state does not fit: the old one has no volatile state beside it.
$ mkdir half; cp keyed/tpm2-00.permall half; echo old >half/tpm2-00.volatilestate; python3 -c 'import resource, subprocess; resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)); print(subprocess.run(["nonvol", "tpm", "export", "./a.nv", "./half", "--lose-tpm-secrets"]).returncode)'; ls half; cmp half/tpm2-00.permall keyed/tpm2-00.permall; nonvol tpm export ./a.nv ./half --lose-tpm-secrets; ls half
-25
tpm2-00.permall
TPM 2.0 of ./a.nv written
  ./half/tpm2-00.permall
  ./half/tpm2-00.volatilestate
from now on use only one of the two: they are the same TPM
tpm2-00.permall
tpm2-00.volatilestate

# Without libtpms the image can be checked none the less.
$ mkdir lib; : >lib/libtpms.so.0; LD_LIBRARY_PATH=lib nonvol tpm check ./c.nv; LD_LIBRARY_PATH=lib nonvol tpm import ./d.nv ./sw.lin
note NV5006: libtpms.so.0 could not be loaded or is too old (./c.nv)
! nonvol: NV5006: libtpms.so.0 could not be loaded or is too old
!   at:   ./sw.lin
!   try:  apt-get install libtpms0
[exit 6]

# What is said twice, and what is said for nothing.
$ nonvol tpm create ./e.nv --ek secp384r1 --ek secp384r1 --pcr-bank sha256 --pcr-bank sha256 | tail -n +2; nonvol tpm create ./f.nv --common-name x; nonvol tpm create ./f.nv --authority ./auth; nonvol tpm create ./f.nv --ek-certificates --authority ./auth --common-name "$(printf 'a\nb')"; nonvol tpm create ./f.nv --ek-certificates --authority ./auth --common-name "$(printf 'x%.0s' {1..65})"; ls -d auth* f.nv
  key  secp384r1  0x81010016
! nonvol: NV1006: --common-name is for certificates, and none is to be made
!   try:  nonvol help tpm create
! nonvol: NV1006: --authority is for certificates, and none is to be made
!   try:  nonvol help tpm create
! nonvol: NV1001: the common name has control characters, or is not UTF-8
!   try:  nonvol help tpm create
! nonvol: NV1001: the common name has 65 bytes, a certificate takes 64: say another with --common-name
!   try:  nonvol help tpm create
! ls: cannot access 'auth*': No such file or directory
! ls: cannot access 'f.nv': No such file or directory
[exit 2]

# A rehearsal does all but write.
$ nonvol tpm create ./f.nv --tpm1.2 --ek rsa2048 --dry-run; nonvol tpm create ./none/f.nv --dry-run; nonvol tpm create ./victim/f.nv --dry-run; truncate -s 64K small.nv; nonvol tpm create ./small.nv --dry-run; nonvol tpm create ./f.nv --dry-run --ek rsa2048 --ek-certificates --authority ./auth/ | sed 's/[0-9,]* bytes of state/N bytes of state/'; nonvol tpm create ./f.nv --dry-run --ek rsa2048 --ek-certificates --authority ./none/auth; ls -d auth* f.nv
./f.nv would be created: TPM 2.0, N bytes of state
  key          rsa2048   0x81010001
  certificate  of a key  0x01c00002
  signed by the authority in ./auth, which would be new
! nonvol: NV8109: kinds of keys and PCR banks can be chosen of TPM 2.0 only
!   try:  nonvol help tpm create
! nonvol: NV5001: cannot examine ./none: No such file or directory
!   at:   ./none
!   try:  nonvol explain NV5001
! nonvol: NV5001: ./victim is no directory
!   at:   ./victim
!   try:  nonvol explain NV5001
! nonvol: NV7402: the image has 65536 bytes, the entries need 700416
!   try:  nonvol explain NV7402
! nonvol: NV5001: cannot examine ./none: No such file or directory
!   at:   ./none
!   try:  nonvol explain NV5001
! ls: cannot access 'auth*': No such file or directory
! ls: cannot access 'f.nv': No such file or directory
[exit 2]

# The authority: one that cannot appear leaves nothing; an empty directory becomes one; others must not have its keys.
$ ln -s nowhere auth; nonvol tpm create ./f.nv --ek rsa2048 --ek-certificates --authority ./auth; ls -d auth.new f.nv; rm auth; mkdir -m 755 auth; nonvol tpm create ./f.nv --ek rsa2048 --ek-certificates --authority ./auth// | tail -n 1; stat -c %a auth; chmod 640 auth/signing-key.pem; nonvol tpm create ./g.nv --ek rsa2048 --ek-certificates --authority ./auth; chmod 600 auth/signing-key.pem; chmod 770 auth; nonvol tpm create ./g.nv --ek rsa2048 --ek-certificates --authority ./auth --dry-run
  signed by the authority in ./auth, which is new
700
! nonvol: NV5005: cannot rename to ./auth: File exists
!   at:   ./auth
!   try:  nonvol explain NV5005
! ls: cannot access 'auth.new': No such file or directory
! ls: cannot access 'f.nv': No such file or directory
! nonvol: NV8301: ./auth/signing-key.pem has mode 0640: others than its owner can sign with it
!   at:   ./auth/signing-key.pem
!   try:  chmod go-rwx ./auth/signing-key.pem
! nonvol: NV8301: ./auth has mode 0770: others than its owner can exchange the keys in it
!   at:   ./auth
!   try:  chmod go-rwx ./auth
[exit 5]

$ chmod 700 auth; openssl x509 -in auth/signing-certificate.pem -days -1 -signkey auth/signing-key.pem -out old.pem 2>out; mv old.pem auth/signing-certificate.pem; nonvol tpm create ./g.nv --ek rsa2048 --ek-certificates --authority ./auth 2>&1 | sed 's/....-..-..T..:..:..Z/DATE/g'; ls g.nv
nonvol: NV8301: the signing certificate expired DATE, and it is DATE
  at:   ./auth
  try:  nonvol explain NV8301
! ls: cannot access 'g.nv': No such file or directory
[exit 2]

# A guest's TPM is of the version that its record says.
$ make_root "$WORK/root" >out 2>&1; nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm=1.2 >out; nonvol --home "$WORK/guests" tpm create web01 --tpm2 --lose-tpm-secrets; nonvol --home "$WORK/guests" tpm import web01 ./sw.lin --lose-tpm-secrets; nonvol --home "$WORK/guests" tpm import web01 ./sw.lin --tpm2 --lose-tpm-secrets; nonvol --home "$WORK/guests" tpm import web01 ./sw --lose-tpm-secrets --json | jq -c '{version,outcome}'; nonvol --home "$WORK/guests" tpm create web01 --lose-tpm-secrets --json | jq -c '{version,outcome}'
{"version":"1.2","outcome":"replaced"}
{"version":"1.2","outcome":"replaced"}
! nonvol: NV8103: guest web01 has a TPM 1.2, and this is one of version 2.0
!   try:  nonvol show web01
! nonvol: NV8103: guest web01 has a TPM 1.2, and this is one of version 2.0
!   try:  nonvol show web01
! nonvol: NV8103: guest web01 has a TPM 1.2, and this is one of version 2.0
!   try:  nonvol show web01

# Certificates name the guest, if nobody says another name.
$ nonvol --home "$WORK/guests" create web02 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm >out; nonvol --home "$WORK/guests" tpm create web02 --ek rsa2048 --ek-certificates --lose-tpm-secrets >out; nonvol blob get "$(nonvol --home "$WORK/guests" tpm show web02 --json | jq -r .image)" permall -o state >out 2>&1; grep -c web02 state
1

# What show finds wrong is an exit code too.
$ head -c 200 /dev/urandom | nonvol blob put ./c.nv permall -i - >out; nonvol tpm show ./c.nv >out; echo $?
1
