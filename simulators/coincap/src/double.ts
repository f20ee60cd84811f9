/*
 * How CoinCap v3 prints numbers, as recorded in December 2025 and April 2026: all are doubles. Amounts stand with 18 decimals, which show
 * the double behind them (`87711.199999999997089617` is 87711.2); changes and averages stand in the shortest text that gives the double
 * back (`-2.4410536133077088`, `-0.010002000400078915`, `8.41e-7`), which may have more decimals than 18.
 */

/** `amount` must be below 10^21. */
export const amountText = (amount: number): string => amount.toFixed(18)

export const shortestText = (value: number): string => String(value)
