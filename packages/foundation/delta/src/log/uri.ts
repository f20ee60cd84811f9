import { isAbsolute, join } from 'node:path'
import { corrupt, unsupported } from '../errors.ts'

/** A path under the table's root as `add.path`: each segment percent-encoded once (PROTOCOL.md, Add File: "a URI"). */
export function encodePath(relative: string): string {
  return relative
    .split('/')
    .map((segment) => encodeURIComponent(segment).replaceAll('%3D', '='))
    .join('/')
}

/** `add.path` decoded, exactly once: relative to the root, or absolute for a file outside of it. */
export function decodePath(path: string): string {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(path)
  if (scheme !== null && scheme[1] !== 'file') throw unsupported(`absolute path with scheme ${scheme[1]}`, 'only local files are read')
  const bare = scheme === null ? path : (scheme[2] ?? '').replace(/^\/+/, '/')
  try {
    return decodeURIComponent(bare)
  } catch (cause) {
    throw corrupt(`The path ${path} in the log is not a valid URI.`, { path }, cause)
  }
}

/** One key for all spellings of one file: `file:/x`, `file:///x`, `/x`, and paths under the root written absolutely. */
export function fileKey(path: string, root: string, deletionVectorId: string | undefined): string {
  const decoded = decodePath(path)
  const inside = decoded.startsWith(`${root}/`) ? decoded.slice(root.length + 1) : decoded
  return deletionVectorId === undefined ? inside : `${inside}\n${deletionVectorId}`
}

/** Where DuckDB finds the file. */
export function absolutePath(path: string, root: string): string {
  const decoded = decodePath(path)
  return isAbsolute(decoded) ? decoded : join(root, decoded)
}
