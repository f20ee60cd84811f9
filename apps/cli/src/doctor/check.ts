export type Status = 'ok' | 'warn' | 'fail'

export interface Finding {
  readonly check: string
  readonly status: Status
  readonly detail: string
  /** What to do; `null` when all is well. */
  readonly next: string | null
}

export interface Check {
  readonly name: string
  /** What is thrown counts as failed, with its own words. */
  run(): Promise<Omit<Finding, 'check'>>
}

export const ok = (detail: string): Omit<Finding, 'check'> => ({ status: 'ok', detail, next: null })
export const warn = (detail: string, next: string): Omit<Finding, 'check'> => ({ status: 'warn', detail, next })
export const fail = (detail: string, next: string): Omit<Finding, 'check'> => ({ status: 'fail', detail, next })
