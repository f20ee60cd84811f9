const style =
  'body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 24rem; padding: 0 1rem; color-scheme: light dark }'

const page = (content: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice</title>
<style>${style} label, input { display: block; width: 100%; box-sizing: border-box } input, button { font: inherit; padding: .4rem; margin: .2rem 0 1rem }</style>
<h1>Sluice</h1>
${content}
</html>
`

/** Works without scripts. @param fault one of our own sentences, never what somebody sent. */
export const loginPage = (fault?: string): string =>
  page(`${fault === undefined ? '' : `<p role="alert"><strong>${fault}</strong></p>\n`}<form method="post" action="/login">
<label for="username">Username</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>
<p>There is no user yet, or the password is lost? Where Sluice runs: <code>sluice users create</code>, <code>sluice users passwd</code>.</p>`)

export const signedOutPage: string = page('<p>You are not signed in. <a href="/login">Sign in</a>, or open a login link.</p>')
