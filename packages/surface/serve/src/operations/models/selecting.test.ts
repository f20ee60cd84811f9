import { expect, test } from 'vitest'
import { Line } from '../../endpoint/line.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { askedBy } from './selecting.ts'

test('who asks for models of a project with files that do not load is told that they are missing', async () => {
  const told: string[] = []
  const terminal = (broken: number): Parameters<typeof askedBy>[0] => ({
    project: 'shop',
    call: (async () => ({ items: Array.from({ length: broken }, () => ({})), next: null })) as Terminal['call'],
    output: { json: false, interactive: false, result: () => undefined, note: (text) => told.push(text), bytes: () => undefined },
  })
  const line = new Line({ selection: ['+silver.days'] }, { exclude: ['tag:slow'] })
  const asked = { params: { project: 'shop' }, body: { select: ['+silver.days'], exclude: ['tag:slow'] } }
  expect(await askedBy(terminal(0), line)).toEqual(asked)
  expect(told).toEqual([])
  expect(await askedBy(terminal(2), line)).toEqual(asked)
  expect(told).toEqual(['2 definition errors: see "sluice pipelines errors"'])
})
