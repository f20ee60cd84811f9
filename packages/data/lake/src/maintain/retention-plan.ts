import type { LakePolicy } from '@sluice/author'
import { durationMs, type Instant } from '@sluice/core'
import { retentionOf } from './settings.ts'

/** A bronze file as the planner sees it. */
export interface BronzeFact {
  /** `bronze.coincap_assets` without the layer. */
  readonly name: string
  readonly path: string
  readonly batch: string
  /** Epoch milliseconds. */
  readonly logicalTime: Instant
  readonly bytes: number
}

/** One export of gold; the newest generation of a batch stands for it. */
export interface ExportFact {
  readonly name: string
  readonly version: string
  readonly stem: string
  readonly bytes: number
}

export interface RetentionFacts {
  readonly bronze: readonly BronzeFact[]
  /** Batches that something was made of, as receipts name their inputs. */
  readonly consumed: ReadonlySet<string>
  readonly gold: readonly ExportFact[]
  /** Names of silver tables. */
  readonly silver: readonly string[]
}

/** What retention will do. Everything in it can be printed: a dry run is this and nothing more. */
export type RetentionStep =
  | { readonly kind: 'bronze'; readonly name: string; readonly path: string; readonly bytes: number }
  | { readonly kind: 'rows'; readonly name: string; readonly column: string; readonly before: Instant }
  | { readonly kind: 'export'; readonly name: string; readonly version: string; readonly bytes: number }

export interface RetentionPlan {
  readonly steps: readonly RetentionStep[]
  /** Bronze files that are old enough but that nothing was made of yet. */
  readonly needed: readonly string[]
}

/** Pure. `now` is logical time: a run of yesterday's tick plans as yesterday. */
export function planRetention(policy: LakePolicy, facts: RetentionFacts, now: Instant): RetentionPlan {
  const needed: string[] = []
  const steps: RetentionStep[] = []
  for (const { name, path, batch, logicalTime, bytes } of facts.bronze) {
    const { keep } = retentionOf(policy, 'bronze', name)
    if (keep === undefined || logicalTime >= now - durationMs(keep)) continue
    if (facts.consumed.has(batch)) steps.push({ kind: 'bronze', name, path, bytes })
    else needed.push(path)
  }
  for (const name of facts.silver) {
    const { keep, column } = retentionOf(policy, 'silver', name)
    if (keep !== undefined && column !== undefined) steps.push({ kind: 'rows', name, column, before: now - durationMs(keep) })
  }
  for (const [name, all] of Map.groupBy(facts.gold, (each) => each.name)) {
    const { exports } = retentionOf(policy, 'gold', name)
    if (exports === undefined) continue
    const batches = [...new Set(all.map(({ stem }) => stem))].sort().reverse()
    const kept = new Set(batches.slice(0, Math.max(1, exports)))
    for (const { version, stem, bytes } of all) if (!kept.has(stem)) steps.push({ kind: 'export', name, version, bytes })
  }
  return { steps, needed }
}
