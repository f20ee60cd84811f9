import {
  cron,
  email,
  instant,
  integer,
  load,
  model,
  type Pages,
  pipeline,
  qualityErrors,
  sensor,
  skip,
  sql,
  type TaskContext,
  task,
  text,
  timestamp,
  within,
} from 'sluice'
import { numbers } from '../tables/numbers.ts'

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
  after: { waits },
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
const none = {} as TaskContext
const early = task({
  name: 'early',
  needs: { wrapped },
  run: ({ wrapped }, context = none) => context.lake.land('bronze.numbers', pages(wrapped.greeting, context)),
})

async function* pages(greeting: string, { http, connection, budget, interval }: TaskContext): Pages {
  const { admit, tariff } = budget('upstream')
  await admit()
  const answer = await http.request({ url: `${connection('upstream').url}/numbers`, query: { greeting } })
  yield { source: 'upstream', request: 'GET /numbers', receivedAt: interval.end, body: await answer.text(), credits: tariff.perCall }
}

const silver = model({
  name: 'silver.numbers',
  on: 'lake',
  columns: { n: integer(), at: timestamp() },
  refresh: { by: 'batch' },
  checks: [within('n', { min: 0, max: 10 })],
  query: ({ batch, interval }) =>
    sql`select unnest(from_json_strict(payload, '["INTEGER"]')) as n, ${interval.end} as at from ${early} where ${batch.rows}`,
})
const loaded = load({ from: silver, into: numbers, mode: 'append' })
const stats = model({
  name: 'public.stats',
  on: 'warehouse',
  columns: { at: timestamp({ notNull: true }), n: integer(), note: text() },
  refresh: { by: 'key', key: ['at'] },
  query: ({ batch, interval }) => sql`select ${interval.end} as at, count(*) as n, ${'counted'} as note from ${loaded} where ${batch.rows}`,
})
const archive = task({
  name: 'archive',
  needs: { silver },
  run: timed(({ silver }: { silver: TaskOutput }, { lake }: TaskContext) => lake.export('gold.numbers', { from: silver, format: 'csv' })),
})
type TaskOutput = Awaited<ReturnType<TaskContext['lake']['land']>>

const tell = task({
  name: 'tell',
  needs: { loaded },
  after: { stats },
  run: timed(async (_: object, { warehouse, lake, notify, interval, log }: TaskContext) => {
    const rows = await warehouse.query<{ n: number }>(sql`select n from ${numbers} where at = ${instant(interval.end)} order by n`)
    const [first] = await lake.query<{ n: number }>(sql`select 1 as n`)
    const { deleted } = await warehouse.retain(numbers, { column: 'at', olderThan: '30d' })
    log.info(`${rows.length} rows, ${deleted} too old`)
    const text = rows.map(({ n }) => n).join(', ')
    return { ...(await notify.send({ key: 'numbers', to: [email('ops')], subject: 'Numbers', text })), first: first?.n ?? null }
  }),
})

const again = task({
  name: 'again',
  retry: { attempts: 2, delay: '1ms' },
  run: (_, { task: { attempt }, log }) => {
    log.info(`try ${attempt}`)
    if (attempt === 1) throw new Error('not yet')
    return attempt
  },
})
const skips = task({ name: 'skips', run: timed((_: object, { variable }: TaskContext) => skip(`nothing for ${variable('greeting')}`)) })
const below = task({ name: 'below', needs: { skips }, run: () => 1 })
const fails = task({
  name: 'fails',
  run: timed((_: object, { secret }: TaskContext) => {
    throw qualityErrors.failed(`not with ${secret('key')}`, { facts: { at: 1 }, next: 'Nothing.' })
  }),
})
const behind = task({ name: 'behind', after: { fails }, run: () => 1 })
const alarm = task({ name: 'alarm', after: { fails }, rule: 'one_failed', run: () => 'rang' })
const members = task({ name: 'members', run: (_, context) => Object.keys(context).sort((a, b) => a.localeCompare(b)) })
const unknown = task({ name: 'unknown', run: timed((_: object, { connection }: TaskContext) => connection('nowhere').url) })

export default pipeline({
  name: 'everything',
  schedule: cron('@hourly'),
  params: { name: 'world' },
  steps: [rest, archive, tell, again, below, behind, alarm, unknown, members],
})
