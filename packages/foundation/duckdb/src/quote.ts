/** An identifier as SQL text; every name that reaches generated SQL goes through here. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A string as a SQL literal. For places that take no parameter: COPY targets, `read_parquet` lists, settings. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** `read_parquet` treats each entry of its list as a glob: a real path must escape `*`, `?` and `[`. */
export function escapeGlob(path: string): string {
  return path.replace(/[*?[]/g, (character) => `[${character}]`)
}

/** Paths as a SQL list literal that names exactly these files. */
export function fileList(paths: readonly string[]): string {
  return `[${paths.map((path) => quoteLiteral(escapeGlob(path))).join(', ')}]`
}
