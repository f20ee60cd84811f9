import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { configErrors } from '@sluice/core'

/** PEM: a certificate with its chain, and its key. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

interface Tls {
  readonly cert: string
  readonly key: string
}

/** @throws `config.invalid` for a file that cannot be read, and for two that do not belong together. */
export async function readTls({ certificate, key }: TlsFiles): Promise<Tls> {
  const read = (path: string): Promise<string> =>
    readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw configErrors.invalid(`the TLS file ${path} cannot be read: ${cause.code ?? cause.message}`, {
        facts: { path },
        cause,
        next: 'Correct SLUICE_TLS_CERTIFICATE and SLUICE_TLS_KEY (tlsCertificate, tlsKey), or let the user of Sluice read the file.',
      })
    })
  const tls = { cert: await read(certificate), key: await read(key) }
  try {
    createSecureContext(tls)
  } catch (cause) {
    throw configErrors.invalid(`${certificate} and ${key} are not a certificate and its key: ${(cause as Error).message}`, {
      facts: { certificate, key },
      cause,
      next: 'Both are PEM: the certificate first and its chain after it in one file, the key without a passphrase in the other.',
    })
  }
  return tls
}

export interface Renewing {
  /** How often the files were looked at. */
  looks(): number
  stop(): void
}

/**
 * A certificate that is renewed beside the server is taken within a minute, without a restart; one that does not fit leaves the old one.
 */
export function renewTls(
  server: { setSecureContext(tls: Tls): void },
  files: TlsFiles,
  note: (text: string) => void = () => undefined,
  everyMs = 60_000,
): Renewing {
  const versionOf = async (): Promise<string> =>
    (await Promise.all([files.certificate, files.key].map(async (path) => (await stat(path)).mtimeMs))).join()
  let version: string | undefined
  let looks = 0
  const look = async (): Promise<void> => {
    const now = await versionOf().catch(() => version)
    looks++
    if (now === version) return
    const first = version === undefined
    version = now
    if (first) return
    try {
      const tls = await readTls(files)
      server.setSecureContext(tls)
      note(`the TLS certificate was renewed; it holds until ${new X509Certificate(tls.cert).validToDate.toISOString()}`)
    } catch (error) {
      note(`the TLS certificate was not renewed: ${(error as Error).message}`)
    }
  }
  void look()
  const timer = setInterval(() => void look(), everyMs)
  timer.unref()
  return { looks: () => looks, stop: () => clearInterval(timer) }
}
