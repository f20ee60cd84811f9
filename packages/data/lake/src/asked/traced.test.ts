import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { expect, test } from 'vitest'

const traces = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0
if (!traces) console.warn('NOT TRIED: no strace here, so nobody looks at which files the process of a query opens')

test.skipIf(!traces)('the process of a query opens no file but those of the lake, its own folder, the program and the system', () => {
  const home = mkdtempSync(join(tmpdir(), 'sluice-traced-'))
  try {
    mkdirSync(join(home, 'lake/demo/bronze/legacy'), { recursive: true })
    writeFileSync(join(home, 'lake/demo/bronze/legacy/a.csv'), 'id,label\n1,one\n')
    writeFileSync(join(home, 'key.csv'), 'secret\n')
    const trace = join(home, 'trace')
    const asked = execFileSync(
      'strace',
      [
        '-f',
        '-e',
        'trace=open,openat,execve',
        '-s',
        '512',
        '-o',
        trace,
        process.execPath,
        join(import.meta.dirname, 'testing/ask-hostile.ts'),
        home,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    )
    expect(JSON.parse(asked)).toEqual({ answered: 1, refused: 6 })
    const lines = readFileSync(trace, 'utf8').split('\n')
    const child = /^(\d+) .*execve\("[^"]+", \[.*answer-process/.exec(
      lines.find((line) => line.includes('answer-process') && line.includes('execve')) ?? '',
    )?.[1]
    expect(child).toBeDefined()
    const opened = lines.flatMap((line) => /open(?:at)?\((?:AT_FDCWD, )?"([^"]+)"/.exec(line)?.[1] ?? [])
    expect(opened.filter((path) => path.includes('a.csv'))).not.toEqual([])
    const own = [join(home, 'lake'), join(home, 'answers')]
    const ofHome = opened.filter((path) => path.startsWith(home) && !own.some((folder) => path === folder || path.startsWith(folder + sep)))
    expect(ofHome).toEqual([])
    expect(opened.filter((path) => /^\/etc\/(passwd|shadow)$/.test(path))).toEqual([])
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})
