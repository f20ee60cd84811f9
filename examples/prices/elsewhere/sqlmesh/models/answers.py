import os
import typing as t
from datetime import datetime

import pandas as pd
import requests
from sqlmesh import ExecutionContext, model
from sqlmesh.core.model.kind import ModelKindName


@model(
    "lake.bronze.answers",
    kind={"name": ModelKindName.INCREMENTAL_BY_TIME_RANGE, "time_column": "seen_at", "batch_size": 24},
    columns={"seen_at": "timestamp", "body": "text"},
)
def execute(context: ExecutionContext, start: datetime, end: datetime, execution_time: datetime, **kwargs: t.Any) -> t.Iterator[pd.DataFrame]:
    """The answers as they came. An interval that runs again asks again and replaces its rows."""
    for at in pd.date_range(start, end, freq="h"):
        answer = requests.get(f"{os.environ['PRICES_URL']}/prices", params={"at": at.isoformat()}, timeout=30)
        answer.raise_for_status()
        yield pd.DataFrame([{"seen_at": at.tz_localize(None), "body": answer.text}])
