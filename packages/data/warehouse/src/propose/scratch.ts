/** A database for a moment, on the server of the warehouse or on another of its version. */
export interface Scratch {
  readonly name: string
  readonly url: string
  drop(): Promise<void>
}

/** @param template the name of a scratch database to which nobody is connected */
export type MakeScratch = (template?: string) => Promise<Scratch>
