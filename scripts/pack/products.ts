/** What is published, as values: the package that gives the entry points, and what goes along. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace.ts'

export interface Product {
  readonly name: string
  /** The package of the workspace whose manifest has version, description and entry points; relative to the root. */
  readonly folder: string
  /** Programs of plain JavaScript, relative to the root. */
  readonly bin: Readonly<Record<string, string>>
  /** Folders that go along as they are, by their place in the package. */
  readonly folders: Readonly<Record<string, string>>
  readonly readme: string
  readonly changelog: string
  /** Node versions on which it can be started. */
  readonly engines: string
  /** Its code is put together into few files: it starts processes, whose start is mostly the reading of files. */
  readonly isBundled: boolean
  /** Brings the Node that it runs on, for machines whose own is older. */
  readonly bringsNode: boolean
}

const all: readonly Product[] = [
  {
    name: 'sluice',
    folder: 'packages/surface/sluice',
    bin: { sluice: 'apps/cli/bin/sluice.js' },
    folders: {},
    readme: 'README.md',
    changelog: 'CHANGELOG.md',
    engines: '>=20.19',
    isBundled: true,
    bringsNode: true,
  },
  {
    name: 'create-sluice',
    folder: 'apps/create',
    bin: { 'create-sluice': 'apps/create/bin/create-sluice.js' },
    folders: {},
    readme: 'apps/create/README.md',
    changelog: 'CHANGELOG.md',
    engines: '>=20.19',
    isBundled: false,
    bringsNode: false,
  },
  {
    name: '@sluice/delta',
    folder: 'packages/foundation/delta',
    bin: {},
    folders: {},
    readme: 'packages/foundation/delta/README.md',
    changelog: 'packages/foundation/delta/CHANGELOG.md',
    engines: '>=22',
    isBundled: false,
    bringsNode: false,
  },
]

export const products = (): readonly Product[] => all.filter(({ folder }) => existsSync(join(root, folder, 'package.json')))
