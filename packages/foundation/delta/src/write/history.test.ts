import { join } from 'node:path'
import { long, type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable, type DeltaTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'
import type { InsertClause, MatchedClause, NotMatchedBySourceClause } from './request.ts'

const { connection, folder } = await workplace()

const columns = [
  { name: 'id', type: 'integer' },
  { name: 'p', type: 'string' },
  { name: 'n', type: 'decimal(12,2)' },
  { name: 't', type: 'timestamp' },
] as const

const anyRows = (random: Random, rows: number) =>
  `SELECT id::INTEGER AS id, p::VARCHAR AS p, n::DECIMAL(12,2) AS n, t::TIMESTAMPTZ AS t FROM (VALUES ${Array.from(
    { length: rows },
    () =>
      `(${random.chance(0.1) ? 'NULL' : random.integer(30)}, ${random.pick(["'x'", "'y z'", "'ü/%20'", 'NULL'])}, ${random.pick(['1.5', '-2', '0', 'NULL', '99.99'])}, '2026-01-0${1 + random.integer(9)} 00:00:00.000${random.integer(3)}')`,
  ).join(', ')}) v(id, p, n, t)`

const anyCondition = (random: Random): string =>
  random.pick<() => string>([
    () => `id = ${random.integer(30)}`,
    () => `target.id BETWEEN ${random.integer(20)} AND ${random.integer(30)}`,
    () => `${random.integer(30)} > id AND p = 'x'`,
    () => `p IN ('x', 'y z')`,
    () => `p IS NULL`,
    () => `length(p) > 1`,
    () => `n * 2 < 3 OR p = 'ü/%20'`,
    () => `NOT (n > 0)`,
    () => `n IS NOT NULL AND t >= TIMESTAMPTZ '2026-01-0${1 + random.integer(9)} 00:00:00.0001Z'`,
    () => `t < '2026-01-0${1 + random.integer(9)}'`,
    () => `n = 1.5e0`,
    () => `true`,
    () => `p <> 'x' AND p <> 'y z'`,
  ])()

const anySet = (random: Random): Record<string, string> =>
  random.pick<Record<string, string>>([
    { n: 'n + 1' },
    { p: "coalesce(p, 'none')" },
    { P: 'NULL' },
    { p: "p || '!'", id: 'id % 7', t: "target.t + INTERVAL '1 hour'" },
    { n: 'CAST(id AS DECIMAL(12,2))' },
  ])

const setSql = (set: Record<string, string>) =>
  Object.entries(set)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')

interface Merge {
  readonly source: string
  readonly delta: Omit<Parameters<DeltaTable['merge']>[0], 'source'>
  readonly sql: string
}

/** A merge as the options of `merge` and as DuckDB's own MERGE. The source has each key at most once. */
const anyMerge = (random: Random): Merge => {
  const source = `SELECT * FROM (${anyRows(random, 1 + random.integer(6))}) QUALIFY row_number() OVER (PARTITION BY id, p ORDER BY n, t) = 1`
  const on = random.pick([
    'target.id = source.id AND target.p = source.p',
    'target.id = source.id AND target.p IS NOT DISTINCT FROM source.p',
  ])
  const update = random.pick<Record<string, string>>([{ n: 'target.n + source.n' }, { n: 'source.n', t: 'source.t' }])
  const whole = 'id = source.id, p = source.p, n = source.n, t = source.t'
  const when = random.pick(['source.n > 0', "target.t < TIMESTAMPTZ '2026-01-05'"])
  const matched = random.pick<{ readonly delta: readonly MatchedClause[]; readonly sql: string }>([
    { delta: [], sql: '' },
    { delta: [{ update: 'all' }], sql: `WHEN MATCHED THEN UPDATE SET ${whole}` },
    { delta: [{ delete: true }], sql: 'WHEN MATCHED THEN DELETE' },
    {
      delta: [{ when, delete: true }, { update }],
      sql: `WHEN MATCHED AND ${when} THEN DELETE WHEN MATCHED THEN UPDATE SET ${setSql(update)}`,
    },
    { delta: [{ when, update: 'all' }], sql: `WHEN MATCHED AND ${when} THEN UPDATE SET ${whole}` },
  ])
  const all = 'INSERT (id, p, n, t) VALUES (source.id, source.p, source.n, source.t)'
  const inserts = random.pick<{ readonly delta: readonly InsertClause[]; readonly sql: string }>([
    { delta: [{ insert: 'all' }], sql: `WHEN NOT MATCHED THEN ${all}` },
    {
      delta: [{ when: 'source.n < 5', insert: { id: 'source.id', n: 'source.n * 2' } }],
      sql: 'WHEN NOT MATCHED AND source.n < 5 THEN INSERT (id, n) VALUES (source.id, source.n * 2)',
    },
  ])
  const bySource = random.pick<{ readonly delta: readonly NotMatchedBySourceClause[]; readonly sql: string }>([
    { delta: [], sql: '' },
    { delta: [], sql: '' },
    { delta: [{ when: 'target.n < 1', delete: true }], sql: 'WHEN NOT MATCHED BY SOURCE AND target.n < 1 THEN DELETE' },
    {
      delta: [{ when: 'target.id < 5', update: { n: 'target.n - 1' } }],
      sql: 'WHEN NOT MATCHED BY SOURCE AND target.id < 5 THEN UPDATE SET n = target.n - 1',
    },
  ])
  return {
    source,
    delta: { on, matched: matched.delta, notMatched: inserts.delta, notMatchedBySource: bySource.delta },
    sql: `ON ${on} ${matched.sql} ${inserts.sql} ${bySource.sql}`,
  }
}

const seed = seedOfRun()

test.for([0, 1, 2, 3, 4, 5])(
  `a random history of changes equals the same history of a DuckDB table (SLUICE_SEED=${seed} + %i)`,
  async (offset) => {
    const random = seeded(seed + offset)
    const root = join(folder, String(offset))
    const plain = `plain_${offset}`
    let table = await createTable(root, {
      connection,
      columns,
      partitionBy: random.pick<readonly string[]>([[], ['p'], ['t', 'p']]),
      properties: {
        'delta.checkpointInterval': String(1 + random.integer(5)),
        'delta.enableDeletionVectors': String(offset % 2 === 1),
        'delta.columnMapping.mode': ['none', 'name', 'id'][offset >> 1] ?? 'none',
        'delta.enableChangeDataFeed': String(offset % 3 === 2),
      },
    })
    await queryRows(connection, `CREATE TABLE ${plain} (id INTEGER, p VARCHAR, n DECIMAL(12,2), t TIMESTAMPTZ)`)
    const count = async () => Number((await queryRows(connection, `SELECT count(*) AS n FROM ${plain}`))[0]?.n)
    for (let step = 0; step < (long ? 60 : 20); step++) {
      const before = await count()
      const version = (await table.snapshot()).version
      await queryRows(connection, `CREATE OR REPLACE TABLE ${plain}_before AS FROM ${plain}`)
      const kind = random.pick(['append', 'append', 'delete', 'update', 'merge', 'merge', 'overwrite', 'reopen'])
      let told: string = kind
      if (kind === 'reopen') table = await openTable(root, { connection })
      if (kind === 'append') {
        const rows = anyRows(random, 1 + random.integer(8))
        await table.append({ select: rows })
        await queryRows(connection, `INSERT INTO ${plain} ${rows}`)
      }
      if (kind === 'delete') {
        const where = anyCondition(random)
        told = `delete ${where}`
        const result = await table.delete({ where })
        await queryRows(connection, `DELETE FROM ${plain} AS target WHERE ${where}`)
        expect(result.deletedRows, told).toBe(before - (await count()))
      }
      if (kind === 'update') {
        const [where, set] = [anyCondition(random), anySet(random)]
        told = `update ${JSON.stringify(set)} ${where}`
        const [hit] = await queryRows(connection, `SELECT count(*) AS n FROM ${plain} AS target WHERE ${where}`)
        const result = await table.update({ where, set })
        await queryRows(connection, `UPDATE ${plain} AS target SET ${setSql(set)} WHERE ${where}`)
        expect(result.updatedRows, told).toBe(Number(hit?.n))
      }
      if (kind === 'overwrite') {
        const where = anyCondition(random)
        told = `overwrite ${where}`
        const select = `SELECT * FROM (${anyRows(random, 5)}) AS target WHERE ${where}`
        const result = await table.overwrite({ select, replaceWhere: where })
        await queryRows(connection, `DELETE FROM ${plain} AS target WHERE ${where}`)
        expect(result.removedRows, told).toBe(before - (await count()))
        await queryRows(connection, `INSERT INTO ${plain} ${select}`)
      }
      if (kind === 'merge') {
        const merge = anyMerge(random)
        told = `merge ${merge.sql} USING ${merge.source}`
        const unique = await queryRows(connection, `SELECT 1 FROM ${plain} GROUP BY id, p HAVING count(*) > 1 LIMIT 1`)
        const result = await table.merge({ source: merge.source, ...merge.delta })
        await queryRows(connection, `MERGE INTO ${plain} AS target USING (${merge.source}) AS source ${merge.sql}`)
        expect(result.insertedRows - (result.deletedRows ?? 0), `${told} ${unique.length}`).toBe((await count()) - before)
      }
      const snapshot = await table.snapshot()
      const found = await queryRows(connection, `SELECT * FROM (${await snapshot.scanSql()}) ORDER BY ALL`)
      // A partitioned table stores an empty text as NULL.
      expect(found, told).toEqual(await queryRows(connection, `SELECT * FROM ${plain} ORDER BY ALL`))
      expect(snapshot.numRecords).toBe(found.length)
      if (offset % 3 !== 2 || snapshot.version === version) continue
      const changes = `SELECT * FROM (${await table.changes({ from: version + 1 })})`
      const gained = `SELECT id, p, n, t FROM (${changes}) WHERE _change_type IN ('insert', 'update_postimage')`
      const lost = `SELECT id, p, n, t FROM (${changes}) WHERE _change_type IN ('delete', 'update_preimage')`
      const [then, now] = [`FROM ${plain}_before UNION ALL ${gained}`, `FROM ${plain} UNION ALL ${lost}`]
      expect(await queryRows(connection, `(${then}) EXCEPT ALL (${now})`), told).toEqual([])
      expect(await queryRows(connection, `(${now}) EXCEPT ALL (${then})`), told).toEqual([])
    }
    expect(validateLog(root)).toEqual([])
  },
)
