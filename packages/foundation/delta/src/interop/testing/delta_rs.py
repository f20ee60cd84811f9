"""delta-rs as a process that answers lines. A request names an `op` and a table's `root`; the condition of a delete or update is DataFusion's SQL."""

import json

import pyarrow
import pyarrow.ipc
from deltalake import DeltaTable, QueryBuilder, Schema, write_deltalake

from values import plain, serve, typed


def query(table, sql):
    return pyarrow.table(QueryBuilder().register("t", table).execute(sql).read_all())


def arrow(request):
    fields = json.loads(request["schema"])["fields"]
    schema = pyarrow.schema(Schema.from_json(request["schema"]).to_arrow())
    columns = [
        pyarrow.array([typed(row[field["name"]], field["type"], list) for row in request["rows"]], schema.field(field["name"]).type)
        for field in fields
    ]
    return pyarrow.Table.from_arrays(columns, schema=schema)


def write_arrow(request, path):
    """Rows as an IPC stream in small batches, texts as dictionaries, large texts or views by the request's `texts`."""
    table = arrow(request)
    kinds = {"dictionary": pyarrow.dictionary(pyarrow.int16(), pyarrow.string()), "large": pyarrow.large_string(), "view": pyarrow.string_view()}
    kind = kinds.get(request["texts"], pyarrow.string())
    fields = [field.with_type(kind) if field.type in (pyarrow.string(), pyarrow.string_view()) else field for field in table.schema]
    table = table.cast(pyarrow.schema(fields))
    with pyarrow.OSFile(path, "wb") as sink, pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)


def answer(request):
    op, root = request["op"], request["root"]
    if op == "create":
        write_deltalake(root, arrow(request), partition_by=request["partitionBy"])
        return None
    if op == "read_arrow":
        return [{name: plain(value) for name, value in row.items()} for row in pyarrow.ipc.open_stream(root).read_all().to_pylist()]
    if op == "write_arrow":
        write_arrow(request, root)
        return None
    table = DeltaTable(root, version=request.get("version"))
    if op == "read":
        return [{name: plain(value) for name, value in row.items()} for row in query(table, request["sql"]).to_pylist()]
    if op == "version":
        return table.version()
    if op == "append":
        write_deltalake(table, arrow(request), mode="append")
    elif op == "merge":
        merge = table.merge(arrow(request), predicate="t.id = s.id", source_alias="s", target_alias="t")
        merge.when_matched_update_all().when_not_matched_insert_all().execute()
    elif op == "delete":
        table.delete(request["where"])
    elif op == "update":
        table.update(updates=request["set"], predicate=request["where"])
    elif op == "optimize":
        table.optimize.compact()
    elif op == "vacuum":
        return table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    elif op == "checkpoint":
        table.create_checkpoint()
    else:
        raise ValueError(f"unknown op {op}")
    return None


serve(answer)
