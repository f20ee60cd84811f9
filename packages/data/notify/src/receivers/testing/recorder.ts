import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RecordedCall {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it
  readonly body: any
}

export interface Recorder extends AsyncDisposable {
  readonly url: string
  readonly calls: readonly RecordedCall[]
  /** What it answers from now on; 202 until then. `drop`: it takes the call and cuts the connection. */
  answer(status: number | 'drop', headers?: Readonly<Record<string, string>>, text?: string): void
}

/** An HTTP service of somebody else that keeps the calls it gets. */
export async function recorder(): Promise<Recorder> {
  const calls: RecordedCall[] = []
  let said: { status: number | 'drop'; headers: Readonly<Record<string, string>>; text: string } = { status: 202, headers: {}, text: '' }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      calls.push({ path: request.url ?? '', headers: request.headers, text, body: text === '' ? null : JSON.parse(text) })
      if (said.status === 'drop') request.destroy()
      else response.writeHead(said.status, said.headers).end(said.text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer: (status, headers = {}, text = '') => {
      said = { status, headers, text }
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
