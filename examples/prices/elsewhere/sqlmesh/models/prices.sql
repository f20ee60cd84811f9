MODEL (
  name warehouse.published.prices,
  kind INCREMENTAL_BY_TIME_RANGE (time_column seen_at),
  grain (coin, seen_at),
  audits (enough_coins)
);

SELECT coin, seen_at, usd
FROM lake.silver.prices
WHERE seen_at BETWEEN @start_ts AND @end_ts
