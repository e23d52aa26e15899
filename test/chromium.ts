// A real Chromium for the tests, as close to a person's browser as a test allows: web security,
// site isolation and the sandbox stay on, and nothing but the loopback interface can be reached.

import { type Browser, chromium, type CDPSession, type Page } from 'playwright-core'

import { chromiumBinary } from './chromium-binary.ts'

type Passkey = {
  readonly credentialId: string
  readonly isResidentCredential: boolean
  readonly rpId?: string
  readonly privateKey: string
  readonly userHandle?: string
  readonly signCount: number
}

export type PasskeyDevice = {
  /** The passkeys it holds, private keys included, so that another page can be given them. */
  readonly passkeys: () => Promise<readonly Passkey[]>
  /** Puts passkeys of another device into this one. */
  readonly hold: (passkeys: readonly Passkey[]) => Promise<void>
  /** Whether the person passes the check of fingerprint or code. They do until told otherwise. */
  readonly verifyPerson: (succeeds: boolean) => Promise<void>
}

const launchTimeoutMs = 60_000

/** Playwright's own arguments already stop updates, field trials, sync and crash reports. */
const launchArguments = [
  // A test that needs the internet, or a page that loads from it, must fail here as it would at a
  // customer without it. Names below `localhost` never leave the browser (RFC 6761 §6.3).
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
  '--disable-domain-reliability',
  '--no-pings',
  // The same text on every machine, for screenshots.
  '--font-render-hinting=none',
]

/**
 * Starts a headless Chromium; close it with `await using` or `browser.close()`. It also ends with
 * the process that started it. Declare the part first: `{ skip: await lacking('chromium') }`.
 * @throws when there is no Chromium, or it does not start within a minute.
 */
export async function launchChromium(): Promise<Browser> {
  const { path, environment } = await chromiumBinary()
  const launch = (chromiumSandbox: boolean) =>
    chromium.launch({
      executablePath: path,
      headless: true,
      chromiumSandbox,
      args: launchArguments,
      env: { ...process.env, ...environment },
      timeout: launchTimeoutMs,
    })
  // Chromium refuses its sandbox to root.
  if (process.getuid?.() === 0) return launch(false)
  try {
    return await launch(true)
  } catch (error) {
    // Containers and some distributions forbid the namespaces that the sandbox is made of. The
    // pages are our own, so the tests go on without it.
    if (/sandbox|namespace/i.test(String(error))) return launch(false)
    throw error
  }
}

/**
 * Gives a page a built-in authenticator (CTAP 2, discoverable credentials, user verification), as a
 * laptop with a fingerprint reader has. It serves this page only, through all its navigations.
 */
export async function addPasskeyDevice(page: Page): Promise<PasskeyDevice> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    async passkeys() {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials
    },
    async hold(passkeys) {
      for (const credential of passkeys) {
        await session.send('WebAuthn.addCredential', { authenticatorId, credential })
      }
    },
    async verifyPerson(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
  }
}
