import { type Columns, dataset, decimal, double, integer, json, jsonb, type Model, model, sql, text } from '@sluice/author'
import { refTo, testReading } from '@sluice/author/testing'
import { firstTick, pagesOf, temporaryLake, writeTo } from '@sluice/lake/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runModel } from './run.ts'

let at: Awaited<ReturnType<typeof temporaryLake>>
beforeEach(async () => {
  at = await temporaryLake()
})
afterEach(() => at.close())

const fields = { id: text({ notNull: true }), n: integer(), p: text(), q: text({ at: '$.quote.usd' }), t: text(), j: jsonb() }
const landed = dataset('bronze.items', { on: 'lake', bodies: json('$.data[*]', fields) })
const columns = {
  id: text({ notNull: true }),
  n: integer(),
  p: decimal(38, 18),
  q: decimal(38, 18),
  t: text(),
  j: jsonb(),
} satisfies Columns
const into = dataset('silver.items', { on: 'lake', columns })
const clean = model({ into, from: { landed }, refresh: 'batch', query: ({ landed }) => sql`select id, n, p, q, t, j from ${landed.batch}` })

const item = (fields: string): string => `{${fields}}`
const whole = (id: number, more = ''): string => item(`"id":"${id}","n":${id},"p":"1.5","quote":{"usd":"2.5"},"t":"x","j":{"a":[1]}${more}`)
const bodyOf = (...items: readonly string[]): string => `{"data":[${items.join(',')}],"more":1}`

let runs = 0
/** Twice, since a table that is new is always judged: what is written and refused must be the same on both roads. */
async function run(...bodies: readonly string[]) {
  const found = []
  for (let turn = 0; turn < 2; turn++) {
    const tick = firstTick + runs++
    const receipt = await at.lake.land(writeTo('bronze.items', { tick }), pagesOf(...bodies))
    const reading = testReading([landed, into], { batches: { [landed.id]: [refTo('lake', receipt)] } })
    const write = writeTo('silver.items', { tick })
    const { rowsIn, rowsWritten, rowsQuarantined } = await runModel({ model: clean as unknown as Model, write, reading, lake: at.lake })
    const rows = await all(`silver.items`, write.batch)
    const refused = await all('silver.items__quarantine', write.batch)
    expect(rowsIn).toBe(rowsWritten + rowsQuarantined)
    expect([rows.length, refused.length]).toEqual([rowsWritten, rowsQuarantined])
    found.push({
      rows: rows.map(({ _batch, ...row }) => row),
      refused: refused.map(({ rule, place, cells }) => ({ rule, place, cells: JSON.parse(String(cells)) as unknown })),
    })
  }
  expect(found[1]).toEqual(found[0])
  return found[0] ?? { rows: [], refused: [] }
}

async function all(name: string, batch: string) {
  const connection = await at.lake.connect()
  try {
    const column = name.endsWith('quarantine') ? 'batch' : '_batch'
    return await connection.rows(`SELECT * FROM (${await at.lake.scan(connection, name)}) WHERE ${column} = '${batch}' ORDER BY ALL`)
  } catch {
    return []
  } finally {
    connection.close()
  }
}

test.each([
  ['12345678901234.123456', '12345678901234.123456000000000000'],
  ['883406386745030.3', '883406386745030.300000000000000000'],
  ['1234567890.1234567891', '1234567890.123456789100000000'],
  ['0.1000000000000000055', '0.100000000000000006', 'exact(p)'],
  ['0.100000000000000005', '0.100000000000000005'],
  ['-99999999999999999999.999999999999999999', '-99999999999999999999.999999999999999999'],
  ['9007199254740993.0', '9007199254740993.000000000000000000'],
  ['90071992547409931e-3', '90071992547409.931000000000000000'],
  ['1.5e1', '15.000000000000000000'],
  ['1e-400', '', 'exact(p)'],
  ['1e400', '', 'range(p)'],
  ['12345678901234567890', '12345678901234567890.000000000000000000'],
  ['8.41e-7', '0.000000841000000000'],
  ['0.000000000000000000', '0.000000000000000000'],
])('a number of JSON is taken to its last digit, or is not taken: %s', async (number, stored, rule = undefined) => {
  const { rows, refused } = await run(
    bodyOf(item(`"id":"1","n":1,"p": ${number},"quote":{"usd":${number}},"t":" ${number},","j":[${number},{"a" : ${number}}]`), whole(2)),
  )
  if (rule === undefined) {
    expect(rows[0]).toMatchObject({ id: '1', p: stored, q: stored, t: ` ${number},` })
    if (/[.e]/.test(number) && number.length > 15) expect(rows[0]).toMatchObject({ j: `[${number},{"a":${number}}]` })
  } else expect(refused).toMatchObject([{ rule, cells: { id: '1' } }])
  expect(rows.at(-1)).toMatchObject({ id: '2', p: '1.500000000000000000', j: '{"a":[1]}' })
})

test('what looks like a number in a string stays a string, and a text that begins with a control character is not taken for a number', async () => {
  const long = '1.2345678901234567890'
  const { rows } = await run(bodyOf(item(`"id":"1","n":null,"p":${long},"quote":{"usd":null},"t":"a\\\\\\":${long},","j":"[${long}]"`)))
  expect(rows).toMatchObject([{ p: '1.234567890123456789', t: `a\\":${long},`, j: `"[${long}]"` }])
})

