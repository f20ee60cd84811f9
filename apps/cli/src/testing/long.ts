/**
 * `npm run test:long` runs the long forms: more kills, more steps. The short forms leave out what more tries show, and what the newcomer of
 * `npm run try-packages` goes through as well.
 */
export const long = process.env.SLUICE_TEST_LONG === '1'
