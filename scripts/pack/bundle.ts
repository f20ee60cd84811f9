/**
 * The code of a product as few files: a process of it reads a third of the files that its sources are, and takes two thirds of the
 * processor time until it is ready. What is imported by others, or started as a process, keeps its address.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { rolldown } from 'rolldown'
import { namesIn } from '../imports.ts'
import { root } from '../workspace.ts'
import type { Member } from './members.ts'
import { meantBy } from './resolve.ts'

interface Packing {
  readonly members: readonly Member[]
  /** Where a file of the workspace stands in the package. */
  readonly placeOf: (file: string) => string
}

export interface BundleOptions extends Packing {
  /** Modules that others import, relative to the root. */
  readonly entries: Iterable<string>
  /** The folder of the package. */
  readonly into: string
}

export interface Bundled {
  /** Files and folders that the code asks for and that are not code, relative to the root. */
  readonly assets: ReadonlySet<string>
}

/** All code lies in this folder of the package, so that the way from it to any other file is known before it is put together. */
export const codeFolder = 'dist/code'

export async function bundle({ members, entries, placeOf, into }: BundleOptions): Promise<Bundled> {
  const [addressed, assets] = [new Set(entries), new Set<string>()]
  const nameAt = (file: string): string => nameOf(placeOf(file))
  const build = await rolldown({
    cwd: root,
    platform: 'node',
    // As the types: what Node 22 understands.
    transform: { target: 'es2024' },
    input: Object.fromEntries([...addressed].map((file) => [nameAt(file), join(root, file)])),
    // What the compiler itself adds comes along.
    external: (name) => !/^(?:[./]|@oxc-project\/runtime\/)/.test(name) && meantBy({ name, isBeside: false }, '', members).kind !== 'file',
    plugins: [
      {
        name: 'addresses',
        transform(text, id) {
          const { code, asked } = withAddresses(text, { file: posix.relative(root, id), members, placeOf })
          for (const file of asked) {
            if (!file.endsWith('.ts')) assets.add(file)
            else if (!addressed.has(file)) this.emitFile({ type: 'chunk', id: join(root, file), fileName: `${nameAt(file)}.js` })
            if (file.endsWith('.ts')) addressed.add(file)
          }
          // No line moves.
          return asked.length === 0 ? null : { code, map: null }
        },
      },
    ],
  })
  await build.write({
    dir: join(into, codeFolder),
    format: 'esm',
    sourcemap: true,
    // Under the place in the package.
    sourcemapPathTransform: (source, map) => shownSource(posix.relative(root, posix.resolve(posix.dirname(map), source)), placeOf),
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await build.close()
  for (const file of addressed) writeAddress(placeOf(file), hasDefault(file), into)
  return { assets }
}

/** What stands at the address of a module. */
function writeAddress(place: string, withDefault: boolean, into: string): void {
  const target = posix.relative(posix.dirname(place), `${codeFolder}/${nameOf(place)}.js`)
  mkdirSync(dirname(join(into, place)), { recursive: true })
  writeFileSync(join(into, place), `export * from '${target}'\n${withDefault ? `export { default } from '${target}'\n` : ''}`)
}

/** `dist/engine/act/worker-process.js` -> `engine.act.worker-process` */
const nameOf = (place: string): string => inDist(place).replace(/\.js$/, '').replaceAll('/', '.')

const inDist = (place: string): string => place.replace(/^dist\//, '')

const shownSource = (file: string, placeOf: Packing['placeOf']): string => inDist(placeOf(file)).replace(/\.js$/, '.ts')

const hasDefault = (file: string): boolean => /^export default\b/m.test(readFileSync(join(root, file), 'utf8'))

/**
 * Addresses that a module asks for become those of the published files, as they are seen from the folder of the code.
 * @returns the files behind them, too
 */
export function withAddresses(
  text: string,
  { file, members, placeOf }: Packing & { readonly file: string },
): { readonly code: string; readonly asked: readonly string[] } {
  const asked: string[] = []
  let [code, done] = ['', 0]
  for (const named of namesIn(text)) {
    if (named.isBeside) throw new Error(`${file} asks for its folder, which is another one once it is published`)
    const meant = named.isAddress ? meantBy(named, file, members) : undefined
    if (meant?.kind !== 'file') continue
    asked.push(meant.file)
    const path = `'${posix.relative(codeFolder, placeOf(meant.file))}'`
    const before = text.slice(done, named.at - 1)
    const call = /import\.meta\.resolve\(\s*$/.exec(before)
    // What stands behind the name closes the call of `String`.
    code += call === null ? before + path : `${before.slice(0, call.index)}String(new URL(${path}, import.meta.url)`
    done = named.at + named.name.length + 1
  }
  return { code: code + text.slice(done), asked }
}
