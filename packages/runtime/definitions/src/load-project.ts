import { basename, join } from 'node:path'
import type { AnyDataset, DefinitionError, ForeignKey, PipelineSpec, Project } from '@sluice/author'
import { codeFrame, given, positionOfQuoted } from '@sluice/core'
import { definitionErrors, type FileFault } from './definition-errors.ts'
import { placed } from './fault-places.ts'
import { namedLeftOut } from './left-out.ts'
import type { Environment, Loaded, Loader, Slow } from './loader.ts'
import type { Declarations, DeclaredLoad, DeclaredPull, LoadedValues, LoadRequest, PlacedCheck, PlacedModel } from './loader-protocol.ts'
import type { ProjectFile } from './project-files.ts'
import { freshReading, type ProjectMemory, type Reading } from './project-memory.ts'
import { copyVersion } from './versions.ts'

export interface LoadedProject extends Declarations {
  /** The same sources give the same version. */
  readonly version: string
  /** `null` when the project's `sluice.config.ts` is among the errors. */
  readonly project: Project | null
  /** Folder of the copied sources; the paths in `files` are relative to it. */
  readonly versionDir: string
  readonly specs: readonly PipelineSpec[]
  /** Pipeline name -> file, e.g. `pipelines/crypto.ts`. */
  readonly files: Readonly<Record<string, string>>
  /** Those that `datasets/*.ts` export and steps name, each once. */
  readonly datasets: readonly AnyDataset[]
  /** Those of all pipelines, each once. */
  readonly models: readonly LoadedModel[]
  /** Those of all pipelines, each once. */
  readonly checks: readonly LoadedCheck[]
  /** Those of all pipelines, each once. */
  readonly loads: readonly LoadedLoad[]
  /** Those of all pipelines: a step that stands in several pipelines stands here once for each. */
  readonly pulls: readonly DeclaredPull[]
  /** Those that `datasets/*.ts` export. A dataset's own references stand in it. */
  readonly keys: readonly ForeignKey[]
  readonly errors: readonly DefinitionError[]
}

/** A model, and the file of the first pipeline that has it. */
export interface LoadedModel extends PlacedModel {
  readonly file: string
}

/** A check, and the file of the first pipeline that has it. */
export interface LoadedCheck extends PlacedCheck {
  readonly file: string
}

/** A load, and the file of the first pipeline that has it. */
export interface LoadedLoad extends DeclaredLoad {
  readonly file: string
}

/** How long one file may compute, or wait, while it is imported. */
export const usualBudgetMs = 20_000

/**
 * Reads the definitions of a project from a copy of its sources. Each file of `pipelines/` and `datasets/` is imported on its own: what is
 * wrong with one becomes a `DefinitionError`, and the others are loaded. What is wrong between the files is looked for last.
 * @param options.budgetMs how long one file may compute, or wait, while it is imported; default 20 s
 * @param options.environment what the files see; by default that of this process
 */
export async function loadProject(options: {
  readonly root: string
  readonly projectDir: string
  readonly stateDir: string
  readonly budgetMs?: number
  readonly environment?: Environment
  /** Of earlier readings of the project, and for later ones. It has its own processes, and what they see. */
  readonly memory?: ProjectMemory | undefined
}): Promise<LoadedProject> {
  const { version, versionDir, files } = await copyVersion(options)
  const sources = new Map(files.map(({ path, content }) => [path, content]))
  const source = (file: string): string => new TextDecoder().decode(sources.get(file))
  const fresh = () => freshReading({ budgetMs: options.budgetMs ?? usualBudgetMs, ...given({ environment: options.environment }) })
  const reading = (await options.memory?.begin(versionDir, files)) ?? fresh()
  const read = await readFiles(versionDir, files, source, reading).finally(reading.end)
  const name = read.project?.name ?? basename(versionDir)
  const pipelines = keepFirst(read.pipelines, ({ spec }) => spec.name)
  const clash = (file: string, quoted: string, message: string, next: string): DefinitionError => {
    const place = positionOfQuoted(source(file), quoted, 'last')
    const frame = place === null ? null : codeFrame(source(file), place.line, place.column)
    return { project: name, file, line: place?.line ?? null, column: place?.column ?? null, message, next, frame }
  }
  return {
    version,
    project: read.project,
    versionDir,
    specs: pipelines.kept.map(({ spec }) => spec),
    files: Object.fromEntries(pipelines.kept.map(({ spec, file }) => [spec.name, file])),
    datasets: keepFirst([...read.declared.datasets, ...read.pipelines.flatMap(({ datasets }) => datasets)], ({ id }) => id).kept,
    models: onceEach(read.pipelines.flatMap(({ models, file }) => models.map((each) => ({ ...each, file })))),
    checks: onceEach(read.pipelines.flatMap(({ checks, file }) => checks.map((each) => ({ ...each, file })))),
    loads: onceEach(read.pipelines.flatMap(({ loads, file }) => loads.map((each) => ({ ...each, file })))),
    pulls: pipelines.kept.flatMap(({ pulls }) => pulls),
    keys: read.declared.keys,
    errors: [
      ...definitionErrors(
        name,
        versionDir,
        read.faults.map((fault) => namedLeftOut(options.projectDir, versionDir, fault)),
        source,
      ),
      ...pipelines.dropped.map(({ item, first }) =>
        clash(item.file, item.spec.name, `pipeline "${item.spec.name}" is already defined in ${first.file}`, 'Give it a name of its own.'),
      ),
    ],
  }
}

