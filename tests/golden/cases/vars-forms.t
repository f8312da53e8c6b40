# Variables leave a store in other forms, are read from them, and come back.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Same:22222222-2222-4222-8222-222222222222:0203 store.fd

$ nonvol vars export ./store.fd
{
  "version": 2,
  "variables": [
    {
      "name": "Lang",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "attr": 7,
      "data": "656e67"
    },
    {
      "name": "Same",
      "guid": "11111111-1111-4111-8111-111111111111",
      "attr": 7,
      "data": "01"
    },
    {
      "name": "Same",
      "guid": "22222222-2222-4222-8222-222222222222",
      "attr": 7,
      "data": "0203"
    }
  ]
}

$ nonvol vars export ./store.fd --variable Lang --form ec2 -o lang.aws
! wrote 1 variables to lang.aws

$ nonvol vars list ./lang.aws
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang

$ nonvol vars export ./store.fd -o all.json --json
{
  "schema": "nonvol.vars.export/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "form": "qemu-json",
  "variables": 3,
  "size_bytes": 421,
  "findings": []
}
! wrote 3 variables to all.json

$ nonvol vars list ./all.json
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang
11111111-1111-4111-8111-111111111111  NV+BS+RT  1  Same
22222222-2222-4222-8222-222222222222  NV+BS+RT  2  Same

$ nonvol vars get ./all.json Lang
name         Lang
guid         8be4df61-93ca-11d2-aa0d-00e098032b8c
attributes   NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS
size         3 bytes
00000000  65 6e 67                                          |eng|

$ nonvol vars list ./all.json --json | jq -c '[.form, .layout, (.variables | length)]'
["qemu-json",null,3]

$ nonvol vars diff ./store.fd ./all.json

# A change of a JSON file, and what then is different.
$ nonvol vars set ./all.json Lang --text fr
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./all.json: written as a new file in its place

$ nonvol vars delete ./all.json Same-11111111-1111-4111-8111-111111111111
  - Same (11111111-1111-4111-8111-111111111111): NV+BS+RT 01
./all.json: written as a new file in its place

$ nonvol vars diff ./store.fd ./all.json
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
  - Same (11111111-1111-4111-8111-111111111111): NV+BS+RT 01
[exit 1]

$ nonvol vars diff ./store.fd ./all.json --json | jq -c '[.equal, (.changes[] | [.name, .before.data_hex, .after.data_hex])]'
[false,["Lang","656e67","6672"],["Same","01",null]]

$ nonvol vars import ./store.fd ./all.json --dry-run
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./store.fd: would be written in place

$ nonvol vars import ./store.fd ./all.json --replace
  - Same (11111111-1111-4111-8111-111111111111): NV+BS+RT 01
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./store.fd: written as a new file in its place

$ nonvol vars diff ./store.fd ./all.json

$ nonvol vars import ./store.fd ./all.json
nothing to do

$ nonvol vars import ./store.fd ./lang.aws --variable NoSuch
! nonvol: NV2301: no live variable is named 'NoSuch'
!   at:   ./lang.aws
!   try:  nonvol vars list ./lang.aws
[exit 3]

$ nonvol vars export ./store.fd --variable NoSuch
! nonvol: NV2301: no live variable is named 'NoSuch'
!   at:   ./store.fd
!   try:  nonvol vars list ./store.fd
[exit 3]

$ nonvol vars export ./store.fd --form vmgs
! nonvol: NV1001: --form is 'vmgs', and must be one of qemu-json, virt-firmware-json, uefivars-json, ec2
!   try:  nonvol vars export --help
[exit 2]

$ nonvol vars compact ./all.json
! nonvol: NV2404: ./all.json has no dead records: it is QEMU's uefi-vars JSON
!   at:   ./all.json
!   try:  nonvol explain NV2404
[exit 4]

$ echo '{"version": 2, "variables": [{"name": "A"}]}' > bad.json && nonvol vars list ./bad.json
! nonvol: NV2411: member 'guid' of ./bad.json is missing
!   at:   ./bad.json at /variables/0
!   try:  jq . ./bad.json
[exit 5]

$ nonvol vars import ./store.fd ./bad.json
! nonvol: NV2411: member 'guid' of ./bad.json is missing
!   at:   ./bad.json at /variables/0
!   try:  jq . ./bad.json
[exit 5]
