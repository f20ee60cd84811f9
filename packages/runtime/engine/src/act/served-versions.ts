import type { Claim } from '../state/claim.ts'

/** The versions that a process has imported code of: at most `most`, since imported code is never freed. */
export class ServedVersions {
  readonly #served = new Set<number>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** What the process may claim: null is any. */
  only(): readonly number[] | null {
    return this.#served.size < this.#most ? null : [...this.#served]
  }

  /** Whether the process may import a version that nobody has asked for yet; then it serves it. */
  foresee(version: number): boolean {
    if (this.#served.size < this.#most / 2) this.#served.add(version)
    return this.#served.has(version)
  }

  /** Parts claims into those that the process serves from now on, and the rest. */
  take(claims: readonly Claim[]): { readonly fits: readonly Claim[]; readonly rest: readonly Claim[] } {
    const fits: Claim[] = []
    const rest: Claim[] = []
    for (const each of claims) {
      if (this.#served.size < this.#most) this.#served.add(each.version)
      if (this.#served.has(each.version)) fits.push(each)
      else rest.push(each)
    }
    return { fits, rest }
  }
}
