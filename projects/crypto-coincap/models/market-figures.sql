-- How many assets the chosen snapshot holds, how many anomalies it has, what the market is worth.
select ${interval.end} as check_timestamp, timestamp_import as snapshot, count(*)::integer as records_count,
  (select count(*)::integer from ${anomalies} a where a.snapshot = timestamp_import) as anomalies_detected,
  sum(market_cap_usd) as market_cap_total
from ${market.since('7d')} l
where timestamp_import = ${inputs.chosen.snapshot}::timestamptz
group by timestamp_import
