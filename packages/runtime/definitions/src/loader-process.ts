/**
 * The short-lived process that imports user code to read its definitions. It is asked for one file at a time. A file that never returns,
 * exits or crashes ends this process, not the one that asked.
 */
import { readFileSync } from 'node:fs'
import { flushCompileCache, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  type AnyDataset,
  type Check,
  type DeclaredForeignKey,
  graphOf,
  type Load,
  type Model,
  type ModelTest,
  modelSpec,
  modelTestSpec,
  type Pipeline,
  type Pull,
  projectFaults,
} from '@sluice/author'
import { positionAt, positionOfDefaultExport, unreachable } from '@sluice/core'
import { faultOf, stackPlace } from './fault-of.ts'
import type { Declarations, Fault, LoadedValues, LoadReply, LoadRequest } from './loader-protocol.ts'
import { withoutSourceMap } from './source-map.ts'
import { placeOfUnstorable, shownPath, unstorableText } from './unstorable-text.ts'
import { type VersionPaths, versionPaths } from './version-paths.ts'

type Exports = Readonly<Record<string, unknown>>

/** Files outside of `node_modules`, as they are resolved. */
const imported = new Set<string>()
registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context)
    if (!resolved.url.startsWith('file:') || resolved.url.includes('/node_modules/')) return resolved
    const file = fileURLToPath(resolved.url)
    imported.add(file)
    const path = paths?.pathOf(file) ?? null
    if (path === null) return resolved
    const from = context.parentURL?.startsWith('file:') ? paths?.pathOf(fileURLToPath(context.parentURL)) : undefined
    if (from != null) edges.push([from, path])
    const known = unchanged[path]
    return known === undefined ? resolved : { ...resolved, url: pathToFileURL(known).href }
  },
})

/** Of the current request. */
let paths: VersionPaths | undefined
let unchanged: Readonly<Record<string, string>> = {}
/** Since the last reply. */
const edges: (readonly [from: string, to: string])[] = []

/** Ends the current request early, for an error outside of the import itself (a dropped promise, a timer). */
let interrupt: ((thrown: unknown) => void) | undefined

process.on('uncaughtException', (thrown) => interrupt?.(thrown))
process.on('disconnect', () => process.exit())
process.on('message', (request: LoadRequest) => {
  paths = versionPaths(request.base)
  unchanged = request.unchanged ?? {}
  void answer(request).then((reply) => {
    process.send?.({ ...reply, imports: edges.splice(0) })
    // Flushed now: this process is killed when it is no longer needed, and a process that is killed flushes nothing.
    flushCompileCache()
  })
})

async function answer(request: LoadRequest): Promise<LoadReply> {
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = reject
  })
  try {
    return storable(request, await Promise.race([interrupted, read(request)]))
  } catch (thrown) {
    return { ok: false, fault: faultOf(ofThisVersion(thrown), request) }
  } finally {
    interrupt = undefined
  }
}

/** Modules that were imported before lie in the version that they came with. */
function ofThisVersion(thrown: unknown): unknown {
  if (thrown instanceof Error && paths !== undefined) {
    thrown.message = paths.here(thrown.message)
    if (thrown.stack !== undefined) thrown.stack = paths.here(thrown.stack)
  }
  return thrown
}

/** Where in the files of this version a step was defined. */
const placeOf = ({ stack = '' }: Error, base: string) => stackPlace(paths?.here(stack) ?? stack, base)

async function read(request: LoadRequest): Promise<LoadReply> {
  if (request.what === 'together') return { ok: true, value: await faultsBetween(request.files ?? []) }
  const exports = await exportsOf(request.file)
  // One turn of the event loop, so that a promise dropped at the top of the file is reported with that file.
  await new Promise((resolve) => setImmediate(resolve))
  switch (request.what) {
    case 'pipeline':
      return readPipeline(request, exports)
    case 'datasets':
      return { ok: true, value: declarationsOf(exports) }
    case 'modelTests':
      return { ok: true, value: modelTestsOf(request, exports) }
    case 'root':
      return readDefault(request, exports, ['platform', 'project'], "platform({ projects: [...] }) or project({ name: '...' })")
    case 'project':
      return readDefault(request, exports, ['project'], "project({ name: '...' })")
    default:
      return unreachable(request.what)
  }
}

/** What will be stored of a definition. Rows of model tests and queries are not. */
function storable(request: LoadRequest, reply: LoadReply): LoadReply {
  if (!reply.ok || request.what === 'together' || request.what === 'modelTests') return reply
  const value = request.what === 'pipeline' ? pick(reply.value as LoadedValues['pipeline']) : reply.value
  const odd = unstorableText(value)
  if (odd === undefined) return reply
  const place = placeOfUnstorable(withoutSourceMap(readFileSync(request.file, 'utf8')), odd)
  return {
    ok: false,
    fault: {
      file: request.file,
      line: place?.line ?? null,
      column: place?.column ?? null,
      message: `${shownPath(odd.path)} holds ${odd.what}, which no database can store`,
      next: 'Take the character out of the text.',
    },
  }
}

