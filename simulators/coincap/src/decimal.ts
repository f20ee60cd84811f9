/** A decimal with exactly 16 places, as CoinCap prints every number: an integer count of 10^-16. */
export type Fixed16 = bigint

export const ONE: Fixed16 = 10n ** 16n

/** The exact value of a double, rounded once at the 16th decimal. `number` must be finite and below 10^21. */
export function fixed(number: number): Fixed16 {
  return parse(number.toFixed(16))
}

/** `a x b`, cut after the 16th decimal. */
export function times(a: Fixed16, b: Fixed16): Fixed16 {
  return (a * b) / ONE
}

/** `a / b`, cut after the 16th decimal. */
export function over(a: Fixed16, b: Fixed16): Fixed16 {
  return (a * ONE) / b
}

/** `"-0.0500000000000000"`: never an exponent, always 16 decimals. */
export function print(value: Fixed16): string {
  const digits = (value < 0n ? -value : value).toString().padStart(17, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -16)}.${digits.slice(-16)}`
}

/** The inverse of `print`. */
export function parse(text: string): Fixed16 {
  return BigInt(text.replace('.', ''))
}
