/** `docs/sbom.cdx.json` and `THIRD-PARTY-NOTICES.md`. `--write` writes them; a test compares them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace.ts'
import { readNatives } from './natives.ts'
import { notices } from './notices.ts'
import { lockedPackages } from './packages.ts'
import { nativesOf, sbom } from './sbom.ts'

export const sbomFile = join(root, 'docs/sbom.cdx.json')
export const noticesFile = join(root, 'THIRD-PARTY-NOTICES.md')

if (process.argv.includes('--write')) {
  const packages = lockedPackages(root)
  const read = readNatives(root)
  const natives = read ?? nativesOf(readFileSync(sbomFile, 'utf8'))
  writeFileSync(sbomFile, sbom(packages, natives))
  if (read === undefined) console.error('The notices are written on linux-x64 alone, where the packages with the binaries are.')
  else writeFileSync(noticesFile, notices(root, packages, read))
}