const pick = ({ spec, datasets }: LoadedValues['pipeline']) => ({ ...spec, datasets })

const exportsOf = async (file: string): Promise<Exports> =>
  (await import(pathToFileURL(unchanged[paths?.pathOf(file) ?? ''] ?? file).href)) as Exports

const kindOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined)

function declarationsOf(exports: Exports): Declarations {
  // Those of one subject may be exported as a list.
  const values = (Object.values(exports) as readonly unknown[]).flat()
  return {
    datasets: values.filter((value): value is AnyDataset => kindOf(value) === 'dataset'),
    keys: values.filter((value): value is DeclaredForeignKey => kindOf(value) === 'foreign_key'),
  }
}

function modelTestsOf({ base }: LoadRequest, exports: Exports): LoadedValues['modelTests'] {
  return Object.entries(exports)
    .filter((entry): entry is [string, ModelTest] => kindOf(entry[1]) === 'model_test')
    .map(([name, test]) => ({ ...modelTestSpec(test), name, place: placeOf(test.definedAt, base) }))
}

/** Judged in one process, where a dataset that two files import is one value. */
async function faultsBetween(files: readonly string[]): Promise<LoadedValues['together']> {
  const modules = await Promise.all(files.map(exportsOf))
  const declared = modules.map(declarationsOf)
  const pipelines = modules.map((exports) => exports.default).filter((value): value is Pipeline => kindOf(value) === 'pipeline')
  return projectFaults(
    pipelines,
    declared.flatMap(({ datasets }) => datasets),
    declared.flatMap(({ keys }) => keys),
  )
}

type DefaultKind = 'platform' | 'project' | 'pipeline'

function readDefault(request: LoadRequest, exports: Exports, kinds: readonly DefaultKind[], example: string): LoadReply {
  const value = exports.default
  if (kinds.some((kind) => kind === kindOf(value))) return { ok: true, value, files: [...imported] }
  const found = value === undefined ? 'there is no default export' : `the default export is not a ${kinds.join(' or a ')}`
  return { ok: false, fault: fault(request, kinds, found, `End the file with export default ${example}.`) }
}

function readPipeline(request: LoadRequest, exports: Exports): LoadReply {
  const found = readDefault(request, exports, ['pipeline'], "pipeline({ name: '...', steps: [...] })")
  if (!found.ok) return found
  const beside = Object.entries(exports).find(([, value]) => kindOf(value) === 'pipeline' && value !== exports.default)
  if (beside !== undefined) {
    const message = `the pipeline ${(beside[1] as Pipeline).name} is exported as ${beside[0]}, and only the default export of a file is run`
    return { ok: false, fault: fault(request, ['pipeline'], message, 'Give it a file of its own under pipelines, with export default.') }
  }
  const { spec, steps, faults } = graphOf(found.value as Pipeline)
  const datasets = new Set([...steps.values()].flatMap(({ reads, fills }) => [...reads, ...fills]))
  const models = [...steps.values()].filter((step): step is Model => step.kind === 'model')
  const placed = models.map((each) => ({ ...modelSpec(each), place: placeOf(each.definedAt, request.base) }))
  const checks = [...steps.values()]
    .filter((step): step is Check => step.kind === 'check')
    .map(({ name, on, reads, sql, message, definedAt }) => ({
      name,
      store: on[0]?.on ?? 'lake',
      on: on.map(({ id }) => id),
      reads: reads.map(({ id }) => id),
      sql,
      message,
      place: placeOf(definedAt, request.base),
    }))
  const loads = [...steps.values()]
    .filter((step): step is Load => step.kind === 'load')
    .map(({ name, from, into, mode, columns }) => ({ name, from: from.id, into: into.id, mode, columns }))
  const pulls = [...steps.values()]
    .filter((step): step is Pull => step.kind === 'pull')
    .map(({ name, from, into, columns }) => ({ pipeline: spec.name, name, from, into: into.id, columns }))
  const value: LoadedValues['pipeline'] = { spec, models: placed, checks, loads, pulls, datasets: [...datasets], faults }
  return { ok: true, value }
}

function fault(request: LoadRequest, kinds: readonly DefaultKind[], message: string, next: string): Fault {
  const source = withoutSourceMap(readFileSync(request.file, 'utf8'))
  // Without a default export the author looks for what was meant to be it, or writes it at the end.
  const place = positionOfDefaultExport(source) ??
    positionOfCall(source, kinds) ?? { line: Math.max(1, source.trimEnd().split('\n').length), column: 1 }
  return { file: request.file, line: place.line, column: place.column, message, next }
}

const positionOfCall = (source: string, names: readonly string[]) => {
  const at = source.search(new RegExp(`\\b(?:${names.join('|')})\\(`))
  return at < 0 ? null : positionAt(source, at)
}
