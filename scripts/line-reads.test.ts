import { expect, test } from 'vitest'
import { localCommands } from '../apps/cli/src/commands/local.ts'
import type { AnyCommand } from '../packages/surface/serve/src/endpoint/command.ts'
import { commandsOf } from '../packages/surface/serve/src/endpoint/endpoint.ts'
import { operationSpec } from '../packages/surface/serve/src/endpoint/operation-spec.ts'
import { helpersOf, type LineCommand, lineFaults, readHelpers } from './line-reads.ts'
import { findOperations } from './operations.ts'

const functionsOf = (command: AnyCommand): readonly unknown[] => {
  const { run, input, inOwnProcess } = command as unknown as Readonly<Record<string, unknown>>
  return [run, input, inOwnProcess].filter((each) => each !== undefined)
}

const operations = (await findOperations()).flatMap(({ endpoint }) =>
  commandsOf(endpoint).map((command): LineCommand => {
    const { path, args, options, fields } = operationSpec(endpoint, command)
    const asks = command.run === undefined && command.confirm !== undefined
    return { path, args, options, functions: functionsOf(command), fields: [...fields.map(({ from }) => from), ...(asks ? ['yes'] : [])] }
  }),
)
const local = localCommands.map(({ run, ...command }): LineCommand => ({ ...command, functions: [run], fields: [] }))

test('each command reads what it declares, and declares what it reads, each as what it is', () => {
  expect(operations.length + local.length).toBeGreaterThan(80)
  expect(lineFaults([...operations, ...local], readHelpers())).toEqual([])
})

const write: LineCommand = {
  path: 'shelf write',
  args: [{ name: 'shelf', description: 'its name' }],
  options: [
    { flags: '--allow-loss', description: 'also what is lost' },
    { flags: '--percent <n>', description: 'of it', type: 'number' },
  ],
  functions: [
    (line: { flag(name: string): boolean; number(name: string): number; arg(name: string): string }) => [
      line.arg('shelf'),
      line.flag('allowLoss'),
      line.number('percent'),
    ],
  ],
  fields: [],
}
const planted = (functions: readonly unknown[], options = write.options) => lineFaults([{ ...write, functions, options }], new Map())

test('a name that no option has, an option that nothing reads, and a number that is read of a text are found', () => {
  expect(lineFaults([write], new Map())).toEqual([])
  expect(planted(["line.arg('shelf'); line.flag('allow-loss'); line.number('percent')"])).toEqual([
    'sluice shelf write reads allow-loss, which is not declared',
    'sluice shelf write declares allowLoss and does not read it',
  ])
  const texts = write.options.map(({ type, ...option }) => option)
  expect(planted(["line.arg('shelf'); line.flag('allowLoss'); line.number('percent')"], texts)).toEqual([
    'sluice shelf write reads percent by line.number(), and it is declared for text, value',
  ])
})

test('what a function reads that is given the line is read by the command', () => {
  const helpers = helpersOf([
    "const a = 1\n\nexport function asked(line: Line): string {\n  return line.text('stat') ?? line.arg('shelf')\n}\n",
  ])
  const functions = ["asked(terminal, line); line.flag('allowLoss'); line.number('percent')"]
  expect(lineFaults([{ ...write, functions }], helpers)).toEqual(['asked() reads stat, which is not declared'])
})
