import { expect, test } from 'vitest'
import { readDeclarations } from './declarations.ts'
import { referencePage, unsaid, written } from './reference.ts'

test('docs/sluice.md is what the types say, and something is said of every export', () => {
  expect(written(), 'run: npm run docs:api').toBe(referencePage())
  expect(unsaid()).toEqual([])
})

test('an export that changes or is new makes another page', () => {
  const code = [
    'import { type A, b as c } from "./a.ts";',
    '/** Adds. */',
    'export declare function add(a: number): number;',
    'export declare function add(a: string): string;',
    'interface Hidden {',
    '\treadonly a: A;',
    '}',
    'export * from "./all.ts";',
    'export { c, type Hidden as Shown };',
  ].join('\n')
  const { declared, elsewhere, exported, all } = readDeclarations(code)
  expect(declared.get('add')).toEqual({
    name: 'add',
    about: 'Adds.',
    text: 'function add(a: number): number;\nfunction add(a: string): string;',
    isType: false,
  })
  expect(declared.get('Hidden')?.text).toBe('interface Hidden {\n  readonly a: A;\n}')
  expect([...exported].sort()).toEqual(['Shown', 'add', 'c'])
  expect(elsewhere.get('c')).toEqual({ from: './a.ts', name: 'b' })
  expect(all).toEqual(['./all.ts'])
  expect(referencePage()).toContain('### task\n')
})
