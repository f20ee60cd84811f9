/** `npm run pack`: the published packages as tarballs in `dist/packages`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../workspace.ts'
import { compile } from './compile.ts'
import { readMembers } from './members.ts'
import { publishedOf, sourcesOf } from './plan.ts'
import { products } from './products.ts'
import { writePackage } from './write.ts'

export const packagesFolder = join(root, 'dist/packages')

/** @returns the tarballs, by the name of the package */
export function packAll(into: string): ReadonlyMap<string, string> {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-pack-'))
  try {
    const [members, all] = [readMembers(), products()]
    const compiled = join(scratch, 'compiled')
    compile(new Set(all.flatMap((product) => [...sourcesOf(product, members)])), compiled)
    rmSync(into, { recursive: true, force: true })
    mkdirSync(into, { recursive: true })
    return new Map(
      all.map((product) => {
        const folder = join(scratch, product.name)
        writePackage(publishedOf(product, members, compiled), compiled, folder)
        const file = execFileSync('npm', ['pack', '--silent', '--pack-destination', into], { cwd: folder, encoding: 'utf8' }).trim()
        return [product.name, join(into, file)] as const
      }),
    )
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

if (import.meta.main) for (const [name, file] of packAll(packagesFolder)) console.log(`${name}: ${file}`)
