/** Where a file of the workspace stands in what is published. Paths are relative to the root, and to the published package. */
import { posix } from 'node:path'
import type { Member } from './members.ts'
import type { Product } from './products.ts'

/**
 * Code of the package itself stands directly in `dist`, where the product is one package alone; otherwise each package has a folder of its
 * short name. Names end as what the compiler makes of the file.
 */
export function placeOf(product: Product, member: Member, file: string, isAlone: boolean): string {
  if (Object.values(product.bin).includes(file)) return posix.join('bin', posix.basename(file))
  const inside = posix.relative(member.folder, file)
  if (inside === 'package.json') return inside
  if (!inside.startsWith('src/')) throw new Error(`${file} stands outside of src, and is not published`)
  const compiled = inside.slice('src/'.length).replace(/(?<!\.d)\.ts$/, '.js')
  return isAlone ? posix.join('dist', compiled) : posix.join('dist', shortName(member.name), compiled)
}

const shortName = (name: string): string => name.slice(name.indexOf('/') + 1)
