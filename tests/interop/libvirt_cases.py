"""Descriptor sets and domains by chance, as different as libvirt's rules can tell apart."""

import json

NETWORK_NVRAM = ("<nvram type='network'><source protocol='nbd' name='vars'><host name='127.0.0.1' port='10809'/>"
                 "</source></nvram>")
GLOBS = [["pc-q35-*"], ["pc-q35-*"], ["pc-i440fx-*"], ["pc-q35-*", "pc-i440fx-*"], ["pc-q35-*", "pc-i440fx-*"],
         ["pc-q35-7.2"], ["pc-q35-?.?"], ["q35"], ["pc-*"]]
FEATURES = ["acpi-s3", "acpi-s4", "amd-sev", "enrolled-keys", "requires-smm", "secure-boot", "verbose-dynamic",
            "not-a-feature"]


def weighted(random, **choices):
    return random.choices([name if name != "absent" else None for name in choices], list(choices.values()))[0]


def descriptor(random, fw, number, executables):
    code = random.choice(executables) if executables and random.random() < 0.15 else f"{fw}/CODE_{number}.fd"
    executables.append(code)
    device = weighted(random, flash=80, memory=14, kernel=6)
    features = [name for name in FEATURES if random.random() < 0.4]
    if random.random() < 0.5:
        features = random.choice([["secure-boot", "requires-smm", "enrolled-keys"], ["secure-boot", "requires-smm"], []])
    mapping = {"device": device}
    if device == "flash":
        mode = weighted(random, absent=45, split=25, stateless=20, combined=10)
        file_format = weighted(random, raw=85, qcow2=15)
        mapping["executable"] = {"filename": code, "format": file_format}
        if mode:
            mapping["mode"] = mode
        if mode in (None, "split"):
            template_format = file_format if random.random() < 0.95 else "qcow2"
            mapping["nvram-template"] = {"filename": f"{fw}/VARS_{number}.fd", "format": template_format}
    else:
        mapping["filename"] = code
        if device == "kernel":
            # libvirt crashes on a kernel that requires SMM where there is no <loader>.
            features = [name for name in features if name != "requires-smm"]
    interfaces = random.choice([["uefi"]] * 7 + [["bios"], ["uefi", "bios"], ["bios", "uefi"], ["openfirmware"]])
    architecture = weighted(random, x86_64=88, i386=8, aarch64=4)
    return {"interface-types": interfaces, "mapping": mapping,
            "targets": [{"architecture": architecture, "machines": random.choice(GLOBS)}], "features": features}


def descriptor_set(random, fw, packaged):
    """Files of the user's directory by name: text, or ("link", target). Hides the packaged ones but for a few."""
    files, executables = {}, []
    for name in packaged:
        files[name] = "" if random.random() < 0.97 else ("link", "/dev/null")
    for number in range(random.randint(1, 9)):
        ending = weighted(random, json=92, **{"json.dpkg-old": 8})
        name = f"{random.randint(10, 89)}-{number}.{ending}"
        if packaged and random.random() < 0.1:
            name = random.choice(packaged)
        if random.random() < 0.03:
            name = "." + name
        files[name] = json.dumps(descriptor(random, fw, number, executables))
    odd = random.random()
    if odd < 0.03:
        files["05-broken.json"] = "{"
    elif odd < 0.06:
        files["95-dangling.json"] = ("link", "/nowhere/at/all")
    elif odd < 0.09:
        files["50-igvm.json"] = json.dumps({"interface-types": ["uefi"], "mapping": {"device": "igvm", "filename": "/x"},
                                            "targets": [], "features": []})
    elif odd < 0.12:
        files["50-empty.json"] = ("link", "05-nothing")
        files["05-nothing"] = ""
    return files, executables


def attributes(random, chances):
    """Text of XML attributes; chances: name -> {value or "absent": weight}."""
    chosen = {name: weighted(random, **values) for name, values in chances.items()}
    return "".join(f" {name}='{value}'" for name, value in chosen.items() if value)


def nvram(random, fw, templates, rich):
    kind = weighted(random, absent=70, empty=4, path=12, source=5, network=4, template=5)
    template = f" template='{random.choice(templates)}'" if kind == "template" or random.random() < 0.02 else ""
    formats = attributes(random, {"format": {"absent": 60, "raw": 20, "qcow2": 20}}) if rich else ""
    if kind is None:
        return ""
    if kind == "network":
        return NETWORK_NVRAM
    if kind == "source":
        return f"<nvram type='file'{formats}{template}><source file='{fw}/own.fd'/></nvram>"
    path = f"{fw}/own.fd" if kind == "path" or (kind == "template" and random.random() < 0.5) else ""
    return f"<nvram{formats}{template}>{path}</nvram>"


def domain(random, fw, executables, rich):
    """`rich` has what only libvirt since 9.2 reads."""
    firmware = weighted(random, efi=68, bios=7, absent=25)
    machine = weighted(random, **{"q35": 45, "pc": 15, "pc-q35-7.2": 12, "pc-q35-6.2": 8, "pc-i440fx-7.2": 8, "absent": 12})
    architecture = weighted(random, x86_64=92, i686=8)
    paths = executables + ["/usr/share/OVMF/OVMF_CODE.fd", f"{fw}/unknown.fd"]
    tri = {"absent": 80, "yes": 12, "no": 8}
    loader = ""
    if firmware and random.random() < 0.35:
        odd = {"absent": 92, "yes": 4, "no": 4}
        loader = "<loader" + attributes(random, {
            "secure": {"absent": 50, "yes": 42, "no": 8}, "stateless": {"absent": 40, "yes": 52, "no": 8}, "readonly": odd,
            "type": {"absent": 94, "pflash": 4, "rom": 2}}) + (">" + random.choice(paths) + "</loader>"
                                                                   if random.random() < 0.06 else "/>")
    elif not firmware and random.random() < 0.9:
        loader = "<loader" + attributes(random, {
            "type": {"pflash": 80, "rom": 14, "absent": 6}, "readonly": {"yes": 80, "no": 10, "absent": 10}, "secure": tri,
            "stateless": tri}) + ">" + (random.choice(paths) if random.random() < 0.96 else "") + "</loader>"
    wanted = ""
    if random.random() < (0.5 if firmware else 0.05):
        for name in ("secure-boot", "enrolled-keys"):
            value = weighted(random, absent=40, yes=35, no=25)
            wanted += f"<feature enabled='{value}' name='{name}'/>" if value else ""
    smm = weighted(random, absent=75, on=12, off=13)
    states = attributes(random, {"enabled": {"absent": 88, "yes": 9, "no": 3}})
    states_disk = attributes(random, {"enabled": {"absent": 92, "yes": 6, "no": 2}})
    return (f"<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory>"
            f"<os{f' firmware={firmware!r}' if firmware else ''}><type arch='{architecture}'"
            f"{f' machine={machine!r}' if machine else ''}>hvm</type>"
            f"{f'<firmware>{wanted}</firmware>' if wanted else ''}{loader}"
            f"{nvram(random, fw, [f'{fw}/VARS_{number}.fd' for number in range(4)], rich)}"
            f"{f'<kernel>{random.choice(paths)}</kernel>' if random.random() < 0.04 else ''}</os>"
            f"<features>{'<acpi/>' if random.random() < 0.93 else ''}{f'<smm state={smm!r}/>' if smm else ''}</features>"
            f"<pm><suspend-to-mem{states}/><suspend-to-disk{states_disk}/></pm></domain>")
