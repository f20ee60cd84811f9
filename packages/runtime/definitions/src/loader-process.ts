/**
 * The short-lived process that imports user code to read its definitions. It is asked for one file at a time. A file that never returns,
 * exits or crashes ends this process, not the one that asked.
 */
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { pathToFileURL } from 'node:url'
import { graphOf, type Model, type Pipeline, type Step, type Table, tableOfModel } from '@sluice/author'
import { isSluiceError, positionOfDefaultExport, positionOfQuoted, unreachable } from '@sluice/core'
import { faultOf } from './fault-of.ts'
import type { Fault, LoadReply, LoadRequest } from './loader-protocol.ts'

type Exports = Readonly<Record<string, unknown>>

/** Ends the current request early, for an error outside of the import itself (a dropped promise, a timer). */
let interrupt: ((thrown: unknown) => void) | undefined

process.on('uncaughtException', (thrown) => interrupt?.(thrown))
process.on('disconnect', () => process.exit())
process.on('message', (request: LoadRequest) => {
  void answer(request).then((reply) => {
    process.send?.(reply)
    // Flushed now: this process is killed when it is no longer needed, and a process that is killed flushes nothing.
    flushCompileCache()
  })
})

async function answer(request: LoadRequest): Promise<LoadReply> {
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = reject
  })
  try {
    return await Promise.race([interrupted, read(request)])
  } catch (thrown) {
    return { ok: false, fault: faultOf(thrown, request) }
  } finally {
    interrupt = undefined
  }
}

async function read(request: LoadRequest): Promise<LoadReply> {
  const exports = (await import(pathToFileURL(request.file).href)) as Exports
  // One turn of the event loop, so that a promise dropped at the top of the file is reported with that file.
  await new Promise((resolve) => setImmediate(resolve))
  switch (request.what) {
    case 'pipeline':
      return readPipeline(request, exports)
    case 'tables':
      return { ok: true, value: Object.values(exports).filter(isTable) }
    case 'platform':
      return readDefault(request, exports, 'platform', 'platform({ projects: [...] })')
    case 'project':
      return readDefault(request, exports, 'project', "project({ name: '...' })")
    default:
      return unreachable(request.what)
  }
}

const kindOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined)
const isTable = (value: unknown): value is Table => kindOf(value) === 'table'

function readDefault(request: LoadRequest, exports: Exports, kind: string, example: string): LoadReply {
  const value = exports.default
  if (kindOf(value) === kind) return { ok: true, value }
  const found = value === undefined ? 'there is no default export' : `the default export is not a ${kind}`
  return { ok: false, fault: fault(request, found, `End the file with export default ${example}.`) }
}

function readPipeline(request: LoadRequest, exports: Exports): LoadReply {
  const found = readDefault(request, exports, 'pipeline', "pipeline({ name: '...', steps: [...] })")
  if (!found.ok) return found
  try {
    const graph = graphOf(found.value as Pipeline)
    const steps = [...graph.steps.values()]
    const modelTables = steps.filter(isWarehouseModel).map(tableOfModel)
    return { ok: true, value: { spec: graph.spec, tables: steps.flatMap(tablesOf), modelTables } }
  } catch (thrown) {
    // The platform threw while it read the value, so the stack holds no line of the user. The name of the step leads to the line.
    if (!isSluiceError(thrown)) throw thrown
    const step = thrown.facts.step
    const place = typeof step === 'string' ? positionOfQuoted(readFileSync(request.file, 'utf8'), step, 'last') : null
    return { ok: false, fault: { ...fault(request, thrown.message, thrown.next ?? null), ...place } }
  }
}

const isWarehouseModel = (step: Step): step is Model => step.kind === 'model' && (step as Model).on === 'warehouse'

/** The warehouse tables as code that a step names: what a load writes, what a model reads. */
function tablesOf(step: Step): readonly Table[] {
  if (step.kind === 'load') return [(step as Step & { readonly into: Table }).into]
  if (step.kind !== 'model') return []
  const nothing = { kind: 'sql', parts: [] } as const
  const query = (step as Model).query({ batch: { rows: nothing }, interval: { start: nothing, end: nothing } })
  return query.parts.flatMap((part) => (part.kind === 'table' ? [part.table] : []))
}

function fault(request: LoadRequest, message: string, next: string | null): Fault {
  const place = positionOfDefaultExport(readFileSync(request.file, 'utf8'))
  return { file: request.file, line: place?.line ?? null, column: place?.column ?? null, message, next }
}
