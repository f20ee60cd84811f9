import { decimal, integer, model, type Sql, type Step, sql, text, timestamp } from 'sluice'
import { anomalyRules } from '../settings/anomaly-rules.ts'
import { untilBack } from '../settings/until-back.ts'
import { cryptoAnomalies } from '../tables/monitoring.ts'
import { latestSnapshot } from './market.ts'

/** The versions of the rules as rows; values are bound. */
const rules: Sql<never> = anomalyRules
  .map(
    ({ version, from, percent, volumeUsd, criticalFactor }) =>
      sql`select ${version}::integer as version, ${from}::timestamptz as valid_from, ${String(percent)}::numeric as percent,
        ${volumeUsd === null ? null : String(volumeUsd)}::numeric as volume, ${String(criticalFactor)}::numeric as critical`,
  )
  .reduce((all, one) => sql`${all} union all ${one}`)

/**
 * The assets of the newest snapshot that break a rule in force. An anomaly that an earlier check found keeps that check's time, so that it is
 * found, and told, once.
 */
export const detectAnomalies = (after: readonly Step[]) =>
  model({
    name: 'public.crypto_anomalies',
    on: 'warehouse',
    after,
    retry: untilBack,
    description: 'Assets whose variation or volume stands out in the newest snapshot',
    columns: {
      crypto_id: text({ max: 100, notNull: true }),
      snapshot: timestamp({ notNull: true }),
      regle: text({ max: 20, notNull: true }),
      symbole: text({ max: 20, notNull: true }),
      nom: text({ max: 100, notNull: true }),
      rang: integer({ notNull: true }),
      valeur: decimal(38, 18, { notNull: true }),
      seuil: decimal(38, 18, { notNull: true }),
      severite: text({ max: 20, notNull: true }),
      version_regle: integer({ notNull: true }),
      detecte_a: timestamp({ notNull: true }),
    },
    refresh: { by: 'key', key: ['crypto_id', 'snapshot', 'regle'] },
    query: ({ interval }) => sql`
      with rules as (${rules}),
      rule as (select * from rules where valid_from <= ${interval.end} order by valid_from desc limit 1),
      latest as (select * from ${latestSnapshot(interval.end)}),
      found as (
        select l.crypto_id, l.timestamp_import as snapshot, 'variation' as regle, l.symbole, l.nom, l.rang,
          abs(l.variation_24h_pourcent) as size, l.variation_24h_pourcent as valeur, r.percent as seuil, r.critical, r.version
        from latest l, rule r where abs(l.variation_24h_pourcent) > r.percent
        union all
        select l.crypto_id, l.timestamp_import, 'volume', l.symbole, l.nom, l.rang, l.volume_24h_usd, l.volume_24h_usd, r.volume, r.critical, r.version
        from latest l, rule r where r.volume is not null and l.volume_24h_usd > r.volume
      )
      select crypto_id, snapshot, regle, symbole, nom, rang, valeur, seuil,
        case when size >= seuil * critical then 'critical' else 'warning' end as severite,
        version as version_regle, ${interval.end} as detecte_a
      from found f
      where not exists (
        select 1 from ${cryptoAnomalies} a
        where a.crypto_id = f.crypto_id and a.snapshot = f.snapshot and a.regle = f.regle and a.detecte_a < ${interval.end}
      )`,
  })
