/**
 * `npm pack` of this package alone. In the workspace the manifest exports the TypeScript sources. A packed package must carry JavaScript,
 * because Node does not run TypeScript under `node_modules`. `prepack` compiles to `dist/` and makes the manifest export it. `postpack`
 * restores the manifest.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly exports: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

const root = join(import.meta.dirname, '..')
const manifestPath = join(root, 'package.json')
const savedPath = join(root, 'package.json.source')
const licence = join(root, 'LICENSE')

/** Fields that only the workspace needs. */
const workspaceOnly = new Set(['private', 'scripts', 'devDependencies', 'sluice'])

/** The published manifest: compiled entry points with their types. */
export function packedManifest(manifest: Manifest): Manifest {
  const kept = Object.fromEntries(Object.entries(manifest).filter(([field]) => !workspaceOnly.has(field)))
  const entries = Object.entries(manifest.exports).flatMap(([name, source]) => {
    // Test servers for packages of this workspace that build on the stores.
    if (source.includes('/testing/')) return []
    const compiled = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '')
    return [[name, { types: `${compiled}.d.ts`, default: `${compiled}.js` }]]
  })
  return { ...kept, exports: Object.fromEntries(entries) }
}

function prepack(): void {
  if (existsSync(savedPath)) postpack()
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  execFileSync('tsc', ['-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
  copyFileSync(join(root, '../../../LICENSE'), licence)
  const text = readFileSync(manifestPath, 'utf8')
  writeFileSync(savedPath, text)
  writeFileSync(manifestPath, `${JSON.stringify(packedManifest(JSON.parse(text) as Manifest), null, 2)}\n`)
}

function postpack(): void {
  renameSync(savedPath, manifestPath)
  rmSync(licence, { force: true })
  rmSync(join(root, 'dist'), { recursive: true, force: true })
}

if (process.argv[2] === 'prepack') prepack()
if (process.argv[2] === 'postpack') postpack()
