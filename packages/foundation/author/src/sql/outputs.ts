import { type Json, taskErrors } from '@sluice/core'
import type { OutputPart, Sql } from './parts.ts'

/** A reference of any depth, made as its members are asked for. A member named `kind` or `parts` is that of the statement. */
export function outputRef(input: string, path: readonly string[] = []): Sql<never> {
  const part: OutputPart = { kind: 'output', input, path }
  return new Proxy<Sql<never>>(Object.freeze({ kind: 'sql', parts: Object.freeze([Object.freeze(part)]) }), {
    get: (statement, name, self) =>
      typeof name === 'symbol' || Object.hasOwn(statement, name) || name === 'toJSON'
        ? (Reflect.get(statement, name, self) as unknown)
        : outputRef(input, [...path, name]),
  })
}

export const outputRefs = (inputs: readonly string[]): Readonly<Record<string, Sql<never>>> =>
  Object.freeze(Object.fromEntries(inputs.map((input) => [input, outputRef(input)])))

/**
 * The statement with the values that the outputs have in this run. A member that an output leaves out is null.
 * @throws `task.output` for an output that is not there, and for a member that is not a value of SQL
 */
export function withOutputs(sql: Sql, outputs: Readonly<Record<string, Json | undefined>>): Sql {
  if (!sql.parts.some(({ kind }) => kind === 'output')) return sql
  return { ...sql, parts: sql.parts.map((part) => (part.kind === 'output' ? { ...part, value: memberOf(part, outputs) } : part)) }
}

function memberOf({ input, path }: OutputPart, outputs: Readonly<Record<string, Json | undefined>>): string | number | boolean | null {
  let value: Json | undefined = outputs[input]
  if (value === undefined) throw wrong(input, path, 'that step has no output')
  for (const name of path) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, Json>>)[name] : null
  }
  if (value === undefined || value === null) return null
  if (typeof value !== 'object') return value
  throw wrong(input, path, 'it is a list or an object, and SQL takes a text, a number, true, false or null')
}

const wrong = (input: string, path: readonly string[], why: string) =>
  taskErrors.output(`the statement names ${[input, ...path].join('.')}: ${why}`, {
    facts: { input, path },
    next: 'Name a member of the output that is one value, or let the step return it.',
  })
