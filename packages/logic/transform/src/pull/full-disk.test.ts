import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, dataset, fileSource, text } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { type DuckDB, openDuckDB } from '@sluice/duckdb'
import { type Lake, openLake } from '@sluice/lake'
import { temporaryLake } from '@sluice/lake/testing'
import { smallDisk } from '@sluice/process/testing/small-disk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentsOf, inboxAt, pullOnce } from './pull.cases.ts'

const disk = smallDisk()
let duck: DuckDB
beforeAll(async () => {
  duck = await openDuckDB({ threads: 1 })
})
afterAll(() => {
  duck.close()
  disk[Symbol.dispose]()
})

const columns = { id: bigint({ notNull: true }), note: text() }
const source = fileSource({ name: 'inbox', folder: 'inbox' })

test
  .skipIf(disk.why !== '')
  .each([
    dataset('silver.plain', { on: 'lake', columns, quarantine: { fail: 0.5 } }),
    dataset('silver.keyed', { on: 'lake', columns, key: ['id'], quarantine: { fail: 0.5 } }),
  ])(
  'a disk that is full during a pull into $id is told, what was taken stays, and with room again the run ends as one that had it',
  async (into) => {
    const random = seeded(seedOfRun())
    const calm = await temporaryLake()
    const inbox = inboxAt(join(calm.root, 'inbox'))
    for (let file = 0; file < 4; file++) {
      // Text that no compression makes small.
      const rows = Array.from({ length: 1_200 }, (_, row) => `${row === 7 ? 'x' : file * 1_200 + row},${random.next()}${random.next()}`)
      inbox.put(`${file}.csv`, `id,note\n${rows.join('\n')}\n`)
    }
    const lake: Lake = openLake({ storage: join(disk.path, into.name), project: 'demo', duckdb: async () => duck })
    const pulled = async () => await pullOnce({ lake, inbox, source, into, run: 'r1' })
    const ballast = join(disk.path, 'ballast')
    inbox.put('00.csv', 'id,note\n-1,first\n')
    expect(
      (await pullOnce({ lake, inbox, source: fileSource({ name: 'inbox', folder: 'inbox', pattern: '00.csv' }), into, run: 'r0' })).error,
    ).toBeUndefined()
    // Some of the files fit.
    const { bavail, bsize } = statfsSync(disk.path)
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 96 * 1024))
    const full = await pulled()
    expect(full.error).toMatchObject({ code: 'disk.full', kind: 'retryable', next: expect.stringContaining('Free space') })
    expect((await contentsOf(lake, into)).rows).toContain('-1|first')
    rmSync(ballast)
    const again = await pulled()
    expect(again.error).toBeUndefined()
    await pullOnce({ lake: calm.lake, inbox, source, into, run: 'r1' })
    expect(await contentsOf(lake, into)).toEqual(await contentsOf(calm.lake, into))
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-pull-'))).toEqual([])
    rmSync(join(disk.path, into.name), { recursive: true })
    calm.close()
  },
)
