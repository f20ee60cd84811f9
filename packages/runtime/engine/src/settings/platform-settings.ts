import { type Platform, SluiceError } from '@sluice/core'
import { placeOfProperty } from '../load/find-place.ts'
import { type LogLevel, type PlatformKeyName, platformKeyNames, platformKeys } from './platform-keys.ts'
import { type ConfigFile, configFault } from './read-config.ts'
import { at, environmentCandidates, type Setting, type Surroundings, settle } from './resolve.ts'

export interface PlatformValues {
  readonly port: number
  readonly workers: number
  readonly lease: string
  readonly databaseUrl: string | null
  readonly stateDir: string
  readonly logLevel: LogLevel
}

/** The platform's settings, checked, and where each comes from. @param cores default of `workers`. @throws `config.invalid` */
export function platformSettings(
  config: ConfigFile<Platform>,
  surroundings: Surroundings,
  cores: number,
): { readonly values: PlatformValues; readonly settings: readonly Setting[] } {
  const settings: Setting[] = []
  const written = config.value.settings as Readonly<Record<string, unknown>>
  for (const name of Object.keys(written)) {
    if (!(platformKeyNames as readonly string[]).includes(name)) {
      throw configFault(config, placeOfProperty(config.source, [name]), `there is no setting "${name}"`, {
        next: `The platform's settings are ${platformKeyNames.join(', ')}.`,
      })
    }
  }

  const resolve = <Name extends PlatformKeyName, Fallback extends string | number | null>(name: Name, fallback: Fallback) => {
    const { env, schema, expected, secret } = platformKeys[name]
    const place = placeOfProperty(config.source, [name])
    const own = written[name]
    const setting = settle(name, env, secret, [
      ...environmentCandidates(env, surroundings),
      // A value of another type is kept as text, so that it is refused below and not passed over.
      {
        source: 'config',
        where: at(config.file, place),
        value: own === undefined ? null : typeof own === 'number' || typeof own === 'string' ? own : JSON.stringify(own),
      },
      { source: 'default', where: 'default', value: fallback },
    ])
    if (setting.value === null) {
      settings.push(setting)
      return null
    }
    const checked = schema.safeParse(setting.value)
    if (!checked.success) {
      const found = secret ? '' : `, found ${JSON.stringify(setting.value)}`
      const message = `${name}: expected ${expected}${found}`
      if (setting.source === 'config') throw configFault(config, place, message, { next: `Correct it, or set ${env}.` })
      throw new SluiceError('config.invalid', `${setting.where}: ${message}`, {
        facts: { key: name, where: setting.where },
        next: `Correct ${env} ${setting.source === '.env' ? 'in .env' : 'in the environment'}, or take it out.`,
      })
    }
    settings.push({ ...setting, value: checked.data })
    return checked.data
  }

  return {
    settings,
    values: {
      port: resolve('port', 4_200) as number,
      workers: resolve('workers', cores) as number,
      lease: resolve('lease', '10s') as string,
      databaseUrl: resolve('databaseUrl', null) as string | null,
      stateDir: resolve('stateDir', '.sluice') as string,
      logLevel: resolve('logLevel', 'info') as LogLevel,
    },
  }
}
