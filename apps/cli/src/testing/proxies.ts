import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer as plainServer, request } from 'node:http'
import { createServer as tlsServer } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { certificates } from '@sluice/serve/testing/certificates'
import { nginxProgram } from './nginx.ts'

const [pair] = certificates

/** A proxy on this machine, as people put one in front of a Sluice. */
export interface FrontProxy extends AsyncDisposable {
  /** Over TLS. */
  readonly port: number
  /** Sends whoever asks to TLS. */
  readonly plainPort: number
}

/** Of Node alone: it writes the headers that the page on operations tells a proxy to write. */
export async function nodeProxy(upstream: number): Promise<FrontProxy> {
  const proxy = tlsServer({ cert: pair.certificate, key: pair.key }, (asked, answer) => {
    const headers = {
      ...asked.headers,
      host: asked.headers.host?.replace(/:\d+$/, '') ?? '',
      'x-forwarded-for': asked.socket.remoteAddress ?? '',
      'x-forwarded-proto': 'https',
    }
    const passed = request({ port: upstream, host: '127.0.0.1', path: asked.url, method: asked.method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      given.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    answer.on('close', () => passed.destroy())
    asked.pipe(passed)
  })
  const plain = plainServer((asked, answer) => {
    answer.writeHead(301, { location: `https://${asked.headers.host?.replace(/:\d+$/, '')}${asked.url}` }).end()
  })
  for (const server of [proxy, plain]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (proxy.address() as AddressInfo).port,
    plainPort: (plain.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const server of [proxy, plain]) {
        server.closeAllConnections()
        await new Promise((done) => server.close(done))
      }
    },
  }
}

/** nginx with the lines of the page on operations: ports and certificates are those of the test, and the name is that of the page. */
export async function nginxProxy(upstream: number): Promise<FrontProxy> {
  const dir = await mkdtemp(join(tmpdir(), 'nginx-'))
  const [port, plainPort] = [await freePort(), await freePort()]
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) await mkdir(join(dir, name))
  await writeFile(join(dir, 'cert.pem'), pair.certificate)
  await writeFile(join(dir, 'key.pem'), pair.key)
  const page = await readFile(fileURLToPath(import.meta.resolve('../../../../docs/operations.md')), 'utf8')
  const [, lines = ''] = /```nginx\n([\s\S]*?)```/.exec(page) ?? []
  const servers = lines
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replace('listen 80;', `listen 127.0.0.1:${plainPort};`)
    .replace(/ssl_certificate .*/, `ssl_certificate ${dir}/cert.pem;`)
    .replace(/ssl_certificate_key .*/, `ssl_certificate_key ${dir}/key.pem;`)
    .replace('http://127.0.0.1:4200', `http://127.0.0.1:${upstream}`)
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${dir}/${name.replace('client_', '')};`,
  )
  const config = `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error.log; events {}
http { access_log off; ${folders.join(' ')}
${servers} }`
  await writeFile(join(dir, 'nginx.conf'), config)
  const child = spawn(nginxProgram, ['-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')], { stdio: 'ignore' })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}: ${await readFile(join(dir, 'error.log'), 'utf8')}`)
    await delay(20)
  }
  return {
    port,
    plainPort,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })
