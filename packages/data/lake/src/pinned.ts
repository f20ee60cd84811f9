/** One SELECT, and the version of each dataset that it reads. */
export interface Pinned {
  readonly select: string
  readonly sources: readonly { readonly dataset: string; readonly version: string }[]
}
