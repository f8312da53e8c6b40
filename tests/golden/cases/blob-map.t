# To scale: the image, then each blob.
$ nonvol blob format ./a.nvram --entry tpm:64K --entry 'vars <1>:128K:plain' --reserve 100K --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log; for i in 1 2 3; do head -c 20000 /dev/zero | tr '\0' $i | nonvol blob put ./a.nvram tpm >>log; done; nonvol blob add ./a.nvram --entry later:100 >>log; nonvol blob map ./a.nvram

$ nonvol blob map ./a.nvram --json | head -30

# Segments cover every byte once, also of what is cut off, lengthened or damaged.
$ cat >covers.jq <<'.'
> .segments as $s | (if .image_bytes > .declared_bytes then .image_bytes else .declared_bytes end) as $end
> | [$s[0].begin_bytes == 0, all(range(1; $s | length); $s[.].begin_bytes == $s[. - 1].begin_bytes + $s[. - 1].size_bytes),
>    ($s[-1] | .begin_bytes + .size_bytes) == $end, all($s[]; .size_bytes > 0), ($s | map(.what) | unique | join(" "))]
> .

$ head -c 100000 a.nvram >cut.nvram; (cat a.nvram; echo x) >long.nvram; cp a.nvram dir.nvram; poke dir.nvram 0x1050 ff; poke dir.nvram 0x2050 ff; cp a.nvram tag.nvram; poke tag.nvram 0x26000 31; cp a.nvram slot.nvram; poke slot.nvram 0x4050 00; nonvol blob format ./seed.nvram --seed-layout --entry a:10 --entry b:20 --size 100 >log

$ for i in a cut long dir tag slot seed; do echo "$i $(nonvol blob map ./$i.nvram --json | jq -c -f covers.jq)"; done

$ nonvol blob map ./cut.nvram | sed -n '3,6p;$p'

$ nonvol blob map ./seed.nvram

# A picture with names, that escapes what XML would take for its own.
$ nonvol blob map ./a.nvram --svg map.svg; grep -c '<rect' map.svg; grep -o '<title id="title">[^<]*</title>' map.svg; grep -o "'vars [^']*' at" map.svg | head -1; stat -c %a map.svg

$ nonvol blob map ./a.nvram --svg - | cmp - map.svg

# Its whole image lane is as wide as it should be, and nothing lies outside.
$ python3 -c 'import xml.etree.ElementTree as E; r=[e for e in E.parse("map.svg").iter() if e.tag.endswith("rect") and len(e)]; y=r[0].get("y"); lane=[e for e in r if e.get("y")==y]; print(len(lane), lane[0].get("x"), round(sum(float(e.get("width")) for e in lane)), all(24<=float(e.get("x"))<=936.001 for e in r))'

$ nonvol blob map ./a.nvram --svg map.svg

$ echo 'no image' >text; nonvol blob map ./text
