import {
  check,
  cron,
  email,
  formatInstant,
  load,
  model,
  type Pages,
  paragraph,
  pick,
  pipeline,
  report,
  sql,
  type TaskContext,
  table,
  task,
} from 'sluice'
import { answers, issues, published } from '../datasets/issues.ts'

const perPage = 100

/** What has changed since the run before, page after page. An answer is landed as it came; it is read only to know whether more follows. */
async function* changes({ http, connection, variable, interval }: TaskContext): Pages {
  const github = connection('github')
  for (let page = 1, last = false; !last; page++) {
    const answer = await http.request({
      connection: github,
      url: `${github.url}/repos/${variable('repository')}/issues`,
      query: { state: 'all', sort: 'updated', direction: 'asc', since: formatInstant(interval.start), per_page: perPage, page },
    })
    const body = await answer.text()
    last = (JSON.parse(body) as readonly unknown[]).length < perPage
    yield { source: 'github', request: `GET ${answer.url}`, receivedAt: answer.receivedAt, body }
  }
}

const land = task({ name: 'land_issues', fills: [answers], run: (_, context) => context.lake.land(answers, changes(context)) })

export const clean = model({
  into: issues,
  from: { answers },
  refresh: 'key',
  // An issue that changes while pages are fetched comes twice: the newest stays.
  query: ({ answers }) => sql`
    select number, title, state, author, comments, updated_at from ${answers.batch}
    qualify row_number() over (partition by number order by updated_at desc) = 1`,
})

const publish = load({ from: issues, into: published, mode: 'upsert' })

const someOpen = check({
  name: 'some_are_open',
  on: published,
  rule: sql`select count(*) filter (where state = 'open') > 0 as ok, count(*) as issues from ${published}`,
  message: 'none of {issues} issues is open',
})

const mailed = report({
  name: 'mail_report',
  needs: { loaded: publish },
  reads: [published],
  to: [email('team')],
  write: async ({ loaded }, { warehouse, variable }) => {
    const busy = await warehouse.rows(
      pick(published, 'number', 'title', 'comments'),
      sql`select number, title, comments from ${published} where state = 'open' order by comments desc, number limit 5`,
    )
    return {
      subject: `${loaded.rows} issues of ${variable('repository')} changed`,
      body: [
        paragraph('Those that are open and most talked about:'),
        table({
          rows: busy,
          columns: [
            { name: 'Issue', cell: ({ number, title }) => `#${number} ${title}` },
            { name: 'Comments', align: 'right', cell: ({ comments }) => comments },
          ],
          line: ({ number, title, comments }) => `- #${number} ${title}: ${comments} comments`,
        }),
      ],
    }
  },
})

export default pipeline({
  name: 'issues',
  schedule: cron('@hourly'),
  defaults: { retry: { attempts: 3, delay: '2s', backoff: 'exponential' }, timeout: '5m' },
  steps: [land, clean, publish, someOpen, mailed],
  notify: { failure: [email('team')] },
})
