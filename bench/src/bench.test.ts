import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { atMost, type Measure, measure, pairs, quantile, shareOfLimit, timesLimit } from './measure.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

async function bench(names: readonly string[], TMPDIR: string): Promise<{ readonly stdout: string }> {
  const env = { ...process.env, TMPDIR, SLUICE_BENCH_ROWS: '50', SLUICE_BENCH_ROUNDS: '1', SLUICE_BENCH_LEASE_MS: '1000' }
  return await promisify(execFile)(process.execPath, [main, ...names, '--json'], { env })
}

type Suite = readonly [name: string, atLeastMany: number]
/** Takes a minute, each of the others half a minute at most. */
const engine: Suite = ['engine', 23]
const others: readonly [Suite, ...Suite[]] = [
  ['delta', 21],
  ['warehouse', 3],
  ['columns', 18],
  ['types', 3],
  ['memory', 4],
  ['command', 6],
  ['files', 15],
  ['models', 4],
  ['backup', 3],
]
/** In the short form one, by the seed of the run, and a row of the engine below. */
const some = long ? [engine, ...others] : [seeded(seedOfRun()).pick(others)]

test.each(some)('the suite %s prints measures of the agreed shape and leaves nothing behind', async (name, atLeastMany) => {
  const scratch = await mkdtemp(join(tmpdir(), 'sluice bench test '))
  try {
    const measures = JSON.parse((await bench([name], scratch)).stdout) as Measure[]
    expect(measures.length).toBeGreaterThanOrEqual(atLeastMany)
    for (const each of measures) {
      expect(each).toEqual({
        name: expect.stringMatching(/\w/),
        value: expect.any(Number),
        unit: expect.any(String),
        limit: each.limit === null ? null : expect.any(Number),
        ratio: each.ratio === null ? null : expect.any(Number),
        bar: expect.stringMatching(/^(none|[<>]?= .+)$/),
        ok: expect.any(Boolean),
      })
      expect([each.value, each.limit ?? 0].every(Number.isFinite)).toBe(true)
    }
    expect(new Set(measures.map((each) => each.name)).size).toBe(measures.length)
    expect(await readdir(scratch)).toEqual([])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
})

test('an unknown suite ends with code 2 and names the known ones', async () => {
  await expect(bench(['nonsense'], tmpdir())).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      'engine, delta, delta-small, warehouse, columns, types, memory, command, files, dev, models, backup, peers',
    ),
  })
})

test('a row is measured by itself, and an unknown one ends with code 2 and names the known ones', async () => {
  const measures = JSON.parse((await bench(['engine', '--rows', 'claims'], tmpdir())).stdout) as Measure[]
  expect(measures.map(({ name }) => name)).toEqual([
    expect.stringMatching(/^claim behind a full pool/),
    expect.stringMatching(/^claim among tasks that are due/),
    expect.stringMatching(/^claim among tasks for later/),
    expect.stringMatching(/^in use of the machine/),
  ])
  await expect(bench(['engine', '--rows', 'nonsense'], tmpdir())).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('chain, latency, throughput'),
  })
  await expect(bench(['types', '--rows', 'chain'], tmpdir())).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('It is measured whole.'),
  })
})

test('a bar is judged by the value as measured, not as rounded', () => {
  expect(measure('a', 5.0004, 'ms', atMost(5, 'ms'))).toMatchObject({ value: 5, ok: false })
  expect(measure('a', 400, '/s', shareOfLimit(0.4), 1000)).toMatchObject({ ratio: 0.4, ok: true, bar: '>= 0.4 x raw' })
  expect(measure('a', 399.9, '/s', shareOfLimit(0.4), 1000).ok).toBe(false)
  expect(measure('a', 20.5, 'ms', timesLimit(1.05, 10, 'ms'), 10)).toMatchObject({ ratio: 2.05, ok: true, bar: '<= 1.05 x raw + 10 ms' })
  expect(measure('a', 20.6, 'ms', timesLimit(1.05, 10, 'ms'), 10).ok).toBe(false)
})

test('a quantile is a value of the list', () => {
  expect(quantile([3, 1, 2, 4], 0.5)).toBe(3)
  expect(quantile([3, 1, 2, 4], 0.99)).toBe(4)
  expect(quantile([], 0.5)).toBeNaN()
})

test('pairs take turns in who is first, and leave the first round out', async () => {
  const order: string[] = []
  const side = (name: string) => ({ run: async () => void order.push(name), before: async () => void order.push(`before ${name}`) })
  const result = await pairs(2, side('ours'), side('raw'))
  expect(order.filter((each) => !each.startsWith('before'))).toEqual(['raw', 'ours', 'ours', 'raw', 'raw', 'ours'])
  expect(order[0]).toBe('before raw')
  expect(result.ours).toBeGreaterThanOrEqual(0)
})
