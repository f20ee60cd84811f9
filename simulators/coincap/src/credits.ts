export interface CreditRules {
  /** Absent: no limit. */
  readonly perMonth: number | undefined
  readonly perCall: number
  readonly bytesPerCredit: number
}

/** Credits of one key in the calendar month (UTC) `YYYY-MM`. */
export interface CreditStatement {
  readonly month: string
  readonly used: number
  readonly limit: number | undefined
}

/** Credits of a payload: a fixed part and one for each `bytesPerCredit` begun. */
export function creditsOf(bytes: number, rules: CreditRules): number {
  return rules.perCall + Math.ceil(bytes / rules.bytesPerCredit)
}

/** Counts the credits each key spends in a calendar month; a new month starts at zero. */
export function creditMeter(rules: CreditRules, now: () => number) {
  let month = ''
  let used = new Map<string, number>()
  const turn = (): void => {
    const current = new Date(now()).toISOString().slice(0, 7)
    if (current === month) return
    month = current
    used = new Map()
  }
  return {
    spend(key: string, bytes: number): void {
      turn()
      used.set(key, (used.get(key) ?? 0) + creditsOf(bytes, rules))
    },
    isSpent(key: string): boolean {
      turn()
      return rules.perMonth !== undefined && (used.get(key) ?? 0) >= rules.perMonth
    },
    statement(key: string): CreditStatement {
      turn()
      return { month, used: used.get(key) ?? 0, limit: rules.perMonth }
    },
  }
}
