import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AnswerProcesses, openAnswerProcesses } from '../index.ts'

let home: string
const opened: AnswerProcesses[] = []
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-answers-'))
  for (const project of ['a', 'b']) mkdirSync(join(home, 'lake', project), { recursive: true })
})
afterAll(async () => {
  for (const answers of opened) await answers.close()
  rmSync(home, { recursive: true, force: true })
})

const open = (most: number): AnswerProcesses => {
  const answers = openAnswerProcesses({ place: { folder: join(home, 'lake') }, scratch: join(home, 'answers'), most, threads: 1 })
  opened.push(answers)
  return answers
}
const ask = async (answers: AnswerProcesses, project: string, sql = 'select 1 as n', signal?: AbortSignal) => {
  const question = { ask: 'answer', project, sql, limit: 10, budget: { bytes: 1_000, cells: 10 } } as const
  const asking = { readable: [project], timeoutMs: 600_000, ...(signal === undefined ? {} : { signal }) }
  const pieces: Uint8Array[] = []
  for await (const piece of (await answers.ask(question, asking)).chunks) pieces.push(piece)
  return (JSON.parse(Buffer.concat(pieces).toString()) as { rows: unknown }).rows
}

test('an idle process that has to give way answers nobody any more', async () => {
  const answers = open(1)
  expect(await ask(answers, 'a')).toEqual([[1]])
  // The first ends the process of the other project; the second asks for that before its end is known.
  expect(await Promise.all([ask(answers, 'b'), ask(answers, 'a')])).toEqual([[[1]], [[1]]])
})

test('each of several that wait ends an idle process of its own', async () => {
  const answers = open(2)
  const both = (project: string) => Promise.all([ask(answers, project), ask(answers, project)])
  await both('a')
  expect(await both('b')).toEqual([[[1]], [[1]]])
})

test('whoever stops waiting is told at once, and takes the turn of nobody', async () => {
  const answers = open(1)
  const endless = new AbortController()
  const first = ask(answers, 'a', 'select count(*) from range(1000000) a, range(1000000) b', endless.signal)
  const leaving = new AbortController()
  const second = ask(answers, 'a', 'select 2', leaving.signal)
  const third = ask(answers, 'a', 'select 3')
  leaving.abort(new Error('left'))
  await expect(second).rejects.toThrow('left')
  endless.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  expect(await third).toEqual([[3]])
})

test('a question that waits when all are closed is refused, and starts no process', async () => {
  const answers = open(1)
  const first = ask(answers, 'a', 'select count(*) from range(1000000) a, range(1000000) b')
  const second = ask(answers, 'a')
  const ends = Promise.allSettled([first, second])
  await answers.close()
  expect(await ends).toMatchObject([
    { status: 'rejected', reason: { code: 'query.lost' } },
    { status: 'rejected', reason: { code: 'query.lost' } },
  ])
})
