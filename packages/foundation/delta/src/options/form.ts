import { DeltaError } from '../errors.ts'
import { nearest } from './near.ts'

/**
 * What a value of an argument must be. Types do not exist at run time, and options come from plain JavaScript, JSON and HTTP too. A form
 * throws `option.invalid` with the place of the fault (`delete: options.where[0].op`) and what is allowed there.
 */
export type Form<Value> = ((value: unknown, at: string) => void) & { readonly of?: Value }

/** `option` is the place as a person would write it. */
export function refused(option: string, fault: string, next: string): DeltaError {
  return new DeltaError('option.invalid', `${option} ${fault}.`, next, { option })
}

/** A value that is not a secret, as a message shows it. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'bigint':
      return `${value}n`
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    default:
      return kindOf(value)
  }
}

/** What a value is, without its content. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return `of the type ${typeof value}`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  return isPlain(value) ? 'an object' : `a ${value.constructor?.name ?? 'value'}`
}

/** `secret` values are never shown. */
export function a<Value>(what: string, fits: (value: unknown) => boolean, next = `Give ${what}.`, secret = false): Form<Value> {
  return (value, at) => {
    if (!fits(value)) throw refused(at, `must be ${what}, but it is ${secret ? `of the type ${typeof value}` : shown(value)}`, next)
  }
}

export const text: Form<string> = a('a text', (value) => typeof value === 'string')
export const filledText: Form<string> = a('a text that is not empty', (value) => typeof value === 'string' && value.trim() !== '')
export const secretText: Form<string> = a('a text that is not empty', (value) => typeof value === 'string' && value !== '', undefined, true)
export const url: Form<string> = a(
  'a URL',
  (value) => typeof value === 'string' && URL.canParse(value),
  'Give a URL such as https://host:9000.',
)
export const flag: Form<boolean> = a('true or false', (value) => typeof value === 'boolean')
export const always: Form<true> = a('true', (value) => value === true, 'Give true, or leave the option out.')
export const count: Form<number> = a('a whole number from 0', (value) => Number.isSafeInteger(value) && Number(value) >= 0)
export const positive: Form<number> = a('a whole number from 1', (value) => Number.isSafeInteger(value) && Number(value) > 0)
export const number: Form<number> = a('a number', (value) => typeof value === 'number' && !Number.isNaN(value))

/** What a function takes and gives cannot be checked. */
export const action: Form<never> = a('a function', (value) => typeof value === 'function')

/** An object of another library or of the caller's own class, which has these functions and maybe others. */
export function implementing<Value>(what: string, calls: readonly (keyof Value & string)[]): Form<Value> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null) throw refused(at, `must be ${what}, but it is ${shown(value)}`, `Give ${what}.`)
    const missing = calls.find((name) => typeof (value as Readonly<Record<string, unknown>>)[name] !== 'function')
    if (missing !== undefined) throw refused(at, `must be ${what}, but it has no function ${missing}`, `Give ${what}.`)
  }
}

const isoInstant = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

/** A time without a zone would be read in the zone of the machine. */
export const instant: Form<Date | number | string> = a(
  'a Date, epoch milliseconds or an ISO-8601 text with a zone',
  (value) =>
    value instanceof Date || typeof value === 'number'
      ? !Number.isNaN(new Date(value).getTime())
      : typeof value === 'string' && isoInstant.test(value) && !Number.isNaN(Date.parse(value)),
  'Give a Date, epoch milliseconds, or a text such as 2026-01-31 or 2026-01-31T12:00:00Z.',
)

export function list<Item>(item: Form<Item>, filled?: string): Form<readonly Item[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw refused(at, `must be a list, but it is ${shown(value)}`, 'Give an array.')
    if (filled !== undefined && value.length === 0) throw refused(at, 'is an empty list', filled)
    for (const [index, inner] of value.entries()) item(inner, `${at}[${index}]`)
  }
}

