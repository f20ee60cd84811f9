import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, dataset, fileSource, integer, text } from '@sluice/author'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { type TemporaryLake, temporaryLake } from '@sluice/lake/testing'
import { expect, test } from 'vitest'
import { contentsOf, inboxAt, pullOnce } from './pull.cases.ts'

const plain = dataset('silver.plain', {
  on: 'lake',
  columns: { id: bigint({ notNull: true }), n: integer(), note: text() },
  quarantine: { warn: 1, fail: 1 },
})
const keyed = dataset('silver.keyed', { on: 'lake', columns: plain.columns, key: ['id'], order: 'n', quarantine: { warn: 1, fail: 1 } })

const names = ['a.csv', 'b.csv', 'sub/c.csv', 'd.csv'] as const

test.each([plain, keyed])('random histories of a folder leave in $id what its files hold in the end, read once', async (into) => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const source = fileSource({ name: 'inbox', folder: 'inbox', vanished: 'delete-all', drift: { retyped: 'ignore' } })
  for (let history = 0; history < (long ? 12 : 2); history++) {
    const told = `SLUICE_SEED=${seed}, ${into.id}, history ${history}`
    const lake = await temporaryLake()
    const inbox = inboxAt(join(lake.root, 'inbox'))
    const files = new Map<string, string>()
    const move = (from: string, to: string): void => {
      const body = files.get(from)
      if (body === undefined || from === to) return
      files.delete(from)
      files.set(to, body)
      mkdirSync(join(inbox.path, 'sub'), { recursive: true })
      renameSync(join(inbox.path, from), join(inbox.path, to))
    }
    const swapWith = (name: string): void => {
      move('a.csv', '.swap')
      move(name, 'a.csv')
      move('.swap', name)
    }
    const putRandom = (name: string): void => {
      // One row in eight is broken; at least one is not, since a file without any good row is refused.
      const rows = Array.from({ length: 1 + random.integer(4) }, (_, at) => {
        const broken = at > 0 && random.chance(0.125)
        return `${broken ? 'x' : random.integer(6)},${random.integer(1_000_000)},${name}`
      })
      const body = `id,n,note\n${rows.join('\n')}\n`
      files.set(name, body)
      inbox.put(name, body)
    }
    for (let step = 0; step < (long ? 10 : 5); step++) {
      for (const name of names) {
        const deed = random.integer(7)
        if (deed <= 1) putRandom(name)
        else if (deed === 2 && files.delete(name)) inbox.remove(name)
        else if (deed === 3 && files.has(name)) inbox.put(name, files.get(name) ?? '')
        else if (deed === 4) move(name, names[random.integer(names.length)] ?? name)
        else if (deed === 5 && files.has('a.csv') && files.has(name) && name !== 'a.csv') swapWith(name)
      }
      // Now and then a run is stopped in the middle, and its next attempt goes on.
      const run = `r${step}`
      const at = { lake: lake.lake, inbox, source, into, run, logicalTime: step * 1_000 }
      if (random.chance(0.3)) await pullOnce({ ...at, signal: AbortSignal.timeout(random.integer(60)) })
      const { error } = await pullOnce(at)
      expect(error, `${told}, step ${step}`).toBeUndefined()
      if (long || step === 4) expect((await pullOnce({ ...at, run: `${run} again` })).receipts, `${told}, step ${step}`).toEqual([])
    }
    const fresh = await temporaryLake()
    await pullOnce({ lake: fresh.lake, inbox, source, into })
    // A row in quarantine has the path that its file had when it was read.
    const held = async (of: TemporaryLake) => await contentsOf(of.lake, into, 'row_number')
    expect(await held(lake), told).toEqual(await held(fresh))
    fresh.close()
    lake.close()
  }
})
