import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckDB } from '@sluice/duckdb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AnswerProcesses, openAnswerProcesses, openLakes } from '../index.ts'
import { processFor } from './which-process.ts'

describe('which process a question gets', () => {
  const [shop, other] = [{ readable: ['shop'] }, { readable: ['other'] }]
  const somebody = { readable: ['shop'], mayGoFirst: false }
  const first = { readable: ['shop'], mayGoFirst: true }

  test.each([
    ['an idle one, where nobody else is at work', somebody, { idle: [shop], all: 1, most: 5 }, { do: 'take', child: shop }],
    ['a new one, while others are at work and one is idle', somebody, { idle: [shop], all: 4, most: 5 }, { do: 'start' }],
    ['that one, for those who may go first', first, { idle: [shop], all: 4, most: 5 }, { do: 'take', child: shop }],
    ['one of two that are idle', somebody, { idle: [shop, shop], all: 4, most: 5 }, { do: 'take', child: shop }],
    ['the last one, where no other is to be had', somebody, { idle: [shop], all: 5, most: 5 }, { do: 'take', child: shop }],
    ['the place of one that may read other lakes', somebody, { idle: [other], all: 5, most: 5 }, { do: 'replace', child: other }],
    ['none before one is free', first, { idle: [], all: 5, most: 5 }, { do: 'wait' }],
  ] as const)('is %s', (_, asking, now, choice) => expect(processFor(asking, now)).toEqual(choice))
})

describe('a process that is kept warm', () => {
  const endless = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range % 7 = 3'
  let home: string
  let answers: AnswerProcesses
  /** Each process that has started has a folder of its own. */
  const started = (): readonly string[] => readdirSync(join(home, 'answers')).sort()
  const lakeWith = async (idleMs?: number) => {
    const storage = join(home, 'lake')
    mkdirSync(join(storage, 'demo'), { recursive: true })
    const limits = { memoryLimitMb: 128, threads: 1, ...(idleMs === undefined ? {} : { idleMs }) }
    answers = openAnswerProcesses({ place: { folder: storage }, scratch: join(home, 'answers'), most: 5, warmFor: ['demo'], ...limits })
    return await openLakes({ storage, projects: ['demo'], duckdb: () => openDuckDB({ threads: 1 }), answers }).named('demo')
  }
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'sluice-warm-'))
  })
  afterEach(async () => {
    await answers.close()
    rmSync(home, { recursive: true, force: true })
  })

  test('answers who may go first while others storm, and another one is there when others take all that end', async () => {
    const lake = await lakeWith()
    const leaving = new AbortController()
    const storm = [1, 2, 3].map(() => lake.answer(endless, {}, leaving.signal).catch((thrown: Error) => thrown.message))
    await expect.poll(started).toHaveLength(4)
    const before = started()
    const { signal } = new AbortController()
    for (let n = 0; n < 2; n++) {
      expect(await lake.answer('SELECT 1 AS one', { mayGoFirst: true }, signal)).toMatchObject({ rows: [[1]] })
      expect(started()).toEqual(before)
    }
    const fourth = lake.answer(endless, {}, leaving.signal).catch((thrown: Error) => thrown.message)
    await expect.poll(started).toHaveLength(5)
    leaving.abort(new Error('gone'))
    expect(await Promise.all([...storm, fourth])).toEqual(['gone', 'gone', 'gone', 'gone'])
    await expect.poll(started).toHaveLength(1)
  })

  test('ends when nobody has asked anything for a while', async () => {
    const lake = await lakeWith(100)
    expect(await lake.answer('SELECT 1 AS one', {}, new AbortController().signal)).toMatchObject({ rows: [[1]] })
    await expect.poll(started).toEqual([])
  })
})
