import { join, relative, sep } from 'node:path'
import type { DefinitionError, ModelTestSpec } from '@sluice/author'
import { definitionErrors, type FileFault } from './definition-errors.ts'
import { openLoader } from './loader.ts'
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
}): Promise<{ readonly tests: readonly LoadedModelTest[]; readonly errors: readonly DefinitionError[] }> {
  const { versionDir, files } = await copyVersion(options)
  const sources = new Map(files.map(({ path, content }) => [path, content]))
  const loader = openLoader({ timeoutMs: 20_000 })
  const tests: LoadedModelTest[] = []
  const faults: FileFault[] = []
  try {
    for (const file of sources.keys()) {
      if (!/^models\/[^/]+(?<!\.d)\.ts$/.test(file)) continue
      const loaded = await loader.load({ what: 'modelTests', file: join(versionDir, file), base: versionDir })
      if (!loaded.ok) faults.push({ asked: file, fault: loaded.fault })
      else {
        tests.push(
          ...loaded.value.map(({ place, ...test }) => ({
            ...test,
            file: place?.file == null ? file : relative(versionDir, place.file).replaceAll(sep, '/'),
            line: place?.line ?? null,
          })),
        )
      }
    }
  } finally {
    await loader.close()
  }
  return { tests, errors: definitionErrors(options.project, versionDir, faults, (file) => new TextDecoder().decode(sources.get(file))) }
}
