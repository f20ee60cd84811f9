import { cpSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { DeltaError } from '../errors.ts'
import { commitPath } from '../log/segment.ts'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { dying, timesOfDeath } from '../testing/faulty-stores.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'
import type { VacuumOptions } from './vacuum-plan.ts'

const { connection, folder } = await workplace()

const hour = 3_600_000
const columns = [
  { name: 'id', type: 'integer' },
  { name: 'p', type: 'string' },
  { name: '_batch', type: 'string' },
] as const
interface Row {
  readonly id: number
  readonly p: string | null
  readonly _batch: string | null
}
const literal = (value: string | null) => (value === null ? 'NULL::VARCHAR' : `'${value}'`)
const valuesOf = (rows: readonly Row[]) =>
  `SELECT * FROM (VALUES (0, NULL::VARCHAR, NULL::VARCHAR)${rows.map((r) => `, (${r.id}, ${literal(r.p)}, ${literal(r._batch)})`).join('')}) v(id, p, _batch) WHERE id > 0`
const rowsOf = async (table: DeltaTable, version?: number) =>
  await queryRows(
    connection,
    `SELECT * FROM (${await (await table.snapshot(version === undefined ? {} : { version })).scanSql()}) ORDER BY id`,
  )

const seed = seedOfRun()

test.for(Array.from({ length: long ? 12 : 3 }, (_, offset) => offset))(
  `a history with maintenance in it equals the plain one at every version that the retention keeps (SLUICE_SEED=${seed} + %i)`,
  async (offset) => {
    const random = seeded(seed + offset)
    const root = join(folder, `history-${offset}`)
    const store = localStore(root)
    let now = Date.parse('2026-01-01T00:00:00Z')
    let table = await createTable(root, {
      connection,
      columns,
      partitionBy: random.pick<readonly string[]>([[], ['p']]),
      properties: {
        'delta.checkpointInterval': String(2 + random.integer(4)),
        'delta.logRetentionDuration': 'interval 15 days',
        'delta.enableDeletionVectors': random.pick(['true', 'false']),
      },
      now: () => now,
    })
    const dated = new Set<string>()
    /** Sets the file times to the clock of the test. */
    const date = async () => {
      for (const { path } of await store.walk('')) {
        if (dated.has(path)) continue
        dated.add(path)
        utimesSync(join(root, path), new Date(now), new Date(now))
      }
    }
    let id = 1
    const versions: { readonly rows: readonly Row[]; readonly madeMs: number }[] = []
    const record = async (rows: readonly Row[]) => {
      await date()
      versions.push({ rows: rows.toSorted((a, b) => a.id - b.id), madeMs: now })
      expect((await table.snapshot()).version).toBe(versions.length - 1)
    }
    await record([])
    let oldest = 0
    let cutoffMs = 0
    const done = { optimized: 0, vacuumed: 0, restored: 0, refused: 0 }
    for (let step = 0; step < 45; step++) {
      now += random.integer(40) * hour
      const rows = versions.at(-1)?.rows ?? []
      const fresh = Array.from({ length: 1 + random.integer(4) }, () => ({
        id: id++,
        p: random.pick(['x', 'y z', null]),
        _batch: random.pick(['a', 'b', null]),
      }))
      switch (
        random.pick(['append', 'append', 'append', 'replace', 'delete', 'overwrite', 'optimize', 'vacuum', 'restore', 'cleanup', 'reopen'])
      ) {
        case 'append':
          await table.append({ select: valuesOf(fresh) })
          await record([...rows, ...fresh])
          break
        case 'replace': {
          const batch = random.pick(['a', 'b'])
          await table.replaceBatch({ column: '_batch', value: batch, select: valuesOf(fresh) })
          await record([...rows.filter((row) => row._batch !== batch), ...fresh.map((row) => ({ ...row, _batch: batch }))])
          break
        }
        case 'delete': {
          const third = random.integer(3)
          const result = await table.delete({ where: `id % 3 = ${third}` })
          if (result.version === versions.length) await record(rows.filter((row) => row.id % 3 !== third))
          break
        }
        case 'overwrite':
          await table.overwrite({ select: valuesOf(fresh) })
          await record(fresh)
          break
        case 'optimize': {
          const result = await table.optimize(random.chance(0.3) ? { clusterBy: ['id'] } : {})
          if (result.filesRemoved === 0) expect(result.version).toBe(versions.length - 1)
          else {
            done.optimized++
            await record(rows)
          }
          break
        }
        case 'vacuum': {
          const options = random.pick<VacuumOptions>([{}, { retentionHours: 24, allowShortRetention: true }, { retentionHours: 300 }])
          const dry = await table.vacuum({ ...options, dryRun: true })
          const real = await table.vacuum(options)
          expect(real).toEqual({ ...dry, dryRun: false })
          done.vacuumed += real.deleted.length
          cutoffMs = Math.max(cutoffMs, now - real.retentionHours * hour)
          await expectReadable()
          break
        }
        case 'restore': {
          const version = oldest + random.integer(versions.length - oldest)
          const outcome = await table.restore({ version }).then(
            () => 'restored',
            (error: unknown) => (error instanceof DeltaError ? error.code : 'other'),
          )
          if (outcome === 'file.missing') done.refused++
          else {
            expect(outcome).toBe('restored')
            if ((await table.snapshot()).version === versions.length) await record(versions[version]?.rows ?? [])
            done.restored++
          }
          break
        }
        case 'cleanup':
          oldest = (await table.cleanupLog()).oldestVersion ?? oldest
          break
        default:
          table = await openTable(root, { connection, now: () => now })
      }
      oldest = Math.max(oldest, await firstCommit())
    }
    await expectReadable()
    for (const p of ['x', 'x']) await table.append({ select: valuesOf([{ id: id++, p, _batch: null }]) })
    done.optimized += (await table.optimize()).filesAdded
    expect(done.optimized).toBeGreaterThan(0)
    if (oldest === 0) expect(validateLog(root).filter((fault) => !fault.endsWith('is not on disk'))).toEqual([])

    async function firstCommit(): Promise<number> {
      for (let version = 0; ; version++) if ((await store.stat(commitPath(version))) !== undefined) return version
    }

    /** A version that was still the newest after the cutoff of every vacuum must read as before. */
    async function expectReadable(): Promise<void> {
      const again = await openTable(root, { connection, now: () => now })
      for (let version = oldest; version < versions.length; version++) {
        const replacedMs = versions[version + 1]?.madeMs ?? Number.POSITIVE_INFINITY
        if (replacedMs > cutoffMs)
          expect(await rowsOf(again, version), `version ${version} of ${versions.length}`).toEqual(versions[version]?.rows)
      }
    }
  },
)

test('writers and an optimizer at the same time lose nothing and double nothing', async () => {
  const root = join(folder, 'race')
  const table = await createTable(root, { connection, columns, partitionBy: ['p'], properties: { 'delta.checkpointInterval': '7' } })
  const open = async () => await openTable(root, { connection })
  const appends = async (from: number) => {
    const own = await open()
    for (let i = 0; i < 12; i++) await own.append({ select: valuesOf([{ id: from + i, p: i % 2 === 0 ? 'x' : 'y', _batch: null }]) })
  }
  const replacements = async (batch: string, from: number) => {
    const own = await open()
    for (let i = 0; i < 8; i++)
      await own.replaceBatch({ column: '_batch', value: batch, select: valuesOf([{ id: from + i, p: 'x', _batch: batch }]) })
  }
  let optimized = 0
  let writing = true
  const optimizes = async () => {
    const own = await open()
    while (writing) optimized += (await own.optimize()).filesRemoved
  }
  const writers = Promise.all([appends(100), appends(200), replacements('a', 300), replacements('b', 400)]).finally(() => {
    writing = false
  })
  await Promise.all([writers, optimizes()])
  // An optimizer that always came too late has all the small files to pack now.
  optimized += (await table.optimize()).filesRemoved
  expect(optimized).toBeGreaterThan(0)
  const ids = (await rowsOf(table)).map((row) => Number(row.id))
  expect(ids).toEqual([...Array.from({ length: 12 }, (_, i) => 100 + i), ...Array.from({ length: 12 }, (_, i) => 200 + i), 307, 407])
})

const late = () => Date.now() + 400 * hour
const acts: readonly [string, (table: DeltaTable) => Promise<unknown>, readonly number[]][] = [
  ['an optimize', (table) => table.optimize(), [5, 6, 7]],
  ['a vacuum', (table) => table.vacuum({ log: true }), [5, 6, 7]],
  ['a restore', (table) => table.restore({ version: 2 }), [1, 2]],
  ['a cleanup of the log', (table) => table.cleanupLog(), [5, 6, 7]],
]
const cases = acts.flatMap(([title, act, after], index) => timesOfDeath(index).map((when) => [title, when, act, after] as const))

test.for(cases)('%s that dies %s any use of the disk leaves a table that reads as before or after', async ([title, when, act, after]) => {
  const original = join(folder, `${title} ${when}`)
  const table = await createTable(original, {
    connection,
    columns,
    partitionBy: ['p'],
    properties: {
      'delta.checkpointInterval': '4',
      'delta.logRetentionDuration': 'interval 1 days',
      'delta.enableExpiredLogCleanup': 'false',
    },
  })
  const append = (id: number) => table.append({ select: valuesOf([{ id, p: id % 2 === 0 ? 'x' : 'y', _batch: null }]) })
  for (const id of [1, 2, 3]) await append(id)
  await table.overwrite({ select: valuesOf([{ id: 5, p: 'y', _batch: null }]) })
  for (const id of [6, 7]) await append(id)
  const before = [5, 6, 7]
  let deaths = 0
  for (let at = 1; ; at++) {
    const root = `${original} ${at}`
    cpSync(original, root, { recursive: true })
    const clock = title === 'a restore' ? Date.now : late
    const { store, uses } = dying(localStore(root), at, when)
    const outcome = await openTable(store, { connection, now: clock })
      .then(act)
      .then(
        () => 'finished',
        () => 'died',
      )
    if (outcome === 'died') deaths++
    const again = await openTable(root, { connection, now: clock })
    const found = (await rowsOf(again)).map((row) => Number(row.id))
    if (outcome === 'finished') expect(found).toEqual(after)
    else expect([before, after]).toContainEqual(found)
    await act(again)
    expect((await rowsOf(again)).map((row) => Number(row.id))).toEqual(after)
    await again.append({ select: valuesOf([{ id: 9, p: null, _batch: null }]) })
    expect((await rowsOf(again)).map((row) => Number(row.id))).toEqual([...after, 9])
    if (uses() < at) break
  }
  expect(deaths).toBeGreaterThan(3)
})
