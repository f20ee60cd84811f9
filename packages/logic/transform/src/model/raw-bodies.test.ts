import { type Columns, dataset, decimal, type Model, model, raw, rawSql, sql, text } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { firstTick, pagesOf, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const landed = dataset('bronze.prices', { on: 'lake', bodies: raw() })

let runs = 0
async function read(columns: Columns, query: string, ...bodies: readonly string[]) {
  const into = dataset('silver.prices', { on: 'lake', columns })
  const tick = firstTick + runs++
  const receipt = await at.lake.land(writeTo('bronze.prices', { tick }), pagesOf(...bodies))
  const reading = testReading([landed, into], { batches: { [landed.id]: [refTo('lake', receipt)] } })
  const [before = '', after = ''] = query.split('BODIES')
  const of = model({
    into,
    from: { landed },
    refresh: 'batch',
    query: ({ landed }) => sql`${rawSql(before)}${landed.batch}${rawSql(after)}`,
  })
  await runModel({ model: of as unknown as Model, write: writeTo('silver.prices', { tick }), reading, lake: at.lake })
  const connection = await at.lake.connect()
  try {
    return await connection.rows(`SELECT * EXCLUDE (_batch) FROM (${await at.lake.scan(connection, 'silver.prices')})`)
  } finally {
    connection.close()
  }
}

const ways: readonly (readonly [what: string, query: string])[] = [
  ['->>', `select payload ->> '$.data[0].p' as p from BODIES`],
  ['json_extract_string', `select json_extract_string(payload, '$.data[0].p') as p from BODIES`],
  ['json_extract', `select json_extract(payload, '$.data[0].p') as p from BODIES`],
  ['arrows behind one another', `select payload -> 'data' -> 0 ->> 'p' as p from BODIES`],
  ['a list of JSON', `select e ->> 'p' as p from (select unnest(cast(payload -> 'data' as json[])) as e from BODIES)`],
  ['from_json_strict', `select unnest(from_json_strict(payload, '{"data":[{"p":"VARCHAR"}]}').data).p as p from BODIES`],
  ['from_json', `select unnest(from_json(payload, '{"data":[{"p":"VARCHAR"}]}').data).p as p from BODIES`],
  ['json_transform', `select unnest(json_transform(payload, '{"data":[{"p":"VARCHAR"}]}').data).p as p from BODIES`],
  [
    'a lateral join',
    `select e.value ->> 'p' as p from BODIES as b, lateral (select unnest(json_extract(b.payload, '$.data[*]')) as value) as e`,
  ],
  ['a cast to a decimal', `select cast(json_extract(payload, '$.data[0].p') as decimal(38,18)) as p from BODIES`],
]

test.each(ways)('SQL that parses raw bodies reads all digits of their numbers: %s', async (_, query) => {
  for (const number of ['12345678901234.123456', '883406386745030.3', '1234567890.1234567891', '0.123456789012345678', '1.5']) {
    const [whole, behind = ''] = number.split('.')
    expect(await read({ p: decimal(38, 18) }, query, `{"data":[{"p":${number}}]}`)).toContainEqual({
      p: `${whole}.${behind.padEnd(18, '0')}`,
    })
  }
})

test('a body that is only kept stays as it stood', async () => {
  const body = '{"p": 12345678901234.123456}'
  expect(await read({ payload: text() }, 'select payload from BODIES', body)).toEqual([{ payload: body }])
})

test.each([
  ['{"p":"DECIMAL(38,0)"}', '$.p'],
  ['{"a":[{"p":"INTEGER"}]}', '$.a[*].p'],
  ['{"p":" bigint"}', '$.p'],
  ['["NUMERIC(10,2)"]', '$[*]'],
])('a form of JSON that would round is refused with its path: %s', async (form, path) => {
  await expect(read({ p: text() }, `select from_json(payload, '${form}')::varchar as p from BODIES`, '{"p":99.99}')).rejects.toMatchObject({
    code: 'definition.invalid',
    message: expect.stringContaining(`reads ${path} as`),
    next: expect.stringContaining('Write VARCHAR'),
  })
})

test('SQL that throws at a row says which row, and what to write instead', async () => {
  const bodies = Array.from({ length: 9 }, (_, at) => `{"n":"${at === 6 ? 'seven' : at}"}`)
  const failing = read({ n: text() }, `select cast(payload ->> 'n' as integer)::varchar as n from BODIES`, ...bodies)
  await expect(failing).rejects.toMatchObject({
    code: 'quality.failed',
    message: expect.stringMatching(/^model silver.prices: its SQL fails at row 7 of .*seven.*Could not convert/s),
    facts: { row: 7, cells: { payload: '{"n":"seven"}' } },
    next: expect.stringContaining('try_cast'),
  })
  expect(await read({ n: text() }, `select try_cast(payload ->> 'n' as integer)::varchar as n from BODIES`, ...bodies)).toHaveLength(9)
})
