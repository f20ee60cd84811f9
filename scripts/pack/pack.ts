/** `npm run pack`: the published packages as tarballs in `dist/packages`. */
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../workspace.ts'
import { compile } from './compile.ts'
import { type Declared, leaksIn, type Shipped } from './leaks.ts'
import { readMembers } from './members.ts'
import { publishedOf, sourcesOf } from './plan.ts'
import { type Product, products } from './products.ts'
import { writePackage } from './write.ts'

export const packagesFolder = join(root, 'dist/packages')

/** @returns the tarballs, by the name of the package. @throws where one has what it must not have */
export async function packAll(into: string): Promise<ReadonlyMap<string, string>> {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-pack-'))
  try {
    const [members, all] = [readMembers(), products()]
    const compiled = join(scratch, 'compiled')
    compile(new Set(all.flatMap((product) => [...sourcesOf(product, members)])), compiled)
    rmSync(into, { recursive: true, force: true })
    mkdirSync(into, { recursive: true })
    const packed = new Map<string, string>()
    for (const product of all) {
      const folder = join(scratch, product.name)
      await writePackage(publishedOf(product, members, compiled), compiled, folder)
      refuseLeaks(product, folder)
      const file = execFileSync('npm', ['pack', '--silent', '--pack-destination', into], { cwd: folder, encoding: 'utf8' }).trim()
      packed.set(product.name, join(into, file))
    }
    return packed
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function refuseLeaks({ name, folders }: Product, folder: string): void {
  const paths = globSync('**', { cwd: folder }).map((path) => path.replaceAll('\\', '/'))
  const files: readonly Shipped[] = paths
    .filter((path) => statSync(join(folder, path)).isFile() && !Object.keys(folders).some((place) => path.startsWith(`${place}/`)))
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Declared
  const leaks = leaksIn(files, manifest, root)
  if (leaks.length > 0) throw new Error(`${name} must not ship so:\n${leaks.join('\n')}`)
}

if (import.meta.main) {
  const found = await packAll(packagesFolder)
  for (const [name, file] of found) console.log(`${name}: ${file} (${(statSync(file).size / 1e6).toFixed(1)} MB)`)
}
