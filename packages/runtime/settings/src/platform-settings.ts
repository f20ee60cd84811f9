import type { Platform } from '@sluice/author'
import { configErrors, positionOfProperty } from '@sluice/core'
import { type PlatformKeyName, platformKeyNames, platformKeys } from './platform-keys.ts'
import { type ConfigFile, configFault } from './read-config.ts'
import { at, type Candidate, environmentCandidates, type Setting, type Surroundings, settle } from './resolve.ts'

export interface PlatformValues {
  readonly port: number
  readonly workers: number
  readonly slots: number
  readonly lease: string
  readonly databaseUrl: string | null
  readonly stateDir: string
  readonly lakeUrl: string | null
}

/** Resolves a setting of the platform. `first` are candidates that win over all others. */
export type ResolvePlatform = (name: PlatformKeyName, fallback: string | number | null, first?: readonly Candidate[]) => Setting

/** The checked settings of the platform, and where each comes from. @param cores default of `workers` @throws `config.invalid` */
export function platformSettings(
  config: ConfigFile<Platform>,
  surroundings: Surroundings,
  cores: number,
): { readonly values: PlatformValues; readonly settings: readonly Setting[]; readonly resolve: ResolvePlatform } {
  const settings: Setting[] = []
  const written = config.value.settings as Readonly<Record<string, unknown>>
  for (const name of Object.keys(written)) {
    if (!(platformKeyNames as readonly string[]).includes(name)) {
      throw configFault(config, positionOfProperty(config.source, [name]), `there is no setting "${name}"`, {
        next: `The platform's settings are ${platformKeyNames.join(', ')}.`,
      })
    }
  }

  const resolve: ResolvePlatform = (name, fallback, first = []) => {
    const { env, schema, expected, secret } = platformKeys[name]
    const place = positionOfProperty(config.source, [name])
    const own = written[name]
    const setting = settle(name, env, secret, [
      ...first,
      ...environmentCandidates(env, surroundings),
      // A value of another type is kept as text, so that it is refused below and not ignored.
      {
        source: 'config',
        where: at(config.file, place),
        value: own === undefined ? null : typeof own === 'number' || typeof own === 'string' ? own : JSON.stringify(own),
      },
      { source: 'default', where: 'default', value: fallback },
    ])
    if (setting.value === null) return setting
    const checked = schema.safeParse(setting.value)
    if (!checked.success) {
      const found = secret ? '' : `, found ${JSON.stringify(setting.value)}`
      const message = `${name}: expected ${expected}${found}`
      if (setting.source === 'config') throw configFault(config, place, message, { next: `Correct it, or set ${env}.` })
      throw configErrors.invalid(`${setting.where}: ${message}`, {
        facts: { key: name, where: setting.where },
        next: `Correct ${env} ${setting.source === '.env' ? 'in .env' : 'in the environment'}, or remove it.`,
      })
    }
    return { ...setting, value: checked.data }
  }
  const value = (name: PlatformKeyName, fallback: string | number | null): string | number | null => {
    const setting = resolve(name, fallback)
    settings.push(setting)
    return setting.value
  }

  return {
    settings,
    resolve,
    values: {
      port: value('port', 4_200) as number,
      workers: value('workers', cores) as number,
      slots: value('slots', 32) as number,
      lease: value('lease', '10s') as string,
      databaseUrl: value('databaseUrl', null) as string | null,
      stateDir: value('stateDir', '.sluice') as string,
      lakeUrl: value('lakeUrl', null) as string | null,
    },
  }
}
