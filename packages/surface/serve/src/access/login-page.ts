import type { SluiceError } from '@sluice/core'
import { escaped, page } from './page.ts'

/** For username and password. Works without scripts. */
export const signInForm = `<form method="post" action="/login">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
<p class="quiet">No user yet, or no password at hand? Where Sluice runs, <code>sluice login</code> gives a link that lets you in at once;
<code>sluice users create</code> and <code>sluice users passwd</code> make users and passwords.</p>`

export const loginPage = (fault?: SluiceError): string =>
  page(`<h1>Sign in</h1>\n${fault === undefined ? '' : alertOf(fault)}${signInForm}`)

/** Of a link that is spent, for whoever is in anyway. */
export const signedInPage = (fault: SluiceError, name: string): string =>
  page(`<h1>Sign in</h1>
${alertOf(fault)}<p>You are signed in as ${escaped(name)}. <a href="/">To the front page</a></p>
${signOutForm}`)

export const signOutForm = `<form method="post" action="/logout"><button class="plain">Sign out</button></form>`

/**
 * The link is spent by the button alone: mail scanners and previews of chats open every link they see. @param code one that would be
 * redeemed
 */
export const linkPage = (code: string): string =>
  page(`<h1>Sign in</h1>
<p>This link signs you in as the owner of this Sluice, who may do everything. It works once.</p>
<form method="post" action="/login/link">
<input type="hidden" name="code" value="${escaped(code)}">
<button autofocus>Sign in as owner</button>
</form>`)

export const alertOf = ({ message, next }: { readonly message: string; readonly next?: string | null | undefined }): string =>
  `<p role="alert"><strong>${escaped(sentence(message))}</strong> ${escaped(next ?? '')}</p>\n`

const sentence = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`
