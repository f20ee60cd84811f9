import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { serverErrors } from '../errors.ts'
import type { Answer, Transport } from './send.ts'

/**
 * Requests to a server elsewhere, for a process that makes one and ends: `fetch` costs 60 ms of processor time before its first answer, a
 * request of Node's own 5. @throws `server.unreachable` when it does not answer, or its answer breaks off
 */
export function nodeTransport(url: string, token: string | undefined): Transport {
  const base = url.replace(/\/+$/, '')
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return async (path, { method, headers, body, signal }) => {
    const options = {
      method: method ?? 'GET',
      headers: { ...(headers as Readonly<Record<string, string>> | undefined), ...authorization },
      ...(signal == null ? {} : { signal }),
    }
    try {
      return answerOf(await send(new URL(`${base}${path}`), options, body == null ? undefined : (body as string)), base, signal)
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason
      throw serverErrors.unreachable(`no answer from ${base}`, {
        facts: { url: base },
        cause,
        next: 'Check the address, and that "sluice start" runs there.',
      })
    }
  }
}

async function send(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return await new Promise((resolve, reject) => {
    const asked: ClientRequest = request(url, options, resolve)
    asked.on('error', reject)
    asked.end(body)
  })
}

function answerOf(message: IncomingMessage, base: string, signal: AbortSignal | null | undefined): Answer {
  const status = message.statusCode ?? 0
  const pieces = whole(message, base, signal)
  return {
    ok: status >= 200 && status < 300,
    status,
    json: async () => JSON.parse(await textOf(pieces)) as unknown,
    get body() {
      return ReadableStream.from(pieces) as ReadableStream<Uint8Array>
    },
  }
}

/** A server that ends in the middle of its answer is one that does not answer. */
async function* whole(
  message: IncomingMessage,
  base: string,
  signal: AbortSignal | null | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* message as AsyncIterable<Buffer>
  } catch (cause) {
    if (signal?.aborted === true) throw signal.reason
    throw serverErrors.unreachable(`the answer from ${base} broke off`, {
      facts: { url: base },
      cause,
      next: 'Look whether the server still runs. What it had begun goes on once it does: "sluice runs list" shows it.',
    })
  }
}

async function textOf(pieces: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString('utf8')
}
