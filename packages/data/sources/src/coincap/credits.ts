import type { CreditTariff } from '@sluice/author'

/** The service answers with no header that says what a call cost, so both numbers are settings. */
export const defaultTariff: CreditTariff = { perCall: 1, bytesPerCredit: 2_500 }
