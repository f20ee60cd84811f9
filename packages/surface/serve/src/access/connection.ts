import { BlockList, isIP } from 'node:net'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'

/** From where a request came, and how. */
export interface Connection {
  /** Of the client, as far as it is known for sure; `this process` for calls without a socket. */
  readonly address: string
  /** What travels between the client and the first of us is encrypted. */
  readonly encrypted: boolean
}

interface Peer {
  readonly address: string
  readonly encrypted: boolean
}

/** Says whether an address is that of a proxy which is believed. */
export type IsProxy = (address: string) => boolean

/** @param listed addresses and networks: `10.0.0.7`, `10.0.0.0/8`, `::1` */
export function proxiesOf(listed: readonly string[]): IsProxy {
  const list = new BlockList()
  for (const each of listed) {
    const [address = '', bits] = each.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Headers that name another client can be written by anybody, so they count from a proxy that the settings name, and from no other peer.
 * Each proxy adds the address it was asked from to the right of `X-Forwarded-For`: read from there, the first that is not a proxy is the
 * client.
 */
export function connectionFrom(peer: Peer, headers: { readonly for?: string; readonly proto?: string }, isProxy: IsProxy): Connection {
  if (!isProxy(peer.address)) return peer
  let address = peer.address
  for (const named of (headers.for ?? '').split(',').reverse()) {
    const next = plainAddress(named.trim())
    if (isIP(next) === 0) break
    address = next
    if (!isProxy(next)) break
  }
  const proto = headers.proto?.split(',').at(-1)?.trim().toLowerCase()
  return { address, encrypted: proto === undefined ? peer.encrypted : proto === 'https' }
}

/** An IPv4 address as IPv6 writes it is the same client; a port and brackets do not belong to the address. */
function plainAddress(text: string): string {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? (/^[\d.]+:\d+$/.test(text) ? (text.split(':')[0] ?? text) : text)
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare
}

interface Environment {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string; readonly encrypted?: boolean } }
}

export interface ConnectionVariables {
  readonly connection: Connection
}

/** What each later handler reads as `connectionOf(context)`. */
export const findConnection = (isProxy: IsProxy) =>
  createMiddleware<{ Variables: ConnectionVariables }>(async (context, next) => {
    const { socket } = ((context.env ?? {}) as Environment).incoming ?? {}
    const address = socket?.remoteAddress
    const peer = { address: address === undefined ? 'this process' : plainAddress(address), encrypted: socket?.encrypted === true }
    const { req } = context
    context.set('connection', connectionFrom(peer, headersOf(req.header('x-forwarded-for'), req.header('x-forwarded-proto')), isProxy))
    await next()
  })

const headersOf = (forwardedFor: string | undefined, proto: string | undefined) => ({
  ...(forwardedFor === undefined ? {} : { for: forwardedFor }),
  ...(proto === undefined ? {} : { proto }),
})

export const connectionOf = (context: Context): Connection => context.get('connection') as Connection

/** What counts as one place of guesses: whoever has an IPv6 address has the 2^64 beside it. */
export function placeOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const missing = tail === undefined ? 0 : 8 - (left?.length ?? 0) - (right?.length ?? 0)
  return [...(left ?? []), ...Array.from({ length: missing }, () => '0'), ...(right ?? [])]
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')
}

/** The client runs on this machine. */
export const isLocal = ({ address }: Connection): boolean =>
  address === 'this process' || address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)
