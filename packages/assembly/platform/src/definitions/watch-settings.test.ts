import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { loadSettings } from '../settings.ts'
import { watchSettings } from './watch-settings.ts'

const workspace = resolve(import.meta.dirname, '../../../../..')

test('a change of .env, of the configuration and of a file beside the projects that it imports is told; the same again is told as that', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'sluice-settings-')))
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  await symlink(join(workspace, 'node_modules'), join(root, 'node_modules'))
  await write('package.json', '{ "type": "module" }')
  await write('shared/port.ts', 'export const port = 4201\n')
  const config =
    "import { platform } from 'sluice'\nimport { port } from './shared/port.ts'\nexport default platform({ projects: [], port })\n"
  await write('sluice.config.ts', config)
  let heard: ((what: string) => void) | undefined
  const after = async (file: string, text: string): Promise<string> => {
    const told = new Promise<string>((resolve) => (heard = resolve))
    await write(file, text)
    return await told
  }
  const watching = await watchSettings(root, await loadSettings({ root }), {
    read: (differs) => heard?.(differs ? 'differs' : 'same'),
    failed: (error) => heard?.(String(error)),
  })
  try {
    expect(await after('shared/port.ts', 'export const port = 4202\n')).toBe('differs')
    expect(await after('shared/port.ts', 'export const port = 4201\n')).toBe('same')
    expect(await after('.env', 'SLUICE_PORT=4203\n')).toBe('differs')
    expect(await after('.env', '\n')).toBe('same')
    expect(await after('sluice.config.ts', config.replace('port })', 'prot: port })'))).toContain('prot')
    expect(await after('sluice.config.ts', config)).toBe('same')
  } finally {
    await watching.close()
  }
})
