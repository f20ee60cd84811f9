-- Each bucket that the batch touched, computed anew from all its snapshots; so the order of runs does not matter.
with touched as (
  select
    min(timestamp_import) - interval '1 day' as earliest,
    max(timestamp_import) + interval '1 day' as latest,
    list(distinct ${bucket}) as buckets
  from ${assets.batch}
)
select
  ${bucket} as ${name},
  crypto_id,
  arg_max(symbole, timestamp_import) as symbole,
  arg_max(nom, timestamp_import) as nom,
  count(*)::integer as instantanes,
  min(prix_usd) as prix_min,
  max(prix_usd) as prix_max,
  sum(prix_usd) as prix_somme,
  arg_max(prix_usd, timestamp_import) as prix_cloture,
  arg_max_null(market_cap_usd, timestamp_import) as market_cap_cloture,
  arg_max_null(volume_24h_usd, timestamp_import) as volume_24h_cloture
from (select distinct on (crypto_id, timestamp_import) * from ${assets} order by crypto_id, timestamp_import, seen_at), touched
where timestamp_import between earliest and latest and list_contains(buckets, ${bucket})
group by 1, 2
