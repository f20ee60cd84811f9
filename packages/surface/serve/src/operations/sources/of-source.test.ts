import { expect, test } from 'vitest'
import { Line } from '../../endpoint/line.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { askedSource } from './of-source.ts'

const terminal = (sources: readonly string[]): Pick<Terminal, 'project' | 'call'> => ({
  project: 'shop',
  call: async () => ({ items: sources.map((source) => ({ project: 'shop', source })), next: null }) as never,
})

test('one argument alone is the source; without one those that there are are named', async () => {
  expect(await askedSource(terminal([]), new Line({ project: 'tills' }, {}))).toEqual({
    params: { source: 'tills' },
    query: { project: 'shop' },
  })
  await expect(askedSource(terminal(['tills', 'clients']), new Line({}, {}))).rejects.toThrow(
    'missing argument <source>: there are shop tills, shop clients',
  )
  await expect(askedSource(terminal([]), new Line({}, {}))).rejects.toThrow('missing argument <source>: no step pulls a source')
})
