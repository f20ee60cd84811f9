import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type AnyEndpoint, commandsOf } from '../packages/surface/serve/src/endpoint/endpoint.ts'
import { type OperationSpec, operationSpec } from '../packages/surface/serve/src/endpoint/operation-spec.ts'

/** An endpoint as it stands in the folder of operations. */
export interface Found {
  /** `lake/optimize.ts`. */
  readonly file: string
  /** The name of its export. */
  readonly constant: string
  readonly endpoint: AnyEndpoint
}

const root = fileURLToPath(import.meta.resolve('../'))
const source = join(root, 'packages/surface/serve/src')

/** Every endpoint below `operations/`, in the order of their names. */
export async function findOperations(): Promise<readonly Found[]> {
  const files = globSync('*/*.ts', { cwd: join(source, 'operations') }).filter((file) => !file.endsWith('.test.ts'))
  const found = await Promise.all(
    files.map(async (file) => {
      const module = (await import(pathToFileURL(join(source, 'operations', file)).href)) as Readonly<Record<string, unknown>>
      return Object.entries(module).flatMap(([constant, value]) => (isEndpoint(value) ? [{ file, constant, endpoint: value }] : []))
    }),
  )
  return found.flat().sort((a, b) => (a.endpoint.name < b.endpoint.name ? -1 : 1))
}

const isEndpoint = (value: unknown): value is AnyEndpoint =>
  typeof value === 'object' && value !== null && 'kind' in value && 'handle' in value && 'right' in value

export const specsOf = ({ endpoint }: Found): readonly OperationSpec[] =>
  commandsOf(endpoint).map((command) => operationSpec(endpoint, command))

/** What an operation may not be, as sentences. */
export function faultsOf(found: readonly Found[]): readonly string[] {
  const specs = found.flatMap(specsOf)
  return [
    ...found.flatMap(operationFaults),
    ...twice(found.map(({ endpoint: { name } }) => name)),
    ...twice(found.map(({ endpoint: { method, path } }) => `${method} ${path}`)),
    ...twice(found.map(({ constant }) => constant)),
    ...twice(specs.map(({ path }) => `sluice ${path}`)),
    ...specs.flatMap(commandFaults),
  ]
}

