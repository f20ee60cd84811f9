import { namesIn } from './imports.ts'
import { isTest } from './room-rules.ts'
import type { Package } from './workspace.ts'

export interface TextFile {
  /** Relative to the folder of the package. */
  readonly path: string
  readonly text: string
}

/**
 * What a manifest names and no file of the package imports, and what only its tests import and would come along with it. Optional
 * dependencies are left out: they are found by the name of the system.
 */
export function dependencyFaults(
  { name, dependencies, devDependencies, optional }: Package,
  files: readonly TextFile[],
): readonly string[] {
  const product = importedBy(files.filter(({ path }) => !isTest(path.replace(/^src\//, ''))))
  const all = importedBy(files)
  return [
    ...dependencies
      .filter((each) => !optional.includes(each) && !product.has(typed(each)))
      .map((each) => `${name}: ${all.has(typed(each)) ? `only tests import ${each}: it is a devDependency` : `nothing imports ${each}`}`),
    ...devDependencies.filter((each) => !all.has(typed(each))).map((each) => `${name}: nothing imports ${each}`),
  ]
}

/** The package whose types a package of types has. */
const typed = (name: string): string => name.replace(/^@types\//, '')

const importedBy = (files: readonly TextFile[]): ReadonlySet<string> =>
  new Set(files.flatMap(({ text }) => namesIn(text).map((each) => packageOf(each.name))))

/** `@sluice/engine/worker` -> `@sluice/engine`. */
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
