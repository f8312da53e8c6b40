# Served and asked by tests/interop/qmp_test.py; here is what comes before the first client and after the last.
$ nonvol blob serve ./none.nvram --socket ./s

$ nonvol blob format ./a.nvram --entry tpm:100 >log; nonvol blob serve ./a.nvram

$ echo 'no image' >text; nonvol blob serve ./text --socket ./s; ls s

$ echo mine >taken; nonvol blob serve ./a.nvram --socket ./taken; cat taken

$ nonvol blob serve ./a.nvram --socket ./no/such/s

$ nonvol blob serve ./a.nvram --socket "./$(printf 'x%.0s' {1..120})" 2>&1 | sed 's/x\{9,\}/x…/'

$ ask() { python3 -c 'import socket,sys,time
> s = socket.socket(socket.AF_UNIX)
> while s.connect_ex("s"): time.sleep(0.02)
> s.sendall(b"{\"execute\": \"qmp_capabilities\"}{\"execute\": \"quit\"}")
> while s.recv(4096): pass'; }; ask & nonvol blob serve ./a.nvram --socket ./s; wait; ask & nonvol blob serve ./a.nvram --socket ./s --json; wait; ls s
