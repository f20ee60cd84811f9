/** Writes what a product ships into a folder, as `npm pack` finds it. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lockedPackages } from '../inventory/packages.ts'
import { nativesOf, sbom } from '../inventory/sbom.ts'
import { noticesFile, sbomFile } from '../inventory/write.ts'
import { root } from '../workspace.ts'
import { installedFor, noticesFor } from './bill.ts'
import { manifestOf, type Published } from './manifest.ts'
import { rewritten } from './rewrite.ts'
import { writeBundled } from './write-bundled.ts'

export async function writePackage(published: Published, compiled: string, into: string): Promise<void> {
  const { product, members, types, placeOf } = published
  const write = (place: string, text: string): void => {
    mkdirSync(dirname(join(into, place)), { recursive: true })
    writeFileSync(join(into, place), text)
  }
  const copy = (file: string, place: string): void => cpSync(join(root, file), join(into, place), { recursive: true })
  if (product.isBundled) await writeBundled(product, members, into)
  else writeModules(published, compiled, { write, copy })
  for (const file of types.modules) {
    const text = readFileSync(join(compiled, file.replace(/\.ts$/, '.d.ts')), 'utf8')
    write(placeOf(file).replace(/\.js$/, '.d.ts'), rewritten(text, { members, file, placeOf }))
  }
  for (const [place, folder] of Object.entries(product.folders)) copy(folder, place)
  for (const paper of ['LICENSE', 'NOTICE', 'SECURITY.md']) copy(paper, paper)
  copy(product.readme, 'README.md')
  copy(product.changelog, 'CHANGELOG.md')
  const manifest = manifestOf(published)
  const brought = { ...manifest.dependencies, ...manifest.optionalDependencies }
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Parameters<typeof installedFor>[1]
  }
  const folders = installedFor(Object.keys(brought), lock.packages)
  const packages = lockedPackages(root).filter(({ folder }) => folders.has(folder))
  write('sbom.cdx.json', sbom(packages, nativesOf(readFileSync(sbomFile, 'utf8')), product.name))
  write('THIRD-PARTY-NOTICES.md', noticesFor(readFileSync(noticesFile, 'utf8'), packages))
  write('package.json', `${JSON.stringify(manifest, null, 2)}\n`)
}

/** Each module by itself, and the files beside them. */
function writeModules(
  { members, code, placeOf }: Published,
  compiled: string,
  { write, copy }: { readonly write: (place: string, text: string) => void; readonly copy: (file: string, place: string) => void },
): void {
  for (const file of code.modules) {
    const place = placeOf(file)
    if (!file.endsWith('.ts')) {
      write(place, rewritten(readFileSync(join(root, file), 'utf8'), { members, file, placeOf }))
      continue
    }
    const js = join(compiled, file.replace(/\.ts$/, '.js'))
    write(place, rewritten(readFileSync(js, 'utf8'), { members, file, placeOf }))
    write(`${place}.map`, mapBeside(readFileSync(`${js}.map`, 'utf8'), basename(file)))
  }
  for (const asset of code.assets) if (placeOf(asset) !== 'package.json') copy(asset, placeOf(asset))
}

/** The map holds the source's text, which is shown under its name beside the compiled file. */
function mapBeside(text: string, source: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), sources: [source] })
}
