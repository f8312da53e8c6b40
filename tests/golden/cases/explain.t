$ nonvol explain NV2203

$ nonvol explain nv2203 --json

$ nonvol explain NV9999

$ nonvol explain | head -n 3