const twice = (names: readonly string[]): readonly string[] =>
  names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${name} stands twice`)

function operationFaults({ file, endpoint }: Found): readonly string[] {
  const { name, path, params } = endpoint
  const fields = (['params', 'query', 'body'] as const).flatMap((part) => fieldNames(endpoint[part]))
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, field = '']) => field)
  return [
    ...(/^[a-z]+\.[a-z]+[A-Za-z]*$/.test(name) ? [] : [`${name} is not a noun and a verb`]),
    ...(fileOf(name) === file ? [] : [`${name} stands in ${file}, not in ${fileOf(name)}`]),
    ...inPath
      .filter((field) => !fieldNames(params).includes(field))
      .map((field) => `${name}: its params do not know {${field}} of its path`),
    ...fieldNames(params)
      .filter((field) => !inPath.includes(field))
      .map((field) => `${name}: its path has no {${field}}`),
    ...twice(fields).map((fault) => `${name}: the field ${fault}`),
  ]
}

function commandFaults({ path, args, options, examples }: OperationSpec): readonly string[] {
  const unsaid = [
    ...args.map(({ name, description }) => [name, description]),
    ...options.map(({ flags, description }) => [flags, description]),
  ]
  return [
    ...unsaid.filter(([, description]) => description === '').map(([what]) => `sluice ${path} does not describe ${what}`),
    ...(examples.length === 0 ? [`sluice ${path} is without an example`] : []),
    ...examples.filter((example) => !example.includes(`sluice ${path}`)).map((example) => `sluice ${path} has the example ${example}`),
  ]
}

const fieldNames = (schema: unknown): readonly string[] =>
  typeof schema === 'object' && schema !== null && 'shape' in schema ? Object.keys(schema.shape as object) : []

/** `lake/restore-export.ts` of `lake.restoreExport`. */
const fileOf = (name: string): string => `${name.replace('.', '/').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`

/** What is made of the endpoints, by file. */
export function generated(found: readonly Found[]): ReadonlyMap<string, string> {
  const folder = 'packages/surface/serve/src/generated'
  return new Map([
    [`${folder}/endpoints.ts`, endpointsText(found)],
    [`${folder}/paths.ts`, pathsText(found)],
    [`${folder}/commands.ts`, commandsText(found)],
    ['docs/api.md', documentText(found)],
  ])
}

const note = '// Made of the files in operations/ by "npm run operations".'
const from = ({ file }: Found): string => `'../operations/${file}'`
const imports = (found: readonly Found[], type = ''): string =>
  found.map((each) => `import ${type}{ ${each.constant} } from ${from(each)}\n`).join('')

const endpointsText = (found: readonly Found[]): string => `${note}
import type { AnyEndpoint } from '../endpoint/endpoint.ts'
${imports(found)}
export const endpoints: readonly AnyEndpoint[] = [
${found.map(({ constant }) => `  ${constant},\n`).join('')}]
`

const pathsText = (found: readonly Found[]): string => `${note}
${imports(found, 'type ')}
/** Types alone: who calls an operation loads nothing of it. */
export interface Operations {
${found.map(({ constant, endpoint: { name } }) => `  readonly '${name}': typeof ${constant}\n`).join('')}}

export interface Route {
  readonly kind: 'json' | 'stream'
  readonly method: string
  readonly path: string
}

export const operations: { readonly [Name in keyof Operations]: Route } = {
${found.map(({ endpoint: { name, kind, method, path } }) => `  '${name}': ${literal({ kind, method, path })},\n`).join('')}}
`

const commandsText = (found: readonly Found[]): string => `${note}
import type { AnyEndpoint } from '../endpoint/endpoint.ts'
import type { OperationSpec } from '../endpoint/operation-spec.ts'

/** A command as help and completion need it, and the endpoint, which is loaded when the command runs. */
export interface LoadableCommand extends OperationSpec {
  readonly load: () => Promise<AnyEndpoint>
}

export const commands: readonly LoadableCommand[] = [
${found.flatMap((each) => specsOf(each).map((spec) => commandText(each, spec))).join('')}]
`

function commandText(found: Found, spec: OperationSpec): string {
  const lines = Object.entries(spec).map(([key, value]) => `    ${key}: ${listed(value)},\n`)
  return `  {\n${lines.join('')}    load: async () => (await import(${from(found)})).${found.constant},\n  },\n`
}

/** A list stands one value a line. */
function listed(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return literal(value)
  return `[\n${value.map((each) => `      ${literal(each)},\n`).join('')}    ]`
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const pairs = Object.entries(value).map(([key, each]) => `${key}: ${literal(each)}`)
  return `{ ${pairs.join(', ')} }`
}

const documentText = (found: readonly Found[]): string => `# Operations of the API

What can be done with a platform, by name. Each is one endpoint in \`packages/surface/serve/src/operations/\`; this page, the OpenAPI document
at \`/api/openapi.json\`, the client, the rights and the commands are made of it. The role is the least that a user needs; whoever holds the key of
the state directory may do everything.

| Operation | HTTP | Role | Command |
|---|---|---|---|
${found.map(row).join('')}
`

function row(found: Found): string {
  const { name, method, path, right, summary } = found.endpoint
  const commands = specsOf(found).map((each) => `\`sluice ${each.path}\``)
  return `| \`${name}\`: ${summary} | \`${method.toUpperCase()} ${path}\` | ${right} | ${commands.join(', ')} |\n`
}

export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

if (import.meta.main) {
  for (const [file, text] of generated(await findOperations())) writeFileSync(join(root, file), text)
}
