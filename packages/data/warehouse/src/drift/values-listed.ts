/** What `oneOf` makes of a column. @param def a check as the server spells it */
export const listsValues = (def: string): boolean => several.test(def) || one.test(def)

/** `CHECK ((word = ANY (ARRAY['a'::text, 'b'::text])))` */
const several = /^CHECK \(.* = ANY \(+ARRAY\[(.*)\]/s
/** `CHECK ((word = 'a'::text))` */
const one = /^CHECK \(\(+[^=<>]+ = ('(?:[^']|'')*')(?:::[\w (),]+)?\)+$/s

/**
 * A sentence for the values that a shorter list leaves out: the rows that are there are looked at, and one that has such a value ends the
 * migration.
 * @param name what has the list
 */
export function leftOutText(name: string, before: string, after: string): readonly string[] {
  if (!listsValues(before) || !listsValues(after)) return []
  const kept = new Set(valuesIn(after))
  const out = valuesIn(before).filter((value) => !kept.has(value))
  return out.length === 0 ? [] : [`${name} leaves ${out.join(', ')} out: rows that have ${out.length === 1 ? 'it' : 'them'} are refused`]
}

const valuesIn = (def: string): readonly string[] => ((several.exec(def) ?? one.exec(def))?.[1] ?? '').match(/'(?:[^']|'')*'/g) ?? []
