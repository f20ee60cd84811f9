import { expect, test } from 'vitest'
import { importsOf, sourceOf } from './imports.ts'

test('finds values, types, what is handed on, modules at run time, and files by their place', () => {
  const text = [
    "import { a } from './a.ts'",
    'import {\n  type B,\n  b,\n} from "../b.ts"',
    "import type { C } from '../c.ts'",
    "import './d.ts'",
    "export * from './e.ts'",
    "const f = () => import('./f.ts')",
    "const g = new URL('./g.sql', import.meta.url)",
    "const h = import.meta.resolve('./h.ts')",
    "const i = join(import.meta.dirname, 'i.ts')",
    "import { readFile } from 'node:fs/promises'",
    "import { table } from '@sluice/delta'",
  ].join('\n')
  expect(importsOf(text)).toEqual(['./a.ts', '../b.ts', '../c.ts', './d.ts', './e.ts', './f.ts', './g.sql', './h.ts', './i.ts'])
})

test('reads no import in a comment, and is not misled by texts and regular expressions that look like one', () => {
  const text = [
    "// import { a } from './a.ts'",
    "/* import('./b.ts')\n * from './c.ts' */",
    "const url = 'http://example.org' // see './d.ts'",
    String.raw`const quote = /['"/*]/g, slashes = text.replace(/\/\//g, '/*')`,
    'const template = `https://*/*`',
    `const planted = "import './d.ts'"`,
    "const e = import('./e.ts')",
  ].join('\n')
  expect(importsOf(text)).toEqual(['./e.ts'])
})

test('names the files that are meant from the folder of the file that imports them', () => {
  expect(sourceOf('log/log.ts', "import '../sql.ts'\nimport './segment.ts'\nimport '../../build/pack.ts'\nimport '../sql.ts'")).toEqual({
    path: 'log/log.ts',
    imports: ['sql.ts', 'log/segment.ts', '../build/pack.ts'],
  })
})
