import { decimal, integer, model, type Sql, type Step, sql, text, timestamp } from 'sluice'
import { anomalyRules, ruleNames, severities } from '../settings/anomaly-rules.ts'
import { untilBack } from '../settings/until-back.ts'
import { cryptoAnomalies } from '../tables/monitoring.ts'
import { latestSnapshot } from './market.ts'

const rows = (all: readonly Sql<never>[]): Sql<never> => all.reduce((one, other) => sql`${one} union all ${other}`)

/** The versions of the rules as rows; values are bound. */
const versions = rows(
  anomalyRules.map(
    ({ version, from }) => sql`select ${version}::integer as version, ${new Date(from).toISOString()}::timestamptz as valid_from`,
  ),
)

/** Their thresholds: one row a version, rule and severity; and a row that no rule has, so that there is one where all rules are off. */
const thresholds = rows([
  sql`select null::integer as version, null::text as regle, null::text as severite, null::numeric as seuil`,
  ...anomalyRules.flatMap(({ version, rules }) =>
    ruleNames.flatMap((rule) =>
      severities.flatMap((severity) => {
        const threshold = rules[rule]?.[severity]
        return threshold === undefined
          ? []
          : [sql`select ${version}::integer, ${rule}::text, ${severity}::text, ${String(threshold)}::numeric`]
      }),
    ),
  ),
])

/**
 * The assets of the newest snapshot that break a rule in force, each with the highest threshold that it passes. An anomaly that an earlier check found keeps that check's time, so that it is
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
      with versions as (${versions}),
      thresholds as (${thresholds}),
      in_force as (
        select t.* from thresholds t
        where t.version = (select v.version from versions v where v.valid_from <= ${interval.end} order by v.valid_from desc limit 1)
      ),
      latest as (select * from ${latestSnapshot(interval.end)}),
      figures as (
        select l.crypto_id, l.timestamp_import as snapshot, f.regle, l.symbole, l.nom, l.rang, f.valeur
        from latest l
        cross join lateral (values ('variation', l.variation_24h_pourcent), ('volume', l.volume_24h_usd)) f (regle, valeur)
      ),
      found as (
        select distinct on (f.crypto_id, f.regle) f.*, t.seuil, t.severite, t.version as version_regle
        from figures f join in_force t on t.regle = f.regle and abs(f.valeur) > t.seuil
        order by f.crypto_id, f.regle, t.seuil desc
      )
      select crypto_id, snapshot, regle, symbole, nom, rang, valeur, seuil, severite, version_regle, ${interval.end} as detecte_a
      from found f
      where not exists (
        select 1 from ${cryptoAnomalies} a
        where a.crypto_id = f.crypto_id and a.snapshot = f.snapshot and a.regle = f.regle and a.detecte_a < ${interval.end}
      )`,
  })
