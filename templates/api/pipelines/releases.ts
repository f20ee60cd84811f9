import { check, cron, email, integer, link, load, model, paragraph, pick, pipeline, pull, report, restSource, skip, sql } from 'sluice'
import { answers, published, releases } from '../datasets/releases.ts'

/** Page after page; each answer is landed as it came. */
const listing = restSource({
  name: 'github',
  connection: 'github',
  path: '/repos/{variables.repository}/releases',
  rows: '$[*]',
  pages: { by: 'page', size: { param: 'per_page', rows: 100 }, ends: 'short' },
})

const land = pull({ from: listing, into: answers })

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

const mailed = report({
  name: 'report',
  reads: [published],
  to: [email('team')],
  write: async (_, { warehouse, variable }) => {
    const columns = { ...pick(published, 'tag', 'url'), known: integer({ notNull: true }) }
    const query = sql`select tag, url, (count(*) over ())::integer as known from ${published} order by published_at desc limit 1`
    const [newest] = await warehouse.rows(columns, query)
    if (newest === undefined) return skip('there is no release to tell of')
    const body = [paragraph(`${newest.known} releases are known; the newest is `, link(newest.tag, newest.url), '.')]
    return { subject: `Releases of ${variable('repository')}`, body }
  },
})

export default pipeline({
  name: 'releases',
  schedule: cron('@daily'),
  defaults: { retry: { attempts: 4, delay: '5s', backoff: 'exponential' }, timeout: '5m' },
  notify: { failure: [email('team')] },
  steps: [land, clean, publish, enough, mailed],
})
