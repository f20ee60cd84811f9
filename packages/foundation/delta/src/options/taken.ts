import { inside, isPlain, refused } from './form.ts'

/**
 * The plain objects and lists of an argument, copied when the call begins. What was checked is then what is acted on: the caller may change
 * its objects while the call runs, and a getter may answer otherwise when it is asked again. Inherited and hidden keys are keys, too. Rows
 * are left as they are, since they are taken one by one, and so are functions and objects of a class.
 */
export function taken(value: unknown, at: string): unknown {
  if (Array.isArray(value)) return Array.from(value, (item, index) => taken(item, `${at}[${index}]`))
  if (value instanceof Date) return new Date(value)
  if (!isPlain(value)) return value
  const [symbol] = Object.getOwnPropertySymbols(value)
  if (symbol !== undefined) throw refused(at, `has the key ${String(symbol)}`, 'Give keys that are texts.')
  const names = new Set(Object.getOwnPropertyNames(value))
  for (const name in value) names.add(name)
  return Object.fromEntries(
    [...names].map((name) => {
      const inner = value[name]
      return [name, name === 'rows' || name === 'source' ? inner : taken(inner, inside(at, name))]
    }),
  )
}
