import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { localStore } from '../store/local.ts'
import type { LogStore } from '../store/store.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()

/**
 * Another writer commits just before our first attempt. The number of our attempts to create a commit file shows whether we planned again.
 */
function raced(root: string, theirs: () => Promise<unknown>): { readonly store: LogStore; readonly versions: () => readonly string[] } {
  const store = localStore(root)
  const versions: string[] = []
  return {
    versions: () => versions,
    store: {
      ...store,
      async putIfAbsent(path, text) {
        if (versions.length === 0) await theirs()
        versions.push(text)
        return await store.putIfAbsent(path, text)
      },
    },
  }
}

type Change = (table: DeltaTable) => Promise<unknown>
const rows = (id: number, p = 'a') => `SELECT ${id} AS id, '${p}' AS p`
const changes = {
  'append to a': (t) => t.append({ select: rows(100) }),
  'append to b': (t) => t.append({ select: rows(101, 'b') }),
  'delete of 1 in a': (t) => t.delete({ where: "p = 'a' AND id = 1" }),
  'delete of 2 in a': (t) => t.delete({ where: "p = 'a' AND id = 2" }),
  'delete in b': (t) => t.delete({ where: "p = 'b' AND id = 11" }),
  'delete by a function': (t) => t.delete({ where: 'id % 100 = 1' }),
  'update in a': (t) => t.update({ set: { id: 'id + 50' }, where: "p = 'a' AND id = 1" }),
  'merge into a': (t) =>
    t.merge({ source: rows(1), on: "target.p = 'a' AND target.p = source.p AND target.id = source.id", updateAll: true, insertAll: true }),
  'merge of 100': (t) =>
    t.merge({ source: rows(100), on: 'target.p = source.p AND target.id = source.id', updateAll: true, insertAll: true }),
  'overwrite of a': (t) => t.overwrite({ select: rows(200), replaceWhere: "p = 'a'" }),
  overwrite: (t) => t.overwrite({ select: rows(300) }),
  'new column': (t) => t.append({ select: `${rows(400)}, 1 AS extra`, evolve: true }),
  'moved rows of a': (t) => t.optimize({ where: [{ column: 'p', op: '=', value: 'a' }] }),
} satisfies Record<string, Change>
type Name = keyof typeof changes

/** Our change, their change, and whether ours must be planned again under each isolation level. */
const pairs: readonly (readonly [ours: Name, theirs: Name, writeSerializable: boolean, serializable: boolean])[] = [
  ['append to a', 'append to a', false, false],
  ['append to a', 'delete of 1 in a', false, false],
  ['append to a', 'overwrite', false, false],
  ['append to a', 'new column', true, true],
  ['delete of 1 in a', 'append to a', false, false],
  ['delete by a function', 'append to a', false, true],
  ['delete by a function', 'append to b', false, true],
  ['delete of 1 in a', 'append to b', false, false],
  ['delete of 1 in a', 'delete of 2 in a', true, true],
  ['delete of 1 in a', 'delete in b', false, false],
  ['delete by a function', 'delete in b', true, true],
  ['delete of 1 in a', 'update in a', true, true],
  ['delete of 1 in a', 'overwrite of a', true, true],
  ['delete in b', 'overwrite of a', false, false],
  ['delete of 1 in a', 'overwrite', true, true],
  ['delete of 1 in a', 'new column', true, true],
  ['delete of 1 in a', 'moved rows of a', true, true],
  ['delete in b', 'moved rows of a', false, false],
  ['delete by a function', 'moved rows of a', true, true],
  ['update in a', 'merge into a', true, true],
  ['merge of 100', 'append to a', false, true],
  ['merge of 100', 'append to b', false, false],
  ['merge of 100', 'merge of 100', true, true],
  ['merge of 100', 'delete in b', false, false],
  ['merge into a', 'moved rows of a', true, true],
  ['overwrite of a', 'append to a', false, true],
  ['overwrite of a', 'append to b', false, false],
  ['overwrite of a', 'merge into a', true, true],
  ['overwrite', 'append to b', true, true],
  ['overwrite', 'delete in b', true, true],
]
const cases = [
  ...pairs.flatMap(([ours, theirs, weak, strong]) => [
    { ours, theirs, level: 'WriteSerializable', again: weak },
    { ours, theirs, level: 'Serializable', again: strong },
  ]),
  { ours: 'delete by a function', theirs: 'append to a', level: 'serializable', again: true },
] as const

