/** Writes the code of a product that is put together: programs, code, and the files beside it. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { namesIn } from '../imports.ts'
import { root } from '../workspace.ts'
import { bundle } from './bundle.ts'
import { ownerOf, publicEntries } from './manifest.ts'
import { type Member, memberOf } from './members.ts'
import { placeOf } from './place.ts'
import type { Product } from './products.ts'
import { meantBy } from './resolve.ts'
import { rewritten } from './rewrite.ts'

/** @param into the folder of the package */
export async function writeBundled(product: Product, members: readonly Member[], into: string): Promise<void> {
  const place = (file: string): string => {
    const member = memberOf(members, file)
    if (member === undefined) throw new Error(`${file} belongs to no package of the workspace`)
    return placeOf(product, member, file, false)
  }
  const programs = Object.values(product.bin).map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
  const entries = [
    ...Object.values(publicEntries(ownerOf(product, members))),
    ...programs.flatMap(({ file, text }) => namesIn(text).flatMap((named) => modulesOf(meantBy(named, file, members)))),
  ]
  const { assets } = await bundle({ members, entries, placeOf: place, into })
  for (const { file, text } of programs) {
    mkdirSync(dirname(join(into, place(file))), { recursive: true })
    writeFileSync(join(into, place(file)), rewritten(text, { members, file, placeOf: place }), { mode: 0o755 })
  }
  for (const asset of assets) if (place(asset) !== 'package.json') cpSync(join(root, asset), join(into, place(asset)), { recursive: true })
}

const modulesOf = (meant: ReturnType<typeof meantBy>): readonly string[] => (meant.kind === 'file' ? [meant.file] : [])
