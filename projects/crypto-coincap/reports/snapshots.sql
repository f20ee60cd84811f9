-- The newest snapshot, and that nearest to 24 hours earlier, at most two hours older.
select timestamp_import as at, variation_24h_pourcent as variation, market_cap_usd as cap from ${market.latest} newest
union all
select timestamp_import, variation_24h_pourcent, market_cap_usd from ${market.since('26h')} earlier
where timestamp_import = (
  select max(a.timestamp_import) from ${market.since('26h')} a
  where a.timestamp_import <= (select max(l.timestamp_import) - interval '24 hours' from ${market.latest} l))
