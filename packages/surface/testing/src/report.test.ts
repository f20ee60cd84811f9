import { dataset, emails, landed, paragraph, pipeline, raw, report, skip, task } from 'sluice'
import { expect, test } from 'vitest'
import { testWorld } from './world.ts'

const texts = dataset('gold.report', { on: 'lake', files: 'text/plain' })
const write = () => ({ subject: 'Prices', title: 'Prices fall', body: [paragraph('btc: 1')] })
const kept = report({ name: 'kept', into: texts, to: ({ variable }) => emails(variable('mail_to')), write })
const mailed = report({ name: 'mailed', to: emails('ops@example.org'), write })
const quiet = report({ name: 'quiet', to: emails('ops@example.org'), write: () => skip('nothing to tell') })
const reports = pipeline({ name: 'reports', steps: [kept, mailed, quiet] })

test('a report is in the log of its step, kept and mailed, once a run; a backfill keeps it and mails nobody', async () => {
  await using world = await testWorld({ project: 'shop', variables: { mail_to: 'ada@example.org, bob@example.org' } })
  const run = async (tick: number, trigger: 'scheduled' | 'backfill') => {
    const { tasks, logs } = await world.run(reports, { logicalTime: tick, key: `scheduled:${tick}`, trigger })
    const mails = (await world.notifications()).map(({ to, subject }) => `${to} ${subject}`).toSorted()
    return { states: tasks.map(({ task, state }) => `${task} ${state}`), mails, lines: (logs.kept ?? []).map(({ message }) => message) }
  }
  const first = await run(1, 'scheduled')
  expect(first.states).toEqual(['kept success', 'mailed success', 'quiet skipped'])
  expect(first.lines).toEqual(expect.arrayContaining(['Prices fall', 'btc: 1']))
  expect(first.mails).toEqual(['ada@example.org Prices', 'bob@example.org Prices', 'ops@example.org Prices'])
  expect((await run(1, 'scheduled')).mails).toEqual(first.mails)
  const past = await run(2, 'backfill')
  expect(past.states).toEqual(['kept success', 'mailed skipped', 'quiet skipped'])
  expect(past.lines).toEqual(expect.arrayContaining(['btc: 1']))
  expect(past.mails).toEqual(first.mails)
})

test('what a report gives as its output is taken by other steps, and the subject is its title', async () => {
  await using world = await testWorld()
  const given = report({ name: 'given', into: texts, write: () => ({ subject: 'Prices', body: write().body, output: { coins: ['btc'] } }) })
  const taken = task({ name: 'taken', needs: { given }, run: ({ given: { coins, queued } }) => `${coins.join(', ')}: ${queued} told` })
  const { tasks, logs } = await world.run(pipeline({ name: 'told', steps: [taken] }))
  expect(tasks.map(({ output }) => output)).toEqual([{ coins: ['btc'], queued: 0, already: 0 }, 'btc: 0 told'])
  expect((logs.given ?? []).map(({ message }) => message)).toEqual(expect.arrayContaining(['Prices', '======', 'btc: 1']))
  const odd = report({ name: 'odd', into: texts, write: () => ({ ...write(), output: ['btc'] }) as never })
  const [failed] = (await world.run(pipeline({ name: 'oddly', steps: [odd] }))).tasks
  expect(failed?.error).toMatchObject({ code: 'task.output', message: 'report odd: its output is ["btc"], which is not an object' })
})

test('a report that tells nobody and is kept nowhere is refused, and so is what only types would see', () => {
  expect(() => report({ name: 'a', write })).toThrow('report a: it is mailed to nobody and kept nowhere')
  expect(() => report({ name: 'a', into: texts, writes: write } as never)).toThrow('report a: there is no option "writes"')
  expect(() => report({ name: 'a', into: texts } as never)).toThrow('report a: write is undefined, which is not a function')
})

test('bodies that nobody has landed are no fault: their step is skipped, and says why', async () => {
  await using world = await testWorld()
  const answers = dataset('bronze.answers', { on: 'lake', bodies: raw() })
  const taken = landed({ name: 'taken', into: answers, otherwise: 'nobody landed them' })
  const { tasks } = await world.run(pipeline({ name: 'past', steps: [taken] }))
  expect(tasks).toMatchObject([{ task: 'taken', state: 'skipped' }])
})
