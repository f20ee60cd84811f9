import { accessSync, constants } from 'node:fs'
import { configErrors } from '@sluice/core'

/** What Node says of a certificate that it does not take (OpenSSL, `X509_V_ERR_*`). */
const ofCertificates =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/

/** How a session over TLS has failed, and what to do; `undefined` for what is not of TLS. */
export function tlsTrouble({ message, code = '' }: Error & { readonly code?: string }): { what: string; next: string } | undefined {
  if (message === 'The server does not support SSL connections') {
    return {
      what: 'the server does not speak TLS, which the URL asks for',
      next: 'Turn it on in the server (ssl = on), or say that the way to it is safe without: ?sslmode=disable.',
    }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      what: `the certificate of the server is for another name: ${message}`,
      next: 'Give the URL the name that stands in the certificate, or the server a certificate for its name.',
    }
  }
  if (ofCertificates.test(code)) {
    return {
      what: `nobody who is trusted vouches for the certificate of the server: ${message}`,
      next: 'Name the certificate of who signed it: ?sslmode=verify-full&sslrootcert=/path/ca.pem. If it is that already, somebody else may answer.',
    }
  }
  if (/^(?:ERR_SSL_|ERR_OSSL_|ERR_TLS_|EPROTO)/.test(code)) {
    return {
      what: `TLS with the server fails: ${message}`,
      next: 'Check the certificates and the key that the URL names, and the TLS of the server.',
    }
  }
  return undefined
}

/**
 * A URL as the driver is to read it. To it `require`, `prefer` and `verify-ca` are `verify-full`, and it warns that they may once be less:
 * written out, they stay that. @throws `config.invalid` for a file of certificates that cannot be read
 */
export function withTlsWrittenOut(url: URL): void {
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const path = url.searchParams.get(name)
    if (path === null) continue
    try {
      accessSync(path, constants.R_OK)
    } catch (cause) {
      throw configErrors.invalid(`${name} of the database URL names ${path}, which cannot be read`, {
        cause,
        facts: { parameter: name, path },
        next: 'Give the path of the file, and let the account of the platform read it.',
      })
    }
  }
  const mode = url.searchParams.get('sslmode')
  if (mode !== null && ['require', 'prefer', 'verify-ca'].includes(mode) && url.searchParams.get('uselibpqcompat') === null)
    url.searchParams.set('sslmode', 'verify-full')
}
