# A TPM in an image of its own. How large its state is, and what it calls itself, is libtpms' matter.
$ nonvol tpm create ./a.nv | sed 's/[0-9,]* bytes of state/N bytes of state/'
./a.nv created: TPM 2.0, N bytes of state

$ nonvol tpm show ./a.nv | sed -E 's/^(libtpms|model) .*/\1 .../; s/format [0-9]+/format N/; s/^(permall +present +)[0-9,]+ /\1N /'
image      ./a.nv, 700,416 bytes
TPM        2.0, state format N
libtpms ...
model ...
PCR banks  sha256
lockout    0 of 3 wrong passwords
starts     0
stores     0, 0 bytes; 0 of what was there already, 0 failed
limit      none
delayed    0 answers, 0 ms
NAME           STATE          USED   CAPACITY  GENERATION
permall        present        N  262,144   2
volatilestate  never-written  0      65,536    0

$ nonvol tpm check ./a.nv
./a.nv: nothing wrong with its TPM 2.0

$ nonvol tpm check ./a.nv --json
{
  "schema": "nonvol.tpm.check/1",
  "image": "./a.nv",
  "version": "2.0",
  "findings": []
}

# Never over another one.
$ nonvol tpm create ./a.nv
! nonvol: NV8104: ./a.nv holds a TPM already
!   at:   ./a.nv
!   try:  nonvol tpm show ./a.nv
[exit 4]

$ nonvol tpm create ./a.nv --dry-run
! nonvol: NV8104: ./a.nv holds a TPM already
!   at:   ./a.nv
!   try:  nonvol tpm show ./a.nv
[exit 4]

$ nonvol tpm create ./a.nv --lose-tpm-secrets --dry-run | sed 's/[0-9,]* bytes of state/N bytes of state/'
./a.nv would be replaced, and what was sealed to the TPM before would be lost: TPM 2.0, N bytes of state

$ nonvol tpm create ./a.nv --lose-tpm-secrets --json | jq -c '{schema, outcome, version, encrypted, generation, keys, certificates}'
{"schema":"nonvol.tpm.create/1","outcome":"replaced","version":"2.0","encrypted":false,"generation":4,"keys":[],"certificates":[]}

# TPM 1.2 needs larger entries, and does not read the other's state.
$ nonvol tpm create ./a.nv --tpm1.2 --lose-tpm-secrets
! nonvol: NV8107: 'volatilestate' of ./a.nv holds 65536 bytes, the state of a TPM 1.2 can have 524288
!   at:   ./a.nv
!   try:  nonvol blob resize ./a.nv --entry volatilestate:524288
[exit 4]

$ nonvol tpm create ./b.nv --tpm1.2 | sed 's/[0-9,]* bytes of state/N bytes of state/'
./b.nv created: TPM 1.2, N bytes of state

$ nonvol tpm show ./b.nv --json | jq -c '{version, in_use, tpm, counters, findings}'
{"version":"1.2","in_use":false,"tpm":null,"counters":{"starts":0,"stores":0,"stored_bytes":0,"unchanged":0,"failed":0,"delayed":0,"delayed_ms":0,"limit_bytes_per_second":null,"library_version":""},"findings":[]}

$ nonvol tpm run ./b.nv --tpm2 --socket ./s
! nonvol: NV8103: the state is of a TPM 1.2, and 2.0 was asked for
!   try:  nonvol explain NV8103
[exit 4]

$ nonvol tpm create ./c.nv --tpm1.2 --ek rsa2048
! nonvol: NV8109: kinds of keys and PCR banks can be chosen of TPM 2.0 only
!   try:  nonvol help tpm create
[exit 2]

$ nonvol tpm create ./c.nv --tpm2 --tpm1.2
! nonvol: NV1006: --tpm2 and --tpm1.2 exclude each other
!   try:  nonvol help tpm create
[exit 2]

# Certificates by an authority in the home, which is made once.
$ nonvol --home "$WORK/guests" tpm create ./c.nv --ek rsa2048 --ek-certificates --platform-certificate --common-name web01 | sed 's/[0-9,]* bytes of state/N bytes of state/'
./c.nv created: TPM 2.0, N bytes of state
  key          rsa2048          0x81010001
  certificate  of a key         0x01c00002
  certificate  of the platform  0x01c08000
  signed by the authority in $WORK/guests/.tpm-authority, which is new

