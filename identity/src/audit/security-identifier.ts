// The parts of a Windows security identifier that mean the same in every domain (MS-DTYP §2.4.2.4).
// Names of built-in accounts and groups are translated and renamed; these numbers are not.

/** The last part of the identifier of an account or group of a domain. */
export function relativeIdOf(sid: string): number | undefined {
  const parts = /^S-1-5-21-\d+-\d+-\d+-(\d+)$/i.exec(sid)
  return parts?.[1] === undefined ? undefined : Number(parts[1])
}

/** The last part of the identifier of a group that every machine has, as `S-1-5-32-544`. */
export function builtInIdOf(sid: string): number | undefined {
  const parts = /^(?:.*-)?S-1-5-32-(\d+)$/i.exec(sid)
  return parts?.[1] === undefined ? undefined : Number(parts[1])
}

/** The domain's part of an identifier. */
export function domainOf(sid: string): string | undefined {
  return /^(S-1-5-21-\d+-\d+-\d+)-\d+$/i.exec(sid)?.[1]
}
