import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pathsIn, referenceFaults, rulesIn, unshownRows } from './references.ts'
import { root } from './workspace.ts'

const rulesFile = readFileSync(join(root, 'docs/rules.md'), 'utf8')
const rules = rulesIn(rulesFile)
/** It holds what it looks for. */
const notHere = ['scripts/references.ts', 'scripts/references.test.ts']

test('what comments and documents refer to can be opened by whoever has this repository', () => {
  const files = globSync(
    ['*.{ts,md,json}', '{packages,apps,projects,simulators,examples,templates,bench,scripts,docs}/**/*.{ts,md,sql,json}'],
    {
      cwd: root,
      exclude: (name) => /(?:^|\/)(?:node_modules|\.sluice)$/.test(name),
    },
  ).filter((file) => !notHere.includes(file) && !/(?:^|\/)fixtures\//.test(file))
  expect(files.length).toBeGreaterThan(500)
  expect(files.flatMap((file) => referenceFaults(file, readFileSync(join(root, file), 'utf8'), rules))).toEqual([])
})

test.each([
  ['/** One row a task (DESIGN 4, Runtime). */', 'x.ts', 'a design paper'],
  ['/** CoinCap v3 (`facts: sources 2.1`). */', 'x.ts', 'a paper outside'],
  ['// see facts/orchestrators.md', 'x.md', 'a paper outside'],
  ['/** How mails leave (S0-80). */', 'x.ts', 'the id of a requirement'],
  ['-- the newest snapshot (X-1)', 'x.sql', 'the id of a requirement'],
  ["test('a name in a file that is not a test (S0-3)', () => {", 'x.ts', 'the id of a requirement'],
  ['/** Fenced (rule 1 and 99). */', 'x.ts', 'names rule 99'],
])('it bites on %s', (line, file, fault) => {
  expect(referenceFaults(file, `\n${line}`, rules)).toEqual([expect.stringContaining(`${file}:2`)])
  expect(referenceFaults(file, line, rules)[0]).toContain(fault)
})

test('names of tests may carry the ids of requirements and rules', () => {
  expect(referenceFaults('x.test.ts', "  test.each([1])('a mail leaves (S0-80)', () => {", rules)).toEqual([])
  expect(referenceFaults('x.test.ts', "test('rule 2 and 3: a lease is kept', () => {", rules)).toEqual([])
})

test('docs/rules.md has thirteen rules, and each file that it names is there', () => {
  expect([...rules]).toEqual(Array.from({ length: 13 }, (_, n) => String(n + 1)))
  const engine = join(root, 'packages/runtime/engine/src')
  const named = pathsIn(rulesFile)
  expect(named.length).toBeGreaterThan(15)
  expect(named.filter((path) => !existsSync(join(path.startsWith('packages/') ? root : engine, path)))).toEqual([])
})

test('a decision has a number of its own, which its heading says too', () => {
  const files = globSync('docs/decisions/*.md', { cwd: root }).toSorted()
  expect(files.length).toBeGreaterThan(30)
  const headings = files.map((file) => Number(/^# (\d+)\./.exec(readFileSync(join(root, file), 'utf8'))?.[1]))
  expect(headings).toEqual(files.map((file) => Number(/\/(\d{4})-/.exec(file)?.[1])))
  expect(new Set(headings).size).toBe(files.length)
})

test('each row of the pages of requirements names a file that shows it, or says why none does', () => {
  const pages = globSync('docs/requirements/*.md', { cwd: root })
  expect(pages.length).toBeGreaterThan(0)
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8')
    expect(unshownRows(text, (path) => existsSync(join(root, path)))).toEqual([])
  }
  const odd = '| S0-1 | a | `src/gone.ts` |\n| S0-2 | b | soon |\n| S0-3 | c | Not shown: no charts |\n| S0-4 | d | `src/here.ts` |'
  expect(unshownRows(odd, (path) => path === 'src/here.ts')).toEqual(['S0-1 names src/gone.ts', 'S0-2 names nothing that shows it'])
})
