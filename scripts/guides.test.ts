import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { guides, withSnippets } from './guides.ts'
import { root } from './workspace.ts'

test.each(guides())('%s quotes its files as they are', (path) => {
  const guide = readFileSync(join(root, path), 'utf8')
  expect(guide, 'run: npm run docs:guides').toBe(withSnippets(guide))
})

test('a file that changed without its guide is found', () => {
  const quoting = guides()
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .filter((guide) => guide.includes('<!-- file: '))
  expect(quoting.length).toBeGreaterThan(0)
  for (const guide of quoting)
    expect(guide).not.toBe(withSnippets(guide, (path) => readFileSync(join(root, path), 'utf8').replaceAll(/(?=\}\)?\n)/g, ' ')))
})

test('the example of the README is code of a project', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n/g)].length
  expect(blocks).toBeGreaterThan(0)
  expect([...readme.matchAll(/<!-- file: projects\/\S+ -->\n```ts\n/g)]).toHaveLength(blocks)
})

const source = `import { x } from 'y'

/** The first. */
export const first = dataset('a', {
  on: 'lake',

  columns: {},
})
/** Of one line. */
export const second = x(1)

export const third = task({ run: () => 1 })
`
const quoting = (name: string) => withSnippets(`<!-- file: a.ts#${name} -->\n`, () => source)

test('an export is quoted alone, with its comment', () => {
  expect(quoting('first')).toBe(
    "<!-- file: a.ts#first -->\n```ts\n/** The first. */\nexport const first = dataset('a', {\n  on: 'lake',\n\n  columns: {},\n})\n```\n",
  )
  expect(quoting('second')).toBe('<!-- file: a.ts#second -->\n```ts\n/** Of one line. */\nexport const second = x(1)\n```\n')
  expect(quoting('third')).toBe('<!-- file: a.ts#third -->\n```ts\nexport const third = task({ run: () => 1 })\n```\n')
  expect(() => quoting('fourth')).toThrow('a.ts exports no fourth')
})

test('lines of files are counted, without tests', () => {
  const written = withSnippets('<!-- lines: scripts/guides.ts scripts/guides.test.ts --> lines')
  expect(written).toBe(
    `<!-- lines: scripts/guides.ts scripts/guides.test.ts -->${readFileSync(join(root, 'scripts/guides.ts'), 'utf8').split('\n').length - 1} lines`,
  )
})
