import { boolean, sql, text } from 'sluice'
import { testWorld } from 'sluice/testing'
import { expect, test } from 'vitest'
import { plans } from './datasets/customers.ts'
import pipeline from './pipelines/plans.ts'

test('late and repeated rows find their place among the versions, and one who leaves closes the last', async () => {
  await using world = await testWorld({ datasets: [plans] })
  const run = async (hour: number, ...customers: readonly Readonly<Record<string, string | boolean>>[]) => {
    const logicalTime = `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`
    const run = await world.run(pipeline, { logicalTime, key: `scheduled:${Date.parse(logicalTime)}`, params: { customers } })
    expect(run.tasks.map(({ state, error }) => [state, error?.message ?? ''])).toEqual(Array(4).fill(['success', '']))
  }
  const versions = () =>
    world.rows(
      { plan: text(), since: text(), until: text(), holds: boolean() },
      sql`select plan, to_char(since, 'HH24:MI') as since, to_char(until, 'HH24:MI') as until, holds from ${plans} as plans order by plans.since`,
    )
  const customer = (plan: string, at: string, left = false) => ({ id: 'ada', plan, changed_at: `2026-11-20T${at}:00Z`, has_left: left })
  await run(9, customer('basic', '08:10'))
  await run(10, customer('basic', '09:30'))
  await run(11, customer('pro', '10:20'))
  await run(12, customer('trial', '07:00'))
  await run(13, customer('pro', '12:40', true))
  expect(await versions()).toEqual([
    { plan: 'trial', since: '07:00', until: '08:10', holds: false },
    { plan: 'basic', since: '08:10', until: '10:20', holds: false },
    { plan: 'pro', since: '10:20', until: '12:40', holds: false },
  ])
})
