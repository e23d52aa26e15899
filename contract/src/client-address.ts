// Where an application outside of our hosts is reached: what it registers is compared as text.
import { z } from 'zod'
import { isInternal } from './classification.ts'

const addressMaxCharacters = 1024

// RFC 9700 §2.1: what is registered is whole and without a fragment. Plain http is for programs on the
// person's own machine alone (RFC 8252 §7.3).
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*localhost)(?::\d{1,5})?\//
export const clientAddress = isInternal(
  z
    .url()
    .max(addressMaxCharacters)
    .refine(
      (text) => (text.startsWith('https://') || loopback.test(text)) && !/[#*\s]/.test(text),
      'an address at https, or at http on this machine, without `#` and `*`',
    ),
)
