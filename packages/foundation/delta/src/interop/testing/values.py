"""Rows as JSON for processes that answer lines: numbers as text, so that none loses a digit."""

import datetime
import decimal
import json
import os
import sys

# Answers alone go to the output: what an engine prints there, Spark's VACUUM for one, goes to the errors.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def plain(value, dict_is_map=False):
    """A value of an engine as JSON. Structs become objects, maps lists of pairs (a dict is the one or the other by engine); instants are in UTC."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), repr(value))
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        utc = value if value.tzinfo is None else value.astimezone(datetime.timezone.utc)
        return utc.replace(tzinfo=None).isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if hasattr(value, "asDict"):
        return {name: plain(value[name], dict_is_map) for name in value.__fields__}
    if isinstance(value, dict) and dict_is_map:
        return [[plain(key, True), plain(inner, True)] for key, inner in value.items()]
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner, dict_is_map) for inner in value]


def typed(value, kind, pairs):
    """JSON back to a value of a Delta type; `pairs` makes a map of its list of pairs."""
    if value is None or kind in ("string", "boolean"):
        return value
    if kind in ("long", "integer", "short", "byte"):
        return int(value)
    if kind in ("double", "float"):
        return float(value)
    if kind == "date":
        return datetime.date.fromisoformat(value)
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.timezone.utc)
    if kind == "timestamp_ntz":
        return datetime.datetime.fromisoformat(value)
    if kind == "binary":
        return bytes.fromhex(value)
    if isinstance(kind, str):
        return decimal.Decimal(value)
    if kind["type"] == "array":
        return [typed(inner, kind["elementType"], pairs) for inner in value]
    if kind["type"] == "map":
        return pairs([(typed(key, kind["keyType"], pairs), typed(inner, kind["valueType"], pairs)) for key, inner in value])
    return {field["name"]: typed(value[field["name"]], field["type"], pairs) for field in kind["fields"]}


def serve(answer):
    """Answers each line of the input with one line."""
    print(json.dumps({"ok": "ready"}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            result = {"ok": answer(json.loads(line))}
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"[:4000]}
        print(json.dumps(result), file=answers, flush=True)
