import { type EnvValue, type Platform, type ReceiverKind, receiverKinds } from '@sluice/author'
import { configErrors, positionOfQuoted, type SluiceError } from '@sluice/core'
import { type Receiver, type ReceiverBook, templateNames, unknownIn } from '@sluice/notify'
import { isLoopback } from './addresses.ts'
import type { Demo } from './demo.ts'
import { type ConfigFile, configFault } from './read-config.ts'
import { at, environmentCandidates, type Setting, type Surroundings, settle } from './resolve.ts'

type Declared = NonNullable<Platform['receivers'][ReceiverKind]>[string]

export const noReceivers: ReceiverBook = Object.freeze({ slack: {}, teams: {}, webhook: {}, pagerduty: {}, opsgenie: {} })

/**
 * Where messages go beside mailboxes, and where each value comes from. A receiver whose values are not set is kept: what is sent to it
 * waits. The demo tells nobody outside.
 * @throws `config.invalid` for an address that cannot be used and for a template with an unknown name; never with an address
 */
export function receiverSettings(
  config: ConfigFile<Platform>,
  surroundings: Surroundings,
  demo: Demo,
): { readonly receivers: ReceiverBook; readonly settings: readonly Setting[] } {
  const settings: Setting[] = []
  const resolved = (key: string, { env, secret, default: fallback }: EnvValue): Setting => {
    const last = { source: 'default', where: at(config.file, positionOfQuoted(config.source, env)), value: fallback ?? null } as const
    const setting = settle(key, env, secret, [...environmentCandidates(env, surroundings), last])
    settings.push(setting)
    return setting
  }
  const receiverOf = (kind: ReceiverKind, name: string, declared: Declared): Receiver => {
    const { url, key, template } = declared as Declared & { readonly url?: EnvValue; readonly key?: EnvValue }
    refuseOddTemplate(config, `receivers.${kind}.${name}`, template)
    const values = { url, key }
    const [address, secret] = (['url', 'key'] as const).map((part) => {
      const value = values[part]
      return value === undefined ? null : resolved(`receivers.${kind}.${name}.${part}`, value)
    })
    const unset = [address, secret].find((setting) => setting?.value === null)
    const waitsFor = demo !== null ? 'the demo tells nobody outside' : unset == null ? undefined : `${unset.env} is not set`
    if (address?.value != null) refuseOddAddress(address)
    return {
      url: text(address),
      key: text(secret),
      ...(template === undefined ? {} : { template }),
      ...(waitsFor === undefined ? {} : { waitsFor }),
    }
  }
  const receivers = Object.fromEntries(
    receiverKinds.map((kind) => [
      kind,
      Object.fromEntries(
        Object.entries(config.value.receivers[kind] ?? {}).map(([name, declared]) => [name, receiverOf(kind, name, declared)]),
      ),
    ]),
  ) as unknown as ReceiverBook
  return { receivers, settings }
}

const text = (setting: Setting | null | undefined): string | null => (setting?.value == null ? null : String(setting.value))

/** The addresses of the services that give away what a machine is: no receiver of messages is there. */
const isLinkLocal = (host: string): boolean => /^169\.254\.\d+\.\d+$/.test(host) || /^\[fe[89ab][0-9a-f]:/i.test(host)

function refuseOddAddress({ key, env, value, where }: Setting): void {
  const refuse = (what: string, next: string): SluiceError =>
    configErrors.invalid(`${where ?? env}: ${key}: ${what}`, { facts: { key, env, where }, next })
  const given = String(value)
  if (!URL.canParse(given)) throw refuse('it is not a URL', `Set ${env} to the whole address, such as https://hooks.example.org/...`)
  const url = new URL(given)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))))
    throw refuse(`${url.protocol}// could be read on its way`, `Set ${env} to an address that begins with https://.`)
  if (url.username !== '' || url.password !== '')
    throw refuse('it holds a name or a password', `Leave them out of ${env}: the key of a receiver is its own.`)
  if (isLinkLocal(url.hostname)) throw refuse('nobody reads messages at that address', `Correct ${env}.`)
}

function refuseOddTemplate(config: ConfigFile<Platform>, where: string, template: Declared['template']): void {
  const [unknown] = template === undefined ? [] : unknownIn(template)
  if (unknown === undefined) return
  throw configFault(config, positionOfQuoted(config.source, `{${unknown}}`), `${where}: "{${unknown}}" stands for nothing`, {
    next: `A template knows ${templateNames.map((name) => `{${name}}`).join(', ')}.`,
  })
}
