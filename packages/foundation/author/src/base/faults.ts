import { definitionErrors, type SluiceError } from '@sluice/core'

/** What is wrong with a definition, as plain data: `validate` lists all of them at once. */
export interface Fault {
  /** What it is about: `dataset lake.silver.assets`, `pipeline weather`. */
  readonly where: string
  /** The name in the source at which it is corrected: of a step, a dataset, a pool. */
  readonly at: string
  readonly what: string
  /** What the author does now, one sentence. */
  readonly next: string
}

export const faultError = ({ where, what, next }: Omit<Fault, 'at'>): SluiceError =>
  definitionErrors.invalid(`${where}: ${what}`, { facts: { where }, next })

/** For what a definition is refused by at once. */
export const refused = (where: string, what: string, next: string): SluiceError => faultError({ where, what, next })
