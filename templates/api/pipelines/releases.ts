import {
  check,
  cron,
  email,
  integer,
  link,
  load,
  message,
  model,
  type Pages,
  paragraph,
  pick,
  pipeline,
  skip,
  sql,
  type TaskContext,
  task,
} from 'sluice'
import { answers, published, releases } from '../datasets/releases.ts'

const pageSize = 100

/** Page after page. An answer is landed as it came; here it is read only to know whether another page follows. */
async function* pagesOf({ http, connection, variable }: TaskContext): Pages {
  const github = connection('github')
  const url = `${github.url}/repos/${variable('repository')}/releases`
  for (let page = 1, isFull = true; isFull; page++) {
    const answer = await http.request({ connection: github, url, query: { per_page: pageSize, page } })
    const body = await answer.text()
    isFull = (JSON.parse(body) as readonly unknown[]).length === pageSize
    yield { source: 'github', request: `GET ${answer.url}`, receivedAt: answer.receivedAt, body }
  }
}

const land = task({ name: 'land_releases', fills: [answers], run: (_, context) => context.lake.land(answers, pagesOf(context)) })

const clean = model({
  into: releases,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }) => sql`select id, tag, name, is_preview, published_at, url from ${answers.batch}`,
})

const publish = load({ from: releases, into: published, mode: 'upsert' })

const enough = check({
  name: 'enough_releases',
  on: published,
  rule: sql`select count(*) >= 1 as ok, count(*) as releases from ${published}`,
  message: 'only {releases} releases are known',
})

const report = task({
  name: 'report',
  reads: [published],
  run: async (_, { warehouse, notify, variable }) => {
    const columns = { ...pick(published, 'tag', 'url'), known: integer({ notNull: true }) }
    const query = sql`select tag, url, (count(*) over ())::integer as known from ${published} order by published_at desc limit 1`
    const [newest] = await warehouse.rows(columns, query)
    if (newest === undefined) return skip('there is no release to tell of')
    const body = [paragraph(`${newest.known} releases are known; the newest is `, link(newest.tag, newest.url), '.')]
    return notify.send({ key: 'report', to: [email('team')], ...message({ subject: `Releases of ${variable('repository')}`, body }) })
  },
})

export default pipeline({
  name: 'releases',
  schedule: cron('@daily'),
  defaults: { retry: { attempts: 4, delay: '5s', backoff: 'exponential' }, timeout: '5m' },
  notify: { failure: [email('team')] },
  steps: [land, clean, publish, enough, report],
})
