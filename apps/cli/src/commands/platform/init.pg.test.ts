import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { long } from '@sluice/core/testing'
import { expect, test } from 'vitest'
import { platformOnDisk } from '../../testing/platform-on-disk.ts'

test('init puts a project beside what is there, overwrites nothing, and what it writes has no faults', async () => {
  const manifest = JSON.stringify({ name: 'acme', type: 'module', scripts: { test: 'jest' }, dependencies: { left: '1.0.0' } })
  await using repository = await platformOnDisk({
    'package.json': manifest,
    'README.md': 'Acme',
    'src/server.ts': 'const port: number = "not a number"\n',
    'tsconfig.json': '{ "files": [] }',
  })
  const { status, stdout, stderr } = repository.sluice('init', '--template', 'api', '--name', 'acme', '--skip-install', '--json')
  expect(status, stderr).toBe(0)
  const text = (path: string): string => readFileSync(join(repository.root, path), 'utf8')
  expect(JSON.parse(stdout)).toMatchObject({ name: 'acme', template: 'api', kept: ['README.md', 'tsconfig.json'], installed: false })
  expect(text('README.md')).toBe('Acme')
  expect(JSON.parse(text('package.json'))).toMatchObject({ name: 'acme', scripts: { test: 'jest' }, dependencies: { left: '1.0.0' } })

  // The code of the repository is its own affair: only what definitions import is looked at.
  const validated = repository.sluice('validate')
  expect(validated.status, validated.stdout + validated.stderr).toBe(0)
  expect(validated.stdout).toContain('acme: 1 pipeline, 3 datasets, no errors')

  // From the tarballs the demo of each template is run by scripts/try-packages.ts.
  if (!long) return
  const again = repository.sluice('init', '--template', 'blank', '--skip-install')
  expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('there is a sluice.config.ts in this folder') })
  const demo = repository.sluice('demo', '--once')
  expect(demo.status, demo.stdout + demo.stderr).toBe(0)
  expect(demo.stdout).toMatch(/acme:warehouse.public.releases\s+230/)
  expect(demo.stdout).toContain('1 mail, in .sluice/mails')
})
