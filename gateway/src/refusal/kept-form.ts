// A form that was sent and refused, kept by the browser alone: the fields go back to it inside the
// page that tells of the refusal. Only what a browser will send again byte for byte, or field for
// field where parts have boundaries, is kept; of everything else is said that it was not.

/** One field, in its place. */
export type Field =
  | { readonly kind: 'text'; readonly name: string; readonly value: string }
  /** A place for a file that was left empty, which the browser sends too. */
  | { readonly kind: 'empty-file'; readonly name: string }

/** How the fields were packed, as `enctype` names it. */
export type Packing = 'application/x-www-form-urlencoded' | 'multipart/form-data'

export type NotKept =
  | 'another-site'
  | 'no-form'
  | 'files'
  | 'too-large'
  | 'too-many-fields'
  | 'not-exact'
  | 'not-received'

export type ReadForm =
  | { readonly kind: 'kept'; readonly packing: Packing; readonly fields: readonly Field[] }
  | { readonly kind: 'not-kept'; readonly why: NotKept }

/** Which packing a `Content-Type` names; undefined where it is no form that could be kept. */
export function packingOf(contentType: string | undefined): Packing | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  return packings.find((packing) => packing === type)
}

const packings = ['application/x-www-form-urlencoded', 'multipart/form-data'] as const

/** The fields of a body whose packing was found by `packingOf`. Never rejects. */
export async function readForm(
  body: Buffer,
  contentType: string,
  { fieldsMaxCount }: { readonly fieldsMaxCount: number },
): Promise<ReadForm> {
  const packing = packingOf(contentType)
  if (packing === undefined) return notKept('no-form')
  const read =
    packing === 'multipart/form-data' ? await partsOf(body, contentType) : pairsOf(body.toString())
  if (!Array.isArray(read)) return notKept(read)
  if (read.length > fieldsMaxCount) return notKept('too-many-fields')
  return read.every(isExact) ? { kind: 'kept', packing, fields: read } : notKept('not-exact')
}

type Read = Field[] | NotKept

function pairsOf(text: string): Read {
  const pairs = new URLSearchParams(text)
  // What a browser would not write like this may mean something else to the application.
  if (pairs.toString() !== text) return 'not-exact'
  return [...pairs].map(([name, value]) => ({ kind: 'text', name, value }))
}

async function partsOf(body: Buffer, contentType: string): Promise<Read> {
  let parts: FormData
  try {
    parts = await new Response(Uint8Array.from(body), {
      headers: { 'content-type': contentType },
    }).formData()
  } catch {
    return 'not-exact'
  }
  const fields: Field[] = []
  for (const [name, value] of parts) {
    if (typeof value === 'string') fields.push({ kind: 'text', name, value })
    else if (value.name === '' && value.size === 0) fields.push({ kind: 'empty-file', name })
    else return 'files'
  }
  return fields
}

// A browser leaves out what has no name, puts its own word into `_charset_`, ends every line with
// CR LF, and cannot hold a NUL (HTML §4.10.21.4). U+FFFD stands where bytes were not UTF-8.
function isExact(field: Field): boolean {
  const { name } = field
  const value = field.kind === 'text' ? field.value : ''
  return (
    name !== '' &&
    (name.toLowerCase() !== '_charset_' || value === 'UTF-8') &&
    !/\0|\ufffd|\r(?!\n)|(?<!\r)\n/.test(name) &&
    !/\0|\ufffd|\r(?!\n)|(?<!\r)\n/.test(value)
  )
}

function notKept(why: NotKept): ReadForm {
  return { kind: 'not-kept', why }
}
