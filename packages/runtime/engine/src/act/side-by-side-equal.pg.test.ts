import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Random, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import type { CapabilitySource } from './capabilities.ts'
import { running, t, work } from './testing/workers.ts'

/** A capability that answers each write with a receipt, as a sink does. */
function sink(): CapabilitySource {
  const module = join(t.stateDir, 'sink.ts')
  writeFileSync(
    module,
    `export function openCapabilities() {
  const write = (attempt) => (rows) => attempt.keep({
    dataset: 'p:lake.silver.' + attempt.task.name, batch: attempt.run.pipeline + '.' + attempt.task.name, generation: attempt.generation,
    status: 'written', rowsIn: rows, rowsOut: rows, rowsQuarantined: 0, rowsDeleted: 0, credits: 0, version: null, inputs: [], replayed: false,
  })
  return { secrets: [], of: () => ({ capabilities: [{ name: 'sink', context: (attempt) => ({ write: write(attempt) }) }] }) }
}`,
  )
  return { module: pathToFileURL(module).href }
}

/** One step: some wait, some compute, some fail once or for good, some skip; each writes and tells what those above gave. */
function step(n: number, { chance, integer, pick }: Random): string {
  const above = Array.from({ length: n }, (_, at) => at).filter(() => chance(0.3))
  const needs = above.filter(() => chance(0.6))
  // Not `one_failed`: it waits for the first failure above alone, so what the others have given by then is a matter of time.
  const rule = pick(['all_success', 'all_success', 'all_done', 'none_failed'])
  const deed = pick([
    'return sum',
    'return sum',
    `await wait(${integer(30)}); return sum`,
    `await wait(${integer(5)}); for (let i = 0; i < ${integer(3_000_000)}; i++) sum += i % 2; return sum`,
    `if (ctx.task.attempt === 1) throw new Error('once ${n}'); return sum`,
    `await wait(5); throw new Error('always ${n}')`,
    `skip('nothing ${n}')`,
  ])
  const given = needs.map((at) => `s${at}`).join(', ')
  return `const s${n} = task({ name: 's${n}', ${chance(0.2) ? 'isolated: true, ' : ''}rule: '${rule}', retry: { attempts: 2, delay: '1ms' },
  after: [${above.map((at) => `s${at}`).join(', ')}], needs: { ${given} },
  run: async (inputs, ctx) => { let sum = ${n}; for (const each of Object.values(inputs)) sum += Number(each ?? 0); ctx.write(sum); ${deed} } })`
}

test('random pipelines end the same in processes that run one attempt at a time and in those that run many side by side', async () => {
  const seed = seedOfRun()
  const random = seeded(seed)
  const pipelines = Array.from({ length: 6 }, (_, n) => {
    const count = 4 + random.integer(20)
    const steps = Array.from({ length: count }, (_, at) => step(at, random))
    return [
      `random${n}`,
      `const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))\n${steps.join('\n')}
export default pipeline({ name: 'random${n}', maxActiveRuns: 9, steps: [${steps.map((_, at) => `s${at}`).join(', ')}] })`,
    ] as const
  })
  await t.publish(Object.fromEntries(pipelines))
  const capabilities = sink()
  const outcomes = []
  for (const options of [
    { slots: 1, count: 1 },
    { slots: 32, count: 2 },
  ]) {
    await work({ ...options, capabilities })
    const runs = await Promise.all(pipelines.map(async ([name]) => (await t.engine.trigger({ pipeline: name })).id))
    const ended = await Promise.all(runs.map((id) => t.engine.waitForRun(id)))
    const tasks = ended.map(({ pipeline, state, taskRuns }) => ({
      pipeline,
      state,
      tasks: taskRuns.map(({ task, state, attempt, output, reason, error }) => ({
        task,
        state,
        attempt,
        output,
        reason,
        error: error?.message,
      })),
    }))
    const receipts = await t.pool.query(
      `select r.pipeline, t.task, l.attempt, l.dataset, l.status, l.receipt from sluice.ledger l join sluice.task_run t on t.id = l.task_run
       join sluice.run r on r.id = t.run where r.id = any($1) order by r.pipeline, t.no, l.attempt`,
      [runs],
    )
    await t.pool.query('delete from sluice.ledger')
    outcomes.push({ tasks, receipts })
    for (const each of running.splice(0)) await each.stop()
  }
  const [one, many] = outcomes
  expect(one?.receipts.length).toBeGreaterThan(10)
  expect(many, `SLUICE_SEED=${seed}`).toEqual(one)
})
