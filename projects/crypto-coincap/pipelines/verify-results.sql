-- What the load says it wrote is there, and the rollups hold every asset of it. What is in quarantine is told beside.
select rows = loaded and (rows > 0 or not kept) and hours >= assets and days >= assets as ok, rows, loaded, assets, hours, days,
  coalesce(${inputs.cleaned.quarantined}::integer, 0) + coalesce(${inputs.loaded.quarantined}::integer, 0) as left_out
from (select ${interval.end} >= max(timestamp_import) - interval '7 days' as kept from ${snapshots}) age,
  (select count(*) as rows, count(distinct crypto_id) as assets from ${snapshots} where timestamp_import = ${interval.end}) snapshot,
  (select count(*) as loaded from ${snapshots.batch}) load,
  (select count(*) as hours from ${hours.batch}) hourly,
  (select count(*) as days from ${days.batch}) daily
