import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { platformOnDisk } from '../testing/platform-on-disk.ts'
import { shop } from '../testing/shop.ts'

/** Writes the URL of each module that a process or thread loads to a file of its own, below what was started. */
const toldIn = (folder: string): string =>
  `data:text/javascript,${encodeURIComponent(`
import { openSync, writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename } from 'node:path'
import { threadId } from 'node:worker_threads'
const file = openSync(${JSON.stringify(folder)} + '/' + process.pid + '.' + threadId, 'a')
const [, program, ...words] = process.argv
writeSync(file, [basename(program), ...words].join(' ') + '\\n')
registerHooks({ load: (url, context, next) => { writeSync(file, url + '\\n'); return next(url, context) } })
`)}`

/** How many modules each kind of process may load, as people have it installed: one costs half a millisecond of a processor. */
const bounds = {
  'sluice.js runs list --url': 170,
  'sluice.js runs list': 430,
  'sluice.js pipelines trigger': 460,
  'sluice.js start': 455,
  'loader-process.js': 30,
  'worker-process.js': 230,
  'heartbeat-thread.js': 90,
  // With what it loads ahead once it listens.
  'http-process.js': 620,
} as const

test('each process of a platform loads few modules', async () => {
  const told = await mkdtemp(join(tmpdir(), 'told-'))
  await using platform = await platformOnDisk(shop, { env: { NODE_OPTIONS: `--import=${toldIn(told)}` } })
  expect(platform.sluice('pipelines', 'trigger', 'sales', '--wait').status).toBe(0)
  expect(platform.sluice('runs', 'list').status).toBe(0)
  const server = await platform.stay('Sign in:', 'start', '--port', '0')
  const url = /runs at (\S+)/.exec(server.output())?.[1] ?? ''
  expect(platform.sluice('runs', 'list', '--url', url).status).toBe(1)
  await server.end('SIGTERM')

  const most: Record<string, number> = {}
  for (const name of await readdir(told)) {
    const [started = '', ...modules] = (await readFile(join(told, name), 'utf8')).trim().split('\n')
    const kind = Object.keys(bounds).find((each) => started.startsWith(each))
    if (kind !== undefined) most[kind] = Math.max(most[kind] ?? 0, modules.length)
  }
  for (const [kind, bound] of Object.entries(bounds)) expect(most[kind] ?? Number.POSITIVE_INFINITY, kind).toBeLessThanOrEqual(bound)
})
