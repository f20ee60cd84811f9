import { basename, join } from 'node:path'
import type { AnyDataset, DefinitionError, Fault, ForeignKey, PipelineSpec, Project } from '@sluice/author'
import { definitionErrors, type FileFault } from './definition-errors.ts'
import { openLoader } from './loader.ts'
import type { LoadRequest } from './loader-protocol.ts'
import type { ProjectFile } from './project-files.ts'
import { type Sources, sourcesOf } from './sources.ts'
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
  /** Those that files of `datasets/` export and that steps read or fill, each once, by id. */
  readonly datasets: readonly AnyDataset[]
  /** Foreign keys that are declared beside the datasets. */
  readonly keys: readonly ForeignKey[]
  readonly errors: readonly DefinitionError[]
}

/**
 * Reads a project's definitions from a copy of its sources, each file of `pipelines/` and `datasets/` on its own: whatever is
 * wrong with one becomes a `DefinitionError`, and the others are loaded.
 * @param options.timeoutMs how long one file may take to import; 20 s.
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
  const pipelines: PipelineInFile[] = []
  const datasetFiles: string[] = []
  const datasets: AnyDataset[] = []
  const keys: ForeignKey[] = []
  let project: Project | null = null
  let between: readonly Fault[] = []
  try {
    const config = await load('project', 'sluice.config.ts')
    if (config.ok) project = config.value
    else faults.push({ asked: 'sluice.config.ts', fault: config.fault })
    for (const file of definitionsIn('datasets', files)) {
      const loaded = await load('datasets', file)
      if (!loaded.ok) faults.push({ asked: file, fault: loaded.fault })
      else {
        datasetFiles.push(file)
        datasets.push(...loaded.value.datasets)
        keys.push(...loaded.value.keys)
      }
    }
    for (const file of definitionsIn('pipelines', files)) {
      const loaded = await load('pipeline', file)
      if (loaded.ok) pipelines.push({ ...loaded.value, file })
      else faults.push({ asked: file, fault: loaded.fault })
    }
    const whole = await loader.load({
      what: 'whole',
      file: versionDir,
      base: versionDir,
      files: {
        pipelines: pipelines.map(({ file }) => join(versionDir, file)),
        datasets: datasetFiles.map((file) => join(versionDir, file)),
      },
    })
    if (whole.ok) between = whole.value
    else faults.push({ asked: 'sluice.config.ts', fault: whole.fault })
  } finally {
    await loader.close()
  }
  const sources = sourcesOf(project?.name ?? basename(versionDir), files)
  const { kept, dropped } = keepFirst(pipelines, ({ spec }) => spec.name)
  const sound = kept.filter(({ spec, faults: own }) => own.length === 0 && !between.some(({ where }) => where === pipelineOf(spec)))
  const all = [...datasets, ...pipelines.flatMap((each) => each.datasets)]
  return {
    version,
    project,
    versionDir,
    specs: sound.map(({ spec }) => spec),
    files: Object.fromEntries(sound.map(({ spec, file }) => [spec.name, file])),
    datasets: keepFirst(all, ({ id }) => id).kept.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    keys,
    errors: [
      ...definitionErrors(sources.project, versionDir, faults, sources.text),
      ...dropped.map(({ item, first }) => twin(sources, item, first)),
      ...kept.flatMap(({ file, faults: own }) => own.map((fault) => sources.error(fault, [file]))),
      ...between.map((fault) => sources.error(fault, filesOf(fault, kept, files))),
    ],
  }
}

interface PipelineInFile {
  readonly spec: PipelineSpec
  readonly datasets: readonly AnyDataset[]
  readonly faults: readonly Fault[]
  readonly file: string
}

const pipelineOf = ({ name }: PipelineSpec): string => `pipeline ${name}`

const twin = (sources: Sources, { spec, file }: PipelineInFile, first: PipelineInFile): DefinitionError =>
  sources.error(
    {
      where: `pipeline "${spec.name}"`,
      at: spec.name,
      what: `already defined in ${first.file}`,
      next: 'Give it a name of its own.',
    },
    [file],
  )

/** Where a fault between definitions may be corrected: in the file of its pipeline; of a dataset or a pool in all files, those of datasets first. */
function filesOf({ where }: Fault, pipelines: readonly PipelineInFile[], files: readonly ProjectFile[]): readonly string[] {
  const own = pipelines.filter(({ spec }) => where === pipelineOf(spec)).map(({ file }) => file)
  if (own.length > 0) return own
  const paths = files.map(({ path }) => path).filter((path) => path.endsWith('.ts'))
  return [...paths.filter((path) => path.startsWith('datasets/')), ...paths.filter((path) => !path.startsWith('datasets/'))]
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
