/** What calls cost. The service publishes no header for it, so both numbers are settings (`facts: sources 2.1`). */
export interface CreditTariff {
  readonly perCall: number
  /** One more credit for each started block of so many bytes of payload. */
  readonly bytesPerCredit: number
}

export const defaultTariff: CreditTariff = { perCall: 1, bytesPerCredit: 2_500 }

export const creditsOf = (tariff: CreditTariff, bytes: number): number => tariff.perCall + Math.ceil(bytes / tariff.bytesPerCredit)
