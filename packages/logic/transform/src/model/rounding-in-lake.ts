import { definitionErrors } from '@sluice/core'
import { type Node, nodesIn, type Parsed, placed, placeOf } from './parsed.ts'

const withForm = new Set(['from_json', 'from_json_strict', 'json_transform', 'json_transform_strict'])
const rounding = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|INT[1248]|SHORT|LONG|SIGNED|DEC(?:IMAL)?|NUMERIC)\b/i

/**
 * Refuses a form of JSON that names a type of whole or decimal numbers: DuckDB makes 100 of 99.99 for an INTEGER there, and 0 of 0.123 for
 * DECIMAL(38,0), without a word. @throws `definition.invalid` naming the field and its place
 */
export function refuseRounding(step: string, { text, tree }: Parsed): void {
  for (const node of nodesIn(tree)) {
    const name = String(node.function_name ?? '').toLowerCase()
    const found = withForm.has(name) ? roundingIn(formOf(node)) : undefined
    if (found === undefined) continue
    const { at, ...facts } = placed(text, placeOf(node))
    throw definitionErrors.invalid(`step ${step}: ${name}${at} reads ${found.path} as ${found.type}, and DuckDB rounds what does not fit`, {
      facts: { step, word: name, path: found.path, ...facts },
      next: `Write VARCHAR for ${found.type}: the column of the model takes the number exactly, or sends its row to quarantine.`,
    })
  }
}

/** The form that a call names, where it is a constant. */
function formOf({ children }: Node): unknown {
  const constant = Array.isArray(children) ? (children[1] as Node | undefined)?.value : undefined
  const value = typeof constant === 'object' && constant !== null ? (constant as Node).value : undefined
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined
  } catch {
    return undefined
  }
}

function roundingIn(form: unknown, path = '$'): { readonly path: string; readonly type: string } | undefined {
  if (typeof form === 'string') return rounding.test(form.trim()) ? { path, type: form } : undefined
  if (Array.isArray(form)) return roundingIn(form[0], `${path}[*]`)
  if (typeof form !== 'object' || form === null) return undefined
  for (const [key, inner] of Object.entries(form)) {
    const found = roundingIn(inner, `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
