import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DiffAnswer } from '@sluice/warehouse'
import { expect, test } from 'vitest'
import { commandsOf } from '../../endpoint/endpoint.ts'
import { Line } from '../../endpoint/line.ts'
import { operationSpec } from '../../endpoint/operation-spec.ts'
import { runCommand } from '../../endpoint/run-command.ts'
import type { Terminal } from '../../endpoint/terminal.ts'
import { diffWarehouse } from './diff.ts'

const folder = mkdtempSync(join(tmpdir(), 'migrations-'))
const answer: DiffAnswer = {
  project: 'shop',
  folder,
  differences: ['column shop.things.old is in the database, and not declared'],
  pending: [],
  migration: { id: '0002_things', up: 'alter table shop.things drop column old;\n', down: '' },
  further: [],
  losses: ['column shop.things.old goes with its values'],
  questions: [],
  byHand: [],
  proved: false,
  notes: [],
}

async function write(options: object): Promise<unknown> {
  const asked: unknown[] = []
  const [command] = commandsOf(diffWarehouse)
  if (command === undefined) throw new Error('it has a command')
  const terminal = {
    call: async (_: unknown, { query }: { query: unknown }) => {
      asked.push(query)
      return answer
    },
    output: { json: false, interactive: false, result: () => undefined, note: () => undefined },
  } as unknown as Terminal
  const line = new Line({ project: 'shop' }, { write: 'things', ...options })
  await runCommand(operationSpec(diffWarehouse, command), diffWarehouse, command, terminal, line)
  return asked
}

test('a migration that takes values away is written where --allow-loss says so, and not without it', async () => {
  await expect(write({})).rejects.toThrow(/column shop\.things\.old goes with its values[\s\S]*Say --allow-loss/)
  expect(readdirSync(folder)).toEqual([])
  expect(await write({ allowLoss: true })).toEqual([{ name: 'things', allowLoss: true }])
  expect(readdirSync(folder)).toEqual(['0002_things.down.sql', '0002_things.up.sql'])
})
