import type { RestSource } from '@sluice/author'
import { sourceErrors } from '../errors.ts'
import type { HeadersByName } from '../http/request.ts'
import { keysOf, textAt, valueAt } from './value-at.ts'

/** An answer that was looked into. */
export interface Answer {
  readonly body: unknown
  readonly text: string
  readonly headers: HeadersByName
  /** Those of a list, or the values of an object by id; `undefined` where the source says no path. */
  readonly rows: readonly unknown[] | undefined
  /** Ids that rows answer, where the source says how. */
  readonly ids: readonly string[]
}

/** What an answer says of itself. */
export type Verdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'again' | 'spoils' | 'refused'; readonly code: string; readonly message: string | undefined }

/** @throws `source.malformed` for what is not whole JSON */
export function parsed(source: Pick<RestSource, 'name'>, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw sourceErrors.malformed(`${source.name}: the body is not complete JSON (${text.length} characters)`, {
      cause,
      facts: { source: source.name, characters: text.length, ending: text.slice(-40) },
      next: 'The answer was cut off on its way; it is asked for again.',
    })
  }
}

/** The code in a body, be it a number or its text. */
export function verdictOf({ code }: Pick<RestSource, 'code'>, body: unknown, text: string): Verdict {
  const found = code === undefined ? undefined : textAt(body, text, keysOf(code.at))
  if (code === undefined || found === undefined) return { kind: 'good' }
  const isOf = (codes: readonly (string | number)[] = []): boolean => codes.some((each) => String(each) === found)
  if (isOf(code.good)) return { kind: 'good' }
  if (isOf(code.nothing)) return { kind: 'nothing' }
  const message = code.message === undefined ? undefined : textAt(body, text, keysOf(code.message))
  return { kind: isOf(code.again) ? 'again' : isOf(code.spoils) ? 'spoils' : 'refused', code: found, message }
}

/**
 * The rows of a good answer. @throws `source.schema` where the path leads nowhere, or to something else
 */
export function answerOf(source: Pick<RestSource, 'name' | 'rows' | 'ids'>, body: unknown, text: string, headers: HeadersByName): Answer {
  const { rows: at } = source
  if (at === undefined) return { body, text, headers, rows: undefined, ids: [] }
  const found = valueAt(body, at.keys)
  const path = `$${at.keys.map((key) => `.${key}`).join('')}${at.each ? '[*]' : ''}`
  // Services that are written in some languages say an empty list so.
  if (found === null && at.keys.length > 0) return { body, text, headers, rows: [], ids: [] }
  if (found === undefined || found === null || typeof found !== 'object' || (at.each && !Array.isArray(found))) {
    throw sourceErrors.schema(`${source.name}: there are no rows at ${path}`, {
      facts: { source: source.name, field: path, found: found === undefined ? 'nothing' : found === null ? 'null' : typeof found },
      next: 'The API has changed its format, or rows of the source names another place. Look at the answer among the rejected ones.',
    })
  }
  const isList = Array.isArray(found)
  const rows: readonly unknown[] = isList ? found : at.keys.length === 0 || source.ids === undefined ? [found] : Object.values(found)
  return { body, text, headers, rows, ids: isList ? idsIn(source, rows) : Object.keys(found) }
}

function idsIn({ ids }: Pick<RestSource, 'ids'>, rows: readonly unknown[]): readonly string[] {
  const field = ids?.field
  if (field === undefined) return []
  return rows.flatMap((row) => {
    const id = valueAt(row, [field])
    return typeof id === 'string' || typeof id === 'number' ? [String(id)] : []
  })
}
