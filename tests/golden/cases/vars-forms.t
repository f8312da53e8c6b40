# Variables leave a store in other forms, are read from them, and come back.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Same:22222222-2222-4222-8222-222222222222:0203 store.fd

$ nonvol vars export ./store.fd

$ nonvol vars export ./store.fd --variable Lang --form ec2 -o lang.aws

$ nonvol vars list ./lang.aws

$ nonvol vars export ./store.fd -o all.json --json

$ nonvol vars list ./all.json

$ nonvol vars get ./all.json Lang

$ nonvol vars list ./all.json --json | jq -c '[.form, .layout, (.variables | length)]'

$ nonvol vars diff ./store.fd ./all.json

# A change of a JSON file, and what then is different.
$ nonvol vars set ./all.json Lang --text fr

$ nonvol vars delete ./all.json Same-11111111-1111-4111-8111-111111111111

$ nonvol vars diff ./store.fd ./all.json

$ nonvol vars diff ./store.fd ./all.json --json | jq -c '[.equal, (.changes[] | [.name, .before.data_hex, .after.data_hex])]'

$ nonvol vars import ./store.fd ./all.json --dry-run

$ nonvol vars import ./store.fd ./all.json --replace

$ nonvol vars diff ./store.fd ./all.json

$ nonvol vars import ./store.fd ./all.json

$ nonvol vars import ./store.fd ./lang.aws --variable NoSuch

$ nonvol vars export ./store.fd --variable NoSuch

$ nonvol vars export ./store.fd --form vmgs

$ nonvol vars compact ./all.json

$ echo '{"version": 2, "variables": [{"name": "A"}]}' > bad.json && nonvol vars list ./bad.json

$ nonvol vars import ./store.fd ./bad.json
