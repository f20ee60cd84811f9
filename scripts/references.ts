/** References that a reader of this repository cannot open. Pure; `references.test.ts` holds every tracked text to it. */

const outside: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\bDESIGN [0-9]/, 'a design paper outside of the repository'],
  [/\b(?:facts|findings)(?:: ?| )[a-z]+ (?:[0-9]|decision)/, 'a paper outside of the repository'],
  [/\bfacts\/[a-z-]+\.md\b/, 'a paper outside of the repository'],
  [/\b(?:S[0-4]|X)-[0-9]+\b/, 'the id of a requirement: it belongs into the name of a test'],
]

/** The name of a test may carry the ids of the requirements that it shows. */
const testName = /^\s*(?:test|describe|it)(?:\.\w+(?:\([^)]*\))?)*\(/
const rule = /\brules? ([0-9]+)(?: and ([0-9]+))?\b/gi

/** These pages say of each requirement what shows it. */
const ofRequirements = /^docs\/requirements\//

export function referenceFaults(file: string, text: string, rules: ReadonlySet<string>): readonly string[] {
  const isTest = /\.(?:test|cases|faults)\.ts$/.test(file)
  return text.split('\n').flatMap((line, index) => {
    if ((isTest && testName.test(line)) || ofRequirements.test(file)) return []
    const at = `${file}:${index + 1}`
    const unknown = [...line.matchAll(rule)].flatMap(([, ...numbers]) => numbers).filter((n) => n !== undefined && !rules.has(n))
    return [
      ...outside.filter(([pattern]) => pattern.test(line)).map(([, what]) => `${at} refers to ${what}`),
      ...unknown.map((n) => `${at} names rule ${n}, which docs/rules.md does not have`),
    ]
  })
}

/** The numbers of the rules in docs/rules.md. */
export const rulesIn = (document: string): ReadonlySet<string> =>
  new Set([...document.matchAll(/^([0-9]+)\. \*\*/gm)].map(([, n = '']) => n))

/** Paths that a document says code is kept at. */
export const pathsIn = (document: string): readonly string[] =>
  [...document.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|sql))`/g)].map(([, path = '']) => path)

/** Rows of a page of requirements that name neither a file that is there nor the reason why nothing shows them. */
export const unshownRows = (page: string, isThere: (path: string) => boolean): readonly string[] =>
  page.split('\n').flatMap((line) => {
    const [, id] = /^\| (S\d-\d+) \|/.exec(line) ?? []
    if (id === undefined) return []
    const named = [...line.matchAll(/`([\w.@-]*(?:\/[\w.@-]+)+\.\w+)`/g)].map(([, path = '']) => path)
    const gone = named.filter((path) => !path.startsWith('.sluice/') && !isThere(path))
    if (gone.length > 0) return [`${id} names ${gone.join(', ')}`]
    return named.length > 0 || /\| Not shown[^:|]*[:;]/.test(line) ? [] : [`${id} names nothing that shows it`]
  })
