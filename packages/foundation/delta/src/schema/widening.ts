import { type DeltaType, decimalOf } from './schema.ts'

const wholes = ['byte', 'short', 'integer', 'long']
/** The number of decimal digits that holds every value. */
const digitsOf: Readonly<Record<string, number>> = { byte: 10, short: 10, integer: 10, long: 20 }

/** May a column change from one type to the other while its files stay as they are (PROTOCOL.md, Type Widening)? */
export function isWidening(from: DeltaType, to: DeltaType): boolean {
  if (typeof from !== 'string' || typeof to !== 'string') return false
  const [before, after] = [decimalOf(from), decimalOf(to)]
  if (after !== undefined) {
    const digits = before ?? (digitsOf[from] === undefined ? undefined : { precision: digitsOf[from], scale: 0 })
    if (digits === undefined || from === to) return false
    const [more, scale] = [after.precision - digits.precision, after.scale - digits.scale]
    return more >= scale && scale >= 0
  }
  if (wholes.includes(from) && wholes.includes(to)) return wholes.indexOf(from) < wholes.indexOf(to)
  if (to === 'double') return from === 'float' || from === 'byte' || from === 'short' || from === 'integer'
  return from === 'date' && to === 'timestamp_ntz'
}
