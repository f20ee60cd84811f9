import { resolve } from 'node:path'
import { configErrors, type SluiceError } from '@sluice/core'
import { isLoopback, isWildcard, listOf } from './addresses.ts'
import type { PlatformKeyName } from './platform-keys.ts'
import type { ResolvePlatform } from './platform-settings.ts'
import type { Setting } from './resolve.ts'

/** Where the server listens, and whom it takes for whom. */
export interface ListenSettings {
  /** An address of this machine. */
  readonly host: string
  /** Names under which browsers may reach it, besides the loopback ones. */
  readonly allowedHosts: readonly string[]
  /** Addresses and networks of proxies that are believed when they say who asks, and that they were asked over TLS. */
  readonly trustedProxies: readonly string[]
  /** Absolute paths. `null`: what is sent is not encrypted. */
  readonly tls: { readonly certificate: string; readonly key: string } | null
}

/**
 * Safe as it stands, and refused where it would not be: what others than this machine reach is encrypted, by the server or by a proxy
 * before it, and has a name. @throws `config.invalid`
 */
export function listenSettings(
  root: string,
  resolvePlatform: ResolvePlatform,
): { readonly listen: ListenSettings; readonly settings: readonly Setting[] } {
  const settings: Setting[] = []
  const text = (name: PlatformKeyName, fallback: string | null): string | null => {
    const setting = resolvePlatform(name, fallback)
    settings.push(setting)
    return setting.value === null ? null : String(setting.value)
  }
  const host = text('host', '127.0.0.1') ?? '127.0.0.1'
  const names = listOf(text('allowedHosts', null) ?? '').map((name) => name.toLowerCase())
  const trustedProxies = listOf(text('trustedProxies', null) ?? '')
  const certificate = text('tlsCertificate', null)
  const key = text('tlsKey', null)
  if ((certificate === null) !== (key === null)) {
    const missing = certificate === null ? 'SLUICE_TLS_CERTIFICATE' : 'SLUICE_TLS_KEY'
    throw refused(`TLS needs a certificate and its key, and ${missing} is not set`, `Set ${missing}, or neither.`)
  }
  if (!isLoopback(host) && certificate === null && trustedProxies.length === 0) {
    throw refused(
      `host: passwords would travel to ${host} in clear`,
      'Set SLUICE_TLS_CERTIFICATE and SLUICE_TLS_KEY; or SLUICE_TRUSTED_PROXIES to the address of the proxy before it that speaks TLS.',
    )
  }
  if (isWildcard(host) && names.length === 0) {
    throw refused(
      `host: a server on every address (${host}) needs a name under which browsers may reach it`,
      'Set SLUICE_ALLOWED_HOSTS, such as sluice.example.org.',
    )
  }
  // No page of another site can have an address of this machine as its name.
  const own = isWildcard(host) || isLoopback(host) ? [] : [host.includes(':') ? `[${host}]` : host]
  return {
    settings,
    listen: {
      host,
      allowedHosts: [...names, ...own],
      trustedProxies,
      tls: certificate === null || key === null ? null : { certificate: resolve(root, certificate), key: resolve(root, key) },
    },
  }
}

const refused = (message: string, next: string): SluiceError => configErrors.invalid(message, { next })

/** What travels between commands of this machine and the server needs no certificate, and no name. */
export const listensForThisMachine = ({ host, tls }: ListenSettings): boolean => isLoopback(host) && tls === null

/** The address for people, as it would stand in a browser. @param port at which the server listens */
export function urlForPeople({ host, allowedHosts, trustedProxies, tls }: ListenSettings, port: number): string {
  const [name] = allowedHosts
  const address = host.includes(':') ? `[${host}]` : host
  if (tls !== null) return `https://${name ?? address}${port === 443 ? '' : `:${port}`}`
  if (trustedProxies.length > 0 && name !== undefined) return `https://${name}`
  return `http://${address}:${port}`
}
