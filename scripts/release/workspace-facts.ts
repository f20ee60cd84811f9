/** What the planner and the judge of releases are given, from files. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackages, root } from '../workspace.ts'
import type { Packed } from './judge.ts'
import type { Line } from './lines.ts'
import type { Workspace } from './plan.ts'

export function readWorkspace(line: Line): Workspace {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8')
  return {
    manifests: Object.fromEntries(readPackages().map(({ folder }) => [folder, read(`${folder}/package.json`)])),
    lock: read('package-lock.json'),
    changelog: read(line.changelog),
  }
}

export const versionsIn = ({ manifests }: Workspace): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(manifests).map(([folder, text]) => [folder, (JSON.parse(text) as { version: string }).version]))

/** The tarballs of a folder, as npm would take them. */
export function readTarballs(folder: string): readonly Packed[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.tgz'))
    .map((file) => {
      const tar = (args: readonly string[]): string => execFileSync('tar', [...args], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 })
      return {
        file,
        manifest: JSON.parse(tar(['-xzOf', file, 'package/package.json'])) as Packed['manifest'],
        files: tar(['-tzf', file])
          .trim()
          .split('\n')
          .map((path) => path.replace(/^package\//, '')),
      }
    })
}
