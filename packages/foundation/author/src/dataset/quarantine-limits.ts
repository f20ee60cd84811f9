import type { QuarantineLimits } from './any-dataset.ts'

/** Noise warns nobody; a tenth that is missing is no longer the same data. */
const quarantineLimits = Object.freeze({ warn: 0.01, fail: 0.1 }) satisfies QuarantineLimits

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

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
