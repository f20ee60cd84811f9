import { qualityErrors, type SluiceError } from '@sluice/core'
import type { AnyDataset, QuarantineLimits } from './any-dataset.ts'

/** Noise warns nobody; a tenth that is missing is no longer the same data. */
export const quarantineLimits = Object.freeze({ warn: 0.01, fail: 0.1 }) satisfies QuarantineLimits

export interface LeftOut {
  readonly state: 'warn' | 'fail'
  /** `32 of 75 rows (42.7 %) are in quarantine, more than the 10 % at which the step fails`. */
  readonly message: string
}

/** What the rows that a batch left out are to its step; `undefined`: within what its dataset allows. */
export function leftOut(
  { rowsIn, rowsQuarantined }: { readonly rowsIn: number; readonly rowsQuarantined: number },
  { warn = quarantineLimits.warn, fail = quarantineLimits.fail }: QuarantineLimits = {},
): LeftOut | undefined {
  const share = rowsIn === 0 ? 0 : rowsQuarantined / rowsIn
  const state = share > fail ? 'fail' : share > warn ? 'warn' : undefined
  if (state === undefined) return undefined
  const limit = state === 'fail' ? `${percent(fail)} at which the step fails` : `${percent(warn)} at which it warns`
  return { state, message: `${rowsQuarantined} of ${rowsIn} rows (${percent(share)}) are in quarantine, more than the ${limit}` }
}

/** The columns of the key, where none of its rows may be in quarantine. */
export const soundKeyOf = ({ key, facts }: Pick<AnyDataset, 'key' | 'facts'>): readonly string[] | undefined =>
  facts.quarantine?.key === 'none' ? key : undefined

/** Rows that broke a rule of the key, by the rule. */
export function brokenKey(dataset: string, rules: readonly { readonly rule: string; readonly rows: number }[]): SluiceError {
  const rows = rules.reduce((sum, each) => sum + each.rows, 0)
  const what = rows === 1 ? '1 row broke a rule' : `${rows} rows broke a rule`
  return qualityErrors.failed(
    `${dataset}: ${what} of the key (${rules.map(({ rule }) => rule).join(', ')}), and none may; nothing was written`,
    {
      facts: { dataset, rows, rules },
      next: "Correct the model or its source, and clear the task; or allow them: take key: 'none' out of quarantine.",
    },
  )
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