/** An object whose keys are the caller's own names. */
export function record<Item>(item: Form<Item>, filled?: string): Form<Readonly<Record<string, Item>>> {
  return (value, at) => {
    if (!isPlain(value)) throw refused(at, `must be an object, but it is ${shown(value)}`, 'Give an object of names and values.')
    if (filled !== undefined && Object.keys(value).length === 0) throw refused(at, 'is an empty object', filled)
    for (const [name, inner] of Object.entries(value)) item(inner, inside(at, name))
  }
}

export const anyRecord: Form<Readonly<Record<string, unknown>>> = record(() => undefined)

/** The first form whose test holds decides. */
export function either<Value>(
  what: string,
  ...ways: readonly { readonly when: (value: unknown) => boolean; readonly form: Form<Value> }[]
): Form<Value> {
  return (value, at) => {
    const way = ways.find(({ when }) => when(value))
    if (way === undefined) throw refused(at, `must be ${what}, but it is ${shown(value)}`, `Give ${what}.`)
    way.form(value, at)
  }
}

export const isText = (value: unknown) => typeof value === 'string'
export const isList = (value: unknown) => Array.isArray(value)
export const isAction = (value: unknown) => typeof value === 'function'

export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

export interface RequiredField<Value> {
  readonly need: 'required'
  readonly form: Form<Value>
}

/**
 * `stated` is for options whose absence means everything or the newest: a present `undefined` there is a mistake of the caller, such as
 * `delete({ where: filters.order })`. For an `optional` one it means the same as absence.
 */
export interface OptionalField<Value> {
  readonly need: 'optional' | 'stated'
  readonly form: Form<Value>
}

export const required = <Value>(form: Form<Value>): RequiredField<Value> => ({ need: 'required', form })
export const optional = <Value>(form: Form<Value>): OptionalField<Value> => ({ need: 'optional', form })
export const stated = <Value>(form: Form<Value>): OptionalField<Value> => ({ need: 'stated', form })

/** A field for every key of the options, so that an option without a check does not compile. */
export type Fields<Options> = {
  readonly [K in keyof Options]-?: Record<never, never> extends Pick<Options, K> ? OptionalField<Options[K]> : RequiredField<Options[K]>
}

/** An object with exactly these keys. `rule` holds between several of them. */
export function options<Options>(fields: Fields<Options>, rule?: (value: Options, at: string) => void): Form<Options> {
  const known = Object.keys(fields)
  const entries = Object.entries<RequiredField<unknown> | OptionalField<unknown>>(fields)
  return (value, at) => {
    if (!isPlain(value)) throw refused(at, `must be an object, but it is ${shown(value)}`, `Give an object with ${namesOf(known)}.`)
    for (const name of Object.keys(value)) if (!known.includes(name)) throw unknownOption(at, name, known)
    for (const [name, { need, form }] of entries) {
      const given = value[name]
      if (given !== undefined) form(given, inside(at, name))
      else if (need === 'required') throw refused(inside(at, name), 'is missing', `${at} needs ${name}.`)
      else if (need === 'stated' && Object.hasOwn(value, name))
        throw refused(inside(at, name), 'is undefined', `Give ${name} a value, or leave the key out.`)
    }
    rule?.(value as Options, at)
  }
}

function unknownOption(at: string, name: string, known: readonly string[]): DeltaError {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : `Did you mean ${near}? `
  return refused(inside(at, name), 'is not an option', `${hint}Allowed here: ${namesOf(known)}.`)
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? 'no option at all' : names.join(', ')
}

/** At most one of these options, and with `least` 1 at least one. */
export function oneOf<Options>(names: readonly (keyof Options & string)[], least: 0 | 1 = 0): (value: Options, at: string) => void {
  return (value, at) => {
    const given = names.filter((name) => value[name] !== undefined)
    if (given.length > 1) throw refused(at, `has ${given.join(' and ')}`, `Give only one of ${names.join(', ')}.`)
    if (given.length < least) throw refused(at, `has none of ${names.join(', ')}`, `Give one of ${names.join(', ')}.`)
  }
}

/** The place of a key: `delete: options.where[0].op`. */
export function inside(at: string, name: string): string {
  return /^[\w$]+$/.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name)}]`
}