test.for(cases)('$ours after a concurrent $theirs, $level: planned again is $again', async ({ ours, theirs, level, again }) => {
  const root = join(folder, `${ours} ${theirs} ${level}`)
  await start(root, level)
  const other = await openTable(root, { connection })
  const race = raced(root, () => changes[theirs](other))
  const table = await openTable(race.store, { connection })
  await changes[ours](table)
  // A commit that only takes the next number reports the same read version. When it is planned again, it may find nothing left to do.
  const readVersions = race.versions().map((text) => /"readVersion":(\d+)/.exec(text)?.[1])
  expect(readVersions[0]).toBe('2')
  expect(readVersions[1] === '2').toBe(!again)
  expect(validateLog(root)).toEqual([])
  if (again) return
  // A change that follows the winner unchanged must give the rows of one of the two serial orders.
  expect([await inTurn(ours, theirs), await inTurn(theirs, ours)]).toContainEqual(await rowsOf(table))
})

const known = new Map<string, Promise<unknown>>()

/** The rows after two changes, one after the other. No isolation level changes them. */
function inTurn(first: Name, second: Name): Promise<unknown> {
  const order = `${first}, then ${second}`
  const rows = known.get(order) ?? playInTurn(join(folder, order), first, second)
  known.set(order, rows)
  return rows
}

async function playInTurn(root: string, first: Name, second: Name): Promise<unknown> {
  const table = await start(root, 'Serializable')
  for (const name of [first, second]) await changes[name](table)
  return await rowsOf(table)
}

async function start(root: string, level: string): Promise<DeltaTable> {
  const table = await createTable(root, {
    connection,
    columns: [
      { name: 'id', type: 'integer' },
      { name: 'p', type: 'string' },
    ],
    partitionBy: ['p'],
    properties: { 'delta.isolationLevel': level },
  })
  await table.append({ select: "SELECT unnest([1, 2, 3]) AS id, 'a' AS p UNION ALL SELECT unnest([11, 12]), 'b'" })
  await table.append({ select: rows(4) })
  return table
}

const rowsOf = async (table: DeltaTable) =>
  await queryRows(connection, `SELECT * FROM (${await (await table.snapshot()).scanSql()}) ORDER BY ALL`)

test.each([
  ['append', (t: DeltaTable, ifVersion: number) => t.append({ select: rows(7), ifVersion })],
  ['overwrite', (t: DeltaTable, ifVersion: number) => t.overwrite({ select: rows(7), ifVersion })],
  ['replaceBatch', (t: DeltaTable, ifVersion: number) => t.replaceBatch({ select: rows(7), column: 'p', value: 'z', ifVersion })],
  ['delete', (t: DeltaTable, ifVersion: number) => t.delete({ where: 'id = 1', ifVersion })],
  ['update', (t: DeltaTable, ifVersion: number) => t.update({ set: { p: "'y'" }, where: 'id = 1', ifVersion })],
  ['merge', (t: DeltaTable, ifVersion: number) => t.merge({ source: rows(1), on: 'target.id = source.id', updateAll: true, ifVersion })],
])('an %s that follows one version is refused when another commit came before it, even one that changed no row', async (name, change) => {
  const root = join(folder, `if-version-${name}`)
  const made = await createTable(root, {
    connection,
    columns: [
      { name: 'id', type: 'integer' },
      { name: 'p', type: 'string' },
    ],
  })
  await made.append({ select: rows(1), ifVersion: 0 })
  const race = raced(root, () => made.setProperties({ note: 'meanwhile' }))
  const table = await openTable(race.store, { connection })
  await expect(change(table, 1)).rejects.toMatchObject({ code: 'commit.conflict', facts: { version: 2, ifVersion: 1 } })
  expect((await made.snapshot()).version).toBe(2)
  await expect(change(made, 1)).rejects.toMatchObject({ code: 'commit.conflict' })
  await change(made, 2)
  expect((await made.snapshot()).version).toBe(3)
  expect(validateLog(root)).toEqual([])
})
