import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import { folderOf, type Installation, runToInstall } from '../../interop/testing/installation.ts'
import { credentials } from './location.ts'

/** A server on this machine, with one empty bucket. */
export interface Server {
  readonly endpoint: string
  readonly bucket: string
  stop(): void
}

/** A real S3 gateway over a folder. */
export const versitygw: Installation = {
  name: 's3',
  contents: 'versitygw v1.8.0',
  megabytes: 80,
  install: (folder) => goInstall(folder, 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'),
}

/** Google Cloud Storage over a folder. */
export const fakeGcs: Installation = {
  name: 'gcs',
  contents: 'fake-gcs-server v1.56.1',
  megabytes: 50,
  install: (folder) => goInstall(folder, 'github.com/fsouza/fake-gcs-server@v1.56.1'),
}

async function goInstall(folder: string, module: string): Promise<void> {
  await runToInstall('go', ['install', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', module], {
    env: { ...process.env, GOBIN: folder },
  })
}

export async function startVersitygw(): Promise<Server> {
  const { endpoint, stop } = await start((port, data) => {
    const args = ['--quiet', '--port', `127.0.0.1:${port}`, 'posix', '--sidecar', join(data, 'meta'), join(data, 'files')]
    const env = { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey }
    return spawn(join(folderOf(versitygw), 'versitygw'), args, { env, stdio: 'ignore' })
  })
  const signer = new AwsV4Signer({ method: 'PUT', url: `${endpoint}/tables`, service: 's3', region: 'us-east-1', ...credentials })
  const { url, headers } = await signer.sign()
  await expectSuccess(fetch(url, { method: 'PUT', headers }), stop)
  return { endpoint, bucket: 'tables', stop }
}

export async function startFakeGcs(): Promise<Server> {
  const { endpoint, stop } = await start((port, data) => {
    const at = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-public-host', `127.0.0.1:${port}`]
    const args = [...at, '-backend', 'filesystem', '-filesystem-root', join(data, 'files'), '-log-level', 'error']
    return spawn(join(folderOf(fakeGcs), 'fake-gcs-server'), args, { stdio: 'ignore' })
  })
  const body = JSON.stringify({ name: 'tables' })
  const headers = { 'content-type': 'application/json' }
  await expectSuccess(fetch(`${endpoint}/storage/v1/b?project=p`, { method: 'POST', headers, body }), stop)
  return { endpoint, bucket: 'tables', stop }
}

async function start(launch: (port: number, data: string) => ChildProcess): Promise<{ endpoint: string; stop: () => void }> {
  const data = mkdtempSync(join(tmpdir(), 'delta-server-'))
  for (const folder of ['files', 'meta']) mkdirSync(join(data, folder))
  const port = await freePort()
  const child = launch(port, data)
  const endpoint = `http://127.0.0.1:${port}`
  const stop = () => {
    process.off('exit', stop)
    child.kill('SIGKILL')
    rmSync(data, { recursive: true, force: true })
  }
  process.once('exit', stop)
  while (child.exitCode === null) {
    const answered = await fetch(endpoint).catch(() => undefined)
    if (answered !== undefined) return { endpoint, stop }
    await sleep(50)
  }
  stop()
  throw new Error(`The server ${child.spawnfile} does not answer (exit code ${child.exitCode}).`)
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
  })
  return await promise
}

/** Stops the server when its bucket cannot be created, because no test would. */
async function expectSuccess(asked: Promise<Response>, stop: () => void): Promise<void> {
  try {
    const answer = await asked
    if (!answer.ok) throw new Error(`The bucket cannot be created: ${answer.status} ${await answer.text()}`)
  } catch (cause) {
    stop()
    throw cause
  }
}