$ ls "$WORK/guests/.tpm-authority"; openssl verify -CAfile "$WORK/guests/.tpm-authority/root-certificate.pem" "$WORK/guests/.tpm-authority/signing-certificate.pem" | sed "s#$WORK#WORK#"
root-certificate.pem
root-key.pem
signing-certificate.pem
signing-key.pem
WORK/guests/.tpm-authority/signing-certificate.pem: OK

$ rm "$WORK/guests/.tpm-authority/signing-key.pem"; nonvol --home "$WORK/guests" tpm create ./d.nv --ek-certificates
! nonvol: NV8301: the certificate authority in $WORK/guests/.tpm-authority has no signing-key.pem
!   at:   $WORK/guests/.tpm-authority/signing-key.pem
!   try:  ls -l $WORK/guests/.tpm-authority
[exit 5]

# An image that has the entries is filled; others are refused.
$ nonvol blob format ./e.nv --entry permall:256K --entry volatilestate:64K >out; nonvol tpm show ./e.nv | tail -n 1; nonvol tpm check ./e.nv; nonvol tpm create ./e.nv | sed 's/[0-9,]* bytes of state/N bytes of state/'
note NV8101: no TPM was made in this image yet (./e.nv)
note NV8101: no TPM was made in this image yet (./e.nv)
./e.nv filled: TPM 2.0, N bytes of state

$ nonvol blob format ./f.nv --entry permall:64K --entry volatilestate:64K >out; nonvol tpm create ./f.nv; nonvol tpm run --store ./f.nv --socket ./s
! nonvol: NV8107: 'permall' of ./f.nv holds 65536 bytes, the state of a TPM 2.0 can have 196608
!   at:   ./f.nv
!   try:  nonvol blob resize ./f.nv --entry permall:196608
! nonvol: NV8107: 'permall' of ./f.nv holds 65536 bytes, the state of a TPM 2.0 can have 196608
!   at:   ./f.nv
!   try:  nonvol blob resize ./f.nv --entry permall:196608
[exit 4]

$ nonvol blob format ./g.nv --entry boot:64K >out; nonvol tpm create ./g.nv; nonvol tpm show ./g.nv; nonvol tpm run --store ./g.nv --socket ./s
! nonvol: NV7502: ./g.nv has no entry 'permall' for the state of a TPM
!   at:   ./g.nv
!   try:  nonvol blob resize ./g.nv --entry permall:256K --entry volatilestate:64K
! nonvol: NV7202: ./g.nv has no entry 'permall'
!   at:   ./g.nv
!   try:  nonvol blob list ./g.nv
! nonvol: NV7502: ./g.nv has no entry 'permall' for the state of a TPM
!   at:   ./g.nv
!   try:  nonvol blob resize ./g.nv --entry permall:256K --entry volatilestate:64K
[exit 1]

$ echo text >x; nonvol tpm create ./x
! nonvol: NV7401: ./x holds something that is no NVRAM image
!   at:   ./x
!   try:  ls -l ./x
[exit 4]

# Encrypted.
$ head -c 32 /dev/zero >key; head -c 32 /dev/zero | tr '\0' x >other; nonvol tpm create ./h.nv --key-file key | sed 's/[0-9,]* bytes of state/N bytes of state/'; nonvol tpm check ./h.nv --key-file key; nonvol tpm check ./h.nv; nonvol tpm run ./h.nv --key-file other --socket ./s
./h.nv created: TPM 2.0, N bytes of state, encrypted
./h.nv: nothing wrong with its TPM 2.0
error NV7301: 'permall' is encrypted, key needed (./h.nv, byte 0x4000)
! nonvol: NV7302: the key opens none of the 1 key slots of ./h.nv
!   at:   ./h.nv
!   try:  nonvol explain NV7302
[exit 4]

# To swtpm and back.
$ nonvol tpm export ./a.nv ./sw; ls sw; nonvol tpm import ./i.nv ./sw | sed 's/[0-9,]* bytes$/N bytes/'
TPM 2.0 of ./a.nv written
  ./sw/tpm2-00.permall
from now on use only one of the two: they are the same TPM
tpm2-00.permall
./i.nv created: TPM 2.0 of ./sw
  permall  N bytes
from now on use only one of the two: they are the same TPM

$ nonvol tpm export ./a.nv ./sw; nonvol tpm import ./a.nv ./sw; nonvol tpm import ./e.nv ./sw
./sw holds this TPM already; nothing to do
./a.nv holds this TPM already; nothing to do
! nonvol: NV8104: ./e.nv holds a TPM already
!   at:   ./e.nv
!   try:  nonvol tpm show ./e.nv
[exit 4]

