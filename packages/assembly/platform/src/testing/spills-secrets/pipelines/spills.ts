import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { email, pipeline, skip, type TaskContext, task } from 'sluice'
import { spelled } from '../spellings.ts'

/** All secrets that a task can reach: its own, the environment's, and the files of the state directory, which are its owner's. */
function all({ connection, secret }: Pick<TaskContext, 'connection' | 'secret'>): readonly string[] {
  const state = process.env.CANARY_STATE ?? ''
  const of = (name: string): string => readFileSync(join(state, name), 'utf8').trim()
  const warehouses = JSON.parse(of('warehouses.json')) as Readonly<Record<string, { readonly owner: string; readonly reader: string }>>
  return [
    secret('key'),
    connection('upstream').token ?? '',
    new URL(connection('upstream').url).password,
    process.env.AWS_SECRET_ACCESS_KEY ?? '',
    process.env.SLUICE_SMTP_PASSWORD ?? '',
    of('key'),
    of('postgres/password'),
    ...Object.values(warehouses).flatMap(({ owner, reader }) => [owner, reader]),
  ]
}

const logs = task({
  name: 'logs',
  run: (_, context) => {
    for (const text of all(context).flatMap(spelled)) {
      context.log.info(`log ${text}`, { fact: text, nested: { [text]: [text] } })
      console.log('console', text)
      console.error({ nested: { text } })
      process.stdout.write(`stdout ${text}\n`)
      writeSync(2, `descriptor ${text}\n`)
    }
    for (const text of all(context)) console.log('buffer', Buffer.from(text))
  },
})
const children = task({
  name: 'children',
  after: [logs],
  run: (_, context) => {
    const texts = all(context).flatMap(spelled)
    execFileSync('sh', ['-c', 'for text in "$@"; do echo "child $text"; echo "child $text" >&2; done', '-', ...texts], { stdio: 'inherit' })
    return String(spawnSync('sh', ['-c', 'echo "$0"', texts[0] ?? '']).stdout)
  },
})
const answers = task({
  name: 'answers',
  after: [children],
  run: (_, context) => ({ texts: all(context).flatMap(spelled), named: Object.fromEntries(all(context).map((text) => [text, 1])) }),
})
const below = task({ name: 'below', needs: { answers }, run: ({ answers }) => answers.texts.length })
const throws = task({
  name: 'throws',
  after: [below],
  run: (_, context) => {
    const texts = all(context).flatMap(spelled)
    throw Object.assign(new Error(`cannot reach ${texts.join(' ')}`, { cause: new Error(texts.join(' ')) }))
  },
})
/** Each text stands where an error is cut: of one that is cut before it is masked, a part stays. */
const cut = task({
  name: 'cut',
  after: [below],
  run: (_, context) => {
    const [text = ''] = all(context)
    throw new Error(`${'x'.repeat(6_000 - Math.ceil(text.length / 2))}${text}${'x'.repeat(8_000)}`)
  },
})
const skips = task({
  name: 'skips',
  after: [below],
  run: (_, context): number => skip(`not for ${all(context).flatMap(spelled).join(' ')}`),
})
const tells = task({
  name: 'tells',
  after: [below],
  run: async (_, context) => {
    const text = all(context).flatMap(spelled).join('\n')
    return await context.notify.send({ key: 'told', to: [email('ops')], subject: text.slice(0, 200), text })
  },
})

export default pipeline({ name: 'spills', steps: [logs, children, answers, below, throws, cut, skips, tells] })
