import type { DatabaseManifest } from './manifest.ts'
import type { Step } from './statements-file.ts'

/** What happens after the schema of `before` is there, as plain data: what runs beside what, and in which order. */
export interface PlannedWork {
  readonly id: string
  readonly kind: 'rows' | 'compare' | 'analyze' | 'step'
  /** Of the table, or of the object. */
  readonly name: string
  /** Of the steps, where it is one. */
  readonly step?: number
  readonly needs: readonly string[]
  readonly locks: readonly string[]
  readonly cost: number
}

/** What only locks its tables, so that two of them may be made at once. */
const besideOthers = new Set(['constraint', 'index', 'foreign key'])

/**
 * Rows of each table, then the comparison with the backup and what stands over the table, each table beside the others. A step that is not
 * about tables with rows waits for all before it. Pure.
 */
export function planRestore(
  { tables }: Pick<DatabaseManifest, 'tables'>,
  after: readonly Step[],
  compare: boolean,
): readonly PlannedWork[] {
  const planned: PlannedWork[] = []
  const bytesOf = new Map(tables.map(({ name, file }) => [name, file.plainBytes]))
  for (const { name, rows, file } of tables) {
    planned.push({ id: `rows ${name}`, kind: 'rows', name, needs: [], locks: [name], cost: file.plainBytes * 4 })
    if (compare)
      planned.push({ id: `compare ${name}`, kind: 'compare', name, needs: [`rows ${name}`], locks: [name], cost: file.plainBytes })
    if (rows > 0) planned.push({ id: `analyze ${name}`, kind: 'analyze', name, needs: [`rows ${name}`], locks: [name], cost: 0 })
  }
  const over = new Map<string, string[]>()
  after.forEach((step, n) => {
    const id = `step ${n}`
    const beside = besideOthers.has(step.kind) && step.tables.length > 0 && step.tables.every((name) => bytesOf.has(name))
    const earlier = planned.map((work) => work.id)
    const keys = step.kind === 'foreign key' ? step.tables.flatMap((name) => over.get(name) ?? []) : []
    const alone = planned.findLast(({ kind, locks }) => kind === 'step' && locks.length === 0)
    planned.push({
      id,
      kind: 'step',
      name: step.name,
      step: n,
      needs: beside ? [...step.tables.map((name) => `rows ${name}`), ...keys, ...(alone === undefined ? [] : [alone.id])] : earlier,
      locks: beside ? step.tables : [],
      // Indexes before comparisons: other steps wait for them.
      cost: beside ? step.tables.reduce((sum, name) => sum + (bytesOf.get(name) ?? 0), 0) * 2 : 0,
    })
    if (beside && step.kind !== 'foreign key') for (const name of step.tables) over.set(name, [...(over.get(name) ?? []), id])
  })
  return planned
}
