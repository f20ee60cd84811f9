import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fileErrors } from '../../../errors.ts'
import type { Parse } from '../parser.ts'

export type Deed = 'text' | 'spin' | 'heap' | 'buffers' | 'wait' | 'endless rows' | 'a long value' | 'refuse' | 'break' | 'exit' | 'reach'

/** A parser that does what a parser led astray by a file might do. */
export const parse: Parse<{ readonly deed: Deed; readonly other?: string }, string[]> = async ({
  path,
  task: { deed, other = '' },
  createRows,
}) => {
  switch (deed) {
    case 'text': {
      const rows = createRows('rows')
      const column = rows.addColumn('text', 'VARCHAR')
      for (const line of readFileSync(path, 'utf8').split('\n')) {
        column.text(rows.at, line)
        rows.endRow()
      }
      rows.close()
      return ['text']
    }
    case 'spin':
      for (;;);
    case 'heap': {
      const held: string[] = []
      for (;;) held.push(`${held.length}`.padEnd(1_000))
    }
    case 'buffers': {
      const held: Buffer[] = []
      for (;;) {
        held.push(Buffer.alloc(10_000_000, 1))
        await new Promise(setImmediate)
      }
    }
    case 'wait':
      return await new Promise(() => setInterval(() => undefined, 1_000))
    case 'endless rows': {
      const rows = createRows('rows')
      const column = rows.addColumn('text', 'VARCHAR')
      for (;;) {
        column.text(rows.at, 'x'.repeat(100_000))
        rows.endRow()
      }
    }
    case 'a long value': {
      const rows = createRows('rows')
      rows.addColumn('note', 'VARCHAR').text(rows.at, 'x'.repeat(300_000_000))
      return []
    }
    case 'refuse':
      throw fileErrors.encrypted('it is protected by a password', { next: 'Save it without one.' })
    case 'break':
      return [(undefined as unknown as string[]).join()]
    case 'exit':
      process.exit(7)
      return []
    case 'reach':
      return reach(other)
    default:
      return deed satisfies never
  }
}

/** What could be reached that should not be. */
function reach(other: string): string[] {
  const deeds: Readonly<Record<string, () => unknown>> = {
    'another file': () => readFileSync(other),
    'a file beside': () => writeFileSync(join(other, '..', 'written'), 'x'),
    'its own file, to write': () => writeFileSync(other.replace(/other$/, 'file'), 'x'),
    'a program': () => {
      const { error } = spawnSync('true')
      if (error !== undefined) throw error
    },
    'a thread': () => new Worker('', { eval: true }),
    'native code': () => process.dlopen({ exports: {} } as NodeJS.Module, '/nowhere.node'),
    environment: () => {
      if (
        Object.keys(process.env).some(
          (name) => !name.startsWith('SLUICE_PROCESS_OF') && !/^(?:PWD|OLDPWD|SHLVL|_|NODE_CHANNEL_\w+)$/.test(name),
        )
      )
        return
      throw new Error('it is empty')
    },
  }
  return Object.entries(deeds).flatMap(([name, act]) => {
    try {
      act()
      return [name]
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
      return code === undefined || code === 'ERR_ACCESS_DENIED' || code === 'ERR_DLOPEN_DISABLED' ? [] : [`${name}: ${String(code)}`]
    }
  })
}