test('strings that begin with a control character stay what they are, beside long numbers and without', async () => {
  const odd = (p: string) =>
    bodyOf(item(`"id":"1","n":1,"p":${p},"quote":{"usd":null},"t":"\\u00011.5","j":{"\\u0001a":["a\\"\\u00011.5","\\u00012",${p}]}`))
  for (const p of ['1.2345678901234567', '1.5']) {
    const { rows, refused } = await run(odd(p))
    expect(refused).toEqual([])
    expect(rows).toMatchObject([{ p: p.padEnd(20, '0'), t: '\u00011.5', j: `{"\\u0001a":["a\\"\\u00011.5","\\u00012",${p}]}` }])
  }
})

test.each([
  ['a field that is missing is null', item('"id":"1","n":1,"p":"1.5","t":"x","j":null'), undefined, { q: null, p: '1.500000000000000000' }],
  ['an object that is null has no fields', item('"id":"1","n":1,"p":"1","quote":null,"t":"x","j":null'), undefined, { q: null }],
  ['a required field that is missing', item('"n":1,"p":"1.5","quote":{"usd":"1"},"t":"x","j":null'), 'not_null(id)'],
  ['text where a whole number is declared', item('"id":"1","n":"first","p":"1.5","quote":{"usd":"1"},"t":"x","j":null'), 'type(n)'],
  ['a fraction where a whole number is declared', item('"id":"1","n":1.5,"p":"1.5","quote":{"usd":"1"},"t":"x","j":null'), 'exact(n)'],
  ['a value where an object is declared', item('"id":"1","n":1,"p":"1","quote":5,"t":"x","j":null'), 'type($.data[*])'],
  ['a key that stands twice', item('"id":"1","id":"2","n":1,"p":"1","quote":{"usd":"1"},"t":"x","j":null'), 'type($.data[*])'],
  ['a number where an object is declared', '5', 'type($.data[*])'],
  ['a list where an object is declared', '[]', 'type($.data[*])'],
  ['half of a surrogate pair', item('"id":"1","n":1,"p":"1","quote":{"usd":"1"},"t":"a\\ud800b","j":null'), 'characters(t)'],
  ['the other half, in JSON', item('"id":"1","n":1,"p":"1","quote":{"usd":"1"},"t":"x","j":{"a":"\\udc00"}'), 'characters(j)'],
  ['a NUL character', item('"id":"1","n":1,"p":"1","quote":{"usd":"1"},"t":"a\\u0000","j":null'), 'characters(t)'],
  ['a NUL character in JSON', item('"id":"1","n":1,"p":"1","quote":{"usd":"1"},"t":"","j":["\\u0000"]'), 'characters(j)'],
])('one odd item does not stop the others: %s', async (_, odd, rule = undefined, stored: object = {}) => {
  const good = item(String.raw`"id":"3","n":1,"p":"1","quote":{"usd":"1"},"t":"\ud83d\ude00 \\ud800","j":"\ud83d\ude00"`)
  const { rows, refused } = await run(bodyOf(whole(2), odd, good), bodyOf(whole(4)))
  const others = rows.filter(({ id }) => id !== '1')
  expect(others).toMatchObject([{ id: '2' }, { id: '3', t: '😀 \\ud800' }, { id: '4' }])
  if (rule === undefined) expect(rows.filter(({ id }) => id === '1')).toMatchObject([stored])
  expect(refused.map((row) => row.rule)).toEqual(rule === undefined ? [] : [rule])
})

test.each([
  ['no JSON', 'sorry'],
  ['JSON that was cut off', '{"data":[{"id":"1"'],
  ['a list that is null', '{"data":null}'],
  ['a list that is an object', '{"data":{}}'],
  ['no list', '{"rows":[]}'],
])('a body that is not of the declared form goes to quarantine whole, the others are written: %s', async (_, odd) => {
  const { rows, refused } = await run(odd, bodyOf(whole(2)))
  expect(rows).toMatchObject([{ id: '2' }])
  expect(refused).toMatchObject([{ rule: 'type(payload)', place: 'payload', cells: { payload: odd } }])
})

test('when no body reads as declared the run fails and says so', async () => {
  const receipt = await at.lake.land(writeTo('bronze.items'), pagesOf('sorry'))
  const reading = testReading([landed, into], { batches: { [landed.id]: [refTo('lake', receipt)] } })
  await expect(
    runModel({ model: clean as unknown as Model, write: writeTo('silver.items'), reading, lake: at.lake }),
  ).rejects.toMatchObject({
    code: 'quality.failed',
    message: expect.stringContaining('payload does not have the declared form'),
  })
})

test('doubles of JSON keep what a double keeps, and what it does not goes to quarantine', async () => {
  const measured = dataset('silver.measured', { on: 'lake', columns: { id: text(), d: double() } })
  const into = model({
    into: measured,
    from: { landed },
    refresh: 'batch',
    query: ({ landed }) => sql`select id, p as d from ${landed.batch}`,
  })
  const numbers = ['88305.90262468117', '1e-400', '1e400', '5e-324', '0.30000000000000004']
  const receipt = await at.lake.land(
    writeTo('bronze.items'),
    pagesOf(bodyOf(...numbers.map((p, id) => item(`"id":"${id}","n":1,"p":${p},"quote":{"usd":null},"t":"","j":null`)))),
  )
  const reading = testReading([landed, measured], { batches: { [landed.id]: [refTo('lake', receipt)] } })
  const write = writeTo('silver.measured')
  expect(await runModel({ model: into as unknown as Model, write, reading, lake: at.lake })).toMatchObject({ rowsWritten: 3 })
  expect((await all('silver.measured', write.batch)).map(({ d }) => d)).toEqual([88305.90262468117, 5e-324, 0.30000000000000004])
  expect((await all('silver.measured__quarantine', write.batch)).map(({ rule }) => rule)).toEqual(['range(d)', 'range(d)'])
})
