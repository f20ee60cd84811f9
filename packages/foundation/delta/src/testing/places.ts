/** Every kind of value that JavaScript, JSON or a form field may bring. */
const anything = {
  text: 'nonsense',
  blank: ' ',
  number: 5,
  fraction: 0.5,
  negative: -1,
  notANumber: Number.NaN,
  bigint: 5n,
  boolean: false,
  null: null,
  list: [],
  strangers: [{ nonsense: 1 }],
  object: {},
  stranger: { nonsense: 1 },
  date: new Date(Number.NaN),
  map: new Map(),
  action: () => undefined,
} as const
type Kind = keyof typeof anything

/** A right value, and the kinds of `anything` that the place takes too (the call may still refuse them for another reason). */
export class Place {
  readonly value: unknown
  readonly takes: readonly Kind[]
  constructor(value: unknown, takes: readonly Kind[]) {
    this.value = value
    this.takes = takes
  }
}

export const place = (value: unknown, ...takes: Kind[]) => new Place(value, takes)

/** A value for each key of some options: a new option without a line here does not compile. */
type Places<Options> = { readonly [K in keyof Options]-?: Place }

export interface Case {
  readonly options: Readonly<Record<string, Place>>
  /** Keys of which only one may be given. */
  readonly only?: readonly string[]
  readonly least?: readonly string[]
}
export const of = <Options>(options: Places<Options>, rules: Omit<Case, 'options'> = {}): Case => ({ options: options as never, ...rules })

export const sql = (value: string) => place(value, 'text')
export const flag = (value: boolean) => place(value, 'boolean')
export const count = (value: number) => place(value, 'number')
export const names = (value: string) => place([place(value, 'text')], 'list')
export const action = () => place(() => undefined, 'action')

/** Right arguments: as few of the options that exclude each other as a call allows. */
export function right(given: unknown): unknown {
  if (given instanceof Place) return right(given.value)
  if (Array.isArray(given)) return given.map(right)
  if (!isCase(given)) return given
  const left = new Set((given.only ?? []).slice(1))
  return Object.fromEntries(Object.entries(given.options).flatMap(([key, value]) => (left.has(key) ? [] : [[key, right(value)]])))
}

function isCase(given: unknown): given is Case {
  return typeof given === 'object' && given !== null && 'options' in given && !(given instanceof Place)
}

interface Wrong {
  readonly what: string
  readonly value: unknown
}

/** Every wrong form of a right value: another kind, an unknown key, a missing or doubled option, and all of it inside. */
export function wrongs(given: unknown, takes: readonly Kind[] = []): Wrong[] {
  if (given instanceof Place) return wrongs(given.value, given.takes)
  const inner: Wrong[] = []
  if (isCase(given)) {
    const base = right(given) as Readonly<Record<string, unknown>>
    inner.push({ what: 'an unknown key', value: { ...base, wher: 1 } })
    for (const [key, option] of Object.entries(given.options)) {
      const others = Object.fromEntries(
        Object.entries(base).filter(([name]) => name === key || given.only?.includes(key) !== true || !given.only.includes(name)),
      )
      inner.push(...wrongs(option).map(({ what, value }) => ({ what: `${key}: ${what}`, value: { ...others, [key]: value } })))
    }
    for (const [index, key] of (given.only ?? []).entries())
      if (index > 0) inner.push({ what: `${given.only?.[0]} and ${key}`, value: { ...base, [key]: right(given.options[key]) } })
    if (given.least !== undefined)
      inner.push({
        what: `none of ${given.least.join(', ')}`,
        value: Object.fromEntries(Object.entries(base).filter(([key]) => given.least?.includes(key) !== true)),
      })
  }
  if (Array.isArray(given)) inner.push(...wrongs(given[0]).map(({ what, value }) => ({ what: `[0]: ${what}`, value: [value] })))
  const kinds = (Object.keys(anything) as Kind[]).filter((kind) => !takes.includes(kind))
  // Whether an empty object lacks something depends on the options, and the types say that.
  return [...kinds.filter((kind) => !(isCase(given) && kind === 'object')).map((kind) => ({ what: kind, value: anything[kind] })), ...inner]
}
