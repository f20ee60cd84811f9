import type { CreditTariff } from '@sluice/core'

/** The service publishes no header for it, so both numbers are settings (`facts: sources 2.1`). */
export const defaultTariff: CreditTariff = { perCall: 1, bytesPerCredit: 2_500 }
