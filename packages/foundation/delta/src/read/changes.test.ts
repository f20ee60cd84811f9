import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'
import type { ChangesOptions } from './changes.ts'

const { connection } = await workplace()
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'delta-changes-'))
})
afterEach(() => {
  expect(validateLog(root)).toEqual([])
  rmSync(root, { recursive: true })
})

const fed = { 'delta.enableChangeDataFeed': 'true' }
const create = (properties: Record<string, string> = fed, partitionBy: readonly string[] = []) =>
  createTable(root, {
    connection,
    columns: [
      { name: 'id', type: 'long' },
      { name: 'p', type: 'string' },
    ],
    properties,
    partitionBy,
  })
const changes = async (table: DeltaTable, range: ChangesOptions) =>
  (await queryRows(connection, `SELECT * FROM (${await table.changes(range)}) ORDER BY _commit_version, id, _change_type`)).map(
    (row) => `${row._commit_version} ${row._change_type} ${row.id} ${row.p}`,
  )

test('changes come from change files where there are some, and from whole files otherwise', async () => {
  const table = await create()
  await table.append({ select: "SELECT range AS id, 'a' AS p FROM range(4)" })
  await table.update({ where: 'id = 1', set: { p: "'b'" } })
  await table.delete({ where: 'id = 2' })
  await table.optimize()
  await table.overwrite({ select: "SELECT 9 AS id, 'z' AS p" })
  expect(await changes(table, { from: 2 })).toEqual([
    '2 update_postimage 1 b',
    '2 update_preimage 1 a',
    '3 delete 2 a',
    ...['0 a', '1 b', '3 a'].map((row) => `4 delete ${row}`),
    '4 insert 9 z',
  ])
  expect(await changes(table, { from: 1, to: 1 })).toEqual([0, 1, 2, 3].map((id) => `1 insert ${id} a`))
  const [first, ...more] = (await table.history()).toReversed()
  expect(more.length).toBeGreaterThan(3)
  expect(await changes(table, { fromTimestamp: first?.timestampMs ?? 0, to: 1 })).toHaveLength(4)
  await expect(changes(table, { from: 99 })).rejects.toMatchObject({ code: 'version.missing' })
  await expect(changes(table, { fromTimestamp: Date.now() + 1e6 })).rejects.toMatchObject({ code: 'version.missing' })
})

test('a range in which the table did not keep its changes is refused', async () => {
  const table = await create({})
  await table.append({ select: "SELECT 1 AS id, 'a' AS p" })
  await table.setProperties(fed)
  await table.append({ select: "SELECT 2 AS id, 'a' AS p" })
  expect(await changes(table, { from: 2 })).toEqual(['3 insert 2 a'])
  await expect(changes(table, { from: 1 })).rejects.toMatchObject({ code: 'changes.unavailable', facts: { version: 1 } })
  await table.setProperties({ 'delta.enableChangeDataFeed': 'false' })
  await expect(changes(table, { from: 2 })).rejects.toMatchObject({ code: 'changes.unavailable', facts: { version: 4 } })
})

const seed = seedOfRun()

test.for([
  [0, fed, []],
  [1, fed, ['p']],
  [2, { ...fed, 'delta.enableDeletionVectors': 'true' }, []],
  [3, { ...fed, 'delta.columnMapping.mode': 'name' }, ['p']],
  [4, { ...fed, 'delta.columnMapping.mode': 'id' }, []],
] as const)(
  `the changes of a random history lead from each version to the next (SLUICE_SEED=${seed} + %i)`,
  async ([offset, properties, partitionBy]) => {
    const random = seeded(seed + offset)
    const table = await create(properties, partitionBy)
    for (let step = 0; step < 12; step++) {
      const id = random.integer(12)
      switch (random.pick(['append', 'append', 'update', 'delete', 'merge', 'replace', 'optimize'])) {
        case 'append':
          await table.append({ select: `SELECT range AS id, 'p' || range % 2 AS p FROM range(${id})` })
          break
        case 'update':
          await table.update({ where: `id = ${id} OR id = ${id + 3}`, set: { p: `'u${step}'` } })
          break
        case 'delete':
          await table.delete({ where: `id = ${id}` })
          break
        case 'merge':
          await table.merge({
            source: `SELECT ${id} AS id, 'm${step}' AS p`,
            on: 'target.id = source.id',
            matched: [{ update: 'all' }],
            notMatched: [{ insert: 'all' }],
          })
          break
        case 'replace':
          await table.overwrite({ select: `SELECT ${id} AS id, 'r' AS p`, replaceWhere: `id = ${id}` })
          break
        default:
          await table.optimize()
      }
    }
    const newest = (await table.snapshot()).version
    const at = async (version: number) => `SELECT * FROM (${await (await table.snapshot({ version })).scanSql()})`
    for (let version = 1; version <= newest; version++) {
      const feed = await table.changes({ from: version, to: version })
      const came = `SELECT id, p FROM (${feed}) WHERE _change_type IN ('insert', 'update_postimage')`
      const went = `SELECT id, p FROM (${feed}) WHERE _change_type IN ('delete', 'update_preimage')`
      const left = `(${await at(version - 1)} UNION ALL ${came})`
      const right = `(${await at(version)} UNION ALL ${went})`
      expect(await queryRows(connection, `${left} EXCEPT ALL ${right}`), `version ${version}`).toEqual([])
      expect(await queryRows(connection, `${right} EXCEPT ALL ${left}`), `version ${version}`).toEqual([])
    }
    const whole = await queryRows(
      connection,
      `SELECT count(*) AS n, count(DISTINCT _commit_version) AS v FROM (${await table.changes({ from: 0 })})`,
    )
    expect(Number(whole[0]?.v)).toBeLessThanOrEqual(newest)
  },
)

test('a range over an overwritten schema gives the columns that kept their types, and is refused by name for others', async () => {
  const table = await create()
  await table.append({ select: "SELECT 1 AS id, 'a' AS p" })
  await table.overwrite({ overwriteSchema: true, select: 'SELECT 2::BIGINT AS id, 5 AS q' })
  const rows = async (range: ChangesOptions) => await queryRows(connection, await table.changes(range))
  expect(new Set((await rows({ from: 1 })).map(({ id, q, _change_type }) => `${_change_type} ${id} ${q}`))).toEqual(
    new Set(['insert 1 null', 'delete 1 null', 'insert 2 5']),
  )
  await table.overwrite({ overwriteSchema: true, select: "SELECT 'three' AS id, ['x'] AS q" })
  for (const from of [0, 1, 2, 3])
    await expect(rows({ from })).rejects.toMatchObject({
      code: 'changes.unavailable',
      message: expect.stringContaining('The column id had another type'),
      facts: { column: 'id' },
    })
  expect(await rows({ from: 1, to: 1 })).toMatchObject([{ id: '1', p: 'a' }])
  await table.append({ select: "SELECT 'four' AS id" })
  expect(await rows({ from: 4 })).toMatchObject([{ id: 'four', _change_type: 'insert' }])
})
