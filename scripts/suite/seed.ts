/** Vitest's `globalSetup`: one seed for all random input of the run, said where the run begins. */
export function setup(): void {
  process.env.SLUICE_SEED ??= String(Math.floor(Math.random() * 2 ** 31))
  console.log(`SLUICE_SEED=${process.env.SLUICE_SEED} repeats the random input of this run`)
}
