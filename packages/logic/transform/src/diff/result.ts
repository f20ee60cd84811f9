import type { DifferenceKind, DifferenceRow } from '@sluice/checks'
import type { ColumnChange } from '../rebuild/plan.ts'

/** How a comparison looks. */
export interface DiffAsked {
  /** The newest batches that are compared, of a model that takes batches. All of them unless given. */
  readonly batches?: number
  /** Of a hundred rows. All of them unless given. */
  readonly percent?: number
  /** Rows that are told of each kind. */
  readonly examples: number
}

/** What a model would change, against what stands. */
export interface ModelDiff {
  /** Why nothing is compared; the rest is empty then. */
  readonly why: string | null
  /** Batches that are compared, of those of the model that stand. */
  readonly batches: { readonly compared: number; readonly of: number }
  /** Batches of the chosen ones that are not compared, by the reason. */
  readonly left: readonly { readonly reason: string; readonly batches: number }[]
  /** How the declared columns differ from those of the table. */
  readonly columns: readonly ColumnChange[]
  /** Columns by which a row is the same one. None: rows count as often as they stand there. */
  readonly by: readonly string[]
  readonly rows: {
    readonly would: number
    readonly stands: number
    readonly added: number
    readonly removed: number
    readonly changed: number
    readonly same: number
  }
  /** Rows that break a rule: now, and when what is compared was written. */
  readonly quarantined: { readonly would: number; readonly stands: number }
  readonly changed: readonly { readonly column: string; readonly rows: number }[]
  /** Names of the cells of the examples. */
  readonly cells: readonly string[]
  readonly examples: readonly DiffExample[]
}

export interface DiffExample {
  readonly kind: DifferenceKind
  /** How often a row without identity stands there more on one side. */
  readonly times: number
  readonly stands: readonly (string | null)[] | null
  readonly would: readonly (string | null)[] | null
}

const nothing: Omit<ModelDiff, 'why'> = {
  batches: { compared: 0, of: 0 },
  left: [],
  columns: [],
  by: [],
  rows: { would: 0, stands: 0, added: 0, removed: 0, changed: 0, same: 0 },
  quarantined: { would: 0, stands: 0 },
  changed: [],
  cells: [],
  examples: [],
}

export const notCompared = (why: string, more: Partial<ModelDiff> = {}): ModelDiff => ({ ...nothing, ...more, why })

/** The answer of the statement as counts and examples. What is the same, and what stands, follow from the others. */
export function toldBy(
  rows: readonly DifferenceRow[],
  cells: readonly string[],
): Pick<ModelDiff, 'rows' | 'changed' | 'cells' | 'examples'> {
  const n = (kind: DifferenceRow['kind']): number => Number(rows.find((row) => row.kind === kind)?.n ?? 0)
  const [would, added, removed, changed] = [n('would'), n('count added'), n('count removed'), n('count changed')]
  const counts = listOf(rows.find(({ kind }) => kind === 'columns')?.would) ?? []
  return {
    rows: { would, stands: would - added + removed, added, removed, changed, same: would - added - changed },
    changed: cells.flatMap((column, at) => (Number(counts[at] ?? 0) === 0 ? [] : [{ column, rows: Number(counts[at]) }])),
    cells,
    examples: rows.flatMap(({ kind, n, would, stands }): DiffExample[] =>
      kind.startsWith('example ')
        ? [{ kind: kind.slice('example '.length) as DifferenceKind, times: Number(n), stands: listOf(stands), would: listOf(would) }]
        : [],
    ),
  }
}

const listOf = (text: string | null | undefined): readonly (string | null)[] | null =>
  text === null || text === undefined
    ? null
    : (JSON.parse(text) as readonly (string | number | null)[]).map((each) => (each === null ? null : String(each)))
