import { type AnswerBudget, cutText } from '@sluice/core'
import type { PlannedSource, PreviewedSource } from '@sluice/serve'

type Looked = PlannedSource | PreviewedSource

/** Characters of a value that is shown. */
const longestText = 10_000

/** A look with no more bytes than an answer may have: whoever passes it on holds it as a whole. What is left out is told. Pure. */
export const bounded = <L extends Looked>(looked: L, { bytes }: Pick<AnswerBudget, 'bytes'>): L => ({
  ...looked,
  ...fitting(looked, bytes),
})

function fitting(looked: Looked, bytes: number) {
  const notes: string[] = []
  let left = bytes
  const first = <T>(called: string, all: readonly T[]): readonly T[] => {
    const kept: T[] = []
    for (const each of all) {
      left -= Buffer.byteLength(JSON.stringify(each))
      if (left < 0) break
      kept.push(each)
    }
    if (kept.length < all.length)
      notes.push(`${all.length - kept.length} of ${all.length} ${called} are left out: an answer has ${bytes / 2 ** 20} MB at most`)
    return kept
  }
  const lists =
    'files' in looked
      ? { files: first('files', looked.files) }
      : {
          rows: first(
            'rows',
            looked.rows.map((row) => shortened(row)),
          ),
          quarantine: first('rows in quarantine', looked.quarantine),
        }
  const told = first('notes', looked.told)
  return { ...lists, told: [...told, ...notes] }
}

function shortened<T>(value: T): T {
  if (typeof value === 'string') return cutText(value, longestText) as T
  if (Array.isArray(value)) return value.map((each) => shortened(each)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shortened(each)])) as T
}
