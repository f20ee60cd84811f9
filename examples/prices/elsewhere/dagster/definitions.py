import json
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import dagster as dg
import psycopg2
import requests
from dagster_duckdb import DuckDBResource

hours = dg.HourlyPartitionsDefinition(start_date="2026-11-01-00:00")
retry = dg.RetryPolicy(max_retries=3, delay=5, backoff=dg.Backoff.EXPONENTIAL)
asset = {"partitions_def": hours, "retry_policy": retry}
columns = "coin varchar not null, seen_at timestamptz not null, usd decimal(38, 18) not null"


class PricesApi(dg.ConfigurableResource):
    url: str

    def at(self, time: str) -> str:
        answer = requests.get(f"{self.url}/prices", params={"at": time}, timeout=30)
        answer.raise_for_status()
        return answer.text


class Postgres(dg.ConfigurableResource):
    dsn: str

    @contextmanager
    def cursor(self):
        connection = psycopg2.connect(self.dsn)
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


def file_of(context) -> Path:
    return Path("bronze/prices") / f"{context.partition_key.replace(':', '')}.json"


@dg.asset(**asset)
def answers(context: dg.AssetExecutionContext, api: PricesApi) -> dg.MaterializeResult:
    """The answer as it came. A run again asks again and writes over it."""
    file = file_of(context)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(api.at(context.partition_time_window.end.isoformat()))
    return dg.MaterializeResult(metadata={"file": str(file)})


@dg.asset(deps=[answers], **asset)
def silver_prices(context: dg.AssetExecutionContext, duckdb: DuckDBResource) -> dg.MaterializeResult:
    """Typed. Rows of another type end the run; rows that break the rule are put aside by hand."""
    body = json.loads(file_of(context).read_text())
    rows = [(p["coin"], body["at"], p["usd"], context.partition_key) for p in body["prices"]]
    with duckdb.get_connection() as db:
        for table in ["prices", "prices_quarantine"]:
            db.execute(f"create table if not exists {table} ({columns}, hour varchar)")
        db.execute("begin")
        for table, broken in [("prices", False), ("prices_quarantine", True)]:
            db.execute(f"delete from {table} where hour = ?", [context.partition_key])
            kept = [row for row in rows if (float(row[2]) < 0) == broken]
            if kept:
                db.executemany(f"insert into {table} values (?, ?, ?, ?)", kept)
        db.execute("commit")
    return dg.MaterializeResult(metadata={"rows": len(rows)})


@dg.asset(deps=[silver_prices], **asset)
def published_prices(context: dg.AssetExecutionContext, duckdb: DuckDBResource, postgres: Postgres) -> dg.MaterializeResult:
    with duckdb.get_connection() as db:
        rows = db.execute("select coin, seen_at, usd from prices where hour = ?", [context.partition_key]).fetchall()
    with postgres.cursor() as cursor:
        cursor.execute(f"create table if not exists prices ({columns}, primary key (coin, seen_at))")
        cursor.executemany("insert into prices values (%s, %s, %s) on conflict (coin, seen_at) do update set usd = excluded.usd", rows)
    return dg.MaterializeResult(metadata={"rows": len(rows)})


@dg.asset_check(asset=published_prices, partitions_def=hours, blocking=True)
def enough_coins(context: dg.AssetCheckExecutionContext, postgres: Postgres) -> dg.AssetCheckResult:
    with postgres.cursor() as cursor:
        cursor.execute("select count(distinct coin) from prices where seen_at = %s", [context.partition_time_window.end])
        (coins,) = cursor.fetchone()
    return dg.AssetCheckResult(passed=coins >= 3, metadata={"coins": coins}, description=f"{coins} coins have a price")


prices = dg.define_asset_job("prices", selection=dg.AssetSelection.assets(published_prices).upstream(), partitions_def=hours)

# History needs no second job: `dagster job backfill -j prices --from 2026-11-01-00:00 --to 2026-11-08-00:00`.
defs = dg.Definitions(
    assets=[answers, silver_prices, published_prices],
    asset_checks=[enough_coins],
    jobs=[prices],
    schedules=[dg.build_schedule_from_partitioned_job(prices)],
    resources={
        "api": PricesApi(url=dg.EnvVar("PRICES_URL")),
        "duckdb": DuckDBResource(database="lake.duckdb"),
        "postgres": Postgres(dsn=dg.EnvVar("WAREHOUSE_DSN")),
    },
)
