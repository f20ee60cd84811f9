import { matchesGlob } from 'node:path'
import { fc } from '@sluice/core/testing/properties'
import { expect, test } from 'vitest'
import { planListing } from './plan-listing.ts'

const cases: readonly [pattern: string, base: string, takes: readonly string[], not: readonly string[]][] = [
  ['*.csv', '', ['a.csv', 'é😀.csv'], ['a/b.csv', 'a.csv.gz', '.a.csv', 'csv']],
  ['**', '', ['a', 'a/b', 'a/b/c.csv'], ['.a', 'a/.b', '.git/config']],
  ['**/*.csv', '', ['a.csv', 'x/y/a.csv'], ['x/.y/a.csv', 'a.tsv']],
  ['2026/**', '2026', ['2026/a', '2026/11/a'], ['2026', '2025/a']],
  ['2026/11/*.{csv,tsv}', '2026/11', ['2026/11/a.csv', '2026/11/b.tsv'], ['2026/11/a.txt', '2026/11/x/a.csv', '2026/12/a.csv']],
  ['{2025,2026}/orders/a.csv', '', ['2025/orders/a.csv'], ['2024/orders/a.csv']],
  ['in/{a/b,a/c}/*.csv', 'in/a', ['in/a/b/1.csv', 'in/a/c/1.csv'], ['in/a/1.csv']],
  ['a/**/b/**/c', 'a', ['a/b/c', 'a/x/b/c', 'a/b/b/c', 'a/x/b/y/z/c'], ['a/c', 'b/c', 'a/b/.x/c']],
  ['order-[0-9][!x-z]?.csv', '', ['order-1a!.csv', 'order-2_😀.csv'], ['order-1x1.csv', 'order-a11.csv', 'order-1a.csv']],
  ['[]a]', '', [']', 'a'], ['b', '[]a]']],
  ['[a-]*', '', ['a', '-x'], ['b']],
  ['\\*\\{a\\}.csv', '', ['*{a}.csv'], ['x{a}.csv', '\\*\\{a\\}.csv']],
  ['.hidden/*.csv', '.hidden', ['.hidden/a.csv'], ['.hidden/.a.csv']],
  ['.*', '', ['.a', '.'], ['a']],
  ['a{,b{c,d}}', '', ['a', 'abc', 'abd'], ['ab', 'a{']],
]

test.for(cases)('%s begins in "%s" and takes what it says', ([pattern, base, takes, not]) => {
  const plan = planListing(pattern)
  expect(plan.base).toBe(base)
  expect(takes.filter((path) => !plan.takes(path))).toEqual([])
  expect(not.filter((path) => plan.takes(path))).toEqual([])
})

test.for([
  ['', 'has an empty name'],
  ['/a', 'has an empty name'],
  ['a//b', 'has an empty name'],
  ['a/', 'has an empty name'],
  ['../a', 'has the name ".."'],
  ['a/{b,..}/c', 'has the name ".."'],
  ['[ab', 'has a [ without its ]'],
  ['[z-a]', 'has the range z-a, which holds nothing'],
  ['{a,b', 'has a { without its }'],
  ['a}', 'has a } without its {'],
  ['a\\', 'ends in a \\ that stands before nothing'],
  ['{a,b}'.repeat(12), 'stands for more than 1000 patterns'],
] as const)('the pattern "%s" is refused: it %s', ([pattern, fault]) => {
  expect(() => planListing(pattern)).toThrow(
    expect.objectContaining({ code: 'definition.invalid', message: `the pattern "${pattern}" ${fault}` }),
  )
})

const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), minLength: 1, maxLength: 3 }).filter((text) => !/^\.+$/.test(text))
const part = fc.oneof(
  fc.constant('**'),
  fc
    .array(fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]', '{a,b}', '{a,ba*}'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('').replaceAll('**', '*')),
)

test('random patterns take what the matcher of Node takes', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.array(name, { minLength: 1, maxLength: 4 }), (parts, names) => {
      const [pattern, path] = [parts.join('/'), names.join('/')]
      // Node lets `a/**` take `a` itself, and sets take a dot at the beginning of a name.
      fc.pre(
        !names.some((each) => each.startsWith('.')) && !(parts.at(-1) === '**' && matchesGlob(path, parts.slice(0, -1).join('/') || '.')),
      )
      expect(planListing(pattern).takes(path), `${pattern} | ${path}`).toBe(matchesGlob(path, pattern))
    }),
    { numRuns: 3_000 },
  )
})

test('every folder above a file that is taken is entered, and lies at or below the base', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.array(name, { minLength: 1, maxLength: 4 }), (parts, names) => {
      const plan = planListing(parts.join('/'))
      const path = names.join('/')
      fc.pre(plan.takes(path))
      const folders = names.slice(0, -1).map((_, at) => names.slice(0, at + 1).join('/'))
      expect(folders.filter((folder) => !plan.enters(folder))).toEqual([])
      expect(plan.base === '' || path.startsWith(`${plan.base}/`)).toBe(true)
    }),
    { numRuns: 3_000 },
  )
})

test('a folder under which nothing is taken is not entered', () => {
  const plan = planListing('2026/{10,11}/**/*.csv')
  expect(['2026', '2026/11', '2026/11/a/b'].map((folder) => plan.enters(folder))).toEqual([true, true, true])
  expect(['2025', '2026/12', '2026/.x', '2026/11/.x'].map((folder) => plan.enters(folder))).toEqual([false, false, false, false])
  expect(planListing('*.csv').enters('a')).toBe(false)
})

// A matcher that goes back to every star would not come to an end.
test('a pattern and a name that were made to be slow are not', () => {
  expect(planListing(`${'*a'.repeat(60)}b`).takes('a'.repeat(250))).toBe(false)
  expect(planListing(`${'**/a/'.repeat(30)}b`).takes(`${'a/'.repeat(200)}c`)).toBe(false)
})
