import { join } from 'node:path'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { queryRows, quoteIdentifier } from '../sql.ts'
import { createTable, openTable } from '../table.ts'
import { validateLog } from '../testing/validate-log.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()

const seed = seedOfRun()
const names = ['a', 'B', 'a b', 'ü', 'c,d', 'e=f', "g'h", 'i.j', 'k"l'] as const

test.for([
  [0, {}, []],
  [1, { 'delta.enableDeletionVectors': 'true' }, []],
  [2, { 'delta.enableChangeDataFeed': 'true', 'delta.enableInCommitTimestamps': 'true' }, ['p']],
  [3, { 'delta.columnMapping.mode': 'id' }, ['p']],
] as const)(
  `a random history of alterations and writes equals the same on a DuckDB table (SLUICE_SEED=${seed} + %i)`,
  async ([offset, properties, partitionBy]) => {
    const random = seeded(seed + offset)
    const root = join(folder, String(offset))
    const plain = quoteIdentifier(`plain ${offset}`)
    const run = (sql: string) => queryRows(connection, sql)
    let table = await createTable(root, {
      connection,
      properties: {
        'delta.columnMapping.mode': 'name',
        'delta.enableTypeWidening': 'true',
        'delta.checkpointInterval': '4',
        ...properties,
      },
      columns: [
        { name: 'id', type: 'integer', nullable: false },
        { name: 'p', type: 'string' },
      ],
      partitionBy,
    })
    await run(`CREATE TABLE ${plain} (id INTEGER, p VARCHAR)`)
    let key = 'id'
    let part = 'p'
    let wide = false
    let free: string[] = []
    let next = 0
    const insert = (columns: readonly string[], count: number) => {
      const from = next
      next += count
      const rest = columns.map((name) => `(range * 3 + ${columns.indexOf(name)})::BIGINT AS ${quoteIdentifier(name)}`)
      const all = [`range AS ${quoteIdentifier(key)}`, `'p' || range % 3 AS ${quoteIdentifier(part)}`, ...rest]
      return `SELECT ${all.join(', ')} FROM range(${from}, ${next})`
    }
    const versions: { version: number; rows: unknown[] }[] = []
    const own = () => [key, part, ...free]
    const unused = () => {
      const rest = names.filter((name) => !own().some((each) => each.toLowerCase() === name.toLowerCase()))
      return random.pick([`x ${next++}`, ...rest])
    }
    for (let step = 0; step < (long ? 40 : 16); step++) {
      const kind = random.pick([
        'append',
        'append',
        'evolve',
        'add',
        'rename',
        'renameKey',
        'drop',
        'update',
        'delete',
        'merge',
        'widen',
        'optimize',
        'reopen',
      ])
      const column = free.length === 0 ? undefined : random.pick(free as [string])
      switch (kind) {
        case 'append': {
          const some = insert(
            free.filter(() => random.chance(0.7)),
            random.integer(6),
          )
          await table.append({ select: some })
          await run(`INSERT INTO ${plain} BY NAME ${some}`)
          break
        }
        case 'evolve': {
          const name = unused()
          const some = insert([...free, name], 3)
          await table.append({ select: some, evolve: true })
          await run(`ALTER TABLE ${plain} ADD COLUMN ${quoteIdentifier(name)} BIGINT`)
          await run(`INSERT INTO ${plain} BY NAME ${some}`)
          free = [...free, name]
          break
        }
        case 'add': {
          const name = unused()
          await table.addColumns([{ name, type: 'long' }])
          await run(`ALTER TABLE ${plain} ADD COLUMN ${quoteIdentifier(name)} BIGINT`)
          free = [...free, name]
          break
        }
        case 'rename':
        case 'renameKey': {
          const before = kind === 'rename' ? column : random.pick([key, part])
          if (before === undefined) break
          const name = unused()
          await table.renameColumn(before, name)
          await run(`ALTER TABLE ${plain} RENAME COLUMN ${quoteIdentifier(before)} TO ${quoteIdentifier(name)}`)
          if (before === key) key = name
          else if (before === part) part = name
          else free = free.map((each) => (each === before ? name : each))
          break
        }
        case 'drop':
          if (column === undefined) break
          await table.dropColumn(column)
          await run(`ALTER TABLE ${plain} DROP COLUMN ${quoteIdentifier(column)}`)
          free = free.filter((each) => each !== column)
          break
        case 'update': {
          if (column === undefined) break
          const where = `${quoteIdentifier(key)} % 4 = ${random.integer(4)}`
          await table.update({ where, set: { [column]: `${step}` } })
          await run(`UPDATE ${plain} SET ${quoteIdentifier(column)} = ${step} WHERE ${where}`)
          break
        }
        case 'delete': {
          const where = `${quoteIdentifier(key)} % 7 = ${random.integer(7)} AND ${quoteIdentifier(part)} = 'p${random.integer(3)}'`
          await table.delete({ where })
          await run(`DELETE FROM ${plain} WHERE ${where}`)
          break
        }
        case 'merge': {
          const k = quoteIdentifier(key)
          const source = `SELECT ${random.integer(next + 3)} AS ${k}, 'm' AS ${quoteIdentifier(part)}`
          const on = `target.${k} = source.${k}`
          await table.merge({ source, on, matched: [{ update: 'all' }], notMatched: [{ insert: 'all' }] })
          const set = `${quoteIdentifier(part)} = source.${quoteIdentifier(part)}`
          const values = `(${k}, ${quoteIdentifier(part)}) VALUES (source.${k}, source.${quoteIdentifier(part)})`
          await run(
            `MERGE INTO ${plain} AS target USING (${source}) AS source ON ${on} WHEN MATCHED THEN UPDATE SET ${set} WHEN NOT MATCHED THEN INSERT ${values}`,
          )
          break
        }
        case 'widen':
          if (wide) break
          wide = true
          await table.changeColumn(key, { type: 'long' })
          await run(`ALTER TABLE ${plain} ALTER ${quoteIdentifier(key)} TYPE BIGINT`)
          break
        case 'optimize':
          await table.optimize()
          break
        default:
          table = await openTable(root, { connection })
      }
      const snapshot = await table.snapshot()
      const rows = await run(`SELECT * FROM (${await snapshot.scanSql()}) ORDER BY ALL`)
      const list = snapshot.schema.fields.map(({ name }) => quoteIdentifier(name)).join(', ')
      expect(rows, `step ${step}: ${kind}`).toEqual(await run(`SELECT ${list} FROM ${plain} ORDER BY ALL`))
      versions.push({ version: snapshot.version, rows })
    }
    for (const { version, rows } of versions.slice(-12)) {
      const snapshot = await table.snapshot({ version })
      expect(await run(`SELECT * FROM (${await snapshot.scanSql()}) ORDER BY ALL`), `version ${version}`).toEqual(rows)
    }
    expect(validateLog(root)).toEqual([])
  },
)
