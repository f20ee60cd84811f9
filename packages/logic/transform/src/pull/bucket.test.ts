import { bigint, dataset, fileSource, text } from '@sluice/author'
import { isThere, type Server, startVersitygw, versitygw } from '@sluice/delta/testing'
import { bucketOnS3, bucketsOfMemory, type MakeStorage, type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { folderOf } from './files.ts'
import { contentsOf, type PullOf, pullOnce } from './pull.cases.ts'

const source = fileSource({ name: 'orders', folder: { lake: 'inbox/orders' }, pattern: '**/*.csv', vanished: 'delete' })
const orders = dataset('silver.orders', { on: 'lake', columns: { id: bigint({ notNull: true }), note: text() }, quarantine: { fail: 0.5 } })

/** What a pull does with a folder of a lake, whatever the lake lies in. */
function pullsFromTheLake(storage: () => MakeStorage): void {
  let at: TemporaryLake
  beforeEach(async () => {
    at = await temporaryLake({ makeStorage: storage() })
  })
  afterEach(() => at.close())
  const pulled = async (run: string, over: Partial<PullOf> = {}) => {
    const folder = folderOf(source.folder, at.lake, { folder: '/nowhere', variable: () => '' })
    return await pullOnce({ lake: at.lake, inbox: { path: '/nowhere' }, folder, source, into: orders, run, ...over })
  }

  test('files of a folder of the lake are pulled once, corrected, and go with their rows', async () => {
    await at.put('inbox/orders/a.csv', 'id,note\n1,one\nx,two\n')
    await at.put('inbox/orders/2026/b.csv', 'id,note\n3,three\n')
    await at.put('inbox/orders/read.me', 'no file of the source')
    await at.put('inbox/others/c.csv', 'id,note\n4,four\n')
    const first = await pulled('r1')
    expect(first).toMatchObject({
      error: undefined,
      output: { batches: 2, rowsIn: 3, rowsWritten: 2, rowsQuarantined: 1, files: { found: 2 } },
    })
    expect(await contentsOf(at.lake, orders)).toEqual({
      rows: ['1|one', '3|three'],
      broken: ['a.csv|3|type(id)|id|{"id":"x","note":"two"}'],
    })
    expect((await pulled('r2')).output).toMatchObject({ batches: 0, files: { unchanged: 2 } })
    await at.put('inbox/orders/a.csv', 'id,note\n1,one\n2,two more\n')
    expect((await pulled('r3')).receipts).toMatchObject([{ generation: 1, file: { path: 'a.csv' }, rowsWritten: 2 }])
    // Of one size, and within the time that a bucket tells apart: its mark says that it is another one.
    await at.put('inbox/orders/a.csv', 'id,note\n1,one\n2,two less\n')
    expect((await pulled('r3 b')).receipts).toMatchObject([{ generation: 2, file: { path: 'a.csv', mark: expect.stringMatching(/./) } }])
    await at.put('inbox/orders/archive/a.csv', 'id,note\n1,one\n2,two less\n')
    await at.files.delete('inbox/orders/a.csv')
    expect((await pulled('r3 c')).receipts).toMatchObject([{ status: 'skipped', file: { moved: { from: 'a.csv' } } }])
    await at.files.delete('inbox/orders/2026/b.csv')
    expect((await pulled('r4')).receipts).toMatchObject([{ file: { path: '2026/b.csv' }, reason: 'the file is not there any more' }])
    expect(await contentsOf(at.lake, orders)).toEqual({ rows: ['1|one', '2|two less'], broken: [] })
    await at.files.delete('inbox/orders/archive/a.csv')
    expect((await pulled('r5')).error).toMatchObject({ code: 'file.emptied' })
  })
}

describe('from a bucket in memory', () => {
  pullsFromTheLake(() => bucketsOfMemory)
})

describe.runIf(await isThere(versitygw, 1))('from a bucket on S3 (versitygw)', () => {
  let server: Server
  beforeAll(async () => {
    server = await startVersitygw()
  })
  afterAll(() => server.stop())
  pullsFromTheLake(() => bucketOnS3(server))
})
