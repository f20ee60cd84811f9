import { refused } from '../base/faults.ts'

/*
 * The words of patterns that DuckDB (RE2), PostgreSQL (ARE) and JavaScript read alike. Left out: look-around and references (RE2 has
 * none), `.` (a line break is one character of it to PostgreSQL alone), \d \w \s \b (they depend on a locale), lazy quantifiers, anchors
 * (a pattern is for the whole text), counts above 255 (PostgreSQL's limit), empty groups and branches.
 */
const inSet = String.raw`(?:[^\\\[\]^\-]|\\[\\\[\]^\-tnr])`
const setItem = `${inSet}(?:-${inSet})?`
const words = [
  String.raw`(?<set>\[\^?-?(?:${setItem})+-?\])`,
  String.raw`(?<open>\((?:\?:|(?!\?)))`,
  String.raw`(?<close>\))`,
  String.raw`(?<or>\|)`,
  String.raw`(?<times>[*+?]|\{(?<least>\d{1,3})(?:,(?<most>\d{1,3})?)?\})`,
  String.raw`(?<plain>[^\\.^$*+?()\[\]{}|]|\\[.^$*+?()\[\]{}|\\/tnr])`,
]
const word = new RegExp(`^(?:${words.join('|')})`, 'u')

/** @throws `definition.invalid` at the first word that the engines do not read alike */
export function portablePattern(where: string, pattern: string | RegExp): string {
  if (pattern instanceof RegExp && pattern.flags.replace(/[uv]/, '') !== '')
    throw refused(where, `the pattern has the flags ${pattern.flags}`, 'Write a pattern without flags.')
  const text = typeof pattern === 'string' ? pattern : pattern.source
  const odd = firstOdd(text)
  if (odd === undefined) return text
  throw refused(
    where,
    `the stores do not read the pattern alike from ${JSON.stringify(odd.slice(0, 12))} on`,
    'Write characters, [a-z], (a|b), * + ? and {2,5}, for the whole text; a backslash before a sign that is meant itself, [^\\n] for any.',
  )
}

/** The rest of the pattern from its first word that is not one of those, or that stands in a wrong place. */
function firstOdd(text: string): string | undefined {
  let [depth, last] = [0, 'or' as 'open' | 'or' | 'item' | 'times']
  for (let rest = text; rest !== ''; ) {
    const found = word.exec(rest)
    if (found === null) return rest
    const { open, close, or, times, least, most } = found.groups ?? {}
    const begins = last === 'open' || last === 'or'
    if ((close ?? or) !== undefined && begins) return rest
    if (times !== undefined && (last !== 'item' || Number(most ?? least ?? 0) > 255 || Number(most ?? 255) < Number(least ?? 0)))
      return rest
    depth += open !== undefined ? 1 : close !== undefined ? -1 : 0
    if (depth < 0) return rest
    last = open !== undefined ? 'open' : or !== undefined ? 'or' : times !== undefined ? 'times' : 'item'
    rest = rest.slice(found[0].length)
  }
  return depth !== 0 || last === 'or' ? text : undefined
}
