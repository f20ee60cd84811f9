import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { DefinitionError, PipelineSpec, Project, Table } from '@sluice/author'
import { codeFrame, positionOfQuoted } from '@sluice/core'
import { definitionErrors, type FileFault } from './definition-errors.ts'
import { openLoader } from './loader.ts'
import type { LoadRequest } from './loader-protocol.ts'
import type { ProjectFile } from './project-files.ts'
import { copyVersion } from './versions.ts'

export interface LoadedProject {
  /** The same sources give the same version. */
  readonly version: string
  /** `null` when the project's `sluice.config.ts` is among the errors. */
  readonly project: Project | null
  /** Folder of the copied sources; the paths in `files` are relative to it. */
  readonly versionDir: string
  readonly specs: readonly PipelineSpec[]
  /** Pipeline name -> file, e.g. `pipelines/crypto.ts`. */
  readonly files: Readonly<Record<string, string>>
  /**
   * Warehouse tables that `tables/*.ts` export, that pipelines refer to or that models write, each once. A declared table replaces the one
   * of the model with its name.
   */
  readonly tables: readonly Table[]
  readonly errors: readonly DefinitionError[]
}

/**
 * Reads the definitions of a project from a copy of its sources. Each file of `pipelines/` and `tables/` is imported on its own: what is
 * wrong with one becomes a `DefinitionError`, and the others are loaded.
 * @param options.timeoutMs how long one file may take to import; default 20 s
 */
export async function loadProject(options: {
  readonly root: string
  readonly projectDir: string
  readonly stateDir: string
  readonly timeoutMs?: number
}): Promise<LoadedProject> {
  const { version, versionDir, files } = await copyVersion(options)
  const loader = openLoader({ timeoutMs: options.timeoutMs ?? 20_000 })
  const load = <What extends LoadRequest['what']>(what: What, file: string) =>
    loader.load({ what, file: join(versionDir, file), base: versionDir })
  const faults: FileFault[] = []
  const pipelines: { readonly spec: PipelineSpec; readonly file: string }[] = []
  const tables: TableInFile[] = []
  const modelTables: TableInFile[] = []
  let project: Project | null = null
  try {
    const config = await load('project', 'sluice.config.ts')
    if (config.ok) project = config.value
    else faults.push({ asked: 'sluice.config.ts', fault: config.fault })
    for (const file of definitionsIn('tables', files)) {
      const loaded = await load('tables', file)
      if (loaded.ok) tables.push(...loaded.value.map((table) => ({ table, file })))
      else faults.push({ asked: file, fault: loaded.fault })
    }
    for (const file of definitionsIn('pipelines', files)) {
      const loaded = await load('pipeline', file)
      if (loaded.ok) {
        pipelines.push({ spec: loaded.value.spec, file })
        tables.push(...loaded.value.tables.map((table) => ({ table, file })))
        modelTables.push(...loaded.value.modelTables.map((table) => ({ table, file })))
      } else faults.push({ asked: file, fault: loaded.fault })
    }
  } finally {
    await loader.close()
  }
  const sources = new Map(files.map(({ path, content }) => [path, content]))
  const source = (file: string): string => new TextDecoder().decode(sources.get(file))
  const name = project?.name ?? basename(versionDir)
  const uniquePipelines = keepFirst(pipelines, ({ spec }) => spec.name)
  const declared = new Map(tables.map(({ table }) => [table.name, table]))
  const undeclared = modelTables.filter(({ table }) => !declared.has(table.name))
  const uniqueTables = keepFirst([...tables, ...undeclared], ({ table }) => table.name)
  const clash = (file: string, quoted: string, message: string, next: string): DefinitionError => {
    const place = positionOfQuoted(source(file), quoted, 'last')
    const frame = place === null ? null : codeFrame(source(file), place.line, place.column)
    return { project: name, file, line: place?.line ?? null, column: place?.column ?? null, message, next, frame }
  }
  return {
    version,
    project,
    versionDir,
    specs: uniquePipelines.kept.map(({ spec }) => spec),
    files: Object.fromEntries(uniquePipelines.kept.map(({ spec, file }) => [spec.name, file])),
    tables: uniqueTables.kept.map(({ table }) => table),
    errors: [
      ...definitionErrors(name, versionDir, faults, source),
      ...uniquePipelines.dropped.map(({ item, first }) =>
        clash(item.file, item.spec.name, `pipeline "${item.spec.name}" is already defined in ${first.file}`, 'Give it a name of its own.'),
      ),
      ...uniqueTables.dropped
        .filter(({ item, first }) => !isDeepStrictEqual(item.table, first.table))
        .map(({ item, first }) =>
          clash(
            item.file,
            item.table.name,
            `table ${item.table.name} is defined differently in ${first.file}`,
            'Define a table once and import it.',
          ),
        ),
      ...modelTables.flatMap(({ table, file }) => {
        const column = misfit(table, declared.get(table.name))
        if (column === undefined) return []
        const message = `model ${table.name} writes "${column}", which the table of that name does not declare with that type`
        return [clash(file, table.name, message, 'Give model and table the same columns and types.')]
      }),
    ],
  }
}

interface TableInFile {
  readonly table: Table
  readonly file: string
}

/** The first column of a model that its declared table lacks or declares with another type. */
function misfit(model: Table, table: Table | undefined): string | undefined {
  if (table === undefined) return undefined
  return Object.keys(model.columns).find((name) => !isDeepStrictEqual(model.columns[name]?.type, table.columns[name]?.type))
}

/** TypeScript files directly in a folder of the project, in order of their names. */
const definitionsIn = (folder: string, files: readonly ProjectFile[]): readonly string[] =>
  files.map(({ path }) => path).filter((path) => new RegExp(`^${folder}/[^/]+(?<!\\.d)\\.ts$`).test(path))

function keepFirst<Item>(items: readonly Item[], key: (item: Item) => string) {
  const firsts = new Map<string, Item>()
  const dropped: { readonly item: Item; readonly first: Item }[] = []
  for (const item of items) {
    const first = firsts.get(key(item))
    if (first === undefined) firsts.set(key(item), item)
    else dropped.push({ item, first })
  }
  return { kept: [...firsts.values()], dropped }
}
