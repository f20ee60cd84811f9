/** One compilation of every module that any product may ship, each file by itself. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace.ts'

export interface Compiled {
  /** Where the compiler wrote: the tree of the workspace. */
  readonly folder: string
}

/**
 * The target is what Node 22 understands, so that the parts which people use without our Node run there. Packages of the workspace are
 * sources of the one program, because they export sources.
 */
const options = {
  target: 'es2024',
  noEmit: false,
  declaration: true,
  sourceMap: true,
  inlineSources: true,
  rewriteRelativeImportExtensions: true,
  incremental: false,
  rootDir: root,
}

/** @param modules relative to the root */
export function compile(modules: Iterable<string>, into: string): Compiled {
  rmSync(into, { recursive: true, force: true })
  mkdirSync(into, { recursive: true })
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { ...options, outDir: into, typeRoots: [join(root, 'node_modules/@types')] },
    files: [...modules].filter((file) => file.endsWith('.ts')).map((file) => join(root, file)),
    include: [],
  }
  const file = join(into, 'tsconfig.json')
  writeFileSync(file, JSON.stringify(config))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', file], { stdio: 'inherit' })
  return { folder: into }
}
