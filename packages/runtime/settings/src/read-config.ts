import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { type Platform, type Project, platformOfOne } from '@sluice/author'
import { codeFrame, configErrors, positionOfProperty, positionOfQuoted, type SluiceError, type SourcePosition } from '@sluice/core'
import type { z } from 'zod'
import type { ConfigFault, ConfigLoader, OpenConfigLoader } from './config-loader.ts'
import { asProject, asRoot, projectSchema, rootSchema } from './config-schema.ts'

const importBudgetMs = 20_000

/** A configuration with the file it was read from. */
export interface ConfigFile<Value> {
  readonly value: Value
  /** Relative to the root, with `/`. */
  readonly file: string
  readonly source: string
}

export interface ConfigFiles {
  readonly platform: ConfigFile<Platform>
  readonly projects: readonly ConfigFile<Project>[]
}

/**
 * Imports `sluice.config.ts` of the root and of each project in a separate process, so that a changed configuration can be read again and
 * one that never returns can be stopped.
 * @throws `config.invalid` with file, line and frame of the fault
 */
export async function readConfig(root: string, openLoader: OpenConfigLoader): Promise<ConfigFiles> {
  const loader = openLoader({ budgetMs: importBudgetMs })
  try {
    const found = await read(loader, 'root', root, root, rootSchema, asRoot)
    const { value } = found
    if (value.kind === 'project') {
      return { platform: { ...found, value: platformOfOne(value.platform) }, projects: [{ ...found, value }] }
    }
    const platform = { ...found, value }
    const projects: ConfigFile<Project>[] = []
    for (const folder of platform.value.projects) {
      const dir = resolve(root, folder)
      const known = await readFile(join(dir, 'sluice.config.ts')).catch(() => null)
      if (known === null) {
        throw configFault(platform, positionOfQuoted(platform.source, folder), `project "${folder}" has no sluice.config.ts`, {
          next: 'Correct the folder under projects, relative to the root, or create the file.',
        })
      }
      const project = await read(loader, 'project', root, dir, projectSchema, asProject)
      if (project.value.platform !== undefined) {
        throw configFault(project, positionOfProperty(project.source, ['platform']), 'platform: this project is not at the root', {
          next: `Write it into platform({ ... }) in ${platform.file}.`,
        })
      }
      const twin = projects.find((other) => other.value.name === project.value.name)
      if (twin !== undefined) {
        const message = `project "${project.value.name}" is already defined in ${twin.file}`
        throw configFault(project, positionOfProperty(project.source, ['name']), message, { next: 'Give it a name of its own.' })
      }
      projects.push(project)
    }
    return { platform, projects }
  } finally {
    await loader.close()
  }
}

async function read<Kind extends 'root' | 'project', Checked, Value>(
  loader: ConfigLoader,
  kind: Kind,
  root: string,
  dir: string,
  schema: z.ZodType<Checked>,
  as: (checked: Checked) => Value,
): Promise<ConfigFile<Value>> {
  const path = join(dir, 'sluice.config.ts')
  const file = shown(root, path)
  const source = await readFile(path, 'utf8').catch((cause: Error) => {
    throw configErrors.missing(`cannot read ${file}: ${cause.message}`, {
      cause,
      facts: { file },
      next:
        kind === 'root'
          ? 'Write a project with "sluice init", or run the command in the folder of one.'
          : 'Create it, with export default project({ ... }).',
    })
  })
  const loaded = await loader.load({ what: kind, file: path, base: root, fileFirst: true })
  if (!loaded.ok) throw await importFault(root, path, loaded.fault)
  const checked = schema.safeParse(loaded.value)
  if (checked.success) return { value: as(checked.data), file, source }
  const [issue] = checked.error.issues
  const at = (issue?.path ?? []).filter((part) => part !== 'settings')
  throw configFault({ file, source }, positionOfProperty(source, at), `${at.map(String).join('.')}: ${issue?.message ?? 'invalid'}`, {
    next: `Correct it as ${loaded.value.kind}({ ... }) expects; "npx tsc --noEmit" shows the types.`,
  })
}

/** A fault at a place in the source of a configuration. */
export function configFault(
  config: { readonly file: string; readonly source: string },
  place: SourcePosition | null,
  message: string,
  options: { readonly next: string },
): SluiceError {
  const { file, source } = config
  const frame = place === null ? null : codeFrame(source, place.line, place.column)
  return configErrors.invalid(`${file}${place === null ? '' : `:${place.line}`}: ${message}`, {
    facts: { file, line: place?.line ?? null, column: place?.column ?? null, frame },
    next: options.next,
  })
}

async function importFault(root: string, asked: string, fault: ConfigFault): Promise<SluiceError> {
  const path = fault.file ?? asked
  const source = await readFile(path, 'utf8')
  const place = fault.line === null ? null : { line: fault.line, column: fault.column }
  const importer = path === asked ? '' : ` (imported by ${shown(root, asked)})`
  return configFault({ file: shown(root, path), source }, place, fault.message + importer, { next: fault.next ?? 'Correct the file.' })
}

const shown = (root: string, path: string): string => relative(root, path).replaceAll(sep, '/')

/** The folder of a project's configuration. */
export const projectDirOf = (root: string, config: ConfigFile<Project>): string => dirname(resolve(root, config.file))
