# Served and asked by tests/interop/qmp_test.py; here is what comes before the first client and after the last.
$ nonvol blob serve ./none.nvram --socket ./s
! nonvol: NV5001: cannot open ./none.nvram: No such file or directory
!   at:   ./none.nvram
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol blob format ./a.nvram --entry tpm:100 >log; nonvol blob serve ./a.nvram
! nonvol: NV1001: --socket is missing
!   try:  nonvol help blob serve
[exit 2]

$ echo 'no image' >text; nonvol blob serve ./text --socket ./s; ls s
! nonvol: NV7102: ./text does not begin with an ASN.1 SEQUENCE
!   at:   ./text, byte 0x0
!   try:  nonvol explain NV7102
! ls: cannot access 's': No such file or directory
[exit 2]

$ echo mine >taken; nonvol blob serve ./a.nvram --socket ./taken; cat taken
mine
! nonvol: NV5005: cannot make socket ./taken: File exists
!   at:   ./taken
!   try:  nonvol explain NV5005

$ nonvol blob serve ./a.nvram --socket ./no/such/s
! nonvol: NV5001: cannot make socket ./no/such/s: No such file or directory
!   at:   ./no/such/s
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol blob serve ./a.nvram --socket "./$(printf 'x%.0s' {1..120})" 2>&1 | sed 's/x\{9,\}/x…/'
nonvol: NV1001: the socket's path has 122 bytes, the system takes 107
  at:   ./x…
  try:  nonvol help

$ ask() { python3 -c 'import socket,sys,time
> s = socket.socket(socket.AF_UNIX)
> while s.connect_ex("s"): time.sleep(0.02)
> s.sendall(b"{\"execute\": \"qmp_capabilities\"}{\"execute\": \"quit\"}")
> while s.recv(4096): pass'; }; ask & nonvol blob serve ./a.nvram --socket ./s; wait; ask & nonvol blob serve ./a.nvram --socket ./s --json; wait; ls s
served ./a.nvram at ./s until quit; clients: 1, requests: 2
{
  "schema": "nonvol.blob.serve/1",
  "image": "./a.nvram",
  "socket": "./s",
  "clients": 1,
  "requests": 2,
  "failed": false,
  "ended_by": "quit"
}
! ls: cannot access 's': No such file or directory
[exit 2]
