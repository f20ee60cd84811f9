/** What is wrong with a definition, and where: a file that does not load keeps no other from loading. Plain JSON. */
export interface DefinitionError {
  readonly project: string
  /** Relative to the project's folder. */
  readonly file: string
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  readonly next: string | null
  /** The source around the place, with a marker. */
  readonly frame: string | null
}
