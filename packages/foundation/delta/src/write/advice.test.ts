import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createTable, type DeltaTable } from '../table.ts'
import { workplace } from '../testing/workplace.ts'

const { connection, folder } = await workplace()
let table: DeltaTable
beforeAll(async () => {
  table = await createTable(join(folder, 'advice'), {
    connection,
    columns: [
      { name: 'id', type: 'long' },
      { name: 'price', type: 'double' },
      { name: 'small', type: 'byte' },
      { name: 'tags', type: { type: 'array', elementType: 'long', containsNull: true } },
      { name: 'place', type: { type: 'struct', fields: [{ name: 'city', type: 'string', nullable: true, metadata: {} }] } },
    ],
  })
  await table.append({ select: "SELECT 1 AS id, 2.5::DOUBLE AS price, [1, 2] AS tags, {'city': 'Lyon'} AS place" })
})

test('an unknown column of a condition is named with what was probably meant and the columns of the table', async () => {
  const next = expect.stringMatching(/Did you mean price\? Name one of: id, price, small, tags, place\./)
  for (const where of ['pricce > 1', 'target.pricce > 1', 'id = 1 AND "pricce" IS NULL']) {
    await expect(table.delete({ where })).rejects.toMatchObject({
      code: 'schema.mismatch',
      message: 'The table has no column pricce.',
      next,
    })
    await expect(table.update({ set: { id: '2' }, where })).rejects.toMatchObject({ code: 'schema.mismatch', next })
    await expect(table.overwrite({ select: 'SELECT 1 AS id', replaceWhere: where })).rejects.toMatchObject({
      code: 'schema.mismatch',
      next,
    })
  }
  await expect(table.update({ set: { price: 'pricce * 2' } })).rejects.toMatchObject({ code: 'schema.mismatch', next })
  await expect(table.delete({ where: 'id = "Lyon"' })).rejects.toMatchObject({ next: expect.stringContaining('single quotes') })
})

test('parameters of lambdas and fields of structs are not columns, and are left alone', async () => {
  for (const where of ['len(list_filter(tags, lambda x: x > 5)) > 0', "place.city = 'Paris'", "target.place.city = 'Paris'", 'ID = 7'])
    expect(await table.delete({ where })).toMatchObject({ deletedRows: 0 })
})

test('a cast that fails says what to do', async () => {
  await expect(table.append({ select: "SELECT 'one' AS id" })).rejects.toMatchObject({
    code: 'schema.mismatch',
    message: expect.stringContaining(
      'the query gives VARCHAR: the cast would round a text such as 1.5, and fail for one that is not a number',
    ),
    next: 'If this is intended, cast in the query: CAST(… AS BIGINT).',
  })
  for (const select of ["SELECT CAST('one' AS BIGINT) AS id", 'SELECT 300 AS small'])
    await expect(table.append({ select })).rejects.toMatchObject({ code: 'query.failed', next: expect.stringContaining('TRY_CAST') })
})
