import type { Snapshot } from './snapshot.ts'

const shown = 3

/** In what the disturbed world differs from the undisturbed one, and where it breaks what holds in every world; empty when all is well. */
export function differences(undisturbed: Snapshot, disturbed: Snapshot): readonly string[] {
  const parts = Object.keys(undisturbed) as (keyof Snapshot)[]
  return [...parts.flatMap((part) => differ(part, undisturbed[part], disturbed[part])), ...broken(disturbed)]
}

function differ(part: string, wanted: readonly string[], found: readonly string[]): readonly string[] {
  const tell = (what: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`${part}: ${lines.length} ${what}: ${lines.slice(0, shown).join(' | ')}`]
  return [...tell('missing', without(wanted, found)), ...tell('too many', without(found, wanted))]
}

/** Of the lines, those that the others do not hold as often. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return count <= 0
  })
}

interface Counted {
  readonly dataset: string
  readonly batch: string
  readonly generation: number
  readonly in: number
  readonly written: number
  readonly quarantined: number
  readonly found?: number | null
}

/**
 * What is not exactly once (docs/decisions/0003-exactly-once.md): one receipt for a batch and generation, rows in = written + quarantined,
 * and as many rows in the sink as the receipt says.
 */
function broken({ loads, ledger, silver }: Snapshot): readonly string[] {
  const wrong: string[] = []
  const inSilver = Map.groupBy(silver, (line) => (JSON.parse(line) as { _batch: string })._batch)
  for (const [part, lines] of Object.entries({ loads, ledger })) {
    const receipts = lines.map((line) => JSON.parse(line) as Counted)
    const byBatch = Map.groupBy(receipts, ({ dataset, batch, generation }) => `${dataset} ${batch} generation ${generation}`)
    for (const [batch, found] of byBatch) if (found.length > 1) wrong.push(`${part}: ${found.length} receipts for ${batch}`)
    for (const receipt of receipts) {
      const { dataset, batch, written, quarantined } = receipt
      if (receipt.in !== written + quarantined) wrong.push(`${part}: ${dataset} ${batch}: rows in differ from written + quarantined`)
      const there = dataset.endsWith('lake.silver.assets') ? (inSilver.get(batch)?.length ?? 0) : (receipt.found ?? written)
      if (there !== written) wrong.push(`${part}: ${dataset} ${batch}: ${there} rows there, ${written} in the receipt`)
    }
  }
  return wrong
}
