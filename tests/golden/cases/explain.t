$ nonvol explain NV2203
NV2203: Variable store size does not fit its volume

The store header says how many bytes the store has; they must fit behind the
volume header.

The header is damaged or the file is of another layout; restore it from a copy.

exit code 5

$ nonvol explain nv2203 --json
{
  "schema": "nonvol.explain/1",
  "entries": [
    {
      "id": "NV2203",
      "title": "Variable store size does not fit its volume",
      "explanation": "The store header says how many bytes the store has; they must fit behind the volume header.",
      "remedy": "The header is damaged or the file is of another layout; restore it from a copy.",
      "exit_code": 5
    }
  ]
}

$ nonvol explain NV9999
! nonvol: NV1004: 'NV9999' is not an error id of nonvol
!   try:  nonvol explain
[exit 3]

$ nonvol explain | head -n 3
NV1001  The command line cannot be understood
NV1002  No such command
NV1003  Unknown architecture
