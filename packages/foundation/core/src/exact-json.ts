import type { Json } from './json.ts'

/**
 * A text of JSON as a value, in which no number is rounded: one that a number of JavaScript does not hold digit for digit is its text.
 * @throws `SyntaxError` for what is not JSON
 */
export const exactJson = (text: string): Json => JSON.parse(text, keepExact) as Json

/** The third argument is that of ECMAScript 2026: the text of a primitive value. */
function keepExact(this: unknown, _name: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && digitsOf(String(value)) !== digitsOf(context.source)
    ? context.source
    : value
}

/** A number's digits without the zeros around them, and the power of ten of the last: `1.50e3` and `1500` have the same. */
function digitsOf(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^-/, '').split('.')
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  return short === '' ? '0' : `${short}e${Number(exponent) - fraction.length + digits.length - short.length}`
}
