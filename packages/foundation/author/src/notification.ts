/** Where a message about a run goes. Plain data; sending is the business of the notification relay. */
export type Channel =
  | { readonly channel: 'email'; readonly to: string }
  | { readonly channel: 'slack'; readonly to: string }
  | { readonly channel: 'webhook'; readonly to: string }

export const email = (to: string): Channel => Object.freeze({ channel: 'email', to })
export const slack = (to: string): Channel => Object.freeze({ channel: 'slack', to })
export const webhook = (to: string): Channel => Object.freeze({ channel: 'webhook', to })

export interface Notifications {
  readonly failure?: readonly Channel[]
  readonly success?: readonly Channel[]
}
