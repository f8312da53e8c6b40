# nonvol alone shows this machine and what to type next.
$ mkdir "$WORK/bare"; nonvol --home "$WORK/guests" --root "$WORK/bare"

$ nonvol --home "$WORK/guests" --root "$WORK/bare" --json

$ nonvol version

$ nonvol version --json

$ nonvol help

$ nonvol help create

# Mistakes.
$ nonvol frobnicate

$ nonvol firmware select --bogus

$ nonvol firmware select --bogus --json

$ nonvol vars get

$ nonvol help frobnicate
