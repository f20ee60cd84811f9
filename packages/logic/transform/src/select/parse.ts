import { near, requestErrors, type SluiceError } from '@sluice/core'

/** What a value is compared with. Without a method: a name, or a path where it holds a slash, or a file where it ends as one. */
export const methods = ['name', 'tag', 'path', 'file', 'source', 'state', 'kind', 'store', 'pipeline', 'owner'] as const
export type Method = (typeof methods)[number]

/** One criterion: the nodes that have the value, with so many levels above and below of them. */
export interface Criterion {
  /** As it was written. */
  readonly text: string
  readonly method: Method
  readonly value: string
  /** Levels; `Infinity` for all. */
  readonly above: number
  readonly below: number
  /** All below, and all above of those. */
  readonly around: boolean
}

/** A union of intersections. */
export type Selection = readonly (readonly Criterion[])[]

const form = /^(?<at>@)?(?:(?<levelsAbove>\d*)(?<above>\+))?(?:(?<method>[a-z_.]+):)?(?<value>[^+@]*?)(?:(?<below>\+)(?<levelsBelow>\d*))?$/

/** `a +b` is a or (b with all above it); `a,b` is what is in both. @throws `request.invalid` naming what is wrong in it */
export const parseSelection = (texts: readonly string[]): Selection =>
  texts
    .flatMap((text) => text.split(/\s+/))
    .filter((text) => text !== '')
    .map((text) => text.split(',').map((each) => parseCriterion(each, text)))

function parseCriterion(text: string, whole: string): Criterion {
  const { at, levelsAbove, above, method, value, below, levelsBelow } = form.exec(text)?.groups ?? {}
  if (value === undefined) throw refused(whole, `"${text}" is not a selection`, 'Write a name with + before or behind it, or @name.')
  if (value === '') {
    const hint = text === '' ? 'Write nothing but names between commas, without spaces.' : 'Write a name, such as silver.assets.'
    throw refused(whole, text === '' ? 'a name is missing beside a comma' : `"${text}" names nothing`, hint)
  }
  if (at !== undefined && (above !== undefined || below !== undefined)) {
    throw refused(whole, `"${text}" has both @ and +, and @ takes all below already`, `Write @${value}, or ${value}+.`)
  }
  return {
    text,
    method: methodOf(whole, method, value),
    value,
    above: levels(above, levelsAbove),
    below: levels(below, levelsBelow),
    around: at !== undefined,
  }
}

function methodOf(whole: string, method: string | undefined, value: string): Method {
  if (method === undefined) return value.includes('/') ? 'path' : /\.(?:ts|sql)$/.test(value) ? 'file' : 'name'
  const known = methods.find((each) => each === method)
  if (known !== undefined) return known
  const [meant] = near(method, [...methods])
  const foreign = { fqn: 'name', resource_type: 'kind', exposure: 'kind:task,name' }[method]
  const instead = foreign ?? meant
  throw refused(
    whole,
    `${method}: is not a method of selection`,
    instead === undefined ? `There are ${methods.join(', ')}.` : `Did you mean ${instead}:${value}?`,
  )
}

const levels = (sign: string | undefined, number: string | undefined): number =>
  sign === undefined ? 0 : number === undefined || number === '' ? Number.POSITIVE_INFINITY : Number(number)

const refused = (selection: string, what: string, next: string): SluiceError =>
  requestErrors.invalid(`select ${selection}: ${what}`, { facts: { selection }, next })
