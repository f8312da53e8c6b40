# What variables were before.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 store.fd; nonvol vars set ./store.fd Timeout --hex 0500 >/dev/null; nonvol vars set ./store.fd Lang --text fr >/dev/null; nonvol vars set ./store.fd Lang --text fr --attributes NV+BS >/dev/null; nonvol vars delete ./store.fd Timeout >/dev/null

$ nonvol vars history ./store.fd

$ nonvol vars history ./store.fd Lang-8be4df61-93ca-11d2-aa0d-00e098032b8c --json

$ nonvol vars history ./store.fd NoSuch

# Time stamps, a value written twice, and a header that was never filled in.
$ make_store stamps.fd db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3c:27:01:2020-01-01T00:00:00Z db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3c:27:01:2020-01-01T00:00:00Z db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3f:27:*40:2024-01-01T00:00:00Z

$ nonvol vars history ./stamps.fd

$ nonvol vars compact ./store.fd >/dev/null; nonvol vars history ./store.fd

$ make_store empty.fd; nonvol vars history ./empty.fd

$ echo '{"version":2,"variables":[]}' >q.json; nonvol vars history ./q.json
