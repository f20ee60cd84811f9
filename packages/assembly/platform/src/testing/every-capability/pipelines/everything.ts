import {
  check,
  cron,
  email,
  instant,
  load,
  model,
  type Pages,
  pick,
  pipeline,
  pool,
  qualityErrors,
  retain,
  sensor,
  skip,
  sql,
  type TaskContext,
  task,
} from 'sluice'
import { archive, landed, note, numbers, silver, stats } from '../datasets/numbers.ts'

/** Any wrapper hides how many parameters a function takes. */
const timed =
  <Given extends unknown[], Answer>(work: (...given: Given) => Answer) =>
  (...given: Given): Answer =>
    work(...given)

const waits = sensor({
  name: 'waits',
  every: '1s',
  timeout: '1m',
  poll: timed((_: object, { connection }: TaskContext) => connection('upstream').url.startsWith('http')),
})
const wrapped = task({
  name: 'wrapped',
  after: [waits],
  run: timed((_: object, { variable, params, log }: TaskContext) => {
    log.info(`${variable('greeting')}, ${String(params.name)}`)
    return { greeting: variable('greeting') }
  }),
})
const rest = task({
  name: 'rest',
  run: (...given) => {
    const { secret, log } = given[1]
    log.info(`the key is ${secret('key')}`, { key: secret('key') })
    return secret('key').length
  },
})
const none = {} as never
const early = task({
  name: 'early',
  needs: { wrapped },
  fills: [landed],
  run: ({ wrapped }, context = none) => context.lake.land(landed, pages(wrapped.greeting, context)),
})

async function* pages(greeting: string, { http, connection, budget, interval }: TaskContext): Pages {
  const { admit, tariff } = budget('upstream')
  await admit()
  const answer = await http.request({ url: `${connection('upstream').url}/numbers`, query: { greeting } })
  yield { source: 'upstream', request: 'GET /numbers', receivedAt: interval.end, body: await answer.text(), credits: tariff.perCall }
}

const clean = model({
  into: silver,
  from: { landed },
  refresh: 'batch',
  query: ({ landed }, { interval }) =>
    sql`select unnest(from_json_strict(payload, '["VARCHAR"]')) as n, ${interval.end} as at from ${landed.batch}`,
})
const loaded = load({ from: silver, into: numbers, mode: 'append' })
const enough = check({
  name: 'enough',
  on: numbers,
  rule: sql`select count(*) > 0 as ok, count(*) as found from ${numbers}`,
  message: 'only {found} numbers',
})
const count = model({
  into: stats,
  from: { numbers },
  refresh: 'key',
  query: ({ numbers }, { interval }) => sql`select ${interval.end} as at, count(*) as n, ${'counted'} as note from ${numbers.batch}`,
})
const exported = task({
  name: 'archive',
  reads: [silver],
  fills: [archive, note],
  run: timed(async (_, { lake }) => {
    await lake.put(note, 'as exported\n')
    return await lake.export(archive, sql`select * from ${silver.batch} order by n`)
  }),
})
const old = retain({ name: 'old', on: numbers, after: [loaded] })

const tell = task({
  name: 'tell',
  needs: { loaded },
  after: [count, old],
  reads: [numbers],
  run: async (_, { warehouse, notify, interval, log }) => {
    const rows = await warehouse.rows(pick(numbers, 'n'), sql`select n from ${numbers} where at = ${instant(interval.end)} order by n`)
    log.info(`${rows.length} rows`)
    const text = rows.map(({ n }) => n).join(', ')
    return { ...(await notify.send({ key: 'numbers', to: [email('ops')], subject: 'Numbers', text })), first: rows[0]?.n ?? null }
  },
})

const few = pool('few', 1)
const again = task({
  name: 'again',
  pool: few,
  retry: { attempts: 2, delay: '1ms' },
  run: (_, { task: { attempt }, log }) => {
    log.info(`try ${attempt}`)
    if (attempt === 1) throw new Error('not yet')
    return attempt
  },
})
const skips = task({
  name: 'skips',
  run: timed((_: object, { variable }: TaskContext): number => skip(`nothing for ${variable('greeting')}`)),
})
const below = task({ name: 'below', needs: { skips }, run: () => 1 })
const fails = task({
  name: 'fails',
  run: timed((_: object, { secret }: TaskContext) => {
    throw qualityErrors.failed(`not with ${secret('key')}`, { facts: { at: 1 }, next: 'Nothing.' })
  }),
})
const behind = task({ name: 'behind', after: [fails], run: () => 1 })
const alarm = task({ name: 'alarm', after: [fails], rule: 'one_failed', run: () => 'rang' })
const members = task({ name: 'members', run: (_, context) => Object.keys(context).sort((a, b) => a.localeCompare(b)) })
const unknown = task({ name: 'unknown', run: timed((_: object, { connection }: TaskContext) => connection('nowhere').url) })

export default pipeline({
  name: 'everything',
  schedule: cron('@hourly'),
  params: { name: 'world' },
  steps: [waits, rest, early, clean, loaded, enough, count, exported, old, tell, again, below, fails, behind, alarm, unknown, members],
  order: [loaded, old],
})
