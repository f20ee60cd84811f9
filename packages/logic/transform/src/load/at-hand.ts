import { type Attempt, batchesIn, type Load, type Model, type Reading, skip } from '@sluice/author'
import { inputErrors } from '@sluice/core'

/** Ends the step as skipped where it wants that and no batch at hand brings a row. One that is written again takes its rows back. */
export function skipNothingNew(
  { generation }: Pick<Attempt, 'generation'>,
  step: Load | Model,
  { batches }: Pick<Reading, 'batches'>,
): void {
  const ids = step.kind === 'load' ? [step.from.id] : batchesIn(step.sql)
  const atHand = ids.flatMap((id) => batches.get(id) ?? [])
  if (generation > 1 || atHand.some(({ rows }) => rows > 0)) return
  const none = atHand.length === 0
  if (none && step.kind === 'load' && step.mode === 'full')
    skip(`no batch of ${ids[0]} is at hand, and all of ${step.into.id} would go: it stays as it is`)
  if (!step.skipsNothingNew) return
  skip(`${none ? 'no batch' : 'no row'} of ${ids.join(', ')} is at hand that ${step.into.id} does not have already`)
}

/** The version of the table that a run's parameter asks for; undefined where the batches at hand are loaded. @throws `input.invalid` */
export function versionAsked({ params }: Pick<Attempt, 'params'>, { versionParam, from, name }: Load): number | undefined {
  const asked = versionParam === null ? null : (params[versionParam] ?? null)
  if (asked === null) return undefined
  if (typeof asked === 'number' && Number.isSafeInteger(asked) && asked >= 0) return asked
  throw inputErrors.invalid(`${name} loads a version of ${from.id}, and ${versionParam} is ${JSON.stringify(asked)}`, {
    facts: { step: name, param: versionParam ?? '', value: JSON.stringify(asked) },
    next: `Give ${versionParam} a whole number: sluice lake history ${from.name} lists them.`,
  })
}

/** All rows of a version of the table, in the place of those of the batches at hand. */
export function readingVersion({ from }: Load, reading: Reading, dataset: string, version: number) {
  const ref = { store: 'lake' as const, dataset, batch: `version ${version}`, generation: 0, version: String(version), rows: 0 }
  return {
    rows: { kind: 'sql' as const, parts: [{ kind: 'dataset' as const, id: from.id, rows: 'all' as const }] },
    reading: { ...reading, batches: new Map([...reading.batches, [from.id, [ref]]]) },
  }
}

/** What crosses of the batches at hand: all of their rows; of an upsert the latest of each key, which two files of one pull may bring. */
export function crossing({ from, mode }: Load) {
  const once = mode === 'upsert' ? { once: true as const } : {}
  return { kind: 'sql' as const, parts: [{ kind: 'dataset' as const, id: from.id, rows: 'batch' as const, ...once }] }
}

/** Of the whole table the newest batch at hand alone counts. */
export function newestAlone({ mode, from }: Load, reading: Reading): Reading {
  const newest = (reading.batches.get(from.id) ?? []).at(-1)
  return mode !== 'full' || newest === undefined ? reading : { ...reading, batches: new Map([...reading.batches, [from.id, [newest]]]) }
}
