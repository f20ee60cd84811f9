import type { LakeRetention } from '@sluice/author'
import { durationMs } from '@sluice/core'
import type { DeltaTable } from '@sluice/delta'
import { type LakeDataset, layerStore } from '../dataset.ts'
import { smallFilesOf } from './settings.ts'
import { tidy } from './tidy.ts'

const vacuumEveryMs = durationMs('1d')
const defaultVersions = '7d'

export interface AfterCommit {
  readonly dataset: LakeDataset
  readonly retention: LakeRetention
  readonly now: () => number
  /** Told what went wrong: the commit before it stands, and the next one tries again. */
  readonly onTrouble: (error: unknown) => void
}

/**
 * What a table needs now and then, done by whoever has just written to it: small files written together, and once a day a vacuum. It never
 * throws.
 */
export async function afterCommit(table: DeltaTable, { dataset, retention, now, onTrouble }: AfterCommit): Promise<void> {
  const rules = smallFilesOf(retention)
  if (rules === undefined) return
  try {
    await tidy(table, rules)
    if (await isDue(dataset, now())) await table.vacuum({ retentionHours: retentionHours(retention) })
  } catch (thrown) {
    onTrouble(thrown)
  }
}

/** Not below the 7 days that running readers are promised: shorter is for the command, where a person says so. */
export const retentionHours = ({ versions = defaultVersions }: LakeRetention): number =>
  Math.max(durationMs(versions), durationMs(defaultVersions)) / 3_600_000

/** True once a day a table; the first sight of it begins the day. */
async function isDue(dataset: LakeDataset, nowMs: number): Promise<boolean> {
  const store = layerStore(dataset)
  const mark = `_maintenance/${dataset.name}`
  const last = Number((await store.read(mark)) ?? 'NaN')
  if (nowMs - last < vacuumEveryMs) return false
  await store.makeFolder('_maintenance')
  await store.put(mark, String(nowMs))
  return !Number.isNaN(last)
}
