import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '@sluice/process'

/** `.sluice/services.json`: where the services of the state directory listen, for workers and for people. */
export interface ServicesFile {
  /** `url` is for people, `localUrl` for programs of this machine. */
  readonly api?: { readonly url: string; readonly localUrl: string; readonly pid: number }
  /** The simulated mail server. */
  readonly smtp?: { readonly host: string; readonly port: number }
  /** By `<project>/<connection>`. */
  readonly simulators?: Readonly<Record<string, { readonly url: string; readonly token?: string }>>
}

export async function changeServices(stateDir: string, change: (now: ServicesFile) => ServicesFile): Promise<void> {
  const path = join(stateDir, 'services.json')
  const next = change(await readServices(path))
  await replaceFile(path, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
}

/** The address for people of the server that runs, as it would stand in a browser. */
export const urlForPeopleIn = async (stateDir: string): Promise<string | undefined> =>
  (await readServices(join(stateDir, 'services.json'))).api?.url

async function readServices(path: string): Promise<ServicesFile> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ServicesFile
  } catch {
    return {}
  }
}
