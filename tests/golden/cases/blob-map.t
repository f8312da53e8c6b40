# To scale: the image, then each blob.
$ nonvol blob format ./a.nvram --entry tpm:64K --entry 'vars <1>:128K:plain' --reserve 100K --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log; for i in 1 2 3; do head -c 20000 /dev/zero | tr '\0' $i | nonvol blob put ./a.nvram tpm >>log; done; nonvol blob add ./a.nvram --entry later:100 >>log; nonvol blob map ./a.nvram
./a.nvram: 393,216 bytes, extended layout

         0x0 [-...-#######................ooooooo................--PPPPPPPPPPPP]
     0x30000 [PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP-...------------------------------]
     0x60000 end; one letter is about 3,025 bytes

'.directory' at 0x1000
  slot A [##......................................] gen 1, 92 of 4,032
  slot B [o.......................................] gen 0, 72 of 4,032
'tpm' at 0x4000
  slot A [############............................] gen 3, 20,000 of 65,536
  slot B [oooooooooooo............................] gen 2, 20,000 of 65,536
'vars <1>' at 0x27000
  blob   [PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP] 131,072 bytes
'later' at 0x48000
  slot A [........................................] zero of 100
  slot B [#.......................................] gen 0, 0 of 100

  =              104    0.0 %  framing: tags, lengths, names
  #           20,284    5.2 %  slot in use: what reading gives
  o           20,200    5.1 %  older or unchecked content of a slot
  .          115,164   29.3 %  free in a slot
  P          131,072   33.3 %  plain blob
  -          106,392   27.1 %  slack: belongs to no entry

$ nonvol blob map ./a.nvram --json >map.json; head -30 map.json
{
  "schema": "nonvol.blob.map/1",
  "image": "./a.nvram",
  "image_bytes": 393216,
  "declared_bytes": 393216,
  "seed_layout": false,
  "segments": [
    {
      "begin_bytes": 0,
      "size_bytes": 17,
      "what": "framing",
      "entry": null,
      "slot": null
    },
    {
      "begin_bytes": 17,
      "size_bytes": 4,
      "what": "framing",
      "entry": null,
      "slot": null
    },
    {
      "begin_bytes": 21,
      "size_bytes": 4055,
      "what": "slack",
      "entry": null,
      "slot": null
    },
    {
      "begin_bytes": 4076,

# Segments cover every byte once, also of what is cut off, lengthened or damaged.
$ cat >covers.jq <<'.'
> .segments as $s | (if .image_bytes > .declared_bytes then .image_bytes else .declared_bytes end) as $stop
> | [$s[0].begin_bytes == 0, all(range(1; $s | length); $s[.].begin_bytes == $s[. - 1].begin_bytes + $s[. - 1].size_bytes),
>    ($s[-1] | .begin_bytes + .size_bytes) == $stop, all($s[]; .size_bytes > 0), ($s | map(.what) | unique | join(" "))]
> .

$ head -c 100000 a.nvram >cut.nvram; (cat a.nvram; echo x) >long.nvram; cp a.nvram dir.nvram; poke dir.nvram 0x1050 ff; poke dir.nvram 0x2050 ff; cp a.nvram tag.nvram; poke tag.nvram 0x26000 31; cp a.nvram slot.nvram; poke slot.nvram 0x4050 00; nonvol blob format ./seed.nvram --seed-layout --entry a:10 --entry b:20 --size 100 >log

$ for i in a cut long dir tag slot seed; do echo "$i $(nonvol blob map ./$i.nvram --json 2>log | jq -c -f covers.jq)"; done
a [true,true,true,true,"framing free newest older plain slack"]
cut [true,true,true,true,"damaged framing free missing newest older slack"]
long [true,true,true,true,"foreign framing free newest older plain slack"]
dir [true,true,true,true,"damaged framing free older slack unknown"]
tag [true,true,true,true,"framing free newest older slack unknown"]
slot [true,true,true,true,"damaged framing free newest older plain slack"]
seed [true,true,true,true,"framing plain slack"]

$ nonvol blob map ./cut.nvram >map.txt; sed -n '3,6p;$p' map.txt
         0x0 [-...-#######................!!!!!xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
     0x30000 [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]
     0x60000 end; one letter is about 3,025 bytes

  x          293,216   74.6 %  missing: behind the end of the file
! error NV7104: the image says it is 393216 bytes long, ./cut.nvram has 100000 (./cut.nvram, byte 0x1)
! warning NV7203: slot B of 'tpm' is cut off; slot A is good (./cut.nvram, byte 0x15000)
! error NV7204: neither slot of 'later' can be believed: slot A lies behind the end of the file, slot B lies behind the end of the file (./cut.nvram, byte 0x48000)

$ nonvol blob map ./seed.nvram
./seed.nvram: 100 bytes, the seed's layout

         0x0 [==============PPPPPP=====PPPPPPPPPPPPP=--------------------------]
        0x64 end; one letter is about 2 bytes

'a' at 0x15
  blob   [PPPPPPPPPP] 10 bytes
'b' at 0x26
  blob   [PPPPPPPPPPPPPPPPPPPP] 20 bytes

  =               30   30.0 %  framing: tags, lengths, names
  P               30   30.0 %  plain blob
  -               40   40.0 %  slack: belongs to no entry

# A picture with names, that escapes what XML would take for its own.
$ nonvol blob map ./a.nvram --svg map.svg; grep -c '<rect' map.svg; grep -o '<title id="title">[^<]*</title>' map.svg; grep -o "'vars [^']*' at" map.svg | head -1; stat -c %a map.svg
59
<title id="title">NVRAM image ./a.nvram</title>
'vars &lt;1&gt;' at
600
! wrote 10371 bytes to map.svg

$ nonvol blob map ./a.nvram --svg - | cmp - map.svg

# Its whole image lane is as wide as it should be, and nothing lies outside.
$ python3 -c 'import xml.etree.ElementTree as E; r=[e for e in E.parse("map.svg").iter() if e.tag.endswith("rect") and len(e)]; y=r[0].get("y"); lane=[e for e in r if e.get("y")==y]; print(len(lane), lane[0].get("x"), round(sum(float(e.get("width")) for e in lane)), all(24<=float(e.get("x"))<=936.001 for e in r))'
26 24.000 912 True

$ nonvol blob map ./a.nvram --svg map.svg
! map.svg holds these 10371 bytes already

$ echo 'no image' >text; nonvol blob map ./text
! nonvol: NV7102: ./text does not begin with an ASN.1 SEQUENCE
!   at:   ./text, byte 0x0
!   try:  nonvol explain NV7102
[exit 5]
