import type { Sql, SqlPart } from '@sluice/author'

/**
 * Names of the steps of which the statement certainly reads no other rows than those of the batch at hand: each mention has the form
 * `from ${step} [as alias] where ${batch.rows}`, with nothing but conditions joined by AND behind it. Their scans may leave other batches'
 * files closed, which at 700 batches is most of a small model's time. Whatever is not certain is not narrowed.
 */
export function narrowedSteps({ parts }: Sql): ReadonlySet<string> {
  const narrowed = new Set<string>()
  const read = new Set<string>()
  parts.forEach((part, index) => {
    if (part.kind !== 'step') return
    if (isNarrow(parts, index)) narrowed.add(part.step.name)
    else read.add(part.step.name)
  })
  return narrowed.difference(read)
}

function isNarrow(parts: readonly SqlPart[], index: number): boolean {
  const [before, between, predicate] = [parts[index - 1], parts[index + 1], parts[index + 2]]
  return (
    before?.kind === 'text' &&
    /\bfrom\s+$/i.test(before.text) &&
    between?.kind === 'text' &&
    /^\s*(?:(?:as\s+)?[a-z_][a-z0-9_]*\s+)?where\s+$/i.test(between.text) &&
    predicate?.kind === 'batch_rows' &&
    !hasOr(parts.slice(index + 3))
  )
}

/** Comments, strings and quoted identifiers are skipped whole; then parentheses and words. */
const token = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|[A-Za-z_]+/g

/** Is there an OR in the rest of this WHERE, on its own level? */
function hasOr(rest: readonly SqlPart[]): boolean {
  const text = rest.map((part) => (part.kind === 'text' ? part.text : ' ? ')).join('')
  let depth = 0
  for (const [word] of text.matchAll(token)) {
    if (word === '(') depth++
    else if (word === ')' && --depth < 0) return false
    else if (depth === 0 && word.toLowerCase() === 'or') return true
  }
  return false
}
