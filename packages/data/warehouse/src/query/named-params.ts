import { requestErrors, type SluiceError } from '@sluice/core'
import { sqlTokens } from '@sluice/postgres'

/** Values by name, as text that the server reads as what their place wants; bound, never spliced. */
export type NamedParams = Readonly<Record<string, string | null>>

/** The `:name` placeholders of a statement in their order, with repetitions, and where each begins. A cast (`::`) is none. */
function placeholders(text: string): readonly { readonly name: string; readonly at: number }[] {
  const tokens = [...sqlTokens(text)]
  const isColon = (place: number, at: number): boolean => tokens[place]?.text === ':' && tokens[place]?.at === at
  return tokens.flatMap(({ kind, text: name, at }, place) =>
    kind === 'word' && isColon(place - 1, at - 1) && !isColon(place - 2, at - 2) ? [{ name, at: at - 1 }] : [],
  )
}

/** The names of a statement's placeholders, each once. */
export const namedParams = (text: string): readonly string[] => [...new Set(placeholders(text).map(({ name }) => name))]

/**
 * The statement with `$1`, `$2` ... for `:name`, padded to the same length, so that a place in one is the place in the other. A slice is
 * written `[1 : n]`, with spaces. One name is one parameter wherever it stands, so that `group by` finds the expression of the select list.
 * @throws `request.invalid` for a placeholder without a value and a value without a placeholder.
 */
export function bindNamed(text: string, given: NamedParams): { readonly text: string; readonly params: readonly (string | null)[] } {
  const names = namedParams(text)
  const missing = names.filter((name) => !Object.hasOwn(given, name))
  const stray = Object.keys(given).filter((name) => !names.includes(name))
  if (missing.length > 0 || stray.length > 0) throw otherParams(names, missing, stray)
  let bound = ''
  let end = 0
  for (const { name, at } of placeholders(text)) {
    bound += text.slice(end, at) + `$${names.indexOf(name) + 1}`.padEnd(name.length + 1)
    end = at + name.length + 1
  }
  return { text: bound + text.slice(end), params: names.map((name) => given[name] ?? null) }
}

function otherParams(names: readonly string[], missing: readonly string[], stray: readonly string[]): SluiceError {
  const listed = (all: readonly string[]): string => all.map((name) => `:${name}`).join(', ')
  const parts = [
    ...(missing.length === 0 ? [] : [`${listed(missing)} has no value`]),
    ...(stray.length === 0 ? [] : [`there is no ${listed(stray)} in it`]),
  ]
  return requestErrors.invalid(`the query cannot be run: ${parts.join('; ')}`, {
    facts: { params: names, missing, stray },
    next: names.length === 0 ? 'Leave the parameters out.' : `Give ${names.map((name) => `--param ${name}=...`).join(' ')}.`,
  })
}
