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

export function writePackage(published: Published, compiled: string, into: string): void {
  const { product, members, code, types, placeOf } = published
  const write = (place: string, text: string): void => {
    mkdirSync(dirname(join(into, place)), { recursive: true })
    writeFileSync(join(into, place), text)
  }
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
  for (const file of types.modules) {
    const text = readFileSync(join(compiled, file.replace(/\.ts$/, '.d.ts')), 'utf8')
    write(placeOf(file).replace(/\.js$/, '.d.ts'), rewritten(text, { members, file, placeOf }))
  }
  for (const asset of code.assets)
    if (placeOf(asset) !== 'package.json') cpSync(join(root, asset), join(into, placeOf(asset)), { recursive: true })
  for (const [place, folder] of Object.entries(product.folders)) cpSync(join(root, folder), join(into, place), { recursive: true })
  for (const paper of ['LICENSE', 'NOTICE', 'SECURITY.md']) cpSync(join(root, paper), join(into, paper))
  cpSync(join(root, product.readme), join(into, 'README.md'))
  cpSync(join(root, product.changelog), join(into, 'CHANGELOG.md'))
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

/** The map holds the source's text, which is shown under its name beside the compiled file. */
function mapBeside(text: string, source: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), sources: [source] })
}
