import { model, sql } from 'sluice'
import { cryptoAnomalies, cryptoTempsReel, monitoringStats } from '../datasets/warehouse.ts'
import { anomalyRules } from '../settings/anomaly-rules.ts'

/** Each with the highest threshold that it passes. What an earlier check found keeps the time of that check, so that it is mailed once. */
export const detectAnomalies = model({
  into: cryptoAnomalies,
  from: { market: cryptoTempsReel },
  refresh: 'key',
  query: ({ market }, { interval }) => sql`
    with in_force as (
      select version, rules from jsonb_to_recordset(${JSON.stringify(anomalyRules)}::jsonb) as v (version integer, "from" bigint, rules jsonb)
      where to_timestamp("from" / 1000.0) <= ${interval.end} order by "from" desc limit 1
    ),
    thresholds as (
      select v.version, rule.key as regle, threshold.key as severite, threshold.value::numeric as seuil
      from in_force v, jsonb_each(v.rules) rule, jsonb_each_text(coalesce(nullif(rule.value, 'null'), '{}')) threshold
    ),
    figures as (
      select l.crypto_id, l.timestamp_import as snapshot, f.regle, l.symbole, l.nom, l.rang, f.valeur
      from ${market.latest} l
      cross join lateral (values ('variation', l.variation_24h_pourcent), ('volume', l.volume_24h_usd)) f (regle, valeur)
    ),
    found as (
      select distinct on (f.crypto_id, f.regle) f.*, t.seuil, t.severite, t.version as version_regle
      from figures f join thresholds t on t.regle = f.regle and abs(f.valeur) > t.seuil
      order by f.crypto_id, f.regle, t.seuil desc
    )
    select crypto_id, snapshot, regle, symbole, nom, rang, valeur, seuil, severite, version_regle, ${interval.end} as detecte_a
    from found f
    where not exists (
      select 1 from ${cryptoAnomalies} a
      where a.crypto_id = f.crypto_id and a.snapshot = f.snapshot and a.regle = f.regle and a.detecte_a < ${interval.end}
    )`,
})

/**
 * One row a check: how many assets its snapshot holds, how many anomalies it has, what the market is worth. The snapshot is the one in
 * which this check has found anomalies, whatever was imported meanwhile, or else the newest.
 */
export const marketFigures = model({
  into: monitoringStats,
  from: { market: cryptoTempsReel, anomalies: cryptoAnomalies },
  refresh: 'key',
  query: ({ market, anomalies }, { interval }) => sql`
    select ${interval.end} as check_timestamp, timestamp_import as snapshot, count(*)::integer as records_count,
      (select count(*)::integer from ${anomalies} a where a.snapshot = timestamp_import) as anomalies_detected,
      sum(market_cap_usd) as market_cap_total
    from ${market.since('7d')} l
    where timestamp_import = coalesce(
      (select max(a.snapshot) from ${anomalies} a where a.detecte_a = ${interval.end}),
      (select max(n.timestamp_import) from ${market.latest} n))
    group by timestamp_import`,
})
