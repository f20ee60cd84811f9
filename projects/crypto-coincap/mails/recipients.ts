import { type Channel, email } from 'sluice'

/** Addresses or mail groups, separated by commas. */
export const recipients = (list: string): readonly Channel[] =>
  list
    .split(',')
    .map((to) => to.trim())
    .filter((to) => to !== '')
    .map(email)
