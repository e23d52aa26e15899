// Where the tab ends in which somebody signed in for the sake of another one.
import { markup } from './html.ts'
import { renderPage } from './layout.ts'

/** The page; it sends nothing and leads nowhere but to the sign-in. */
export function signedInPage(
  name: string,
  { isSignedIn, signInPath }: { readonly isSignedIn: boolean; readonly signInPath: string },
): string {
  return isSignedIn
    ? renderPage({
        title: 'You are signed in',
        badge: 'none',
        lead: `Close this tab, go back to the one that ${name} is open in, and choose “Send again”.`,
        body: [],
        facts: [],
      })
    : renderPage({
        title: 'You are not signed in',
        badge: 'none',
        lead: `Sign in to go on with ${name}.`,
        body: [
          markup`<div class="actions"><a class="button" href="${signInPath}">Sign in</a></div>`,
        ],
        facts: [],
      })
}
