import { expect, test } from 'vitest'
import { ImportClosures } from './import-closures.ts'

const edges = [
  ['pipelines/a.ts', 'sources/rows.ts'],
  ['sources/rows.ts', 'sources/unit.ts'],
  ['sources/unit.ts', 'sources/rows.ts'],
  ['pipelines/b.ts', 'sources/other.ts'],
] as const
const texts = {
  'pipelines/a.ts': 'a',
  'pipelines/b.ts': 'b',
  'sources/rows.ts': 'rows',
  'sources/unit.ts': 'unit',
  'sources/other.ts': 'o',
}

test('a module is another one when what it imports through others is, and the same again when that was taken back', () => {
  const imports = new Map<string, Set<string>>()
  const learnt = new ImportClosures(new Map(Object.entries(texts)), imports)
  for (const [from, to] of edges) learnt.edge(from, to)
  const [a, b] = [learnt.of('pipelines/a.ts'), learnt.of('pipelines/b.ts')]
  const edited = new ImportClosures(new Map(Object.entries({ ...texts, 'sources/unit.ts': 'pound' })), imports)
  expect([edited.of('pipelines/a.ts'), edited.of('pipelines/b.ts')], 'nobody knows what the new text imports').toEqual([undefined, b])
  edited.seen('sources/unit.ts')
  expect(edited.of('pipelines/a.ts')).not.toBe(a)
  expect(new ImportClosures(new Map(Object.entries(texts)), imports).of('pipelines/a.ts')).toBe(a)
})
