import { optionNames, refuseOddOptions, refuseOtherWords } from '../base/shape.ts'

/**
 * What happens where a file has other columns than its dataset. `refuse`: nothing of the file is written. `ignore`: it is told, and the
 * file is read as if it were not so. `add`: it is told, and the dataset follows the file.
 */
export type DriftPolicy = 'refuse' | 'ignore' | 'add'

/** Policies by what has happened. What is left out is as `driftDefaults` has it. */
export interface DriftPolicies {
  /** A column that the dataset does not have. `add`: the table gets it as text, until the dataset declares it. */
  readonly new?: DriftPolicy
  /** A column of the dataset that the file does not have. `ignore`: it is null. One that must not be null is refused. */
  readonly missing?: 'refuse' | 'ignore'
  /** A new column that looks like a missing one. `ignore`: they are a new one and a missing one. `add`: it is read as the missing one. */
  readonly renamed?: DriftPolicy
  /** Most of the values of a column do not fit it. `ignore`: their rows are in quarantine, whose limits hold. */
  readonly retyped?: 'refuse' | 'ignore'
}

/** What may have happened to the columns of a source. */
export type Drift = keyof DriftPolicies

/** Nothing is lost by a column more: the file stays, and is read again once it is declared. */
const driftDefaults: Required<DriftPolicies> = { new: 'ignore', missing: 'refuse', renamed: 'refuse', retyped: 'refuse' }

const words = {
  refuse: { new: 'refuse', missing: 'refuse', renamed: 'refuse', retyped: 'refuse' },
  ignore: { new: 'ignore', missing: 'ignore', renamed: 'ignore', retyped: 'ignore' },
  add: { new: 'add', missing: 'ignore', renamed: 'add', retyped: 'ignore' },
} as const satisfies Record<DriftPolicy, Required<DriftPolicies>>

const policies = Object.keys(words)
const allowed: { readonly [D in Drift]: readonly string[] } = {
  new: policies,
  missing: ['refuse', 'ignore'],
  renamed: policies,
  retyped: ['refuse', 'ignore'],
}

/** @throws `definition.invalid` for a policy or an event that there is not */
export function driftPolicies(where: string, given: DriftPolicy | DriftPolicies = {}): Required<DriftPolicies> {
  if (typeof given === 'string') {
    refuseOtherWords(where, 'drift', given, policies)
    return words[given]
  }
  refuseOddOptions(`${where}, drift`, given, optionNames<DriftPolicies>({ new: true, missing: true, renamed: true, retyped: true }))
  for (const [event, policy] of Object.entries(given)) refuseOtherWords(where, `drift.${event}`, policy, allowed[event as Drift])
  return { ...driftDefaults, ...given }
}
