// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of SQL with names in them
import { type Duration, near } from '@sluice/core'
import { refused } from '../base/faults.ts'
import { aDataset, aStatement, shown } from '../base/shape.ts'
import type { Dataset } from '../dataset/any-dataset.ts'
import type { Sql } from '../sql/parts.ts'
import { aSqlValue, type SqlValue, sql, type UsesOf } from './sql.ts'

/** A statement of a text of its own, given what its names stand for: the sources of a model and its context, or whatever a step names. */
export type SqlNames = <const V extends object = object, const C extends object = object>(
  names?: V,
  more?: C,
) => Sql<UsesOf<V[keyof V]> | UsesOf<C[keyof C]>>

/** A name in a text, and the rows of a dataset: `${market}`, `${market.latest}`, `${market.since('7d')}`, `${interval.end}`. */
const placeholder = /\$\{\s*(?<path>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\.since\('(?<since>[^']*)'\))?\s*\}/y

/**
 * A text with names in the place of values, as sql`...` has it: `select * from ${market.latest}`. A name is looked up, never computed;
 * values are bound, never spliced.
 * @param where names the text in errors: a file
 * @throws `definition.invalid` with the line of a name that is not given, of one that is not a value of SQL, and of an expression
 */
export const sqlText =
  (where: string, text: string): SqlNames =>
  (names, more) => {
    const given: object = { ...names, ...more }
    const [strings, values]: [string[], SqlValue[]] = [[], []]
    let from = 0
    for (let at = text.indexOf('${'); at >= 0; at = text.indexOf('${', from)) {
      placeholder.lastIndex = at
      const found = placeholder.exec(text)
      const line = `${where}:${text.slice(0, at).split('\n').length}`
      if (found?.groups?.path === undefined) {
        throw refused(line, 'what stands in ${} is not a name', 'Write a name that the step gives, such as ${market.latest}.')
      }
      strings.push(text.slice(from, at))
      values.push(lookedUp(line, given, found.groups.path.split('.'), found.groups.since))
      from = at + found[0].length
    }
    strings.push(text.slice(from))
    return sql(strings as unknown as TemplateStringsArray, ...values) as Sql<never>
  }

/** Its members are asked for, not listed. */
const namesOutput = (value: unknown): boolean => aStatement.is(value) && (value as Sql).parts[0]?.kind === 'output'

function lookedUp(line: string, given: object, path: readonly string[], since: string | undefined): SqlValue {
  const name = path.join('.')
  let value: unknown = given
  for (const part of path) {
    if (namesOutput(value)) {
      value = (value as Readonly<Record<string, unknown>>)[part]
      continue
    }
    const known = aDataset.is(value) ? ['batch', 'latest'] : typeof value === 'object' && value !== null ? Object.keys(value) : []
    if (!known.includes(part)) {
      const [meant] = near(part, known)
      throw refused(line, `\${${name}} is not given`, meant === undefined ? `Given are ${known.join(', ')}.` : `Did you mean ${meant}?`)
    }
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  if (since !== undefined && aDataset.is(value)) return (value as Dataset).since(since as Duration)
  if (since === undefined && aSqlValue.is(value)) return value as SqlValue
  throw refused(
    line,
    `\${${name}} is ${shown(value)}, which is not ${since === undefined ? aSqlValue.called : 'a dataset'}`,
    'Name a value of SQL.',
  )
}
