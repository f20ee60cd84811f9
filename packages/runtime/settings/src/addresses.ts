import { isIP } from 'node:net'

/** Lists of settings are texts with commas, in the configuration as in the environment. */
export const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** Stands for every address of the machine. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

export const isHost = (host: string): boolean => host === 'localhost' || isIP(host) !== 0

/** What a browser shows before a port: without scheme, port and path. */
export const isHostName = (name: string): boolean =>
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(name)

/** An address, or a network of them: `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128))
}
