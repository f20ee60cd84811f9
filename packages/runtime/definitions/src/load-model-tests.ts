import { join, relative, sep } from 'node:path'
import type { DefinitionError, ModelTestSpec } from '@sluice/author'
import { given } from '@sluice/core'
import { definitionErrors, type FileFault } from './definition-errors.ts'
import type { Environment } from './loader.ts'
import { openLoaders } from './loaders.ts'
import { copyVersion } from './versions.ts'

export interface LoadedModelTest extends ModelTestSpec {
  readonly name: string
  /** Relative to the project. */
  readonly file: string
  readonly line: number | null
}

/** The tests that files of `models/` export, and the files that do not load. */
export async function loadModelTests(options: {
  readonly project: string
  readonly root: string
  readonly projectDir: string
  readonly stateDir: string
  readonly environment?: Environment
}): Promise<{ readonly tests: readonly LoadedModelTest[]; readonly errors: readonly DefinitionError[] }> {
  const { versionDir, files } = await copyVersion(options)
  const sources = new Map(files.map(({ path, content }) => [path, content]))
  const tests: LoadedModelTest[] = []
  const faults: FileFault[] = []
  const asked = [...sources.keys()].filter((file) => /^models\/[^/]+(?<!\.d)\.ts$/.test(file))
  const loaders = openLoaders({ budgetMs: 20_000, ...given({ environment: options.environment }) })
  const loaded = await loaders
    .each(asked, (loader, file, slow) => loader.load({ what: 'modelTests', file: join(versionDir, file), base: versionDir }, slow))
    .finally(loaders.close)
  for (const [at, file] of asked.entries()) {
    const answer = loaded[at]
    if (answer?.ok === false) faults.push({ asked: file, fault: answer.fault })
    else if (answer !== undefined) {
      tests.push(
        ...answer.value.map(({ place, ...test }) => ({
          ...test,
          file: place?.file == null ? file : relative(versionDir, place.file).replaceAll(sep, '/'),
          line: place?.line ?? null,
        })),
      )
    }
  }
  return { tests, errors: definitionErrors(options.project, versionDir, faults, (file) => new TextDecoder().decode(sources.get(file))) }
}
