import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ArgSpec, nameOfOption, type OptionSpec } from '../packages/surface/serve/src/endpoint/spec.ts'

/** A command with the functions of it that are given the line. */
export interface LineCommand {
  readonly path: string
  readonly args: readonly ArgSpec[]
  readonly options: readonly OptionSpec[]
  readonly functions: readonly unknown[]
  /** Arguments and options that are read as fields of the input. */
  readonly fields: readonly string[]
}

/** `line.flag('allowLoss')`. */
interface Read {
  readonly how: string
  readonly name: string
}

const root = fileURLToPath(import.meta.resolve('../'))

/** Bodies of the functions that are given the line of a command, by name. */
export function helpersOf(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = texts.flatMap((text) =>
    [
      ...text.matchAll(
        /^(?:export )?(?:async )?(?:function|const) (\w+)\b[\s\S]*?(?=^(?:export|async function|function|const|interface|type|\/\*\*)\b|$(?![\s\S]))/gm,
      ),
    ].flatMap(([body, name = '']) => (/\bline: Line\b/.test(body) ? [{ name, body }] : [])),
  )
  return new Map([...Map.groupBy(found, ({ name }) => name)].map(([name, all]) => [name, all.map(({ body }) => body)]))
}

export const readHelpers = (): ReadonlyMap<string, readonly string[]> =>
  helpersOf(
    globSync(['packages/surface/serve/src/operations/**/*.ts', 'apps/cli/src/**/*.ts'], { cwd: root })
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(root, file), 'utf8')),
  )

const readsIn = (text: string): readonly Read[] =>
  [...text.matchAll(/\bline\.(arg|args|optionalArg|flag|text|choice|number|list|value)\(\s*["'`]([\w-]+)["'`]/g)].map(
    ([, how = '', name = '']) => ({
      how,
      name,
    }),
  )

const calledWithLine = (text: string): readonly string[] =>
  [...text.matchAll(/(\w+)\)?\((?:[^()]*,\s*)?line\b/g)].map(([, name = '']) => name)

/** All that a text calls with the line, and what those call. */
function helpersFrom(text: string, helpers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const seen = new Set<string>()
  const follow = (each: string): void => {
    for (const name of calledWithLine(each)) {
      if (seen.has(name) || !helpers.has(name)) continue
      seen.add(name)
      for (const body of helpers.get(name) ?? []) follow(body)
    }
  }
  follow(text)
  return [...seen]
}

/** How an option may be read, by what its flags and its type say. */
function waysOf({ flags, type, choices, default: standard }: OptionSpec): readonly string[] {
  if (!/[<[]/.test(flags)) return ['flag', 'value']
  if (flags.includes('...')) return ['list', 'value']
  if (type !== undefined) return ['number', 'value']
  return [...(choices === undefined ? [] : ['choice']), 'text', 'value', ...(typeof standard === 'number' ? ['number'] : [])]
}

const waysOfArg = ({ optional, many }: ArgSpec): readonly string[] =>
  many === true ? ['args', 'value'] : optional === true ? ['optionalArg', 'value'] : ['arg', 'optionalArg', 'value']

/** Where what commands read of their lines is not what they declare, a sentence each. */
export function lineFaults(commands: readonly LineCommand[], helpers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const known = commands.map((command) => {
    const text = command.functions.map(String).join('\n')
    const declared = new Map([
      ...command.args.map((arg) => [arg.name, waysOfArg(arg)] as const),
      ...command.options.map((option) => [nameOfOption(option), waysOf(option)] as const),
    ])
    return { command, own: readsIn(text), through: helpersFrom(text, helpers), declared }
  })
  const readsOf = (name: string): readonly Read[] => (helpers.get(name) ?? []).flatMap(readsIn)
  const ofCommands = known.flatMap(({ command: { path, fields }, own, through, declared }) => {
    const read = new Set([...fields, ...own.map(({ name }) => name), ...through.flatMap(readsOf).map(({ name }) => name)])
    return [
      ...own.flatMap((each) => faultOf(`sluice ${path}`, each, declared.get(each.name))),
      ...[...declared.keys()].filter((name) => !read.has(name)).map((name) => `sluice ${path} declares ${name} and does not read it`),
    ]
  })
  // A helper that several commands share reads what some of them declare.
  const ofHelpers = [...helpers.keys()].flatMap((name) => {
    const users = known.filter(({ through }) => through.includes(name))
    return users.length === 0
      ? []
      : readsOf(name).flatMap((each) => {
          const ways = users.flatMap(({ declared }) => declared.get(each.name) ?? [])
          return faultOf(`${name}()`, each, ways.length === 0 ? undefined : ways)
        })
  })
  return [...new Set([...ofCommands, ...ofHelpers])]
}

function faultOf(who: string, { how, name }: Read, ways: readonly string[] | undefined): readonly string[] {
  if (ways === undefined) return [`${who} reads ${name}, which is not declared`]
  return ways.includes(how) ? [] : [`${who} reads ${name} by line.${how}(), and it is declared for ${ways.join(', ')}`]
}
