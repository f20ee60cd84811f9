/** How much a packed file may become. Files that are made to do harm are small and unpack without an end. */
export interface ExpansionLimits {
  /** Of the file unpacked, and of what is made of it on disk. */
  readonly maxBytes: number
  /** Unpacked bytes for each packed one, once there are more than some megabytes. */
  readonly maxRatio: number
}

/** A table of numbers packs 3 to 20 times, one that repeats itself some hundred times; a bomb a thousand times and more. */
export const expansionLimits: ExpansionLimits = { maxBytes: 200 * 2 ** 30, maxRatio: 500 }

/** What is small may be packed as much as it likes. */
export const judgedBeyond = 32 * 2 ** 20
