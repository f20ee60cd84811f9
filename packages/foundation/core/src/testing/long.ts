/** `npm run test:long` runs the long forms: more tries, longer histories. The short forms catch the same faults, with fewer tries. */
export const long = process.env.SLUICE_TEST_LONG === '1'
