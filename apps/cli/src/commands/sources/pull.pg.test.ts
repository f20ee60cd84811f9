import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'
import { shop } from '../../testing/shop.ts'

let platform: PlatformOnDisk
beforeAll(async () => {
  platform = await platformOnDisk({
    ...shop,
    'projects/shop/pipelines/inbox.ts': `import { bigint, dataset, fileSource, pipeline, pull, text } from 'sluice'
const lines = dataset('silver.lines', { on: 'lake', columns: { id: bigint({ notNull: true }), note: text() }, quarantine: { fail: 0.5 } })
export default pipeline({ name: 'inbox', steps: [pull({ from: fileSource({ folder: 'inbox', ready: { stable: '0s' } }), into: lines })] })
`,
    'projects/shop/inbox/a.csv': 'id,note\n1,one\n2,two\n',
    'projects/shop/inbox/b.csv': 'id,note\n3,three\nx,four\n',
  })
})
afterAll(async () => await platform[Symbol.asyncDispose]())

function json(...args: readonly string[]): unknown {
  const { status, stdout, stderr } = platform.sluice(...args, '--json')
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

test('a source is pulled and listed through workers: file by file, once, and one again by its name', () => {
  expect(json('sources', 'list')).toMatchObject([{ project: 'shop', source: 'inbox', files: 0, moved: 0, pulledAt: null }])
  expect(json('sources', 'pull', 'inbox', '--dry-run')).toMatchObject({
    counts: { found: 2, new: 2 },
    files: [
      { file: 'a.csv', is: 'new', deed: 'read' },
      { file: 'b.csv', is: 'new' },
    ],
  })
  expect(json('sources', 'preview', 'shop', 'inbox', '--file', 'b.csv', '--limit', '1')).toMatchObject({
    dataset: 'shop:lake.silver.lines',
    file: 'b.csv',
    rowsIn: 2,
    rows: [{ id: 3, note: 'three' }],
    quarantine: [{ line: 3, column: 'id', rule: 'type(id)' }],
  })
  const shown = platform.sluice('sources', 'preview', 'shop', 'inbox', '--file', 'b.csv').stdout
  expect(shown).toContain('2 rows in, 1 would be written, 1 in quarantine')
  expect(platform.sluice('sources', 'pull', 'shop', 'inbox', '--dry-run').stdout).toContain('Nothing was written.')
  expect(json('sources', 'pull', 'shop', 'inbox')).toMatchObject({
    state: 'success',
    batches: [
      { file: 'a.csv', rowsIn: 2, rowsWritten: 2, rowsQuarantined: 0, detected: { format: 'csv', delimiter: ',' } },
      { file: 'b.csv', rowsIn: 2, rowsWritten: 1, rowsQuarantined: 1 },
    ],
  })
  expect(json('sources', 'pull', 'shop', 'inbox')).toMatchObject({ state: 'success', batches: [] })
  expect(json('sources', 'pull', 'shop', 'inbox', '--file', 'a.csv')).toMatchObject({ batches: [{ file: 'a.csv' }] })
  expect(json('sources', 'list')).toMatchObject([{ files: 2, rowsWritten: 3, rowsQuarantined: 1 }])
  mkdirSync(join(platform.root, 'projects/shop/inbox/archive'))
  renameSync(join(platform.root, 'projects/shop/inbox/a.csv'), join(platform.root, 'projects/shop/inbox/archive/a.csv'))
  expect(json('sources', 'pull', 'inbox', '--dry-run')).toMatchObject({ counts: { moved: 1, new: 0, vanished: 0 } })
  expect(platform.sluice('sources', 'pull', 'inbox').stdout).toContain('archive/a.csv: moved from a.csv')
  expect(json('sources', 'list')).toMatchObject([{ files: 2, moved: 1, rowsWritten: 3, rowsQuarantined: 1 }])
  const again = platform.sluice('sources', 'pull', 'shop', 'inbox', '--file', 'b.csv')
  expect(again.stdout).toContain('b.csv: 2 rows in, 1 written, 1 in quarantine')
  expect(again.stderr).toContain('lake sql shop "select file, row_number, rule, cells from silver.lines__quarantine"')
  const none = platform.sluice('sources', 'pull', 'shop', 'inbox', '--file', 'none.csv')
  expect(none).toMatchObject({ status: 1, stdout: expect.not.stringContaining('is new') })
  for (const words of [
    ['list', '--project', 'none'],
    ['pull', 'none', 'inbox'],
    ['preview', 'none', 'inbox'],
  ])
    expect(platform.sluice('sources', ...words).stderr).toContain('there is no project "none"')
  expect(platform.sluice('sources', 'pull', 'outbox').stderr).toMatch(/no step pulls a source outbox[\s\S]*There are shop inbox/)
  expect(none.stderr).toMatch(/error \S+ {2}inbox has no file none\.csv.*\nnext /)
})
