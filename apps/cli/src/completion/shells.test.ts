import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { installed } from '@sluice/core/testing/installed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Shell, scriptOf, shells } from './scripts.ts'

const { bin } = installed()
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-completion-'))
  symlinkSync(bin, join(folder, 'sluice'))
  symlinkSync(process.execPath, join(folder, 'node'))
  writeFileSync(join(folder, 'rows.csv'), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const isThere = (shell: Shell): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0

/** How each shell is asked what it would offer behind the words. Zsh's own ways to show it are replaced by printing it. */
const asking: Readonly<Record<Shell, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) => [
    '--norc',
    '-c',
    `source <(sluice completion bash) || exit 1
COMP_WORDS=(sluice "$@"); COMP_CWORD=$#; COMP_LINE="sluice $*"; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    ...words,
  ],
  zsh: (words) => [
    '-f',
    '-c',
    `compdef() { }; _files() { print files }; _describe() { print -l -- "\${(@P)2%%:*}" }
eval "$(sluice completion zsh)" || exit 1
words=(sluice "$@"); CURRENT=$#words; _sluice`,
    'zsh',
    ...words,
  ],
  fish: (words) => [
    '--no-config',
    '-c',
    `sluice completion fish | source; or exit 1; complete -C "sluice ${words.join(' ')}" | string replace -r '\\t.*' ''; true`,
  ],
}

const offered = (shell: Shell, ...words: readonly string[]): readonly string[] => {
  const path = `${folder}${delimiter}${process.env.PATH}`
  const env = { ...process.env, PATH: path, HOME: folder, SLUICE_STATE_DIR: join(folder, 'state') }
  const { status, stdout, stderr } = spawnSync(shell, [...asking[shell](words)], { cwd: folder, encoding: 'utf8', env })
  expect([status, stderr]).toEqual([0, ''])
  return stdout.split('\n').filter((line) => line !== '')
}

for (const shell of shells) {
  // Every machine has bash; another shell that is absent shows as skipped.
  test.skipIf(shell !== 'bash' && !isThere(shell))(`${shell} completes commands, options and choices`, () => {
    expect(offered(shell, 'lake', 'op')).toEqual(['optimize'])
    expect(offered(shell, 'pipe')).toEqual(['pipelines'])
    expect(offered(shell, 'lake', 'vacuum', 'silver.x', '--dr')).toEqual(['--dry-run'])
    expect([...offered(shell, 'lake', 'read', 'silver.x', '--format', '')].sort()).toEqual(['csv', 'json', 'parquet'])
  })
}

/** What readline, which cuts a line as at a prompt, makes of a key that completes: the words that the command is then called with. */
function typed(line: string): readonly string[] {
  // A command of the same name that offers names and shows what it is given.
  const stub = join(folder, 'stub')
  mkdirSync(stub, { recursive: true })
  writeFileSync(
    join(stub, 'sluice'),
    `#!/bin/bash
if [ "$1" != __complete ]; then printf '%s\\n' "$@" > "${stub}/called"; exit; fi
shift; printf '%s\\n' "$@" > "${stub}/asked"; word="\${@: -1}"
for name in '@top' 'manual:0001' 'shop:lake.silver.a' 'two words' "it's" '--run=manual:1'; do
  case "$name" in "$word"*) printf '%s\\tabout\\n' "$name";; esac
done\n`,
    { mode: 0o755 },
  )
  writeFileSync(join(stub, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
  writeFileSync(join(folder, 'script.bash'), scriptOf.bash)
  const input = `source ./script.bash\n${line}\t\nexit\n`
  const env = { ...process.env, PATH: `${stub}${delimiter}${process.env.PATH}`, HOME: folder, TERM: 'dumb' }
  // With -i, readline completes what comes through a pipe too.
  spawnSync('bash', ['--norc', '--noprofile', '-i', '-o', 'emacs'], { cwd: folder, encoding: 'utf8', env, input, timeout: 60_000 })
  return readFileSync(join(stub, 'called'), 'utf8').split('\n').slice(0, -1)
}

test.each([
  ['sluice warehouse sql shop @to', ['warehouse', 'sql', 'shop', '@top']],
  ['sluice runs show manual:00', ['runs', 'show', 'manual:0001']],
  ['sluice --url http://host:1 lake history shop:la', ['--url', 'http://host:1', 'lake', 'history', 'shop:lake.silver.a']],
  ['sluice pipelines show two', ['pipelines', 'show', 'two words']],
  ['sluice "pipelines" show it', ['pipelines', 'show', "it's"]],
  ['sluice tasks logs sales --run=man', ['tasks', 'logs', 'sales', '--run=manual:1']],
  // After npm install no sluice is on the PATH, and npx finds it.
  ['npx sluice runs show manual:00', ['runs', 'show', 'manual:0001']],
  ['npx sluice warehouse sql shop @to', ['warehouse', 'sql', 'shop', '@top']],
])('at a prompt of bash %s is completed, whatever bash takes for the end of a word', (line, words) => {
  expect(typed(line)).toEqual(words)
})

test('without a server that runs no names are offered, and none is started to ask it', () => {
  expect(offered('bash', 'pipelines', 'show', '')).toEqual([])
  expect(existsSync(join(folder, 'state'))).toBe(false)
})

test('--json gives the script as a document, and an unknown shell is refused', () => {
  const sluice = (...args: readonly string[]) => spawnSync(process.execPath, [bin, 'completion', ...args], { encoding: 'utf8' })
  expect(JSON.parse(sluice('bash', '--json').stdout)).toMatchObject({
    shell: 'bash',
    script: expect.stringContaining('complete -F _sluice'),
  })
  expect(sluice('tcsh')).toMatchObject({ status: 2, stderr: expect.stringContaining('bash, zsh, fish') })
})
