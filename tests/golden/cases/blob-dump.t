# All that an image is made of. No key is needed.
$ nonvol blob format ./a.nvram --entry tpm:64K --entry 'vars <1>:5000:plain' --reserve 40K --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log && for i in 1 2 3; do printf "state $i" | nonvol blob put ./a.nvram tpm >>log; done; nonvol blob add ./a.nvram --entry later:100 >>log

$ nonvol blob dump ./a.nvram

$ nonvol blob dump ./a.nvram later --json

$ nonvol blob dump ./a.nvram .directory | tail -4

# What is stored in a slot, also in the older one; a plain entry has its blob only.
$ nonvol blob dump ./a.nvram tpm --slot a -o newest; cat newest; echo; nonvol blob dump ./a.nvram tpm --slot b -o -; echo

$ nonvol blob dump ./a.nvram tpm --slot b -o older --json

$ nonvol blob dump ./a.nvram 'vars <1>' -o - | wc -c

# What makes no sense, or is not there.
$ nonvol blob dump ./a.nvram tpm -o x

$ nonvol blob dump ./a.nvram 'vars <1>' --slot a -o x

$ nonvol blob dump ./a.nvram --slot a -o x

$ nonvol blob dump ./a.nvram tpm --slot a

$ nonvol blob dump ./a.nvram tpm --slot a -o newest

$ nonvol blob dump ./a.nvram later --slot a -o x

$ nonvol blob dump ./a.nvram nobody

$ nonvol blob dump ./a.nvram nobody --json

$ nonvol blob dump web01

# What cannot be an image.
$ echo 'no image' >text; nonvol blob dump ./text

$ truncate -s 8192 zeros; nonvol blob dump ./zeros

# The newer slot torn: the other one is the blob. What the torn one holds can still be had, all of it.
$ cp a.nvram x.nvram; poke x.nvram 0x4045 ff; nonvol blob dump ./x.nvram tpm

$ nonvol blob dump ./x.nvram tpm --slot a -o - | head -c 7; echo

# Both damaged, and an older one put back.
$ cp x.nvram y.nvram; poke y.nvram 0x15045 ff; nonvol blob dump ./y.nvram tpm | tail -3

$ cp a.nvram y.nvram; for i in 4 5; do echo $i | nonvol blob put ./y.nvram tpm >log; done; dd if=a.nvram of=y.nvram bs=4096 skip=21 seek=21 count=1 conv=notrunc status=none; nonvol blob dump ./y.nvram tpm | tail -3

# The directory damaged: the framing is what is left, and slots are told by their looks.
$ cp a.nvram x.nvram; poke x.nvram 0x1050 ffff; poke x.nvram 0x2050 ffff; nonvol blob dump ./x.nvram

$ nonvol blob dump ./x.nvram tpm --slot a -o -; echo

# Cut off, lengthened, and with an element whose tag is none.
$ head -c 100000 a.nvram >cut.nvram; nonvol blob dump ./cut.nvram

$ (cat a.nvram; echo) >long.nvram; nonvol blob dump ./long.nvram | head -3

$ cp a.nvram x.nvram; poke x.nvram 0x26000 31; nonvol blob dump ./x.nvram --json | jq -c '[.read_to_bytes, (.elements | length), (.entries | map(.name))], .findings[]'

# The seed's layout, and an encrypted image.
$ nonvol blob format ./s.nvram --seed-layout --entry a:10 --entry b:20 >log; nonvol blob dump ./s.nvram

$ head -c 32 /dev/zero >key; nonvol blob format ./e.nvram --entry k:100:encrypted --key-file key --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log; echo secret | nonvol blob put ./e.nvram k --key-file key >log; nonvol blob dump ./e.nvram | tail -9

$ nonvol blob dump ./e.nvram k --slot a -o - | grep -c secret
