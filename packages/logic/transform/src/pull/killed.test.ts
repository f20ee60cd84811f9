import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, dataset, text } from '@sluice/author'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { openDuckDB } from '@sluice/duckdb'
import { openLake } from '@sluice/lake'
import { afterAll, expect, test } from 'vitest'
import { attempt, kills } from './attempts.cases.ts'
import { contentsOf, inboxAt } from './pull.cases.ts'

const script = join(import.meta.dirname, 'killed.cases.ts')
const folder = mkdtempSync(join(tmpdir(), 'sluice killed pull '))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function contents(root: string) {
  const duck = await openDuckDB({ threads: 1 })
  const lake = openLake({ storage: join(root, 'lake'), project: 'demo', duckdb: async () => duck })
  const columns = { id: bigint({ notNull: true }), note: text() }
  const found = {
    rows: await contentsOf(lake, dataset('silver.rows', { on: 'lake', columns })),
    keyed: await contentsOf(lake, dataset('silver.keyed', { on: 'lake', columns, key: ['id'] })),
    receipts: (await lake.receipts())
      .map(({ dataset, batch, generation, rowsIn, rowsWritten }) => [dataset, batch, generation, rowsIn, rowsWritten])
      .sort(),
  }
  duck.close()
  return found
}

/** Some megabytes more than those above which a file is written by itself. */
const streamedBytes = 20 * 1024 * 1024

/** A file whose rows stream, behind a small one that makes the table. @param last its last row */
function putStreamed(root: string, last: string): number {
  const inbox = inboxAt(join(root, 'inbox'))
  inbox.put('00.csv', 'id,note\n0,first\n')
  const note = 'n'.repeat(512)
  const rows = Math.ceil(streamedBytes / 520)
  const lines = Array.from({ length: rows }, (_, row) => `${row + 1},${note}${row}`)
  inbox.put('01.csv', `id,note\n${lines.join('\n')}\n${last}\n`)
  return rows
}

/** A pull of a file that streams and has a broken last row, in a folder that both tests of it look at; how long it took. */
let streamed: Promise<number> | undefined
const leftAlone = join(folder, 'calm stream')
function pullStreamed(): Promise<number> {
  streamed ??= (async () => {
    putStreamed(leftAlone, 'minus one,last')
    return (await attempt(script, [leftAlone])) ?? 0
  })()
  return streamed
}

test('a file that streams is written whole, and with a broken last row all but that one, which names its line', async () => {
  const sound = join(folder, 'sound')
  const rows = putStreamed(sound, '-1,last')
  await attempt(script, [sound])
  await pullStreamed()
  const [one, other] = [await contents(sound), await contents(leftAlone)]
  expect([one.rows.rows.length, one.rows.broken, one.keyed.rows.length]).toEqual([rows + 2, [], rows + 2])
  expect([other.rows.rows.length, other.keyed.rows.length]).toEqual([rows + 1, rows + 1])
  const cells = `01.csv|${rows + 2}|type(id)|id|{"id":"minus one","note":"last"}`
  expect([other.rows.broken, other.keyed.broken]).toEqual([[cells], [cells]])
  expect(one.rows.rows.filter((row) => row !== '-1|last')).toEqual(other.rows.rows)
})

test('a file that streams and has a broken last row ends as one that was left alone, whenever its pull is killed', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const stormy = join(folder, 'stormy stream')
  const tookMs = await pullStreamed()
  cpSync(join(leftAlone, 'inbox'), join(stormy, 'inbox'), { recursive: true, preserveTimestamps: true })
  // Each takes as long as ten of the small files below.
  for (let kill = 0; kill < Math.ceil(kills / 2); kill++) await attempt(script, [stormy], tookMs * (0.15 + 0.85 * random.next()))
  await attempt(script, [stormy])
  expect(await contents(stormy), `SLUICE_SEED=${seed}`).toEqual(await contents(leftAlone))
})

test('a pull that is killed at random moments and started again ends as one that was left alone', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const [calm, stormy] = [join(folder, 'calm'), join(folder, 'stormy')]
  const inbox = inboxAt(join(calm, 'inbox'))
  for (let file = 0; file < 12; file++) {
    const rows = Array.from({ length: 40 }, (_, row) => `${row === 7 ? 'x' : row + 20 * file},${file}.${row}`)
    inbox.put(`${String(file).padStart(2, '0')}.csv`, `id,note\n${rows.join('\n')}\n`)
  }
  cpSync(join(calm, 'inbox'), join(stormy, 'inbox'), { recursive: true, preserveTimestamps: true })
  const tookMs = (await attempt(script, [calm])) ?? 0
  for (let kill = 0; kill < kills; kill++) await attempt(script, [stormy], tookMs * (0.15 + 0.85 * random.next()))
  await attempt(script, [stormy])
  expect(await contents(stormy), `SLUICE_SEED=${seed}`).toEqual(await contents(calm))
})