type LoadedPipeline = LoadedValues['pipeline'] & { readonly file: string }

interface ReadFiles {
  readonly project: Project | null
  readonly declared: Declarations
  /** Those without a fault. */
  readonly pipelines: readonly LoadedPipeline[]
  readonly faults: readonly FileFault[]
}

async function readFiles(
  versionDir: string,
  files: readonly ProjectFile[],
  source: (file: string) => string,
  { loaders, unchanged, known, learn, imports }: Reading,
): Promise<ReadFiles> {
  const ask = async <What extends LoadRequest['what']>(
    loader: Loader,
    what: What,
    file: string,
    { slow, ...more }: Pick<LoadRequest, 'files'> & { readonly slow?: Slow } = {},
  ): Promise<Loaded<LoadedValues[What]>> => {
    const answer = await loader.load({ what, file: join(versionDir, file), base: versionDir, unchanged, ...more }, slow)
    imports(answer.imports ?? [])
    return answer
  }
  const faults: FileFault[] = []
  const [datasets, keys]: [AnyDataset[], ForeignKey[]] = [[], []]
  const pipelines: LoadedPipeline[] = []
  const sound: string[] = []
  const refused: string[] = []
  let project: Project | null = null
  const asked = [
    { what: 'project', file: 'sluice.config.ts' } as const,
    ...definitionsIn('datasets', files).map((file) => ({ what: 'datasets', file }) as const),
    ...definitionsIn('pipelines', files).map((file) => ({ what: 'pipeline', file }) as const),
  ]
  const take: Readonly<Record<(typeof asked)[number]['what'], (file: string, value: never) => void>> = {
    project: (_, value: Project) => {
      project = value
    },
    datasets: (file, value: LoadedValues['datasets']) => {
      datasets.push(...value.datasets)
      keys.push(...value.keys)
      sound.push(file)
    },
    pipeline: (file, value: LoadedValues['pipeline']) => {
      if (value.faults.length > 0) faults.push(...placed(value.faults, [file], source, versionDir))
      else {
        pipelines.push({ ...value, file })
        sound.push(file)
      }
    },
  }
  const before = asked.map(({ what, file }) => known(what, file))
  const anew = [...asked.keys()].filter((at) => before[at] === undefined)
  const answers = await loaders.each(anew, async (loader, at, slow): Promise<Loaded<unknown>> => {
    const { what, file } = asked[at] as (typeof asked)[number]
    return await ask(loader, what, file, { slow })
  })
  const loaded = new Map(anew.map((at, nth) => [at, answers[nth]]))
  for (const [at, { what, file }] of asked.entries()) {
    const answer = loaded.get(at) ?? before[at]
    if (loaded.has(at) && answer !== undefined) learn(what, file, answer)
    if (answer?.ok === true) take[what](file, answer.value as never)
    else if (answer !== undefined) faults.push({ asked: file, fault: answer.fault })
  }
  const [first] = sound
  const together = { files: sound.map((file) => join(versionDir, file)) }
  const between = first === undefined ? undefined : await ask(loaders.first, 'together', first, together)
  if (between?.ok === true) {
    const filesOf = (where: string): readonly string[] =>
      pipelines.flatMap(({ spec, file }) => (where === `pipeline ${spec.name}` ? [file] : []))
    for (const fault of between.value) {
      const own = filesOf(fault.where)
      faults.push(...placed([fault], own.length > 0 ? own : sound, source, versionDir))
      refused.push(...own)
    }
  } else if (between !== undefined && first !== undefined) faults.push({ asked: first, fault: between.fault })
  return { project, declared: { datasets, keys }, pipelines: pipelines.filter(({ file }) => !refused.includes(file)), faults }
}

/** TypeScript files directly in a folder of the project, in order of their names. */
const definitionsIn = (folder: string, files: readonly ProjectFile[]): readonly string[] =>
  files.map(({ path }) => path).filter((path) => new RegExp(`^${folder}/[^/]+(?<!\\.d)\\.ts$`).test(path))

/** A step that several files import is one. */
const onceEach = <Step extends { readonly file: string }>(steps: readonly Step[]): readonly Step[] =>
  keepFirst(steps, ({ file: _, ...step }) => JSON.stringify(step)).kept

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
