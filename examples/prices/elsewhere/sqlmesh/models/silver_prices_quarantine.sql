MODEL (
  name lake.silver.prices_quarantine,
  kind INCREMENTAL_BY_TIME_RANGE (time_column seen_at)
);

SELECT coin, seen_at, usd
FROM lake.silver.parsed
WHERE usd < 0 AND seen_at BETWEEN @start_ts AND @end_ts
