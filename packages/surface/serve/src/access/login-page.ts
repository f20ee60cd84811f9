import type { SluiceError } from '@sluice/core'
import { page } from './page.ts'

/** Works without scripts. @param fault of our own sentences, never of what somebody sent. */
export const loginPage = (fault?: SluiceError): string =>
  page(`${fault === undefined ? '' : `<p role="alert"><strong>${sentence(fault.message)}</strong> ${fault.next ?? ''}</p>\n`}<form method="post" action="/login">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
<p class="quiet">There is no user yet, or the password is lost? Where Sluice runs: <code>sluice users create</code>, <code>sluice users passwd</code>.</p>`)

export const signedOutPage: string = page('<p>You are not signed in. <a href="/login">Sign in</a>, or open a login link.</p>')

const sentence = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
