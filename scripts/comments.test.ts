import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { longComments, noForNotComments, widest } from './comments.ts'
import { root } from './workspace.ts'

/** A numbered migration that was applied is never written again. */
const isApplied = (file: string): boolean => /\/migrations\/\d+_/.test(file)

const files = globSync(
  ['*.ts', '.ci/run', '{packages,apps,projects,simulators,examples,templates,bench,scripts,.github}/**/*.{ts,js,sql,yml}'],
  {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:node_modules|\.sluice|dist)$/.test(name),
  },
).filter((file) => !isApplied(file))

test('no line of a comment is longer than the page', () => {
  expect(files.length).toBeGreaterThan(500)
  expect(files.flatMap((file) => longComments(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test('a comment says "is not a", not "is no"', () => {
  expect(files.flatMap((file) => noForNotComments(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
  expect(
    noForNotComments('x.ts', '// What is no date.\n// There is no date, and it is no longer asked: `is no x`.\nconst a = "is no b"'),
  ).toEqual(['x.ts:1: "is no date"'])
})

test.each([
  ['x.ts', '  // '],
  ['x.ts', ' * '],
  ['x.sql', '-- '],
  ['.ci/run', '# '],
])('it bites on a comment of %s that is too long, and leaves one that fits', (file, mark) => {
  expect(longComments(file, `\n${mark.padEnd(widest + 1, 'x')}`)).toEqual([`${file}:2 has ${widest + 1} characters`])
  expect(longComments(file, mark.padEnd(widest, 'x'))).toEqual([])
})

test('code may be as long as the formatter leaves it', () => {
  expect(longComments('x.ts', `const a = '${'x'.repeat(widest)}'`)).toEqual([])
})
