import { near } from '@sluice/core'
import { refused } from './faults.ts'

/*
 * What the types say of a definition, asked once more of the value. Node strips types and does not check them: a file that no compiler has
 * seen is refused here, in a sentence at its line, and not by what goes wrong later.
 */

/** The names of the options of a definition, all of them: the compiler holds the list complete. */
export const optionNames = <T>(names: { readonly [K in keyof Required<T>]: true }): readonly string[] => Object.keys(names)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws `definition.invalid` for what is not an object, and for an option that is not among those known. */
export function refuseOddOptions(where: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) throw refused(where, `${shown(options)} is given for its options`, `Give an object: { ${known[0]}: ... }.`)
  const odd = Object.keys(options).find((name) => !known.includes(name))
  if (odd === undefined) return
  const [meant] = near(odd, known)
  throw refused(
    where,
    `there is no option "${odd}"`,
    meant === undefined ? `The options are ${known.join(', ')}.` : `Write ${meant}, or take it out.`,
  )
}

/** @throws `definition.invalid` for a value that is not among the words. What may be left out is not asked. */
export function refuseOtherWords(where: string, option: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return
  throw refused(where, `${option} is ${shown(value)}`, `Write ${listed(words.map((word) => `'${word}'`))}.`)
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** What a value is asked to be. */
export interface Wanted {
  readonly is: (value: unknown) => boolean
  /** With its article: `a dataset`. */
  readonly called: string
  /** What to write, where the kind alone does not say it: of a text that names one, the text is in it. */
  readonly write?: (value: unknown) => string
}

/** @throws `definition.invalid` for a value of another kind */
export function refuseOther(where: string, option: string, value: unknown, { is, called, write }: Wanted): void {
  if (is(value)) return
  const way = write === undefined ? `Give ${called} for ${option}.` : `Write ${write(value)}.`
  throw refused(where, `${option} is ${shown(value)}, which is not ${called}`, way)
}

/** @throws `definition.invalid` for what is not a list, and for a member of another kind */
export function refuseOtherList(where: string, option: string, value: unknown, wanted: Wanted): void {
  if (!Array.isArray(value)) throw refused(where, `${option} is ${shown(value)}, which is not a list`, `Write a list: ${option}: [...].`)
  for (const each of value) refuseOther(where, `a member of ${option}`, each, wanted)
}

/** @throws `definition.invalid` for what is not an object, and for a member of another kind */
export function refuseOtherMembers(where: string, option: string, value: unknown, wanted: Wanted): void {
  refuseOther(where, option, value, anObject)
  for (const [name, each] of Object.entries(value as object)) refuseOther(where, `${option}.${name}`, each, wanted)
}

/** Of those options that are given. @throws `definition.invalid` for a value of another kind */
export function refuseOtherValues(where: string, options: object, wanted: Readonly<Record<string, Wanted>>): void {
  for (const [option, each] of Object.entries(wanted)) {
    const value: unknown = Reflect.get(options, option)
    if (value !== undefined) refuseOther(where, option, value, each)
  }
}

const called =
  (name: string) =>
  (is: (value: unknown) => boolean): Wanted => ({ is, called: name })
const kindOf = (value: unknown): unknown => (isRecord(value) ? value.kind : undefined)

export const aText = called('text')((value) => typeof value === 'string')
export const aTruth = called('true or false')((value) => typeof value === 'boolean')
export const aFunction = called('a function')((value) => typeof value === 'function')
export const anObject = called('an object')(isRecord)
/** A value that `task`, `dataset`, `sql` and their like have made. */
export const made = (called: string, ...kinds: readonly string[]): Wanted => ({
  is: (value) => kinds.includes(kindOf(value) as string),
  called,
})
const named = (value: unknown, otherwise: string): string => (typeof value === 'string' && value !== '' ? value : otherwise)
export const aPool: Wanted = {
  ...made('a pool', 'pool'),
  write: (value) => `pool: pool('${named(value, 'name')}', 4), with pool imported from 'sluice'; the number is how many run at once`,
}
export const aGroup: Wanted = {
  ...made('a group', 'group'),
  write: (value) => `in: group('${named(value, 'name')}'), with group imported from 'sluice'`,
}
export const aDataset = made('a dataset', 'dataset')
export const aStep = made('a step', 'task', 'sensor', 'pull', 'model', 'load', 'check', 'quality', 'retain', 'backup')
export const aStatement = made('sql`...`', 'sql')

/** A value in a sentence, short. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Promise) return 'a promise'
  if (isRecord(value) && typeof value.getTime === 'function') return 'a Date'
  if (!isRecord(value)) return typeof value === 'bigint' ? `${value}n` : String(value)
  if (aDataset.is(value)) return `the dataset ${String(value.id)}`
  return aStep.is(value) ? `the step ${String(value.name)}` : typeof value.kind === 'string' ? `a ${value.kind}` : 'an object'
}
