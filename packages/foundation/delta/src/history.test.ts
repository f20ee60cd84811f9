import { join } from 'node:path'
import { seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import type { Predicate } from './read/prune.ts'
import { queryRows } from './sql.ts'
import { createTable, openTable } from './table.ts'
import { validateLog } from './testing/validate-log.ts'
import { workplace } from './testing/workplace.ts'

const { connection, folder } = await workplace()

interface Row {
  readonly id: number
  readonly p: string | null
  readonly _batch: string | null
}
const seed = seedOfRun()

test.for([0, 1, 2, 3])(`a random history equals the same history on plain rows (SLUICE_SEED=${seed} + %i)`, async (offset) => {
  const random = seeded(seed + offset)
  const root = join(folder, String(offset))
  let table = await createTable(root, {
    connection,
    columns: [
      { name: 'id', type: 'integer' },
      { name: 'p', type: 'string' },
      { name: '_batch', type: 'string' },
    ],
    partitionBy: random.pick<readonly string[]>([[], ['p'], ['_batch']]),
    properties: { 'delta.checkpointInterval': String(1 + random.integer(5)) },
  })
  let id = 0
  let rows: Row[] = []
  const versions: Row[][] = [rows]
  const batches = ['a', "b'", 'ü/%20', 'z'.repeat(70)] as const
  const fresh = (): Row[] =>
    Array.from({ length: random.integer(5) }, () => ({
      id: id++,
      p: random.pick(['x', 'y z', null]),
      _batch: random.pick([...batches, null]),
    }))
  const literal = (value: string | null) => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`)
  const sql = (some: readonly Row[]) =>
    `SELECT * FROM (VALUES (0, NULL::VARCHAR, NULL::VARCHAR)${some.map((r) => `, (${r.id + 1}, ${literal(r.p)}, ${literal(r._batch)})`).join('')}) v(id, p, _batch) WHERE id > 0`.replace(
      'SELECT *',
      'SELECT id - 1 AS id, p, _batch',
    )
  for (let step = 0; step < 30; step++) {
    const some = fresh()
    const txn = { appId: 'app', version: versions.length }
    const batch = random.pick(batches)
    const kind = random.pick(['append', 'append', 'replace', 'replace', 'overwrite', 'replay', 'reopen'])
    if (kind === 'reopen') {
      table = await openTable(root, { connection })
      continue
    }
    if (kind === 'replay') {
      if (versions.length === 1) continue
      const result = await table.append({ select: sql(some), txn: { ...txn, version: versions.length - 1 } })
      expect(result).toMatchObject({ alreadyCommitted: true, version: versions.length - 1 })
      continue
    }
    if (kind === 'append') {
      await table.append({ select: sql(some), txn })
      rows = [...rows, ...some]
    } else if (kind === 'overwrite') {
      await table.overwrite({ select: sql(some), txn })
      rows = some
    } else {
      const result = await table.replaceBatch({ column: '_batch', value: batch, select: sql(some), txn })
      expect(result.removedRows).toBe(rows.filter((row) => row._batch === batch).length)
      rows = [...rows.filter((row) => row._batch !== batch), ...some.map((row) => ({ ...row, _batch: batch }))]
    }
    versions.push(rows)
    const version = random.chance(0.5) ? versions.length - 1 : random.integer(versions.length)
    const snapshot = await table.snapshot({ version })
    const found = await queryRows(connection, `SELECT * FROM (${await snapshot.scanSql()}) ORDER BY id`)
    expect(found).toEqual((versions[version] ?? []).toSorted((a, b) => a.id - b.id))
    expect(snapshot.numRecords).toBe(found.length)
  }
  expect(validateLog(root)).toEqual([])
})

const values = {
  l: ['-9007199254740993', '0', '9007199254740992', '9007199254740993'],
  d: ['-1.000000001', '0.100000000', '99999999999999999999.999999999'],
  f: ['-0.0', '0.1', '1e300', 'NaN', '-Infinity', 'Infinity'],
  g: ['0.1', '-0.1', '3.5', 'NaN'],
  s: [
    '',
    'a',
    `${'k'.repeat(80)}1`,
    `${'k'.repeat(80)}2`,
    'k'.repeat(64),
    '\u{10FFFF}'.repeat(70),
    '\uffff',
    'é'.repeat(200),
    'é'.repeat(31),
  ],
  t: [
    '2024-01-01T00:00:00.000001Z',
    '2024-01-01T00:00:00.000999Z',
    '2024-01-01T00:00:00.001Z',
    '1969-12-31T23:59:59.999999Z',
    '1960-06-01T00:00:00.000500Z',
  ],
  da: ['1582-10-15', '2024-02-29', '9999-12-31'],
  b: ['true', 'false'],
} as const
const types = { l: 'long', d: 'decimal(38,9)', f: 'double', g: 'float', s: 'string', t: 'timestamp', da: 'date', b: 'boolean' } as const
const names = Object.keys(values) as (keyof typeof values)[]

test(`a scan that skips files has the same rows as one that filters them all (SLUICE_SEED=${seed})`, async () => {
  const random = seeded(seed)
  const table = await createTable(join(folder, 'prune'), {
    connection,
    columns: names.map((name) => ({ name, type: types[name] })),
    partitionBy: ['da'],
  })
  const any = (name: keyof typeof values) => random.pick(values[name] as unknown as readonly [string, ...string[]])
  for (let file = 0; file < 12; file++) {
    const rows = Array.from(
      { length: 1 + random.integer(2) },
      () => `(${names.map((name) => (random.chance(0.2) ? 'NULL' : `'${any(name)}'`)).join(', ')})`,
    )
    const casts = {
      l: 'BIGINT',
      d: 'DECIMAL(38,9)',
      f: 'DOUBLE',
      g: 'FLOAT',
      s: 'VARCHAR',
      t: 'TIMESTAMPTZ',
      da: 'DATE',
      b: 'BOOLEAN',
    } as const
    await table.append({
      select: `SELECT ${names.map((name) => `${name}::${casts[name]} AS ${name}`).join(', ')} FROM (VALUES ${rows.join(', ')}) v(${names.join(', ')})`,
    })
  }
  const snapshot = await table.snapshot()
  const all = await snapshot.scanSql()
  let skippedSome = 0
  for (let round = 0; round < 150; round++) {
    const column = random.pick(names as [keyof typeof values])
    const op = random.pick(['=', '<', '<=', '>', '>=', 'in', 'is null', 'is not null'] as const)
    const predicate: Predicate =
      op === 'is null' || op === 'is not null'
        ? { column, op }
        : op === 'in'
          ? { column, op, values: [any(column), any(column)] }
          : { column, op, value: any(column) }
    const pruned = await snapshot.scanSql({ where: [predicate] })
    if ((pruned.match(/\.parquet'/g) ?? []).length < snapshot.files.length) skippedSome++
    const condition = pruned.slice(pruned.lastIndexOf(' WHERE ') + 7)
    const expected = await queryRows(connection, `SELECT * FROM (${all}) WHERE ${condition} ORDER BY ALL`)
    expect(await queryRows(connection, `SELECT * FROM (${pruned}) ORDER BY ALL`), JSON.stringify(predicate)).toEqual(expected)
  }
  expect(skippedSome).toBeGreaterThan(20)
})
