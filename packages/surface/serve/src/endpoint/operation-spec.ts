import { bugErrors, given } from '@sluice/core'
import { z } from 'zod'
import type { AnyCommand, ArgOf } from './command.ts'
import type { Contract, Schema } from './contract.ts'
import { pathOf } from './endpoint.ts'
import { type ArgSpec, type CommandSpec, nameOfOption, type OptionSpec } from './spec.ts'

/** The command of an operation as plain data, so that help and completion load no schema. */
export interface OperationSpec extends CommandSpec {
  /** Its name. */
  readonly operation: string
  /** Which argument or option becomes which field of the input. */
  readonly fields: readonly FieldSpec[]
}

export type Part = 'params' | 'query' | 'body'

export interface FieldSpec {
  readonly name: string
  readonly part: Part
  /** Name of the argument or option. */
  readonly from: string
  /** The operation needs the field. A command may compute it instead of reading it from the line. */
  readonly needed?: true
}

/** What the JSON schema of an input says of a field. */
interface FieldSchema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly default?: string | number | boolean
  readonly description?: string
  readonly format?: string
  readonly items?: { readonly type?: string }
}

interface Known {
  readonly name: string
  readonly part: Part
  readonly needed: boolean
  readonly schema: FieldSchema
}

/** Not options of a single command: `--project` is an option of all, and `--limit` replaces the cursor of a page. */
const everywhere = 'project'
const programsOnly = 'cursor'

export function operationSpec(endpoint: Contract, command: AnyCommand): OperationSpec {
  const known = fieldsOf(endpoint)
  const args = (command.args ?? []).map((arg) => argOf(arg, known))
  const named = new Set(args.map(({ field }) => field?.name))
  const offered =
    command.run === undefined || command.fields !== undefined
      ? [...known.values()].filter(({ name }) => command.fields?.includes(name) ?? (name !== everywhere && name !== programsOnly))
      : []
  const options = offered.filter(({ name }) => !named.has(name)).map((field) => ({ field, option: optionOf(field, command) }))
  const project = known.get(everywhere)
  const fields = [
    ...args.flatMap(({ field, spec }) => (field === undefined ? [] : [sent(field, spec.name)])),
    ...options.map(({ field, option }) => sent(field, nameOfOption(option))),
    ...(project === undefined || named.has(everywhere) ? [] : [sent(project, everywhere)]),
  ]
  return {
    path: pathOf(endpoint, command),
    operation: endpoint.name,
    summary: command.summary ?? endpoint.summary,
    args: args.map(({ spec }) => spec),
    options: [
      ...options.map(({ option }) => option),
      ...(command.options ?? []),
      ...(command.run === undefined && command.confirm !== undefined ? [{ flags: '-y, --yes', description: command.confirm.yes }] : []),
    ],
    examples: command.examples,
    fields: command.run === undefined ? fields : [],
  }
}

/** By name: a name occurs once in an operation. */
function fieldsOf(endpoint: Contract): ReadonlyMap<string, Known> {
  const parts = ['params', 'query', 'body'] as const
  return new Map(parts.flatMap((part) => fieldsIn(part, endpoint[part]).map((field) => [field.name, field] as const)))
}

function fieldsIn(part: Part, schema: Schema | undefined): readonly Known[] {
  if (schema === undefined) return []
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  // A schema that has a name in the OpenAPI document is only referred to.
  const named = document.$ref?.replace('#/$defs/', '')
  const { properties = {}, required = [] } = named === undefined ? document : (document.$defs?.[named] ?? {})
  return Object.entries(properties).map(([name, field]) => ({
    name,
    part,
    needed: required.includes(name),
    schema: field as FieldSchema,
  }))
}

function sent({ name, part, needed }: Known, from: string): FieldSpec {
  return { name, part, from, ...(needed ? { needed: true } : {}) }
}

function argOf(
  arg: string | ArgOf<string> | ArgSpec,
  known: ReadonlyMap<string, Known>,
): { readonly field?: Known; readonly spec: ArgSpec } {
  if (typeof arg === 'object' && !('field' in arg)) return { spec: arg }
  const { field: name, optional, ...change }: ArgOf<string> = typeof arg === 'string' ? { field: arg } : arg
  const field = known.get(name)
  if (field === undefined) throw bugErrors.unreachable(`there is no field ${name} in the input of the operation`)
  const { description = '', type, enum: choices } = field.schema
  return {
    field,
    spec: given({
      name: kebab(name),
      description,
      optional: (optional ?? !field.needed) ? (true as const) : undefined,
      many: type === 'array' ? (true as const) : undefined,
      choices,
      ...change,
    }),
  }
}

function optionOf({ name, schema }: Known, { change = {} }: AnyCommand): OptionSpec {
  const { description = '', enum: choices, default: standard, type } = schema
  const kind = kindOf(name, schema)
  const own: OptionSpec = given({
    flags: flagsOf(name, schema),
    description,
    choices: isFlag(schema) ? undefined : choices,
    default: type === 'boolean' ? undefined : standard,
    type: kind === 'whole' || kind === 'number' ? kind : undefined,
  })
  return { ...own, ...(change as Readonly<Record<string, Partial<OptionSpec>>>)[name] }
}

/** As what a value on the line is read. @throws for a schema of which the line does not know how to give a value */
function kindOf(name: string, schema: FieldSchema): 'flag' | 'text' | 'texts' | 'whole' | 'number' {
  if (isFlag(schema)) return 'flag'
  const { type, items } = schema
  if (type === 'string' || schema.enum !== undefined) return 'text'
  if (type === 'integer') return 'whole'
  if (type === 'number') return 'number'
  if (type === 'array' && items?.type === 'string') return 'texts'
  throw bugErrors.unreachable(`the field ${name} is neither text, a list of texts, a number nor yes or no`, {
    next: 'Leave it out of the fields of the command, and read it by an option of its own.',
  })
}

/** Query parameters are text, also those that say yes or no. */
const isFlag = ({ type, enum: choices }: FieldSchema): boolean => type === 'boolean' || choices?.join() === 'true,false'

function flagsOf(name: string, schema: FieldSchema): string {
  const flag = `--${kebab(name)}`
  if (isFlag(schema)) return flag
  if (schema.type === 'integer' || schema.type === 'number') return `${flag} <n>`
  if (schema.format === 'date-time') return `${flag} <time>`
  return schema.type === 'array' ? `${flag} <${kebab(name)}...>` : `${flag} <${kebab(name)}>`
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
