import { SourceMap } from 'node:module'
import { expect, test } from 'vitest'
import { withoutSourceMap, withSourceMap } from './source-map.ts'

const mapOf = (copied: string): SourceMap =>
  new SourceMap(JSON.parse(Buffer.from(/base64,(.+)$/.exec(copied)?.[1] ?? '', 'base64').toString()))

test('every word of a copy leads back to its own line and column, after lines without words, accents and tabs too', () => {
  const source = "import { task } from 'sluice'\n\n\tconst é = task({ name: 'x' }) // one\n  }\nlast"
  const map = mapOf(withSourceMap(source, '../../shop/pipelines/a.ts'))
  for (const [line, text] of source.split('\n').entries()) {
    for (const { index } of text.matchAll(/[\w$]+/g)) {
      expect(map.findEntry(line, index), `${line}:${index}`).toMatchObject({
        originalLine: line,
        originalColumn: index,
        originalSource: '../../shop/pipelines/a.ts',
      })
    }
  }
})

test('a copy keeps each line where it is, and gives back what was written, with and without a last end of line', () => {
  for (const source of ['', 'a', 'a\n', 'a\r\nb', 'a\n\n']) {
    const copied = withSourceMap(source, 'a.ts')
    expect(copied.startsWith(source)).toBe(true)
    expect(withoutSourceMap(copied).trimEnd()).toBe(source.trimEnd())
  }
  expect(withoutSourceMap('const a = 1\n')).toBe('const a = 1\n')
})

test('a line that a program made costs one entry, however long it is', () => {
  expect(withSourceMap(`const rows = [${'1,'.repeat(100_000)}]`, 'a.ts').length).toBeLessThan(201_000)
})
