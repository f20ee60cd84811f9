/**
 * The command as people install it, for tests that start it: what `npm run pack` puts together, in a folder of modules beside those of the
 * workspace. It is made once for a state of the sources, and printed: the folder of modules.
 */
import { createHash, randomUUID } from 'node:crypto'
import {
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ownerOf, publicEntries } from '../pack/manifest.ts'
import { readMembers } from '../pack/members.ts'
import { products } from '../pack/products.ts'
import { writeBundled } from '../pack/write-bundled.ts'
import { root } from '../workspace.ts'

const cache = join(root, 'node_modules/.cache/sluice/built')
/** Runs of tests hold what they began with. */
const keptMs = 86_400_000

const folder = join(cache, stateOfSources(), 'node_modules')
if (!isThere(folder)) await build(folder)
const now = new Date()
utimesSync(dirname(folder), now, now)
process.stdout.write(folder)

async function build(into: string): Promise<void> {
  mkdirSync(cache, { recursive: true })
  for (const old of readdirSync(cache)) {
    if (statSync(join(cache, old)).mtimeMs < Date.now() - keptMs) rmSync(join(cache, old), { recursive: true, force: true })
  }
  const made = join(cache, randomUUID())
  const modules = join(made, 'node_modules')
  mkdirSync(modules, { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== 'sluice' && !(name.startsWith('.') && name !== '.bin')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  await writeSluice(join(modules, 'sluice'))
  try {
    renameSync(made, dirname(into))
  } catch (error) {
    // Another run was faster.
    if (!isThere(into)) throw error
    rmSync(made, { recursive: true, force: true })
  }
}

/** Its types are the sources, which a compiler reads as before. */
async function writeSluice(into: string): Promise<void> {
  const members = readMembers()
  const product = products().find(({ name }) => name === 'sluice')
  if (product === undefined) throw new Error('sluice is not published')
  await writeBundled(product, members, into)
  const { folder: source, manifest } = ownerOf(product, members)
  symlinkSync(join(root, source, 'src'), join(into, 'src'))
  const exports = Object.entries(publicEntries({ name: product.name, folder: '.', manifest })).map(([name, file]) => {
    const types = file.replace(/^\.\//, './')
    return [name, { types, default: types.replace('./src/', './dist/sluice/').replace(/\.ts$/, '.js') }] as const
  })
  const { name, version, type } = { type: 'module', ...manifest }
  writeFileSync(join(into, 'package.json'), JSON.stringify({ name, version, type, exports: Object.fromEntries(exports) }))
}

function stateOfSources(): string {
  const hash = createHash('sha256')
  const files = globSync(
    [
      '{packages/*,apps,simulators}/*/{src,bin}/**/*',
      '{packages/*,apps,simulators}/*/package.json',
      'scripts/pack/*.ts',
      'package-lock.json',
    ],
    {
      cwd: root,
      withFileTypes: true,
      exclude: ({ name }) => /^(?:node_modules|fixtures|\.sluice)$|\.test\.ts$/.test(name),
    },
  )
  const paths = files.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
  for (const path of paths.sort()) hash.update(path).update('\0').update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
