import type { ServerResponse } from 'node:http'
import type { Delivery } from './disturb.ts'
import type { SimulatorReply } from './reply.ts'

/** Sends a planned reply. `sent` is called just before the first byte leaves, so that whoever reads the answer finds it in the log. */
export function deliver(response: ServerResponse, delivery: Delivery, sent: (status: number) => void): void {
  if (delivery.how === 'never') return
  if (delivery.delayMs === 0) {
    send(response, delivery, sent)
    return
  }
  const timer = setTimeout(() => send(response, delivery, sent), delivery.delayMs)
  response.once('close', () => clearTimeout(timer))
}

function send(response: ServerResponse, { reply, how }: Delivery, sent: (status: number) => void): void {
  const status = reply.status ?? 200
  const body = bytesOf(reply)
  const half = body.subarray(0, Math.floor(body.length / 2))
  const shown = how === 'cut_length' ? half : body
  sent(status)
  response.writeHead(status, {
    'content-type': typeof reply.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    ...reply.headers,
    'content-length': shown.length,
  })
  if (how === 'cut_connection') response.write(half, () => response.destroy())
  else response.end(shown)
}

function bytesOf({ body }: SimulatorReply): Buffer {
  if (Buffer.isBuffer(body)) return body
  if (body === undefined) return Buffer.alloc(0)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
