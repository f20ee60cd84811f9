import { load, model, sql, sqlFile } from 'sluice'
import { assets, coincapAssets, daily, hourly } from '../datasets/lake.ts'
import { cryptoHoraire, cryptoQuotidien, cryptoTempsReel } from '../datasets/warehouse.ts'
import { processing } from '../settings/steps.ts'

const clean = sqlFile(import.meta, 'clean-assets.sql')
const seenAt = sql`make_timestamptz(computed_at * 1000)`
const typed = { into: assets, from: { coincapAssets }, refresh: 'batch', in: processing } as const
/** One snapshot a run, stamped with its logical time. */
export const cleanAssets = model({ ...typed, query: (from, { interval }) => clean(from, { seenAt, snapshotAt: interval.end }) })
/** Many snapshots a run, each stamped with its own time. */
export const cleanHistory = model({ ...typed, query: (from) => clean(from, { seenAt, snapshotAt: seenAt }) })

/** Typed snapshots into the warehouse; a rerun replaces exactly its own. */
export const loadAssets = load({ from: assets, into: cryptoTempsReel, mode: 'append', in: processing, timeout: '5m' })

const rollup = sqlFile(import.meta, 'rollup.sql')
const hour = { name: sql`heure`, bucket: sql`date_trunc('hour', timestamp_import)` }
const day = { name: sql`jour`, bucket: sql`cast(timezone('Europe/Paris', timestamp_import) as date)` }
const rolledUp = { from: { assets }, refresh: 'batch', in: processing } as const
export const rollUpHours = model({ ...rolledUp, into: hourly, query: (from) => rollup(from, hour) })
export const rollUpDays = model({ ...rolledUp, into: daily, query: (from) => rollup(from, day) })
export const loadHours = load({ from: hourly, into: cryptoHoraire, mode: 'upsert', in: processing })
export const loadDays = load({ from: daily, into: cryptoQuotidien, mode: 'upsert', in: processing })
