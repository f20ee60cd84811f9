import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { queryRows } from '../sql.ts'
import { createTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'
import type { DeltaType } from './schema.ts'

const { connection, folder } = await workplace()
let tables = 0
const tableOf = (type: DeltaType) => createTable(join(folder, `t${tables++}`), { connection, columns: [{ name: 'c', type }] })

describe('a value that the type of its column would round or cut is refused, and nothing is written', () => {
  test.for<[DeltaType, string]>([
    ['float', '0.1::DOUBLE'],
    ['float', '16777217'],
    ['float', '9007199254740993::BIGINT'],
    ['float', '1.23456789::DECIMAL(10,8)'],
    ['double', '9007199254740993::BIGINT'],
    ['double', '18446744073709551615::UBIGINT'],
    ['double', '9223372036854775807::BIGINT'],
    ['double', '340282366920938463463374607431768211455::UHUGEINT'],
    ['double', '0.123456789012345678::DECIMAL(38,18)'],
    ['double', '99999999999999999999.999999999999999999::DECIMAL(38,18)'],
    ['date', "'2026-01-31 12:00'"],
    ['timestamp', "'2026-01-31 12:00:00.123456789Z'"],
    ['timestamp_ntz', "'2026-01-31 12:00:00.1234567'"],
    ['timestamp_ntz', "'2026-01-31 12:00:00+02'"],
    ['timestamp_ntz', "'2026-01-31T12:00:00.5+05:30'"],
  ])('%s from %s', async ([type, sql]) => {
    const table = await tableOf(type)
    const refusal = { code: 'rows.invalid', message: expect.stringMatching(/^The column c cannot hold the value .* exactly: /) }
    await expect(table.append({ select: `SELECT ${sql} AS c` })).rejects.toMatchObject(refusal)
    await expect(table.append({ select: `SELECT c FROM (VALUES (NULL), (${sql})) AS v(c)` })).rejects.toMatchObject(refusal)
    await expect(table.merge({ source: `SELECT ${sql} AS c`, on: 'target.c = source.c', insertAll: true })).rejects.toMatchObject(refusal)
    expect(await table.snapshot()).toMatchObject({ version: 0 })
  })
})

describe('a value that keeps all its digits is written', () => {
  test.for<[DeltaType, string, unknown]>([
    ['float', '0.5::DOUBLE', 0.5],
    ['float', "'NaN'::DOUBLE", 'NaN'],
    ['float', "'-Infinity'::DOUBLE", '-Infinity'],
    ['float', '0.1', 0.1],
    ['float', '0.100000::DECIMAL(20,6)', 0.1],
    ['float', '16777216', 16_777_216],
    ['double', '0.1::DECIMAL(38,18)', 0.1],
    ['double', '123456.789::DECIMAL(38,18)', 123_456.789],
    ['double', '0.000000000000000001::DECIMAL(38,18)', 1e-18],
    ['double', '9007199254740992::BIGINT', 9_007_199_254_740_992],
    ['double', '(-9223372036854775807 - 1)::BIGINT', -(2 ** 63)],
    ['double', '0.1::FLOAT', 0.10000000149011612],
    ['date', "'2026-01-31'", '2026-01-31'],
    ['date', "'2026-01-31 00:00:00'", '2026-01-31'],
    ['timestamp', "'2026-01-31 12:00:00.123456000+02'", '2026-01-31 10:00:00.123456+00'],
    ['timestamp_ntz', "'2026-01-31 12:00:00Z'", '2026-01-31 12:00:00'],
    ['timestamp_ntz', "'2026-01-31 12:00:00+00:00'", '2026-01-31 12:00:00'],
    ['double', "'0.1'", 0.1],
  ])('%s from %s', async ([type, sql, value]) => {
    const table = await tableOf(type)
    await table.append({ select: `SELECT ${sql} AS c` })
    const [row] = await queryRows(connection, await (await table.snapshot()).scanSql())
    expect(row?.c).toEqual(type === 'float' && value === 0.1 ? expect.closeTo(0.1, 7) : value)
  })
})

test('numbers are not truth values, and what may round inside of a list is refused by its type', async () => {
  const truth = await tableOf('boolean')
  for (const sql of ['2', '0.5::DOUBLE', '1.5', '1::UTINYINT'])
    await expect(truth.append({ select: `SELECT ${sql} AS c` })).rejects.toMatchObject({
      code: 'schema.mismatch',
      message: expect.stringContaining('true of every number but 0'),
      next: expect.stringContaining('CAST(… AS BOOLEAN)'),
    })
  await truth.append({ select: 'SELECT true AS c' })
  const list = await tableOf({ type: 'array', elementType: 'double', containsNull: true })
  await list.append({ select: 'SELECT [1.5, NULL] AS c UNION ALL SELECT [1]' })
  await expect(list.append({ select: 'SELECT [5::BIGINT] AS c' })).rejects.toMatchObject({
    code: 'schema.mismatch',
    message: expect.stringContaining('the cast may round'),
  })
})