$ nonvol tpm export ./a.nv ./state.lin --form linear --swtpm-key-file key --json | jq -c '{schema, form, encrypted, files}'; nonvol tpm import ./i.nv ./state.lin; nonvol tpm import ./i.nv ./state.lin --swtpm-key-file other 2>&1 | sed 's/of [0-9]* encrypted/of N encrypted/'; nonvol tpm import ./i.nv ./state.lin --swtpm-key-file key
{"schema":"nonvol.tpm.export/1","form":"linear","encrypted":true,"files":["./state.lin"]}
nonvol: NV8205: the HMAC of N encrypted bytes does not match under this key of 32 (--key)
  at:   ./state.lin
  try:  nonvol explain NV8205
./i.nv holds this TPM already; nothing to do
! nonvol: NV8204: 'flags' is 0x0009: encrypted with the key that swtpm had as --key
!   at:   ./state.lin
!   try:  nonvol explain NV8204

$ mkdir none; nonvol tpm import ./i.nv ./none; nonvol tpm import ./i.nv ./a.nv; nonvol tpm import ./i.nv ./gone; nonvol tpm export ./b.nv ./sw; nonvol blob delete ./i.nv permall >out; nonvol tpm export ./i.nv ./new
TPM 1.2 of ./b.nv written
  ./sw/tpm-00.permall
from now on use only one of the two: they are the same TPM
! nonvol: NV8201: ./none has no tpm2-00.permall and no tpm-00.permall
!   at:   ./none
!   try:  ls -l ./none
! nonvol: NV8207: 'magic' is 0x710a0cfbaf0a8330, not 0x737774706d6c696e
!   at:   ./a.nv, byte 0x0
!   try:  nonvol explain NV8207
! nonvol: NV5001: cannot examine ./gone: No such file or directory
!   at:   ./gone
!   try:  nonvol explain NV5001
! nonvol: NV8101: ./i.nv holds no TPM
!   at:   ./i.nv
!   try:  nonvol tpm show ./i.nv
[exit 3]

$ head -c 100 sw/tpm2-00.permall >cut; mkdir cutdir; cp cut cutdir/tpm2-00.permall; nonvol tpm import ./j.nv ./cutdir 2>&1 | sed 's/is [0-9]*, the blob/is N, the blob/'; head -c 1000 /dev/zero >garbage; cp garbage cutdir/tpm2-00.permall; nonvol tpm import ./j.nv ./cutdir; ls j.nv
nonvol: NV8202: 'totlen' is N, the blob has 100 bytes
  at:   ./cutdir
  try:  nonvol explain NV8202
! nonvol: NV8202: 'version' is 0 and 'min_version' 0; only 2 is known
!   at:   ./cutdir
!   try:  nonvol explain NV8202
! ls: cannot access 'j.nv': No such file or directory
[exit 2]

# State that libtpms does not take is never replaced.
$ nonvol blob get ./e.nv permall -o state 2>out; head -c 200 state | nonvol blob put ./e.nv permall -i - >out; nonvol tpm check ./e.nv; nonvol tpm run --store ./e.nv --socket ./s; nonvol tpm create ./e.nv
error NV8102: 'permall': libtpms does not take the state of this TPM 2.0 (result 0x101) (./e.nv)
! nonvol: NV8102: libtpms does not take the state of this TPM 2.0 (result 0x9a)
!   try:  nonvol explain NV8102
! nonvol: NV8104: ./e.nv holds a TPM already
!   at:   ./e.nv
!   try:  nonvol tpm show ./e.nv
[exit 4]

$ nonvol tpm run --socket ./s; nonvol tpm run ./a.nv; nonvol tpm run ./a.nv --store ./b.nv --socket ./s; nonvol tpm run ./a.nv --socket "./$(printf 'x%.0s' {1..200})"
! nonvol: NV1001: a guest or an image is missing
!   try:  nonvol help tpm run
! nonvol: NV1001: --socket is missing
!   try:  nonvol help tpm run
! nonvol: NV1001: a guest or image and --store exclude each other
!   try:  nonvol help tpm run
! nonvol: NV1001: the socket's path has 202 bytes, the system takes 107
!   at:   ./xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
!   try:  nonvol help
[exit 2]
