"""delta-rs on a table in S3: `append <uri> <endpoint> <writer> <rows>` in single commits, or `read <uri> <endpoint>`."""
import json
import os
import sys

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

verb, uri, endpoint, *rest = sys.argv[1:]
options = {
    "AWS_ENDPOINT_URL": endpoint,
    "AWS_ALLOW_HTTP": "true",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "testsecret",
    "aws_conditional_put": "etag",
}
if verb == "append":
    writer, count = int(rest[0]), int(rest[1])
    for n in range(count):
        rows = pa.table({"writer": pa.array([writer], pa.int32()), "n": pa.array([n], pa.int32()), "name": pa.array([None], pa.string())})
        write_deltalake(uri, rows, mode="append", storage_options=options)
table = DeltaTable(uri, storage_options=options)
rows = table.to_pyarrow_table().to_pylist() if verb == "read" else []
print(json.dumps({"version": table.version(), "rows": rows}), flush=True)
# Threads of pyarrow may still hold the connection when Python tears itself down, and its C++ then ends the process with an abort.
os._exit(0)
