import { type ErrorKind, type ErrorOptions, SluiceError } from './errors.ts'

/** Facts that differ from throw to throw. */
export type OpenFacts = Readonly<Record<string, unknown>>

/** What is true of an error wherever it is thrown. `Facts` is what a program may read of it. */
export interface ErrorTraits<Facts extends object = OpenFacts> {
  readonly kind: ErrorKind
  /** What the API answers with. */
  readonly status: number
  /** What happened, one sentence for the documentation. */
  readonly about: string
  readonly facts?: Facts
}

type Traits = { readonly about: string; readonly status?: number }

/** Trying again later may succeed. The API answers 503 unless told otherwise. */
export const retryable = <Facts extends object = OpenFacts>({ about, status = 503 }: Traits): ErrorTraits<NoInfer<Facts>> => ({
  kind: 'retryable',
  status,
  about,
})

/** Trying again unchanged will fail again. The API answers 422 unless told otherwise. */
export const permanent = <Facts extends object = OpenFacts>({ about, status = 422 }: Traits): ErrorTraits<NoInfer<Facts>> => ({
  kind: 'permanent',
  status,
  about,
})

/** The platform itself is wrong. The API answers 500. */
export const bug = <Facts extends object = OpenFacts>({ about }: { readonly about: string }): ErrorTraits<NoInfer<Facts>> => ({
  kind: 'bug',
  status: 500,
  about,
})

/** Facts stand in the options, and may be left out where none is needed. */
type OptionsOf<Facts extends object> = Omit<ErrorOptions, 'facts'> &
  (Record<never, never> extends Facts ? { readonly facts?: Facts } : { readonly facts: Facts })
type Arguments<Facts extends object> =
  Record<never, never> extends Facts ? [message: string, options?: OptionsOf<Facts>] : [message: string, options: OptionsOf<Facts>]

/** One error of a package: called, it makes one to throw; `is` knows it again, also when it came from another process. */
export interface ErrorDefinition<Code extends string = string, Facts extends object = OpenFacts> {
  (...args: Arguments<Facts>): SluiceError<Code, Facts>
  readonly code: Code
  readonly kind: ErrorKind
  readonly status: number
  readonly about: string
  /** Of the documentation, relative to the root of the repository. */
  readonly page: string
  is(thrown: unknown): thrown is SluiceError<Code, Facts>
}

/** An error whose code has no group. Most have one: `defineErrors`. */
export function defineError<const Code extends string, Facts extends object>(
  code: Code,
  { kind, status, about }: ErrorTraits<Facts>,
): ErrorDefinition<Code, Facts> {
  const traits = Object.freeze({ code, kind, status })
  const make = (...[message, options]: Arguments<Facts>): SluiceError<Code, Facts> => new SluiceError<Code, Facts>(traits, message, options)
  const is = (thrown: unknown): thrown is SluiceError<Code, Facts> =>
    thrown instanceof Error && thrown.name === 'SluiceError' && 'code' in thrown && thrown.code === code
  return Object.freeze(Object.assign(make, { code, kind, status, about, page: `docs/errors/${code}.md`, is }))
}

type FactsOf<T> = T extends ErrorTraits<infer Facts extends object> ? Facts : OpenFacts

/** The errors of a package as values: `lakeErrors.conflict(message, { facts, next })` has the code `lake.conflict`. */
export function defineErrors<const Group extends string, const T extends Readonly<Record<string, ErrorTraits<object>>>>(
  group: Group,
  traits: T,
): { readonly [Name in keyof T & string]: ErrorDefinition<`${Group}.${Name}`, FactsOf<T[Name]>> } {
  const definitions = Object.entries(traits).map(([name, each]) => [name, defineError(`${group}.${name}`, each)])
  return Object.freeze(Object.fromEntries(definitions)) as {
    readonly [Name in keyof T & string]: ErrorDefinition<`${Group}.${Name}`, FactsOf<T[Name]>>
  }
}
